"""Tests of `mi_tf.critics.scoring`."""
