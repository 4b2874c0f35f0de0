"""Tests of `mi_tf.results`."""
