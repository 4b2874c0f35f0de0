"""Prior distributions of a representation."""

from collections.abc import Callable
import dataclasses
from typing import Any

import tensorflow as tf

from mi_tf.scores.replicas import collectives
from mi_tf.tasks import sampling


@dataclasses.dataclass(frozen=True)
class Prior:
  """A distribution that can be sampled.

  Attributes:
    sample: function `(shape, seed) -> Tensor` of an int32 shape, `[n, d]`, and
      an int32 seed of shape `[2]`.
    name: the name in a saved model; `None` for a distribution object.
  """

  sample: Callable[..., tf.Tensor]
  name: str | None = None

  def saved_name(self) -> str:
    """Returns the name; raises a `ValueError` if there is none."""
    if self.name is None:
      raise ValueError(
        "`prior` must be 'uniform' or 'normal' in a model that is saved whole; "
        'a distribution is not saved. Save the weights instead.'
      )
    return self.name


def get_prior(identifier: Any) -> Prior:
  """Returns a `Prior` for 'uniform', on [0, 1]^d, 'normal' or a distribution.

  A distribution is from TensorFlow Probability, with samples of shape `[n, d]`.
  Other arguments raise a `ValueError`.
  """
  if identifier == 'uniform':
    return Prior(sampling.uniform, 'uniform')
  if identifier == 'normal':
    return Prior(sampling.normal, 'normal')
  if not isinstance(identifier, str) and hasattr(identifier, 'sample'):
    return Prior(lambda shape, seed: identifier.sample(shape[0], seed=seed))
  raise ValueError(
    "`prior` must be 'uniform', 'normal' or a distribution of TensorFlow "
    f'Probability. Received: prior={identifier!r}.'
  )


def of_all_replicas(
  prior: Prior, shape: tf.Tensor, seed: tf.Tensor
) -> tf.Tensor:
  """Returns this replica's rows of the samples for the batch of all replicas.

  `shape` is the shape of this replica's rows, `[n, d]`. The seed is the same on
  all replicas, so they get the numbers that a single device would draw.
  """
  total = collectives.total(shape[0])
  shape_of_all = tf.stack([total, shape[1]])
  samples = prior.sample(shape_of_all, tf.cast(seed, tf.int32))
  first = collectives.rows_before(shape[0])
  return samples[first : first + shape[0]]
