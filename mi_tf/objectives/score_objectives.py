"""Objectives: what trains a critic, and what number is then reported.

The two are not the same: the best training signal (Jensen-Shannon) is no
estimate of MI, and the gradient of the number to report may be biased (MINE)
or zero (SMILE). Each objective has a loss, a value in nats, and says on which
side of the truth the value lies.
"""

import inspect
import math
import numbers

import keras
import tensorflow as tf

from mi_tf import bounds
from mi_tf.bounds import facts
from mi_tf.internal import checks
from mi_tf.internal import numerics
from mi_tf.internal.keras_layers import function_layers
from mi_tf.objectives import baseline_objectives
from mi_tf.objectives import density_objectives
from mi_tf.objectives import objective
from mi_tf.scores import checked_scores
from mi_tf.scores import masks
from mi_tf.scores import reductions

# An effective number of negatives on which a mean of exp(f) can rest.
MANY_NEGATIVES = 1000.0


@keras.saving.register_keras_serializable(package='mi_tf')
class InfoNce(objective.Objective):
  """InfoNCE: trained by and reported as `lower_bound_info_nce`."""

  facts = facts.of(bounds.lower_bound_info_nce)

  def value(
    self, logu, joint_sample_mask=None, x=None, y=None, sample_weight=None
  ):
    del x, y
    return bounds.lower_bound_info_nce(
      logu, joint_sample_mask, sample_weight=sample_weight
    )

  def pointwise(
    self, logu, joint_sample_mask=None, x=None, y=None, sample_weight=None
  ):
    del x, y
    s = checked_scores.dense(
      logu, joint_sample_mask, sample_weight=sample_weight
    )
    return objective.row_values(
      s,
      s.joint - s.rows(s.row_log_sum_exp()) + s.rows(s.log_num_row_columns()),
    )


@keras.saving.register_keras_serializable(package='mi_tf')
class NguyenWainwrightJordan(objective.Objective):
  """NWJ: trained by and reported as `lower_bound_nguyen_wainwright_jordan`."""

  facts = facts.of(bounds.lower_bound_nguyen_wainwright_jordan)

  def value(
    self, logu, joint_sample_mask=None, x=None, y=None, sample_weight=None
  ):
    del x, y
    return bounds.lower_bound_nguyen_wainwright_jordan(
      logu, joint_sample_mask, sample_weight=sample_weight
    )

  def pointwise(
    self, logu, joint_sample_mask=None, x=None, y=None, sample_weight=None
  ):
    del x, y
    s = checked_scores.dense(
      logu, joint_sample_mask, sample_weight=sample_weight
    )
    return objective.row_values(s, s.joint) - 1.0


@keras.saving.register_keras_serializable(package='mi_tf')
class JensenShannon(objective.Objective):
  """Trained by the Jensen-Shannon bound, reported as the plug-in estimate.

  The loss is a binary cross-entropy, whose best critic is the log density
  ratio itself; its mean over joint samples is the estimate of least variance.
  Where Donsker-Varadhan, a lower bound, is above that mean, it is reported
  instead, in so far as it rests on many pairs: with the weight `n / (n +
  1000)`, `n` being the effective number of negatives, `(sum exp(f))^2 /
  sum exp(f)^2`.

  With a `negative_weight` of k, the loss is that of telling a joint sample from
  k independent pairs (noise-contrastive estimation):

  ```none
  mean_joint[ softplus(log(k) - f) ] + k mean_negative[ softplus(f - log(k)) ]
  ```

  Its best critic is the same for each k, but what is learned best is `f` near
  `log(k)`: a large k is for large mutual information.
  """

  facts = facts.of(bounds.mi_plug_in)

  def __init__(self, negative_weight=1.0, **kwargs):
    """Makes the objective.

    Args:
      negative_weight: `float`, positive, k; or a scalar, floating
        `tf.Variable`, whose value may change between updates without a new
        trace (later values are not checked). Copies of the objective, as in a
        saved model or in `estimate_mi`, have its value as a number.
      **kwargs: arguments of `keras.layers.Layer`.

    Raises:
      TypeError: if `negative_weight` is neither a number nor such a variable.
      ValueError: if `negative_weight` is not positive and finite.
    """
    super().__init__(**kwargs)
    if isinstance(negative_weight, tf.Variable):
      dtype, rank = negative_weight.dtype, negative_weight.shape.rank
      is_known = dtype.is_floating and rank == 0
    else:
      is_known = isinstance(negative_weight, numbers.Real)
    if not is_known:
      raise TypeError(
        '`negative_weight` must be a number or a scalar, floating '
        f'`tf.Variable`. Received: negative_weight={negative_weight!r}.'
      )
    value = number(negative_weight)
    if not 0.0 < value < math.inf:
      raise ValueError(
        '`negative_weight` must be positive and finite. '
        f'Received: negative_weight={value}.'
      )
    self.negative_weight = negative_weight

  def loss(
    self,
    logu,
    joint_sample_mask=None,
    x=None,
    y=None,
    training=False,
    sample_weight=None,
  ):
    del x, y, training
    s = checked_scores.dense_or_streamed(
      logu, joint_sample_mask, sample_weight=sample_weight
    )
    k = self.negative_weight
    softplus = numerics.softplus  # By itself, blocks of it take less time.
    if isinstance(k, tf.Variable):
      k, log_k = (tf.cast(v, s.accumulation_dtype) for v in (k, tf.math.log(k)))
      is_one = False
    else:
      log_k = math.log(k)
      is_one = not log_k
    joint, negative = s.reduce(
      reductions.Mean('joint', lambda f: softplus(log_k - f)),
      reductions.Mean(
        'negative', softplus if is_one else lambda f: softplus(f - log_k)
      ),
    )
    return s.counted(joint + k * negative)

  def value(
    self, logu, joint_sample_mask=None, x=None, y=None, sample_weight=None
  ):
    del x, y
    s = checked_scores.dense_or_streamed(
      logu, joint_sample_mask, sample_weight=sample_weight
    )
    joint, *means = s.reduce(reductions.Mean('joint'), *_NEGATIVE_MEANS)
    return s.counted(joint + _shortfall(s, *means))

  def pointwise(
    self, logu, joint_sample_mask=None, x=None, y=None, sample_weight=None
  ):
    del x, y
    s = checked_scores.dense(
      logu, joint_sample_mask, sample_weight=sample_weight
    )
    shortfall = _shortfall(s, *s.reduce(*_NEGATIVE_MEANS))
    return objective.row_values(s, s.joint + shortfall)

  def get_config(self):
    weight = number(self.negative_weight)
    return {**super().get_config(), 'negative_weight': weight}


