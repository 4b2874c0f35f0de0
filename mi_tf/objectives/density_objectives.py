"""Objectives for minimizing MI; their critics are log densities."""

import math
from typing import Any

import keras
import tensorflow as tf

from mi_tf import bounds
from mi_tf.critics import registry
from mi_tf.internal import numerics
from mi_tf.internal import types
from mi_tf.objectives import arguments
from mi_tf.objectives import bound_objectives
from mi_tf.scores import checked_scores
from mi_tf.scores import reductions
from mi_tf.scores import sample_weights
from mi_tf.scores import types as score_types
from mi_tf.scores.replicas import collectives


@keras.saving.register_keras_serializable(package='mi_tf')
class Club(bound_objectives.BoundObjective):
  """CLUB: the critic is trained by maximum likelihood; `mi_club` is reported.

  The critic must be a log density, `f(x, y) = log q(y | x)`, such as a
  `GaussianCritic` or a function. With the true density, CLUB is an upper bound.
  With a learned density, CLUB is neither an upper nor a lower bound.
  """

  bound: Any = staticmethod(bounds.mi_club)

  def loss(
    self,
    logu: score_types.Scores,
    joint_sample_mask: score_types.Mask | None = None,
    x: types.Structure = None,
    y: types.Structure = None,
    training: bool = False,
    sample_weight: score_types.SampleWeight | None = None,
  ) -> tf.Tensor:
    s = checked_scores.dense_or_streamed(
      logu, joint_sample_mask, sample_weight=sample_weight
    )
    (joint,) = s.reduce(reductions.Mean('joint'))
    return -joint

  def _log_ratio(self, s, x, y):
    return s.joint - s.rows(s.row_negative_mean())


@keras.saving.register_keras_serializable(package='mi_tf')
class LeaveOneOut(Club):
  """Trains by maximum likelihood, and reports `upper_bound_leave_one_out`.

  The critic must be a log density, as for `Club`. With the true conditional
  density, such as a stochastic encoder's, the value is an upper bound that is
  tighter than CLUB.
  """

  bound: Any = staticmethod(bounds.upper_bound_leave_one_out)
  _negatives = 'column'

  def value(
    self,
    logu: score_types.Scores,
    joint_sample_mask: score_types.Mask | None = None,
    x: types.Structure = None,
    y: types.Structure = None,
    sample_weight: score_types.SampleWeight | None = None,
  ) -> tf.Tensor:
    mask = joint_sample_mask
    if mask is not None:
      mask = tf.convert_to_tensor(mask)
    if mask is not None and mask.shape.rank == 1:
      # Each row has its own y first, and then the y of the next samples.
      if sample_weight is not None:
        sample_weight, _ = arguments.weights_of_all_replicas(
          logu, sample_weight
        )
      return _leave_one_out_by_column(tf.convert_to_tensor(logu), sample_weight)
    return self.bound(logu, mask, sample_weight=sample_weight)

  def _log_ratio(self, s, x, y):
    return s.joint - s.columns(s.column_negative_log_mean_exp())


