"""CriticModel: a Keras model whose steps train a critic by an objective."""

import contextlib
import types
from typing import Any

import keras
import tensorflow as tf

from mi_tf.critics import registry
from mi_tf.critics.scoring import any_critic
from mi_tf.critics.scoring import batch_scores
from mi_tf.internal import structures
from mi_tf.internal.types import Structure
from mi_tf.internal.types import TensorLike
from mi_tf.models import objective_model
from mi_tf.models import score_metrics
from mi_tf.models.data import pair_data
from mi_tf.models.training import device_loop
from mi_tf.models.training import updates
from mi_tf.objectives import function_objective
from mi_tf.objectives import objective as objective_lib
from mi_tf.scores import checked_scores
from mi_tf.scores.replicas import collectives


class CriticModel(objective_model.ObjectiveModel):
  """A model with a critic, an objective, and the steps on one batch.

  A subclass sets `critic`, `objective` and `negative_samples`. Its `build`
  takes the shapes of batches of x and y, and calls `_finish_build` at the end.

  Attributes:
    must_learn: `bool`; if True, training without trainable weights is an error.
  """

  must_learn = True
  _batch_shapes: dict[str, Any] | None = None  # By the arguments of `build`.
  _device_loop: device_loop.DeviceLoop | None = None  # Once it is compiled.
  # The most samples of a batch of all replicas, where that is known. Keras
  # traces steps for batches of any size, and for replicas without any.
  _most_rows: int | None = None

  def __init__(self, **kwargs: Any):
    """Makes the model; takes the arguments of `keras.Model`."""
    super().__init__(**kwargs)
    self._loss_mean = keras.metrics.Mean(name='loss')
    self._mi_mean = keras.metrics.Mean(name='mi')
    self._given = types.SimpleNamespace(metrics=[])

  @property
  def metrics(self) -> list[keras.metrics.Metric]:
    """The means of the loss and of the value, and the metrics of `compile`."""
    return [self._loss_mean, self._mi_mean, *self._given.metrics]

  def compile(
    self,
    optimizer: Any = 'adam',
    loss: None = None,
    *,
    metrics: Any = None,
    steps_per_execution: int | None = None,
    **kwargs: Any,
  ) -> None:
    """Sets the critic's optimizer and Keras's options for `fit`.

    Args:
      optimizer: a `keras.optimizers.Optimizer` or its name.
      loss: must be `None`: the objective is the loss.
      metrics: a function, a `keras.metrics.Metric`, or a list of these. A
        function `fn(logu, joint_sample_mask) -> scalar`, such as a bound of
        `mi_tf`, is averaged over batches, like `mi`, and reported by its name.
        If samples have weights, the function needs an argument `sample_weight`.
        A `keras.metrics.Metric` gets the mask of joint samples, 1 and 0, as
        `y_true`, and the scores as `y_pred`, both of shape `[n, m]`; such a
        metric is refused if samples have weights.
        `keras.metrics.BinaryAccuracy(threshold=0.)` and
        `keras.metrics.AUC(from_logits=True)` measure how well scores
        distinguish joint samples from other pairs.
        `keras.metrics.CategoricalAccuracy()` is the share of samples whose
        partner has the highest score.
      steps_per_execution: as for `keras.Model.compile`. Default value: `None`,
        which means up to 400 steps if `fit` is given arrays or a
        `tf.data.Dataset`, and 1 step otherwise.
      **kwargs: `run_eagerly`, `jit_compile`, `auto_scale_loss` of
        `keras.Model.compile`. On CPUs, `jit_compile='auto'` uses XLA where it
        was faster in measurements: for at least 10,000 updates on arrays, if
        there are no encoders, networks of pairs, metrics or user-defined
        objectives.

    Raises:
      ValueError: if a loss is passed, if metrics don't take scores, or if two
        metrics have the same name.

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
    with self._scope():
      made = score_metrics.make(
        metrics, self.critic, self.distribute_strategy.num_replicas_in_sync
      )
    # Not tracked by Keras, which takes none in once the model is built.
    self._given = types.SimpleNamespace(metrics=made)
    super().compile(
      optimizer, steps_per_execution=steps_per_execution or 1, **kwargs
    )
    may_choose = kwargs.get('jit_compile', 'auto') == 'auto'
    self._device_loop = device_loop.DeviceLoop(
      self, steps_per_execution, may_choose and self._gains_from_xla()
    )
    if self.built:
      with self._scope():
        self.optimizer.build(self.trainable_variables)

  def _build_from(self, x, y):
    """Builds the model from data; returns all of `x`."""
    if self.built:
      return x
    first, x = pair_data.first(x, y)
    self._expect(dict(zip(('x_shape', 'y_shape'), first, strict=True)))
    with self._scope():
      self.build(*map(structures.shapes, first))
    return x

  def _finish_build(self, **shapes):
    """Keeps the shapes that `build` was given; builds the optimizer."""
    self._batch_shapes = shapes
    self.built = True
    weights = self.trainable_weights
    are_made = all(isinstance(v.value, tf.Variable) for v in weights)
    if self.compiled and weights and are_made:
      self.optimizer.build(weights)

  def score(
    self, x: Structure, y: Structure, training: bool | None = None
  ) -> tuple[tf.Tensor, tf.Tensor | None]:
    """Returns the scores of a batch and their mask, for `mi_tf.bounds`.

    Args:
      x: `Tensor`, shape `[n, ...]`.
      y: `Tensor`, shape `[n, ...]`.
      training: Python `bool`, passed to the critic.

    Returns:
      logu: float32 (or float64) `Tensor`, shape `[n, n]` or
        `[n, 1 + negative_samples]`.
      joint_sample_mask: `None` or bool `Tensor`.
    """
    logu = any_critic.score(self.critic, x, y, training, self.negative_samples)
    return logu, batch_scores.joint_sample_mask(logu, self.negative_samples)

  @contextlib.contextmanager
  def _constant_weights(self, training):
    """A context in which weights are constants without gradients.

    If another model holds the estimator, the loss of that model must not train
    the critic's weights. `MiRegularizer` hides the weights from the model that
    holds the regularizer, but not their gradients.

    If `training` is True, seeds and moving averages still change.
    """
    constants = [(v, tf.stop_gradient(v.value)) for v in self.variables]
    with keras.StatelessScope(state_mapping=constants) as scope:
      yield
    if training:
      for v in self.variables:
        if not v.trainable:
          v.assign(scope.get_current_value(v))

  def _score(self, x, y, training, sample_weight=None):
    """Returns the results of `batch_scores.score`."""
    streams = self.objective.streams and score_metrics.take_streamed(
      self._given.metrics
    )
    options = self.negative_samples, streams, self._most_rows
    return batch_scores.score(
      self.critic, x, y, training, *options, sample_weight
    )

  def _loss(self, x, y, sample_weight, training):
    """Returns the batch's loss, its value, and its weight in means."""
    objective = self.objective
    args, has_no_negatives, count = self._score(x, y, training, sample_weight)
    logu, mask, x, y, sample_weight = args
    if not training:
      logu = checked_scores.without_gradient(logu)
    state = objective.non_trainable_variables if training else []
    with batch_scores.restored_without_negatives(state, logu, has_no_negatives):
      both = objective_lib.loss_and_value(
        objective, logu, mask, x, y, training, sample_weight
      )
    loss, value = (zero_if(has_no_negatives, v) for v in both)
    weight = zero_if(has_no_negatives, tf.cast(count, loss.dtype))
    score_metrics.update(
      self._given.metrics,
      (logu, mask, x, y, sample_weight),
      has_no_negatives,
      weight,
    )
    # Regularizers and losses that layers add.
    loss += sum(tf.cast(extra, loss.dtype) for extra in self.losses)
    return loss, value, weight

  def _update_metrics(self, loss, value, weight):
    weight /= collectives.num_replicas()  # Metrics sum over replicas.
    self._loss_mean.update_state(loss, sample_weight=weight)
    self._mi_mean.update_state(value, sample_weight=weight)
    return self._step_logs()

  @tf.autograph.experimental.do_not_convert
  def train_step(self, data: Any) -> dict[str, tf.Tensor]:
    """Updates the critic on one batch; returns the metrics so far.

    Args:
      data: `(x, y)` or `(x, y, sample_weight)`, as `update` takes them.
    """
    return self._update_metrics(*self.update(*pair_data.unpack(data)))

  def update(
    self,
    x: Structure,
    y: Structure,
    sample_weight: TensorLike | None = None,
  ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Updates the critic on one batch, as `train_step` does.

    Args:
      x: `Tensor`, shape `[n, ...]`.
      y: `Tensor`, shape `[n, ...]`.
      sample_weight: nonnegative numbers, shape `[n]`. A weight of k counts like
        k copies of the sample. Default value: `None`, which means 1.

    Returns:
      The loss and the value before the update, and the weight of the batch in
      means over batches.
    """
    if getattr(self, 'optimizer', None) is None:
      raise ValueError('`compile` must be called before the critic is trained.')
    x, y = map(structures.to_tensors, (x, y))
    self._build_from(x, y)
    with tf.GradientTape() as tape:
      loss, value, weight = self._loss(x, y, sample_weight, training=True)
      # Optimizers sum the gradients of replicas.
      scaled = self.optimizer.scale_loss(loss / collectives.num_replicas())
    weights = self.trainable_weights
    if not weights:
      self._check_that_something_learns()
    else:
      gradients = tape.gradient(scaled, weights)
      updates.apply(self.optimizer, gradients, weights, loss, value)
    return loss, value, weight

  @tf.autograph.experimental.do_not_convert
  def test_step(self, data: Any) -> dict[str, tf.Tensor]:
    """Evaluates one batch of the form of `train_step`; returns the metrics."""
    x, y, sample_weight = pair_data.unpack(data)
    x, y = map(structures.to_tensors, (x, y))
    self._build_from(x, y)
    return self._update_metrics(
      *self._loss(x, y, sample_weight, training=False)
    )

  @tf.autograph.experimental.do_not_convert
  def predict_step(self, data: Any) -> tf.Tensor:
    """Returns the scores `f(x[i], y[i])` of one batch, shape `[n]`."""
    x, y, _ = pair_data.unpack(data)
    return any_critic.joint_scores(self.critic, x, y)

  def _gains_from_xla(self):
    """Returns whether XLA makes updates faster on CPUs, if there are many.

    With XLA, many small operations are up to 1.9 times faster, and convolutions
    are 17 times slower.
    """
    critic = self.critic
    return (
      type(critic) in registry.CRITICS.values()
      and critic.pairs_are_cheap
      and critic.x_encoder is critic.y_encoder is None
      and not isinstance(self.objective, function_objective.FunctionObjective)
      and not self._given.metrics
    )

  def _check_that_something_learns(self):
    """Raises a `ValueError` if there are unexpectedly no weights to train."""
    if self.trainable and self.must_learn and not self.trainable_weights:
      raise ValueError(
        'There is nothing to train: neither the critic nor the objective has '
        'trainable weights. Give the critic encoders or a network; or make the '
        'model with `trainable=False`, if nothing is to be trained. Received: '
        f'critic={self.critic!r}, objective={self.objective!r}.'
      )

  def _check_counted(self):
    """Raises a `ValueError` if no batch since the last reset had negatives."""
    if not float(tf.convert_to_tensor(self._loss_mean.count.value)):
      raise ValueError(
        'Some batch must hold at least 2 samples, of positive weight: the '
        "others of its batch are a sample's negatives. Received: none."
      )

  def get_build_config(self) -> dict[str, Any] | None:
    if self._batch_shapes is None or self.input_dtypes is None:
      return self._batch_shapes
    return {**self._batch_shapes, 'input_dtypes': self.input_dtypes}

  def build_from_config(self, config: dict[str, Any] | None) -> None:
    if config:
      config = dict(config)
      self.input_dtypes = config.pop('input_dtypes', None)
      self.build(**structures.shapes_of_json(config))

  def get_compile_config(self) -> dict[str, Any] | None:
    config = super().get_compile_config()
    if config:
      loop = self._device_loop
      config['steps_per_execution'] = loop and loop.steps_per_execution
    if config and self._given.metrics:
      config['metrics'] = score_metrics.serialize(self._given.metrics)
    return config


def zero_if(has_no_negatives, value):
  """Returns the value, or 0 for a batch without negatives."""
  if has_no_negatives is False:
    return value
  return tf.where(has_no_negatives, tf.zeros_like(value), value)