def number(weight):
  """Returns a number as it is, and a `tf.Variable`'s value as a `float`."""
  if isinstance(weight, tf.Variable):  # Of any strategy.
    return float(tf.convert_to_tensor(weight))
  return weight


# Of the negatives' `exp(f)` and of its square.
_NEGATIVE_MEANS = (
  reductions.LogMeanExp('negative'),
  reductions.LogMeanExp('negative', lambda f: 2.0 * f),
)


def _shortfall(s, log_mean, log_mean_square):
  """Returns by how much the plug-in estimate is certainly too low."""
  log_effective = s.log_num_negatives() + 2.0 * log_mean - log_mean_square
  reliable = tf.math.sigmoid(log_effective - math.log(MANY_NEGATIVES))
  return tf.nn.relu(-log_mean) * tf.stop_gradient(reliable)


@keras.saving.register_keras_serializable(package='mi_tf')
class Smile(JensenShannon):
  """SMILE: trained by the Jensen-Shannon bound, reported clipped."""

  facts = facts.of(bounds.mi_smile)

  def __init__(self, clip=5.0, **kwargs):
    """Makes the objective.

    Args:
      clip: as for `mi_smile`.
      **kwargs: `negative_weight` and the arguments of `keras.layers.Layer`.
    """
    super().__init__(**kwargs)
    self.clip = checks.positive_number(clip, 'clip')

  def value(
    self, logu, joint_sample_mask=None, x=None, y=None, sample_weight=None
  ):
    del x, y
    return bounds.mi_smile(
      logu, joint_sample_mask, clip=self.clip, sample_weight=sample_weight
    )

  def pointwise(
    self, logu, joint_sample_mask=None, x=None, y=None, sample_weight=None
  ):
    del x, y
    s = checked_scores.dense(
      logu, joint_sample_mask, negatives=None, sample_weight=sample_weight
    )
    return objective.row_values(s, s.joint)

  def get_config(self):
    return {**super().get_config(), 'clip': self.clip}


# So that a model whose objective is a bound can be loaded.
for _bound in facts.DECLARED:
  keras.saving.register_keras_serializable(package='mi_tf')(_bound)


