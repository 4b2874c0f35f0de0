"""Tests of `mi_tf.tasks.discrete`."""
