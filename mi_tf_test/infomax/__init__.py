"""Tests of mi_tf.infomax."""
