"""Learning by mutual information: representations, and terms of a loss."""

from mi_tf.infomax.clipping import adaptive_clip_loss
from mi_tf.infomax.clipping import adaptive_gradient_clip
from mi_tf.infomax.deep_info_max.local_critics import ConcatAndConvolveCritic
from mi_tf.infomax.deep_info_max.local_critics import EncodeAndDotCritic
from mi_tf.infomax.deep_info_max.local_critics import LocalCritic
from mi_tf.infomax.deep_info_max.model import DeepInfoMax
from mi_tf.infomax.regularizer import MiRegularizer
from mi_tf.infomax.two_view import TwoViewInfoMax

__all__ = [
  'ConcatAndConvolveCritic',
  'DeepInfoMax',
  'EncodeAndDotCritic',
  'LocalCritic',
  'MiRegularizer',
  'TwoViewInfoMax',
  'adaptive_clip_loss',
  'adaptive_gradient_clip',
]