@keras.saving.register_keras_serializable(package='mi_tf')
class Variational(Club):
  """Trains by maximum likelihood, and reports `upper_bound_barber_agakov`.

  The critic must be a log density, as for `Club`. The marginal density of y is
  a learned Gaussian. With the true conditional density, such as a stochastic
  encoder's, the value is an upper bound for any marginal (the variational
  information bottleneck).
  """

  bound: Any = staticmethod(bounds.upper_bound_barber_agakov)
  streams = True  # Unlike the bound, it takes scores.

  def build(self, x_shape: types.Shapes, y_shape: types.Shapes) -> None:
    size = math.prod(y_shape[1:])
    self.mean = self.add_weight(shape=(size,), initializer='zeros', name='mean')
    self.log_scale = self.add_weight(
      shape=(size,), initializer='zeros', name='log_scale'
    )
    super().build(x_shape, y_shape)

  def _log_marginal(self, y, dtype):
    """Returns `log r(y)`, shape `[n]`."""
    y = tf.cast(tf.reshape(y, [-1, self.mean.shape[0]]), dtype)
    mean, log_scale = (tf.cast(v, dtype) for v in (self.mean, self.log_scale))
    squares = ((y - mean) * tf.exp(-log_scale)) ** 2
    constant = 0.5 * math.log(2.0 * math.pi)
    return -tf.reduce_sum(0.5 * squares + log_scale + constant, axis=-1)

  def _mean_log_marginal(self, logu, y, sample_weight):
    """Returns the mean of `log r(y)` over the samples of all replicas."""
    values = self._log_marginal(y, logu.dtype)
    count = tf.shape(values)[0]
    if sample_weight is not None:
      sample_weight, _ = sample_weights.split(sample_weight)
      sample_weight = tf.cast(sample_weight, values.dtype)
      count = tf.reduce_sum(sample_weight)
    count *= tf.cast(getattr(logu, 'weight', 1), count.dtype)
    mean = sample_weights.mean(values, sample_weight)
    (mean,) = collectives.means((False, mean, count))
    return mean

  def loss(
    self,
    logu: score_types.Scores,
    joint_sample_mask: score_types.Mask | None = None,
    x: types.Structure = None,
    y: types.Structure = None,
    training: bool = False,
    sample_weight: score_types.SampleWeight | None = None,
  ) -> tf.Tensor:
    loss = super().loss(logu, joint_sample_mask, x, y, training, sample_weight)
    return loss - self._mean_log_marginal(logu, y, sample_weight)

  def value(
    self,
    logu: score_types.Scores,
    joint_sample_mask: score_types.Mask | None = None,
    x: types.Structure = None,
    y: types.Structure = None,
    sample_weight: score_types.SampleWeight | None = None,
  ) -> tf.Tensor:
    s = checked_scores.dense_or_streamed(
      logu, joint_sample_mask, sample_weight=sample_weight
    )
    (joint,) = s.reduce(reductions.Mean('joint'))
    return joint - self._mean_log_marginal(logu, y, sample_weight)

  def _log_ratio(self, s, x, y):
    return s.joint - s.rows(self._log_marginal(y, s.joint.dtype))


def check_critic(critic, objective):
  """Raises a `ValueError` if a critic must be a log density, but is not.

  Only a `mi_tf.Critic` is checked, not other layers and functions.
  """
  if isinstance(critic, str):
    kind = registry.CRITICS.get(critic)  # `None` for an unknown name.
    is_log_density = kind is not None and kind.is_log_density
  else:
    is_log_density = getattr(critic, 'is_log_density', True)
  if objective.needs_density and not is_log_density:
    raise ValueError(
      f'{type(objective).__name__} needs a critic whose scores are a log '
      "density, such as 'gaussian', or a function. Received: "
      f'critic={critic!r}.'
    )


def _leave_one_out_by_column(logu, sample_weight):
  """Returns each y's leave-one-out bound, from its partner x and a few other x.

  `logu` is as for `_by_column`; `sample_weight` has shape `[n]`, or is `None`.
  """
  joint, negatives, others = _by_column(logu)
  if sample_weight is None:
    count = tf.cast(tf.shape(negatives)[1], joint.dtype)
    log_mean = numerics.log_sum_exp(negatives) - tf.math.log(count)
    return tf.reduce_mean(joint - log_mean)
  own = tf.cast(sample_weight, joint.dtype)
  weights = tf.gather(own, others)
  total = tf.reduce_sum(weights, axis=-1)
  own = tf.where(total > 0, own, tf.zeros_like(own))  # The rest are compared.
  total = tf.where(total > 0, total, tf.ones_like(total))
  log_mean = numerics.log_sum_exp(negatives, weights=weights)
  return sample_weights.mean(joint - log_mean + tf.math.log(total), own)


def _by_column(logu):
  """Returns the scores of each y with its partner x, and with other samples' x.

  `logu[i, s]` is `f(x[i], y[i + s])`. The scores have shapes `[n]` and `[n, m -
  1]`. The third result holds the indices of the other samples.
  """
  n, m = tf.unstack(tf.shape(logu))
  columns = tf.range(m)
  rows = tf.math.floormod(tf.range(n)[:, tf.newaxis] - columns, n)
  indices = tf.stack([rows, tf.broadcast_to(columns, [n, m])], axis=-1)
  moved = tf.gather_nd(logu, indices)
  return moved[:, 0], moved[:, 1:], rows[:, 1:]
