"""What `MiEstimator` reports: the loss, `mi`, and metrics that users give.

`Model.compile` takes, as metrics, functions of scores, `fn(logu,
joint_sample_mask) -> scalar`, such as those of `mi_tf.bounds`, which are
averaged as `mi` is; and `keras.metrics.Metric`s, whose `update_state` gets the
mask of joint samples as `y_true`, 1 and 0, and the scores as `y_pred`, both of
shape `[n, m]`.
"""

import types

import keras
import tensorflow as tf

from mi_tf.objectives import density_objectives
from mi_tf.objectives import objective as objective_lib
from mi_tf.objectives import registry
from mi_tf.scores import checked_scores
from mi_tf.scores import masks
from mi_tf.scores.replicas import collectives

# These compare with integer labels, and scores have none.
_OF_LABELS = (
  keras.metrics.SparseCategoricalAccuracy,
  keras.metrics.SparseCategoricalCrossentropy,
  keras.metrics.SparseTopKCategoricalAccuracy,
)


class Model(keras.Model):
  """A model with a critic whose loss, value and scores are reported."""

  def __init__(self, **kwargs):
    super().__init__(**kwargs)
    self._loss_mean = keras.metrics.Mean(name='loss')
    self._mi_mean = keras.metrics.Mean(name='mi')
    self._given = types.SimpleNamespace(metrics=[])

  @property
  def metrics(self):
    return [self._loss_mean, self._mi_mean, *self._given.metrics]

  def compile(
    self,
    optimizer='adam',
    loss=None,
    *,
    metrics=None,
    steps_per_execution=None,
    **kwargs,
  ):
    """Sets the critic's optimizer and Keras's options for `fit`.

    Args:
      optimizer: a `keras.optimizers.Optimizer` or its name.
      loss: must be `None`: the objective is the loss.
      metrics: one or a list of: functions `fn(logu, joint_sample_mask) ->
        scalar`, such as those of `mi_tf.bounds`, which are averaged over
        batches as `mi` is and reported by their names; and
        `keras.metrics.Metric`s, which get the mask of joint samples, 1 and 0,
        as `y_true`, and the scores as `y_pred`, both of shape `[n, m]`. So
        `keras.metrics.BinaryAccuracy(threshold=0.)` and
        `keras.metrics.AUC(from_logits=True)` tell pairs of the joint from
        others, and `keras.metrics.CategoricalAccuracy()` is the share of
        samples whose own partner has the highest score. With `sample_weight`,
        functions need an argument of that name, and Keras's metrics are
        refused.
      steps_per_execution: as for `keras.Model.compile`; `None` for 1, and for
        many where `fit` is given arrays or a `tf.data.Dataset`.
      **kwargs: `run_eagerly`, `jit_compile`, `auto_scale_loss` of
        `keras.Model.compile`. On CPUs, 'auto' compiles with XLA what it was
        measured to speed up: trainings on arrays of at least 10,000 updates
        that have no encoder, no networks of pairs, and no objective or metrics
        of yours.

    Raises:
      ValueError: if a loss is passed: the objective is the loss; or if metrics
        don't take scores, or two have one name.

    #### Examples

    >>> estimator = mi_tf.MiEstimator('bilinear', 'js')
    >>> accuracy = keras.metrics.BinaryAccuracy(threshold=0.)
    >>> metrics = [mi_tf.lower_bound_info_nce, accuracy]
    >>> estimator.compile('adam', metrics=metrics)
    >>> x = np.random.default_rng(0).normal(size=[64, 2]).astype('float32')
    >>> sorted(estimator.fit(x, x, verbose=0).history)
    ['binary_accuracy', 'loss', 'lower_bound_info_nce', 'mi']
    """
    others = {'loss': loss}
    for key in ('loss_weights', 'weighted_metrics'):
      others[key] = kwargs.pop(key, None)
    given = [key for key, value in others.items() if value is not None]
    if given:
      raise ValueError(
        '`compile` must not be given a loss or weighted metrics: the objective '
        'is the loss, and functions among the `metrics` take '
        f'`sample_weight`. Received: {given}.'
      )
    with self.strategy_scope():
      made = [
        self._made(metric) for metric in keras.tree.flatten(metrics or [])
      ]
    names = ['loss', 'mi', *(metric.name for metric in made)]
    if len(set(names)) < len(names):
      raise ValueError(
        f'`metrics` must have names that differ. Received: {names}.'
      )
    # Not tracked by Keras, which takes none in once the model is built.
    self._given = types.SimpleNamespace(metrics=made)
    super().compile(
      optimizer, steps_per_execution=steps_per_execution, **kwargs
    )
    if self.built:
      with self.strategy_scope():
        self.optimizer.build(self.trainable_variables)

  def _made(self, metric):
    """Returns the `keras.metrics.Metric` of what `compile` was given."""
    if isinstance(metric, keras.metrics.Metric):
      _check(metric)
      if self.distribute_strategy.num_replicas_in_sync > 1:
        raise ValueError(
          '`metrics` must be functions of scores under a strategy of several '
          f'replicas. Received: {type(metric).__name__}.'
        )
      return metric
    if not callable(metric) or isinstance(metric, type):
      raise ValueError(
        '`metrics` must be functions of scores, such as '
        'mi_tf.lower_bound_info_nce, or `keras.metrics.Metric`s, such as '
        '`keras.metrics.BinaryAccuracy(threshold=0.)`. Received: '
        f'metrics={metric!r}.'
      )
    value = _Value(metric)
    density_objectives.check_critic(self.critic, value.objective)
    return value

  def _metrics_stream(self):
    """Returns whether the metrics take `StreamedScores`."""
    return all(
      isinstance(metric, _Value) and metric.objective.streams
      for metric in self._given.metrics
    )

  def _update_score_metrics(self, args, lone, weight):
    """Updates the metrics that were given to `compile`.

    Args:
      args: `(logu, joint_sample_mask, x, y, sample_weight)`, as objectives take
        them.
      lone: whether the batch has no negatives, bool scalar, or `False`.
      weight: the batch's weight in means, floating scalar.
    """
    logu, *others = args
    args = checked_scores.without_gradient(logu), *others
    for metric in self._given.metrics:
      if isinstance(metric, _Value):
        metric.update_state(args, weight)
      else:
        _update(metric, args, lone)

  def get_compile_config(self):
    config = super().get_compile_config()
    if config and self._given.metrics:
      config['metrics'] = [
        keras.saving.serialize_keras_object(
          metric.fn if isinstance(metric, _Value) else metric
        )
        for metric in self._given.metrics
      ]
    return config


