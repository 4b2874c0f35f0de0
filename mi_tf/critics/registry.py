"""Critics by name."""

from typing import Any

from mi_tf.critics import bilinear
from mi_tf.critics import concat
from mi_tf.critics import critic
from mi_tf.critics import elliptical
from mi_tf.critics import gaussian
from mi_tf.critics import inner_product
from mi_tf.critics import separable
from mi_tf.internal import types

CRITICS: dict[str, type[critic.Critic]] = {
  'bilinear': bilinear.BilinearCritic,
  'concat': concat.ConcatCritic,
  'elliptical': elliptical.EllipticalCritic,
  'gaussian': gaussian.GaussianCritic,
  'inner_product': inner_product.InnerProductCritic,
  'joint': concat.ConcatCritic,
  'separable': separable.SeparableCritic,
}


def get_critic(
  identifier: str | types.Function, **kwargs: Any
) -> critic.Critic | types.Function:
  """Returns a critic by its name.

  Args:
    identifier: name of a critic: 'bilinear', 'concat' (also called 'joint'),
      'elliptical', 'gaussian', 'inner_product' or 'separable'. A callable
      `critic(x, y) -> scores [n, m]` is returned as it is.
    **kwargs: arguments of the critic's class.

  Returns:
    A `Critic`, or `identifier` itself.

  Raises:
    ValueError: if the name is not known.

  #### Examples

  >>> mi_tf.get_critic('separable', embedding_size=8).embedding_size
  8
  """
  if callable(identifier):
    return identifier
  if identifier not in CRITICS:
    raise ValueError(
      f'`critic` must be one of {sorted(CRITICS)} or a '
      f'callable. Received: critic={identifier!r}.'
    )
  return CRITICS[identifier](**kwargs)
