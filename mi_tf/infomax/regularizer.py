"""MiRegularizer: mutual information as a term of any model's loss."""

import dataclasses
from typing import Any

import keras
import tensorflow as tf

from mi_tf.critics.networks import towers
from mi_tf.infomax import loss_weights
from mi_tf.infomax import regularizer_checks
from mi_tf.internal import checks
from mi_tf.internal import structures
from mi_tf.internal import types
from mi_tf.internal.keras_layers import building
from mi_tf.models import mi_estimator
from mi_tf.objectives import objective as objective_lib
from mi_tf.objectives import registry
from mi_tf.scores.replicas import collectives


@keras.saving.register_keras_serializable(package='mi_tf')
class MiRegularizer(building.BuiltByLoading, keras.layers.Layer):
  """The mutual information of x and z, as a term of a model's loss.

  `regularizer(x, z)` returns the objective's value for a batch, in nats. The
  value has gradients to x and z, but none to the critic.
  `regularizer.train_step(x, z)` trains the critic by a separate optimizer, and
  gives no gradients to x and z.

  ```python
  regularizer = mi_tf.infomax.MiRegularizer('concat', 'mine', beta=0.1)

  @tf.function
  def step(x):
    regularizer.train_step(x, encoder(x))
    with tf.GradientTape() as tape:
      z = encoder(x)
      loss = task_loss(z) + regularizer.loss_weight * regularizer(x, z)
    weights = encoder.trainable_weights
    optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
  ```

  `loss_weight` follows a schedule. Its final value is `-beta` to maximize, and
  `beta` to minimize. If the term is maximized, its gradients may be far larger
  than those of the loss: see `adaptive_gradient_clip`. With `adds_loss=True`,
  the layer trains the critic and adds the term, and `fit` reports `NAME_mi`:

  ```python
  term = mi_tf.infomax.MiRegularizer(beta=0.1, adds_loss=True, name='code')
  z = term(x, encoder(x))  # reports code_mi
  ```

  To maximize, choose an objective that is a lower bound ('mine', 'info_nce',
  'nwj', ...) or 'js'. To minimize, choose an objective that needs a log density
  `log p(z | x)`: 'club', 'leave_one_out' or 'variational'. With the true
  density, these objectives are upper bounds. If you know the density, as for a
  stochastic encoder, pass a function `critic(x, z) -> [n, n]`, and pass the
  density's parameters as x. With a learned density ('gaussian'), the objectives
  are neither upper nor lower bounds, and CLUB is often several times too high.
  Check the result by `estimate_mi`.

  The Keras layers and variables that a critic function uses are trained. If
  they belong to the model, pass `trainable=False`. Neither the regularizer nor
  a model that contains it lists the critic's weights in `weights`. Saved models
  contain the critic's weights, the state of their optimizer and the shapes that
  the regularizer was built for.

  Under a `tf.distribute` strategy, the value is computed from the batch of all
  replicas. In a custom loop, add the value divided by `num_replicas_in_sync`.
  After the first batch, a batch of one row has value 0, and trains nothing.

  Attributes:
    estimator: `MiEstimator` of x and z, with the critic, the objective and the
      optimizer. `regularizer.estimator.estimate(x, z)` takes held-out samples.
    num_steps: int32 `keras.Variable`, the number of calls of `train_step`.
  """

  def __init__(
    self,
    critic: str | keras.Layer | types.Function | None = None,
    objective: str | objective_lib.Objective | types.Function | None = None,
    optimizer: str | keras.optimizers.Optimizer = 'adam',
    beta: float = 1.0,
    minimize: bool = False,
    num_updates: int = 1,
    start: int = 0,
    stop: int | None = None,
    ramp: int = 0,
    adds_loss: bool = False,
    negative_samples: int | None = None,
    *,
    dtype: Any = None,
    **kwargs: Any,
  ) -> None:
    """Makes the regularizer.

    Args:
      critic: as for `MiEstimator`. Default value: `None`, which means
        'gaussian' if `objective` needs a log density, else 'separable'.
      objective: as for `MiEstimator`. Default value: `None`, which means 'club'
        if `minimize`, and 'mine' otherwise.
      optimizer: the critic's `keras.optimizers.Optimizer`, or its name.
      beta: the factor of the term, at least 0.
      minimize: if True, mutual information is minimized. If z is a continuous
        function of x, mutual information is infinite and can't fall: add noise
        to the encoder (`keras.layers.GaussianNoise`).
      num_updates: the number of the critic's updates in each `train_step`.
      start: the first step of the term. Until then, only the critic is trained.
      stop: the step from which `loss_weight` is 0 again. Default value: `None`
        (never).
      ramp: the number of steps after `start` in which `loss_weight` grows.
      adds_loss: if True, calling the layer first calls `train_step` (if
        `training`), then adds `loss_weight` times the value to the model's
        losses and returns z.
      negative_samples: as for `MiEstimator`.
      dtype: dtype policy of the critic, as for `keras.Layer`.
      **kwargs: `name` and `trainable` of `keras.Layer`.

    Raises:
      ValueError: if a number is out of its range, or if the objective needs a
        density and the critic is not a density.
    """
    policy = keras.dtype_policies.get(dtype or keras.config.dtype_policy())
    # The critic alone computes in half precision.
    super().__init__(autocast=False, dtype=policy.variable_dtype, **kwargs)
    self._schedule = loss_weights.Schedule(beta, start, stop, ramp)
    checks.integers_at_least({'num_updates': (1, num_updates)})
    chosen = registry.get_objective(
      objective or ('club' if minimize else 'mine')
    )
    regularizer_checks.warn_of_the_wrong_side(chosen, minimize)
    if critic is None:
      critic = 'gaussian' if chosen.needs_density else 'separable'
    self.estimator = mi_estimator.MiEstimator(
      critic,
      chosen,
      negative_samples,
      dtype=policy,
      trainable=self.trainable,
    )
    self.estimator.must_learn = False  # A critic may be a known density.
    self.estimator.compile(optimizer)
    self._value_dtype = 'float64' if self.dtype == 'float64' else 'float32'
    self.minimize = minimize
    self.num_updates = num_updates
    self.adds_loss = adds_loss
    self._mi_mean = keras.metrics.Mean(name=f'{self.name}_mi')
    self.num_steps = self.add_weight(
      shape=(),
      dtype='int32',
      initializer='zeros',
      trainable=False,
      aggregation='only_first_replica',
      name='num_steps',
    )

  @property
  def critic(self) -> keras.Layer:
    """The critic."""
    return self.estimator.critic

  @property
  def objective(self) -> objective_lib.Objective:
    """The objective."""
    return self.estimator.objective

  @property
  def optimizer(self) -> keras.optimizers.Optimizer:
    """The critic's optimizer."""
    return self.estimator.optimizer

  @property
  def variables(self) -> list[keras.Variable]:
    """The layer's variables, without the critic's variables."""
    return [self.num_steps]

  @property
  def weights(self) -> list[keras.Variable]:
    """The layer's weights, without the critic's weights."""
    return self.variables

  @property
  def metrics(self) -> list[keras.Metric]:
    """The mean value, `NAME_mi`, if `adds_loss`; otherwise empty."""
    return [self._mi_mean] if self.adds_loss else []

  @property
  def loss_weight(self) -> tf.Tensor:
    """The current factor of the value in a loss, with the value's dtype."""
    steps = tf.convert_to_tensor(self.num_steps)
    weight = self._schedule(steps, self._value_dtype)
    return weight if self.minimize else -weight

  def build(self, x_shape: types.Structure, z_shape: types.Structure) -> None:
    """Makes all weights for batches of these shapes."""
    if not self.estimator.built:
      if self.input_dtypes:
        x_dtypes, z_dtypes = self.input_dtypes.values()
        self.estimator.input_dtypes = dict(x_shape=x_dtypes, y_shape=z_dtypes)
      self.estimator.build(x_shape, z_shape)
      regularizer_checks.check_whose_weights(self.critic, self.objective)
    self._build_optimizer()
    self.built = True

  def _build_optimizer(self):
    """Makes the optimizer's variables, once there are weights to train."""
    weights = self.estimator.trainable_weights
    if weights and not self.optimizer.built and self._weights_exist():
      self.optimizer.build(weights)

  def _weights_exist(self):
    """Returns False while Keras traces a model whose weights have no values."""
    weights = self.estimator.trainable_weights
    return all(isinstance(v.value, tf.Variable) for v in weights)

  def call(
    self, x: types.Structure, z: types.Structure, training: bool | None = None
  ) -> types.Structure:
    """Returns the objective's value for a batch, or z if `adds_loss`.

    Args:
      x: `Tensor`, shape `[n, ...]`, paired with `z`.
      z: `Tensor`, shape `[n, ...]`.
      training: Python `bool`, passed to the critic.

    Returns:
      Scalar in nats, float64 if the layer's dtype is float64, else float32. It
      has gradients to `x` and `z` only. If `adds_loss`, the result is z.
    """
    self._build_optimizer()
    num_rows = collectives.total(tf.shape(keras.tree.flatten(z)[0])[0])
    if self.adds_loss and training and self._weights_exist():
      has_negatives = (num_rows > 1) | tf.not_equal(self.num_steps, 0)
      tf.debugging.Assert(has_negatives, [_LONE])
      self.train_step(x, z)
    value = self.estimator(x, z, training=training)
    value = tf.cast(value, self._value_dtype)
    if not self.adds_loss:
      return value
    self.add_loss(self.loss_weight * value)
    self._mi_mean.update_state(value, tf.where(num_rows < 2, 0, num_rows))
    return z

  @tf.autograph.experimental.do_not_convert
  def train_step(self, x: types.Structure, z: types.Structure) -> tf.Tensor:
    """Trains the critic on one batch, and nothing else.

    Args:
      x: `Tensor`, shape `[n, ...]`, paired with `z`; or a structure of
        `Tensor`s, if the critic's encoder accepts it.
      z: `Tensor`, shape `[n, ...]`; or a structure of `Tensor`s.

    Returns:
      Scalar in nats, without gradients: the objective's value for the batch
      before the last update. The dtype is as in a call of the layer.

    Raises:
      ValueError: if the regularizer is trainable, but its critic has no weights
        and is not a density.
    """
    x, z = structures.to_tensors(x), structures.to_tensors(z)
    if not self.built:
      self._expect({'x_shape': x, 'z_shape': z})
      self.build(structures.shapes(x), structures.shapes(z))
    self._build_optimizer()
    if self.trainable:
      regularizer_checks.check_that_something_learns(self.estimator)
    for _ in range(self.num_updates):
      _, value, _ = self.estimator.update(x, z)
    self.num_steps.assign_add(1)
    return tf.stop_gradient(tf.cast(value, self._value_dtype))

  def load_own_variables(self, store: Any) -> None:
    super().load_own_variables(store)
    self._build_optimizer()  # Keras loads its variables next.

  def get_config(self) -> dict[str, Any]:
    return {
      **super().get_config(),
      **dataclasses.asdict(self._schedule),
      'dtype': keras.dtype_policies.serialize(self.estimator.dtype_policy),
      'critic': keras.saving.serialize_keras_object(self.critic),
      'objective': keras.saving.serialize_keras_object(self.objective),
      'optimizer': keras.saving.serialize_keras_object(self.optimizer),
      'minimize': self.minimize,
      'num_updates': self.num_updates,
      'adds_loss': self.adds_loss,
      'negative_samples': self.estimator.negative_samples,
    }

  @classmethod
  def from_config(cls, config: dict[str, Any]) -> 'MiRegularizer':
    return cls(**towers.deserialize(config, 'critic', 'objective', 'optimizer'))


_LONE = (
  'Batches must have at least 2 rows: the negatives of a row are the others of '
  'its batch. Received: a first batch of 1 row.'
)
