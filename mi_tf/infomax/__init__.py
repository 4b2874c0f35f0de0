"""Learning by mutual information: representations of views of the data."""

from mi_tf.infomax.two_view import TwoViewInfoMax

__all__ = [
  'TwoViewInfoMax',
]
