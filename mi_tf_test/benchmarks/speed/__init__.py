"""Tests of `mi_tf.benchmarks.speed`."""
