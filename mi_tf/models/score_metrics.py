"""Metrics of scores, which users give to `MiEstimator.compile`."""

from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

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


def make(
  metrics: Any, critic: Callable[..., Any], num_replicas: int
) -> list[keras.metrics.Metric]:
  """Returns the `keras.metrics.Metric`s of the `metrics` of `compile`.

  Raises:
    ValueError: if metrics don't take scores, or if two have the same name.
  """
  made = [
    _make(metric, critic, num_replicas)
    for metric in keras.tree.flatten(metrics or [])
  ]
  names = ['loss', 'mi', *(metric.name for metric in made)]
  if len(set(names)) < len(names):
    raise ValueError(
      f'`metrics` must have names that differ. Received: {names}.'
    )
  return made


def _make(metric, critic, num_replicas):
  if isinstance(metric, keras.metrics.Metric):
    _check(metric)
    if num_replicas > 1:
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
  mean = FunctionMean(metric)
  density_objectives.check_critic(critic, mean.objective)
  return mean


def take_streamed(metrics: Sequence[keras.metrics.Metric]) -> bool:
  """Returns whether all metrics take `StreamedScores`."""
  return all(
    isinstance(metric, FunctionMean) and metric.objective.streams
    for metric in metrics
  )


def update(
  metrics: Sequence[keras.metrics.Metric],
  args: tuple[Any, ...],
  has_no_negatives: Any,
  weight: tf.Tensor,
) -> None:
  """Updates metrics with a batch, which has the weight `weight` in means.

  `args` are `(logu, joint_sample_mask, x, y, sample_weight)`, as objectives
  take them. A batch without negatives does not count.
  """
  logu, *others = args
  args = checked_scores.without_gradient(logu), *others
  for metric in metrics:
    if isinstance(metric, FunctionMean):
      metric.update_state(args, weight)
    else:
      _update_keras_metric(metric, args, has_no_negatives)


def serialize(metrics: Sequence[keras.metrics.Metric]) -> list[Any]:
  """Returns the config of metrics as `compile` takes them."""
  return [
    keras.saving.serialize_keras_object(
      metric.fn if isinstance(metric, FunctionMean) else metric
    )
    for metric in metrics
  ]


class FunctionMean(keras.metrics.Mean):
  """The mean over batches of a function of scores."""

  def __init__(self, fn: Callable[..., Any]):
    """Makes the metric of `fn(logu, joint_sample_mask) -> scalar`."""
    name = getattr(fn, '__name__', type(fn).__name__)
    super().__init__(name=name)
    self.fn = fn
    self.objective = registry.get_objective(fn)

  def update_state(self, args: tuple[Any, ...], weight: tf.Tensor) -> None:
    """Adds a batch; `args` are the arguments of `score_metrics.update`."""
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


def _update_keras_metric(metric, args, has_no_negatives):
  """Adds a batch to a Keras metric, unless the batch has no negatives."""
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

  def add():
    metric.update_state(joint, logu)
    return tf.constant(True)

  if has_no_negatives is False:
    add()
  else:
    tf.cond(has_no_negatives, lambda: tf.constant(False), add)
