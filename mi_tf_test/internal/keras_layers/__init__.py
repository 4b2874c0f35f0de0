"""Tests of `mi_tf.internal.keras_layers`."""
