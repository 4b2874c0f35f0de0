"""Tests of `mi_tf.objectives`."""
