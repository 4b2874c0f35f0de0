"""Tests of `mi_tf.tasks.continuous`."""
