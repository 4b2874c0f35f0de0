"""Tests of `mi_tf.estimation.methods.gaussian_student`."""
