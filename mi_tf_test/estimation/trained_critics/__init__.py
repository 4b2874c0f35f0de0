"""Tests of `mi_tf.estimation.trained_critics`."""
