"""Critics: Keras layers that score all pairs of x and y."""

from mi_tf.critics.bilinear import BilinearCritic
from mi_tf.critics.concat import ConcatCritic
from mi_tf.critics.critic import Critic
from mi_tf.critics.elliptical import EllipticalCritic
from mi_tf.critics.gaussian import GaussianCritic
from mi_tf.critics.inner_product import InnerProductCritic
from mi_tf.critics.registry import get_critic
from mi_tf.critics.separable import SeparableCritic

__all__ = [
  'BilinearCritic',
  'ConcatCritic',
  'Critic',
  'EllipticalCritic',
  'GaussianCritic',
  'InnerProductCritic',
  'SeparableCritic',
  'get_critic',
]
