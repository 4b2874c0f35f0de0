"""Tests of `mi_tf.estimation.methods.tables`."""