@keras.saving.register_keras_serializable(package='mi_tf')
class FunctionObjective(objective.Objective):
  """Maximizes and reports `fn(logu, joint_sample_mask)`, such as your own."""

  mask_may_be_none = True  # A mask is made for `fn` here.

  def __init__(self, fn, **kwargs):
    """Makes the objective.

    Args:
      fn: `fn(logu, joint_sample_mask) -> nats`, a function of `mi_tf.bounds` or
        your own. Yours gets a floating `Tensor`, shape `[n, m]`, and a bool
        `Tensor` of the same shape, also where all pairs are scored, and returns
        a floating scalar. If there are weights, it gets them as the keyword
        `sample_weight`, as `mi_tf.bounds` has them. To be saved with a model it
        must be registered by `keras.saving.register_keras_serializable`.
      **kwargs: arguments of `keras.layers.Layer`.

    Raises:
      ValueError: if `fn` does not take two arguments.
    """
    super().__init__(**kwargs)
    self.fn = fn
    self.facts = facts.of(fn) or facts.Facts()
    for name in objective.OF_THE_BOUND:
      setattr(self, name, getattr(self.facts, name))
    self.uses = None
    if facts.of(fn) is None:  # A bound has no weights.
      _check_signature(fn)
      self.uses = function_layers.FunctionLayer(fn, 'objective')

  def build(self, x_shape, y_shape):
    _check_signature(self.fn)  # A bound that needs more has facts until here.
    if self.uses is not None:
      self.uses.find_weights(keras.KerasTensor((3, 3)), through=self.value)
    super().build(x_shape, y_shape)

  def value(
    self, logu, joint_sample_mask=None, x=None, y=None, sample_weight=None
  ):
    del x, y
    name = getattr(self.fn, '__name__', 'objective')
    weights = objective.with_weights(self.fn, sample_weight, name)
    if facts.of(self.fn) is not None:
      return self.fn(logu, joint_sample_mask, **weights)
    # Functions of others expect tensors, of the whole batch.
    if weights:
      rows, columns = objective.whole_weights(logu, sample_weight)
      weights = {'sample_weight': rows if columns is None else (rows, columns)}
    logu = tf.convert_to_tensor(logu)
    if joint_sample_mask is None:
      mask = masks.identity_mask(logu)
    else:
      mask = tf.cast(joint_sample_mask, tf.bool)
      mask = tf.ensure_shape(tf.broadcast_to(mask, tf.shape(logu)), logu.shape)
    value = self.fn(logu, mask, **weights)
    return objective.scalar(value, name)

  def get_config(self):
    return {
      **super().get_config(),
      'fn': keras.saving.serialize_keras_object(self.fn),
    }

  @classmethod
  def from_config(cls, config):
    fn = keras.saving.deserialize_keras_object(config['fn'])
    return cls(**{**config, 'fn': fn})


def _check_signature(fn):
  """Raises a `ValueError` unless `fn` takes scores and a mask."""
  try:
    signature = inspect.signature(fn)
  except (TypeError, ValueError):  # Some builtins have none.
    return
  try:
    signature.bind(None, None)
  except TypeError as error:
    name = getattr(fn, '__name__', repr(fn))
    raise ValueError(
      '`objective` must take two arguments, `fn(logu, joint_sample_mask)`. '
      f'Received: {name}{signature}.'
    ) from error


OBJECTIVES = {
  'club': density_objectives.Club,
  'dv': baseline_objectives.DonskerVaradhan,
  'flo': baseline_objectives.FenchelLegendre,
  'info_nce': InfoNce,
  'interpolated': baseline_objectives.Interpolated,
  'js': JensenShannon,
  'leave_one_out': density_objectives.LeaveOneOut,
  'mine': baseline_objectives.Mine,
  'nwj': NguyenWainwrightJordan,
  'smile': Smile,
  'tuba': baseline_objectives.Tuba,
  'variational': density_objectives.Variational,
}


def get_objective(identifier, **kwargs):
  """Returns the objective of a name.

  Args:
    identifier: 'js', 'info_nce', 'nwj', 'dv', 'mine', 'tuba', 'interpolated',
      'smile' or 'flo'; 'club', 'leave_one_out' or 'variational', for critics
      that are log densities; an `Objective`, returned as it is; or a function
      `fn(logu, joint_sample_mask) -> nats`, to be maximized and reported. For
      `mi_club` and `upper_bound_leave_one_out`, which are not to be
      maximized, it is the objective that reports them.
    **kwargs: arguments of the objective's class.

  Returns:
    An `Objective`.

  Raises:
    ValueError: if the name is not known.

  #### Examples

  >>> mi_tf.get_objective('js').guarantee, mi_tf.get_objective('nwj').guarantee
  ('none', 'lower bound')
  """
  if isinstance(identifier, objective.Objective):
    return identifier
  if callable(identifier):
    known = facts.of(identifier)
    if known is not None and known.needs_density:
      for cls in OBJECTIVES.values():
        if cls.facts is known:
          return cls(**kwargs)
    return FunctionObjective(identifier, **kwargs)
  if identifier not in OBJECTIVES:
    raise ValueError(
      f'`objective` must be one of {sorted(OBJECTIVES)}, an '
      'Objective or a function. '
      f'Received: objective={identifier!r}.'
    )
  try:
    return OBJECTIVES[identifier](**kwargs)
  except (TypeError, ValueError) as error:
    if 'nrecognized keyword' in str(error) or 'unexpected keyword' in str(
      error
    ):
      raise ValueError(
        f'`objective` must take what it is given. Received: '
        f'objective={identifier!r}, {sorted(kwargs)}.'
      ) from error
    raise
