"""Encoders: Keras layers from x `[n, ...]` to representations `[n, e]`.

An encoder can be the `x_encoder` of a critic, for instance. `RealNvp` is
invertible, so it loses no information. `jacobian_singular_values` measures how
close any encoder is to losing information.
"""

from mi_tf.encoders.conv_net import ConvNet
from mi_tf.encoders.conv_stages import conv_stages
from mi_tf.encoders.jacobian import inversion_errors
from mi_tf.encoders.jacobian import jacobian_singular_values
from mi_tf.encoders.jacobian import log_condition_numbers
from mi_tf.encoders.mlp import Mlp
from mi_tf.encoders.real_nvp import RealNvp

__all__ = [
  'ConvNet',
  'Mlp',
  'RealNvp',
  'conv_stages',
  'inversion_errors',
  'jacobian_singular_values',
  'log_condition_numbers',
]
