"""Tests of mi_tf.losses."""
