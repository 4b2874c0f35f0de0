"""Tests of `mi_tf.estimation.methods.canonical_correlations`."""
