"""Tests of `mi_tf.experiments.bounds`."""
