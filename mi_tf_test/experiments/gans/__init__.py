"""Tests of `mi_tf.experiments.gans`."""
