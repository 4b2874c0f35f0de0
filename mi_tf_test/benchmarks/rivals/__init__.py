"""Tests of mi_tf.benchmarks.rivals."""
