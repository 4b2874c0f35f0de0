"""Contrastive losses for any Keras model."""

from mi_tf.losses.info_nce import InfoNceLoss

__all__ = [
  'InfoNceLoss',
]
