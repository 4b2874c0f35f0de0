"""The base class of objectives, and their loss and value with checks."""

from typing import Any

import keras
import tensorflow as tf

from mi_tf.bounds import facts as facts_lib
from mi_tf.internal import types
from mi_tf.internal.keras_layers import building
from mi_tf.objectives import arguments
from mi_tf.scores import checked_scores
from mi_tf.scores import types as score_types

# The attributes of an objective that come from the facts of its bound.
FROM_FACTS = ('guarantee', 'needs_density', 'rests_on_mean_exp', 'streams')


class Objective(building.BuiltByLoading, keras.layers.Layer):
  """Trains a critic by its `loss`, and reports its `value`.

  Loss and value may differ: the best loss (Jensen-Shannon) does not estimate
  MI, and the gradient of the value may be biased (MINE) or zero (SMILE). A
  subclass defines `value`, and also `loss` if it is not `-value`. Both methods
  take the scores of a batch and return a scalar. They also get the batch
  itself, which a baseline needs. A subclass sets the attributes whose defaults
  do not apply to it.

  Attributes:
    facts: `facts.Facts` of the reported bound. In a subclass that sets `facts`,
      they determine `guarantee`, `needs_density`, `rests_on_mean_exp` and
      `streams`.
    guarantee: 'lower bound', 'upper bound' or 'none'. It says what `value` is,
      if the scores are of the kind that the objective needs. Default value:
      'none'.
    mask_may_be_none: `bool`; True if `joint_sample_mask` may be `None`, which
      means the identity. If False, `MiEstimator` passes a bool `Tensor` of the
      shape of the scores, unless the scores are `StreamedScores`. Default
      value: `True` if a subclass sets `facts` or `streams`.
    needs_density: `bool`; True if scores must be log densities, `log q(y | x)`.
    rests_on_mean_exp: `bool`; True if `value` depends on a mean of `exp(f)`,
      which few pairs may dominate.
    shift_free: `bool`; True if adding a constant to all scores does not change
      the loss.
    streams: `bool`; True if `loss` and `value` also take `StreamedScores`. A
      class that defines `loss` or `value` does not inherit `streams`.

  #### Examples

  An objective can be a function. It gets the scores of a batch and a bool mask
  of the same shape, and returns a scalar to be maximized, in nats:

  >>> def ranking(logu, joint_sample_mask):
  ...   positive = tf.boolean_mask(logu, joint_sample_mask)
  ...   gap = positive[:, tf.newaxis] - logu
  ...   return tf.reduce_mean(tf.math.log_sigmoid(gap))
  >>> estimator = mi_tf.MiEstimator('bilinear', objective=ranking)

  If the loss is not `-value`, define a class, which is saved with the model.
  Its methods take the weights of `fit` as `sample_weight`:

  >>> @keras.saving.register_keras_serializable()
  ... class Contrast(mi_tf.Objective):
  ...   def loss(self, logu, joint_sample_mask=None, x=None, y=None,
  ...            training=False, sample_weight=None):
  ...     return -mi_tf.lower_bound_jensen_shannon(
  ...         logu, joint_sample_mask, sample_weight=sample_weight)
  ...   def value(self, logu, joint_sample_mask=None, x=None, y=None,
  ...             sample_weight=None):
  ...     return mi_tf.lower_bound_info_nce(
  ...         logu, joint_sample_mask, sample_weight=sample_weight)
  >>> estimator = mi_tf.MiEstimator('bilinear', objective=Contrast())
  >>> estimator.compile(keras.optimizers.Adam(1e-2))
  >>> x = np.random.default_rng(0).normal(size=[64, 2]).astype('float32')
  >>> history = estimator.fit(x, x, epochs=2, verbose=0)
  >>> sorted(history.history)
  ['loss', 'mi']
  """

  facts: facts_lib.Facts = facts_lib.Facts()
  guarantee: str = 'none'
  mask_may_be_none: bool = False
  needs_density: bool = False
  rests_on_mean_exp: bool = True
  shift_free: bool = False
  streams: bool = False
  _negatives: Any = 'any'  # Of `pointwise`, as for `DenseReductions`.

  def __init_subclass__(cls, **kwargs: Any) -> None:
    """Checks a subclass's methods, and sets attributes that it does not define.

    `facts` of the class determine the attributes `FROM_FACTS`. If a class
    without facts overrides `loss` or `value`, its methods might not take
    streamed scores or a mask of `None`. `streams` and `mask_may_be_none` then
    become False, unless the class sets them.
    """
    super().__init_subclass__(**kwargs)
    own = set(vars(cls))
    for name in sorted({'loss', 'value', 'pointwise'} & own):
      arguments.check_method(cls, name)
    if 'facts' in own:
      for name in set(FROM_FACTS) - own:
        setattr(cls, name, getattr(cls.facts, name))
    elif {'loss', 'value'} & own and 'streams' not in own:
      cls.streams = False
    if {'facts', 'loss', 'value'} & own and 'mask_may_be_none' not in own:
      cls.mask_may_be_none = 'facts' in own or bool(cls.streams)

  def build(self, x_shape: types.Shapes, y_shape: types.Shapes) -> None:
    """Makes the objective's weights.

    Args:
      x_shape: structure of shapes of a batch of x, `(None, ...)`.
      y_shape: structure of shapes of a batch of y.
    """
    self.built = True

  def loss(
    self,
    logu: score_types.Scores,
    joint_sample_mask: score_types.Mask | None = None,
    x: types.Structure = None,
    y: types.Structure = None,
    training: bool = False,
    sample_weight: score_types.SampleWeight | None = None,
  ) -> tf.Tensor:
    """Returns the scalar to minimize.

    Args:
      logu: floating `Tensor`, shape `[N, M]`, as in `mi_tf.bounds`. If
        `streams`, also `StreamedScores`.
      joint_sample_mask: as in `mi_tf.bounds`. It is `None` only if
        `mask_may_be_none`, or if scores are streamed.
      x: `Tensor`, shape `[N, ...]`, the batch.
      y: `Tensor`, shape `[N, ...]`, the batch.
      training: Python `bool`; if True, moving averages are updated.
      sample_weight: as in `mi_tf.bounds`. It is passed only if samples have
        weights. If a method does not take this argument, a `ValueError` is then
        raised.

    Returns:
      Floating scalar.
    """
    weights = arguments.for_weights(self.value, sample_weight)
    return -self.value(logu, joint_sample_mask, x, y, **weights)

  def value(
    self,
    logu: score_types.Scores,
    joint_sample_mask: score_types.Mask | None = None,
    x: types.Structure = None,
    y: types.Structure = None,
    sample_weight: score_types.SampleWeight | None = None,
  ) -> tf.Tensor:
    """Returns the objective's estimate of MI, a floating scalar, in nats.

    The arguments are as for `loss`.
    """
    raise NotImplementedError(  # A subclass's duty, as in Keras.
      f'{type(self).__name__} must define `value`.'
    )

  def pointwise(
    self,
    logu: score_types.Scores,
    joint_sample_mask: score_types.Mask | None = None,
    x: types.Structure = None,
    y: types.Structure = None,
    sample_weight: score_types.SampleWeight | None = None,
  ) -> tf.Tensor:
    """Returns `log p(x, y) / (p(x) p(y))` of each joint sample, `[N]`, in nats.

    The arguments are as for `loss`; each row must have one joint sample.
    """
    s = checked_scores.dense(
      logu,
      joint_sample_mask,
      negatives=self._negatives,
      sample_weight=sample_weight,
    )
    return row_values(s, self._log_ratio(s, x, y))

  def _log_ratio(self, s, x, y):
    """Returns the log density ratio, a joint array of `s: DenseReductions`."""
    del x, y
    return s.joint - s.negative_log_mean_exp()


