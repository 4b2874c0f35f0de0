"""Distributions that a representation is to have."""

import tensorflow as tf

from mi_tf.scores.replicas import collectives
from mi_tf.tasks import sampling


class Prior:
  """A distribution that is sampled from.

  Attributes:
    name: `str`, by which it is saved.
  """

  def __init__(self, name, sample):
    """Makes the prior.

    Args:
      name: `str`, or `None` if it can't be saved.
      sample: function, (shape `[n, d]`, seed) -> floating `Tensor`.
    """
    self._name = name
    self._sample = sample

  @property
  def name(self):
    if self._name is None:
      raise ValueError(
        "`prior` must be 'uniform' or 'normal' in a model that is saved whole; "
        'a distribution is not saved. Save the weights instead.'
      )
    return self._name

  def __call__(self, shape, seed):
    """Returns samples.

    Args:
      shape: int32 `Tensor`, `[n, d]`.
      seed: integer `Tensor`, shape `[2]`.

    Returns:
      Floating `Tensor` of that shape.
    """
    return self._sample(shape, tf.cast(seed, tf.int32))


def get_prior(identifier):
  """Returns the `Prior` of a name or of a distribution.

  Args:
    identifier: 'uniform', on [0, 1]^d; 'normal'; or a distribution of
      TensorFlow Probability whose samples have shape `[n, d]`.

  Raises:
    ValueError: if it is something else.
  """
  if identifier == 'uniform':
    return Prior('uniform', sampling.uniform)
  if identifier == 'normal':
    return Prior('normal', sampling.normal)
  if not isinstance(identifier, str) and hasattr(identifier, 'sample'):
    return Prior(
      None, lambda shape, seed: identifier.sample(shape[0], seed=seed)
    )
  raise ValueError(
    "`prior` must be 'uniform', 'normal' or a distribution of TensorFlow "
    f'Probability. Received: prior={identifier!r}.'
  )


def of_all_replicas(prior, shape, seed):
  """Returns this replica's rows of the samples of the whole batch.

  Args:
    prior: `Prior`.
    shape: int32 `Tensor`, `[n, d]`, of this replica.
    seed: integer `Tensor`, shape `[2]`, the same on all replicas.

  Returns:
    Floating `Tensor`, shape `[n, d]`; one device draws the same for all.
  """
  total = collectives.total(shape[0])
  samples = prior(tf.stack([total, shape[1]]), seed)
  first = collectives.rows_before(shape[0])
  return samples[first : first + shape[0]]
