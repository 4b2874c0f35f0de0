"""Tests of mi_tf.plotting."""
