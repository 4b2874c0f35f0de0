"""Tests of `mi_tf.scores.streamed`."""
