"""Tests of `mi_tf.models.data`."""
