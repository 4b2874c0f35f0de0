"""Tests of `mi_tf.estimation.rows`."""
