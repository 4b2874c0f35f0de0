"""What every objective offers."""

import inspect

import keras
import tensorflow as tf

from mi_tf.bounds import facts as facts_lib
from mi_tf.internal.keras_layers import building
from mi_tf.scores import checked_scores
from mi_tf.scores import masks
from mi_tf.scores import sample_weights
from mi_tf.scores.replicas import collectives
from mi_tf.scores.replicas import replica_scores
from mi_tf.scores.streamed import streamed_scores

# What an objective has of the bound that it reports.
OF_THE_BOUND = ('guarantee', 'needs_density', 'rests_on_mean_exp', 'streams')


class Objective(building.BuiltByLoading, keras.layers.Layer):
  """What trains a critic (`loss`) and what it reports (`value`).

  A subclass defines `value`, and `loss` unless it is `-value`. Both take the
  scores of a batch, and the batch itself for objectives that have a baseline,
  and return a scalar. It sets those of the attributes that are not the
  defaults.

  Attributes:
    facts: `facts.Facts` of the bound that is reported; where a subclass sets
      them, all other attributes but `shift_free` are taken from them.
    guarantee: 'lower bound', 'upper bound' or 'none', the default: the side of
      `value`, if scores are what the objective needs.
    mask_may_be_none: `bool`, whether `loss` and `value` take `None`, the
      identity, for a `joint_sample_mask`, as bounds do. Otherwise `MiEstimator`
      gives them a bool `Tensor` of the shape of the scores, unless they are
      `StreamedScores`. Default value: `True` where a subclass sets `facts` or
      `streams`.
    needs_density: `bool`, whether scores must be log densities, `log q(y | x)`.
    rests_on_mean_exp: `bool`, whether `value` has a mean of `exp(f)` that few
      pairs may dominate.
    shift_free: `bool`, whether training leaves a constant of the scores free.
    streams: `bool`, whether `loss` and `value` take `StreamedScores` too, as
      bounds do that average over pairs. Not inherited by a class that defines
      one of them itself.

  #### Examples

  An objective of your own, as a function. It gets the scores of a batch and a
  bool mask of the same shape, and returns a scalar to be maximized, in nats:

  >>> def ranking(logu, joint_sample_mask):
  ...   positive = tf.boolean_mask(logu, joint_sample_mask)
  ...   gap = positive[:, tf.newaxis] - logu
  ...   return tf.reduce_mean(tf.math.log_sigmoid(gap))
  >>> estimator = mi_tf.MiEstimator('bilinear', objective=ranking)

  As a class, if what is trained on is not what is reported; it takes part in
  saving, and with `sample_weight`, in `fit(..., sample_weight=...)`:

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

  facts = facts_lib.Facts()  # Of the bound that is reported.
  guarantee = 'none'
  mask_may_be_none = False
  needs_density = False
  rests_on_mean_exp = True
  shift_free = False
  streams = False

  def __init_subclass__(cls, **kwargs):
    super().__init_subclass__(**kwargs)
    own = set(vars(cls))
    for name in sorted({'loss', 'value', 'pointwise'} & own):
      _check_arguments(cls, name)
    if 'facts' in own:
      for name in set(OF_THE_BOUND) - own:
        setattr(cls, name, getattr(cls.facts, name))
    elif {'loss', 'value'} & own and 'streams' not in own:
      cls.streams = False
    if {'facts', 'loss', 'value'} & own and 'mask_may_be_none' not in own:
      cls.mask_may_be_none = 'facts' in own or bool(cls.streams)

  def build(self, x_shape, y_shape):
    """Makes the objective's own weights."""
    del x_shape, y_shape
    self.built = True

  def loss(
    self,
    logu,
    joint_sample_mask=None,
    x=None,
    y=None,
    training=False,
    sample_weight=None,
  ):
    """Returns the scalar to minimize.

    Args:
      logu: floating `Tensor`, shape `[N, M]`, as in `mi_tf.bounds`; or
        `StreamedScores`, if `streams`.
      joint_sample_mask: as in `mi_tf.bounds`; `None` only if
        `mask_may_be_none`, or if scores are streamed.
      x: `Tensor`, shape `[N, ...]`, the batch.
      y: `Tensor`, shape `[N, ...]`, the batch.
      training: Python `bool`; whether moving averages are updated.
      sample_weight: as in `mi_tf.bounds`. It is passed if there are weights
        alone; a subclass without this argument is refused then.

    Returns:
      Floating scalar.
    """
    del training
    weights = with_weights(self.value, sample_weight)
    return -self.value(logu, joint_sample_mask, x, y, **weights)

  def value(
    self, logu, joint_sample_mask=None, x=None, y=None, sample_weight=None
  ):
    """Returns the mutual information that the scores show, in nats.

    Args:
      logu: as for `loss`.
      joint_sample_mask: as for `loss`.
      x: as for `loss`.
      y: as for `loss`.
      sample_weight: as for `loss`.

    Returns:
      Floating scalar, nats.
    """
    raise NotImplementedError(  # A subclass's duty, as in Keras.
      f'{type(self).__name__} must define `value`.'
    )

  def pointwise(
    self, logu, joint_sample_mask=None, x=None, y=None, sample_weight=None
  ):
    """Returns `log p(x, y) / (p(x) p(y))` of each joint sample.

    Args:
      logu: as for `loss`, with one joint sample in each row.
      joint_sample_mask: as for `loss`.
      x: as for `loss`.
      y: as for `loss`.
      sample_weight: as for `loss`.

    Returns:
      Floating `Tensor`, shape `[N]`, nats.
    """
    del x, y
    s = checked_scores.dense(
      logu, joint_sample_mask, sample_weight=sample_weight
    )
    return row_values(s, s.joint - s.negative_log_mean_exp())


