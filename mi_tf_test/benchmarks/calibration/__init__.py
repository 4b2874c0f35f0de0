"""Tests of `mi_tf.benchmarks.accuracy`."""
