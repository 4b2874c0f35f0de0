"""What every objective offers."""

import keras
import tensorflow as tf

from mi_tf.bounds import facts as facts_lib
from mi_tf.internal import scores
from mi_tf.internal import sources

# What an objective has of the bound that it reports.
OF_THE_BOUND = ('guarantee', 'needs_density', 'rests_on_mean_exp', 'streams')


class Objective(keras.layers.Layer):
  """What trains a critic (`loss`) and what it reports (`value`).

  A subclass defines `value`, and `loss` unless it is `-value`. Both take the
  scores of a batch, and the batch itself for objectives that have a baseline.
  It sets those of the attributes that are not the defaults.

  Attributes:
    facts: `facts.Facts` of the bound that is reported; where a subclass sets
      them, all other attributes but `shift_free` are taken from them.
    guarantee: 'lower bound', 'upper bound' or 'none', the default: the side of
      `value`, if scores are what the objective needs.
    needs_density: `bool`, whether scores must be log densities, `log q(y | x)`.
    rests_on_mean_exp: `bool`, whether `value` has a mean of `exp(f)` that few
      pairs may dominate.
    shift_free: `bool`, whether training leaves a constant of the scores free.
    streams: `bool`, whether `loss` and `value` take `StreamedScores` too, as
      bounds do that average over pairs. Not inherited by a class that defines
      one of them itself.
  """

  facts = facts_lib.Facts()  # Of the bound that is reported.
  guarantee = 'none'
  needs_density = False
  rests_on_mean_exp = True
  shift_free = False
  streams = False

  def __init_subclass__(cls, **kwargs):
    super().__init_subclass__(**kwargs)
    own = set(vars(cls))
    if 'facts' in own:
      for name in set(OF_THE_BOUND) - own:
        setattr(cls, name, getattr(cls.facts, name))
    elif {'loss', 'value'} & own and 'streams' not in own:
      cls.streams = False

  def build(self, x_shape, y_shape):
    """Makes the objective's own weights."""
    del x_shape, y_shape
    self.built = True

  def loss(self, logu, joint_sample_mask=None, x=None, y=None, training=False):
    """Returns the scalar to minimise.

    Args:
      logu: floating `Tensor`, shape `[N, M]`, as in `mi_tf.bounds`; or
        `StreamedScores`, if `streams`.
      joint_sample_mask: as in `mi_tf.bounds`.
      x: `Tensor`, shape `[N, ...]`, the batch.
      y: `Tensor`, shape `[N, ...]`, the batch.
      training: Python `bool`; whether moving averages are updated.

    Returns:
      Floating scalar.
    """
    del training
    return -self.value(logu, joint_sample_mask, x, y)

  def value(self, logu, joint_sample_mask=None, x=None, y=None):
    """Returns the mutual information that the scores show, in nats.

    Args:
      logu: as for `loss`.
      joint_sample_mask: as for `loss`.
      x: as for `loss`.
      y: as for `loss`.

    Returns:
      Floating scalar, nats.
    """
    raise NotImplementedError(  # A subclass's duty, as in Keras.
      f'{type(self).__name__} must define `value`.'
    )

  def pointwise(self, logu, joint_sample_mask=None, x=None, y=None):
    """Returns `log p(x, y) / (p(x) p(y))` of each joint sample.

    Args:
      logu: as for `loss`, with one joint sample in each row.
      joint_sample_mask: as for `loss`.
      x: as for `loss`.
      y: as for `loss`.

    Returns:
      Floating `Tensor`, shape `[N]`, nats.
    """
    del x, y
    s = scores.Scores(logu, joint_sample_mask)
    return row_values(s, s.joint - s.negative_log_mean_exp())


def loss_and_value(
  objective, logu, joint_sample_mask=None, x=None, y=None, training=False
):
  """Returns the loss and the value, which is not to be differentiated.

  Args:
    objective: `Objective`.
    logu: as for `Objective.loss`.
    joint_sample_mask: as for `Objective.loss`.
    x: as for `Objective.loss`.
    y: as for `Objective.loss`.
    training: as for `Objective.loss`.
  """
  if type(objective).loss is Objective.loss:
    value = objective.value(logu, joint_sample_mask, x, y)
    return -value, value
  loss = objective.loss(logu, joint_sample_mask, x, y, training=training)
  logu = sources.values_only(logu)
  return loss, objective.value(logu, joint_sample_mask, x, y)


def row_values(s, joint_array):
  """Returns the joint array's only value in each row, shape `[N]`."""
  if s.joint_sample_mask is None:
    return joint_array
  kept = tf.where(s.joint_sample_mask, joint_array, tf.zeros_like(joint_array))
  return tf.reduce_sum(kept, axis=-1)
