"""Tests of `mi_tf.experiments.representations`."""
