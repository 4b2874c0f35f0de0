"""Tests of `mi_tf.scores.dense`."""
