"""Tests of `mi_tf.tasks.structured`."""
