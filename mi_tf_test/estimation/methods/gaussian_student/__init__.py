"""Tests of `mi_tf.estimation.methods.elliptical_fits`."""
