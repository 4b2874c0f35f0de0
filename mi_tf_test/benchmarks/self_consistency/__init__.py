"""Tests of `mi_tf.benchmarks.self_consistency`."""
