"""Tests of `mi_tf.models.training`."""
