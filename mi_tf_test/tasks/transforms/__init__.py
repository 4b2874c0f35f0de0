"""Tests of `mi_tf.tasks.transforms`."""