class _Value(keras.metrics.Mean):
  """The mean over batches of a function of scores."""

  def __init__(self, fn):
    name = getattr(fn, '__name__', type(fn).__name__)
    super().__init__(name=name)
    self.fn = fn
    self.objective = registry.get_objective(fn)

  def update_state(self, args, weight):
    """Adds a batch; arguments are those of `_update_score_metrics`."""
    value = objective_lib.checked_value(self.objective, *args)
    value = tf.where(weight > 0, value, tf.zeros_like(value))
    weight = tf.cast(weight, value.dtype) / collectives.num_replicas()
    super().update_state(value, sample_weight=weight)


def _check(metric):
  """Raises a `ValueError` unless Keras's metric takes scores."""
  if isinstance(metric, _OF_LABELS):
    raise ValueError(
      '`metrics` must take the mask of joint samples, shape [n, m], as '
      f'`y_true`, and not integer labels. Received: {type(metric).__name__}.'
    )
  if metric.get_config().get('from_logits') is False:
    raise ValueError(
      '`metrics` must take scores, which are logits: pass from_logits=True. '
      f'Received: {type(metric).__name__} with from_logits=False.'
    )


def _update(metric, args, lone):
  """Adds a batch to Keras's metric, unless the batch has no negatives."""
  logu, mask, _, _, sample_weight = args
  if sample_weight is not None:
    raise ValueError(
      '`metrics` must be functions of scores, with an argument '
      '`sample_weight`, where samples have weights. Received: '
      f'{type(metric).__name__}.'
    )
  logu = tf.convert_to_tensor(logu)
  if mask is None:
    mask = masks.identity_mask(logu)
  joint = tf.broadcast_to(tf.cast(mask, logu.dtype), tf.shape(logu))

  def update():
    metric.update_state(joint, logu)
    return tf.constant(True)

  if lone is False:
    update()
  else:
    tf.cond(lone, lambda: tf.constant(False), update)
