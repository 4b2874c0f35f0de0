"""Tests of `mi_tf.tasks.several_variables`."""