def loss_and_value(
  objective,
  logu,
  joint_sample_mask=None,
  x=None,
  y=None,
  training=False,
  sample_weight=None,
):
  """Returns the loss, and the value without gradients; checks both.

  The arguments are as for `Objective.loss`; the mask may always be `None`.

  Raises:
    ValueError: if loss or value is not a scalar, or if there are weights and a
      method has no argument `sample_weight`.
  """
  mask = arguments.mask_for(objective, logu, joint_sample_mask)
  if type(objective).loss is Objective.loss:
    value = checked_value(objective, logu, mask, x, y, sample_weight)
    return -value, value
  weights = arguments.for_weights(objective.loss, sample_weight)
  loss = objective.loss(logu, mask, x, y, training=training, **weights)
  loss = arguments.checked_scalar(loss, f'{type(objective).__name__}.loss')
  logu = checked_scores.without_gradient(logu)
  return loss, checked_value(objective, logu, mask, x, y, sample_weight)


def checked_value(
  objective, logu, joint_sample_mask=None, x=None, y=None, sample_weight=None
):
  """Returns the value alone; all else is as in `loss_and_value`."""
  mask = arguments.mask_for(objective, logu, joint_sample_mask)
  weights = arguments.for_weights(objective.value, sample_weight)
  value = objective.value(logu, mask, x, y, **weights)
  return arguments.checked_scalar(value, f'{type(objective).__name__}.value')


def row_values(s, joint_array):
  """Returns the only value in each row of a joint array, shape `[N]`."""
  if s.joint_sample_mask is None:
    return joint_array
  kept = tf.where(s.joint_sample_mask, joint_array, tf.zeros_like(joint_array))
  return tf.reduce_sum(kept, axis=-1)