def _check_arguments(cls, name):
  """Raises a `ValueError` unless a method takes what `Objective`'s does."""
  signature = inspect.signature(getattr(cls, name))
  options = {'training': True} if name == 'loss' else {}
  try:
    signature.bind(None, None, None, None, None, **options)
  except TypeError as error:
    arguments = ', '.join(['logu', 'joint_sample_mask', 'x', 'y', *options])
    raise ValueError(
      f'`{cls.__name__}.{name}` must take (self, {arguments}). '
      f'Received: {name}{signature}.'
    ) from error


def loss_and_value(
  objective,
  logu,
  joint_sample_mask=None,
  x=None,
  y=None,
  training=False,
  sample_weight=None,
):
  """Returns the loss and the value, which is not to be differentiated.

  Args:
    objective: `Objective`.
    logu: as for `Objective.loss`.
    joint_sample_mask: as for `Objective.loss`, or `None` for the identity.
    x: as for `Objective.loss`.
    y: as for `Objective.loss`.
    training: as for `Objective.loss`.
    sample_weight: as for `Objective.loss`.

  Raises:
    ValueError: if they are not scalars, or take no weights where there are any.
  """
  mask = mask_for(objective, logu, joint_sample_mask)
  if type(objective).loss is Objective.loss:
    value = checked_value(objective, logu, mask, x, y, sample_weight)
    return -value, value
  weights = with_weights(objective.loss, sample_weight)
  loss = objective.loss(logu, mask, x, y, training=training, **weights)
  loss = scalar(loss, f'{type(objective).__name__}.loss')
  logu = checked_scores.without_gradient(logu)
  return loss, checked_value(objective, logu, mask, x, y, sample_weight)


def checked_value(
  objective, logu, joint_sample_mask=None, x=None, y=None, sample_weight=None
):
  """Returns the value; arguments and errors are those of `loss_and_value`."""
  mask = mask_for(objective, logu, joint_sample_mask)
  weights = with_weights(objective.value, sample_weight)
  value = objective.value(logu, mask, x, y, **weights)
  return scalar(value, f'{type(objective).__name__}.value')


def mask_for(objective, logu, joint_sample_mask):
  """Returns the mask as an objective takes it."""
  own = logu.scores if isinstance(logu, replica_scores.ReplicaScores) else logu
  is_streamed = isinstance(own, streamed_scores.StreamedScores)
  if objective.mask_may_be_none or is_streamed:
    return joint_sample_mask
  if masks.is_identity_mask(joint_sample_mask):
    return joint_sample_mask
  if joint_sample_mask is None:
    return masks.identity_mask(own)
  mask = tf.broadcast_to(joint_sample_mask, tf.shape(own))
  return tf.ensure_shape(mask, own.shape)


def with_weights(fn, sample_weight, name=None):
  """Returns the keyword arguments for `fn`: `sample_weight`, unless `None`.

  Args:
    fn: function, or method of an objective or layer.
    sample_weight: as in `mi_tf.bounds`, or `None`.
    name: `str`, what `fn` is called in the error.

  Raises:
    ValueError: if there are weights, and `fn` does not take them.
  """
  if sample_weight is None:
    return {}
  if not takes_weights(fn):
    name = name or getattr(fn, '__qualname__', repr(fn))
    raise ValueError(
      f'`{name}` must have an argument `sample_weight` where samples have '
      f'weights. Received: {name}{inspect.signature(fn)}.'
    )
  return {'sample_weight': sample_weight}


def whole_weights(logu, sample_weight):
  """Returns the weights of rows and columns of a batch that replicas share.

  Args:
    logu: scores, or this replica's, `ReplicaScores`.
    sample_weight: this replica's, as for `Objective.loss`.

  Returns:
    Those of `tf.convert_to_tensor(logu)`; the columns' may be `None`.
  """
  rows, columns = sample_weights.split(sample_weight)
  if not isinstance(logu, replica_scores.ReplicaScores):
    return rows, columns
  count = tf.shape(logu.scores)[0] * logu.weight
  rows = collectives.all_gather(tf.convert_to_tensor(rows)[:count])
  if columns is not None:
    columns = tf.convert_to_tensor(columns)
    if columns.shape.rank == 1:
      columns = tf.roll(columns, logu.columns_before(), axis=0)
    else:
      columns = tf.roll(columns[:count], logu.columns_before(), axis=1)
      columns = collectives.all_gather(columns)
  return rows, columns


def takes_weights(fn):
  """Returns whether a function has an argument `sample_weight`."""
  try:
    parameters = inspect.signature(fn).parameters
  except (TypeError, ValueError):  # Some builtins have none.
    return False
  return 'sample_weight' in parameters or any(
    p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values()
  )


def scalar(value, name):
  """Returns a result of `name`, checked to be a floating scalar.

  A vector would be trained on its sum, and logged as its mean.
  """
  rule = f'`{name}` must return a floating scalar.'
  try:
    value = tf.convert_to_tensor(value)
  except (TypeError, ValueError) as error:
    raise ValueError(f'{rule} Received: {value!r}.') from error
  if not value.dtype.is_floating or value.shape.rank not in (None, 0):
    raise ValueError(
      f'{rule} Received: shape={value.shape}, dtype={value.dtype.name}.'
    )
  return tf.ensure_shape(value, []) if value.shape.rank is None else value


def row_values(s, joint_array):
  """Returns the joint array's only value in each row, shape `[N]`."""
  if s.joint_sample_mask is None:
    return joint_array
  kept = tf.where(s.joint_sample_mask, joint_array, tf.zeros_like(joint_array))
  return tf.reduce_sum(kept, axis=-1)
