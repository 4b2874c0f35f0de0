"""Prior distributions of a representation."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from mi_tf.scores.replicas import collectives
from mi_tf.tasks import task


class Prior:
  """A distribution that can be sampled."""

  def __init__(self, name: str | None, sample: Callable[..., Any]) -> None:
    """Makes the prior.

    Args:
      name: the name in a saved model; `None` if it can't be saved.
      sample: function, (shape `[n, d]`, seed) -> floating `Tensor`.
    """
    self._name = name
    self._sample = sample

  @property
  def name(self) -> str:
    """The name in a saved model; a `ValueError` if there is none."""
    if self._name is None:
      raise ValueError(
        "`prior` must be 'uniform' or 'normal' in a model that is saved whole; "
        'a distribution is not saved. Save the weights instead.'
      )
    return self._name

  def __call__(self, shape: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Returns samples of a shape, `[n, d]`, for a seed of shape `[2]`."""
    return self._sample(shape, tf.cast(seed, tf.int32))


def get_prior(identifier: Any) -> Prior:
  """Returns a `Prior` for a name or a distribution.

  Args:
    identifier: 'uniform', on [0, 1]^d; 'normal'; or a distribution of
      TensorFlow Probability whose samples have shape `[n, d]`.

  Raises:
    ValueError: if it is something else.
  """
  if identifier == 'uniform':
    return Prior('uniform', task.uniform)
  if identifier == 'normal':
    return Prior('normal', task.normal)
  if not isinstance(identifier, str) and hasattr(identifier, 'sample'):
    return Prior(
      None, lambda shape, seed: identifier.sample(shape[0], seed=seed)
    )
  raise ValueError(
    "`prior` must be 'uniform', 'normal' or a distribution of TensorFlow "
    f'Probability. Received: prior={identifier!r}.'
  )


def of_all_replicas(
  prior: Prior, shape: tf.Tensor, seed: tf.Tensor
) -> tf.Tensor:
  """Returns this replica's rows of the samples for the batch of all replicas.

  Args:
    prior: `Prior`.
    shape: int32 `Tensor`, `[n, d]`, of this replica.
    seed: integer `Tensor`, shape `[2]`, the same on all replicas.

  Returns:
    Floating `Tensor`, shape `[n, d]`; a single device draws the same numbers.
  """
  total = collectives.total(shape[0])
  samples = prior(tf.stack([total, shape[1]]), seed)
  first = collectives.rows_before(shape[0])
  return samples[first : first + shape[0]]
