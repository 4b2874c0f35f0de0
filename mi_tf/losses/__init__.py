"""Keras losses: representations of pairs, without a model of ours."""

from mi_tf.losses.info_nce import InfoNceLoss

__all__ = [
  'InfoNceLoss',
]
