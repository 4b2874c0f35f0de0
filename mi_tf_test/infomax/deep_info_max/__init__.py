"""Tests of `mi_tf.infomax.deep_info_max`."""
