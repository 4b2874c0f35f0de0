"""Tests of `mi_tf.benchmarks.everyday`."""
