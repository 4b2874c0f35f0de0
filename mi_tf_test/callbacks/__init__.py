"""Tests of mi_tf.callbacks."""
