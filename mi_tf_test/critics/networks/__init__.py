"""Tests of `mi_tf.critics.networks`."""
