"""MiRegularizer: mutual information as a term of any model's loss."""

import math
import numbers

import keras
import tensorflow as tf

from mi_tf.critics.networks import towers
from mi_tf.infomax import regularizer_checks
from mi_tf.internal import checks
from mi_tf.internal import structures
from mi_tf.internal.keras_layers import building
from mi_tf.models import mi_estimator as estimator_lib
from mi_tf.objectives import registry
from mi_tf.scores.replicas import collectives


@keras.saving.register_keras_serializable(package='mi_tf')
class MiRegularizer(building.BuiltByLoading, keras.layers.Layer):
  """The mutual information of x and z, to add to the loss of a model.

  It has a critic, an objective and an optimizer of its own. `regularizer(x, z)`
  is the objective's value for a batch, in nats, differentiable with respect to
  x and z, and leaves the critic as it is; `regularizer.train_step(x, z)` trains
  the critic, and gives no gradients to x and z.

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

  `loss_weight` is `-beta`, or `beta` to minimize, by a schedule. Where MI is to
  be maximized, its gradients may be far larger than the loss's:
  `adaptive_gradient_clip` bounds them. With `adds_loss=True` it is a layer that
  does all by itself in a model that is trained by `fit`, which reports the
  value as `NAME_mi`, by the layer's name; here, `code_mi`:

  ```python
  term = mi_tf.infomax.MiRegularizer(beta=0.1, adds_loss=True, name='code')
  z = term(x, encoder(x))
  ```

  To maximize, take an objective that is a lower bound ('mine', 'info_nce',
  'nwj', ...) or 'js'. To minimize, take one whose critic is a log density
  `log p(z | x)`: 'club', 'leave_one_out' or 'variational'. Where that is the
  true density, as a stochastic encoder knows it, they are upper bounds; a
  function `critic(x, z) -> [n, n]` can be the critic, and x its parameters.
  Learned by 'gaussian', they have no side, and CLUB is often several times too
  high. Measure what has come out by `estimate_mi`. Any other function must use
  layers or variables of Keras, which are trained; if they belong to the model,
  and are not the critic's to train, pass `trainable=False`.

  The weights of the critic are none of the model's that holds the regularizer:
  they are not in its `weights` and `trainable_weights`, and its optimizer does
  not see them. They are saved and restored with it, as is the state of their
  optimizer, also where only a `train_step` of your own calls the regularizer:
  files of models and of weights have the shapes that it was built for. Where
  `trainable` is False, the critic does not learn. Whatever the layer's dtype, z
  is returned as it came. Under a `tf.distribute` strategy the value is that of
  the batch of all replicas: in a loop of your own, add `1 /
  num_replicas_in_sync` of it. A later batch of one row has no negatives: its
  value is 0, it trains nothing, and it does not count in `NAME_mi`.

  Attributes:
    estimator: `MiEstimator` of x and z, with the critic, the objective and the
      optimizer; `regularizer.estimator.estimate(x, z)` reads held-out samples.
    num_steps: int32 `keras.Variable`, how often `train_step` was called.
  """

  def __init__(
    self,
    critic=None,
    objective=None,
    optimizer='adam',
    beta=1.0,
    minimize=False,
    num_updates=1,
    start=0,
    stop=None,
    ramp=0,
    adds_loss=False,
    negative_samples=None,
    **kwargs,
  ):
    """Makes the regularizer.

    Args:
      critic: as for `MiEstimator`. Default value: `None`, 'gaussian' for
        objectives that need a log density, and 'separable' for others.
      objective: as for `MiEstimator`. Default value: `None`, 'club' to minimize
        and 'mine' to maximize.
      optimizer: the critic's `keras.optimizers.Optimizer`, or its name.
      beta: `float`, at least 0, the factor of the term.
      minimize: Python `bool`, whether mutual information is to fall. It is
        infinite where z is a function of x without noise, and can't fall then:
        let the encoder add some (`keras.layers.GaussianNoise`).
      num_updates: `int`, k, the critic's updates in each `train_step`, all on
        its batch.
      start: `int`, the number of training steps before which `loss_weight` is
        0: the critic learns first.
      stop: `int`, the number from which on it is 0 again. Default value:
        `None`, never.
      ramp: `int`, the number of steps in which it grows from 0 at `start` to
        beta, in proportion.
      adds_loss: Python `bool`; whether each call adds `loss_weight` times the
        value to the losses of the model, makes a training step first if
        `training`, and returns z unchanged.
      negative_samples: as for `MiEstimator`.
      **kwargs: `name`, `dtype` and `trainable` of `keras.layers.Layer`.

    Raises:
      ValueError: if a number is not as described, or the critic is no density
        where the objective needs one.
    """
    super().__init__(autocast=False, **kwargs)
    if not isinstance(beta, numbers.Real) or not 0.0 <= beta < math.inf:
      raise ValueError(
        f'`beta` must be at least 0 and finite. Received: beta={beta!r}.'
      )
    checks.integers_at_least(
      {'num_updates': (1, num_updates), 'start': (0, start), 'ramp': (0, ramp)}
    )
    if stop is not None:
      checks.integers_at_least({'stop': (start + 1, stop)})
    if objective is None:
      objective = 'club' if minimize else 'mine'
    objective = registry.get_objective(objective)
    if critic is None:
      critic = 'gaussian' if objective.needs_density else 'separable'
    self.estimator = estimator_lib.MiEstimator(
      critic,
      objective,
      negative_samples,
      dtype=self.dtype_policy,
      trainable=self.trainable,
    )
    self.estimator.must_learn = False  # A critic may be a given density.
    self.estimator.compile(optimizer)
    self.beta = float(beta)
    self.minimize = minimize
    self.num_updates = num_updates
    self.start = start
    self.stop = stop
    self.ramp = ramp
    self.adds_loss = adds_loss
    self.negative_samples = negative_samples
    self._trainer = _Trainer(self._train_in_call)
    self._mi_mean = keras.metrics.Mean(name=f'{self.name}_mi')
    self.num_steps = self.add_weight(
      shape=(),
      dtype='int32',
      initializer='zeros',
      trainable=False,
      aggregation='only_first_replica',
      name='num_steps',
    )
    regularizer_checks.warn_of_the_wrong_side(objective, minimize)

  @property
  def critic(self):
    """The critic."""
    return self.estimator.critic

  @property
  def objective(self):
    """The objective, a `mi_tf.Objective`."""
    return self.estimator.objective

  @property
  def optimizer(self):
    """The critic's optimizer."""
    return self.estimator.optimizer

  @property
  def variables(self):
    """The layer's own variables, without those of the critic."""
    return [self.num_steps]

  @property
  def weights(self):
    """The layer's own weights, without those of the critic."""
    return [self.num_steps]

  @property
  def metrics(self):
    """The mean of the value, `NAME_mi`, if the layer adds it to losses."""
    return [self._mi_mean] if self.adds_loss else []

  @property
  def loss_weight(self):
    """The factor of the value in a loss at this step, of the value's dtype."""
    beta = self.beta if self.minimize else -self.beta
    steps = tf.convert_to_tensor(self.num_steps)
    is_on = steps >= self.start
    if self.stop is not None:
      is_on &= steps < self.stop
    dtype = self._value_dtype
    since = tf.cast(steps - self.start, dtype)
    share = tf.minimum(since / self.ramp, 1.0) if self.ramp else 1.0
    return tf.where(is_on, tf.cast(beta * share, dtype), tf.zeros([], dtype))

  @property
  def _value_dtype(self):
    return tf.float64 if self.compute_dtype == 'float64' else tf.float32

  def build(self, x_shape, z_shape):
    """Makes all weights for batches of these shapes."""
    if not self.estimator.built:
      if self.input_dtypes:
        self.estimator.input_dtypes = {
          'x_shape': self.input_dtypes['x_shape'],
          'y_shape': self.input_dtypes['z_shape'],
        }
      self.estimator.build(x_shape, z_shape)
      regularizer_checks.check_whose_weights(self.critic, self.objective)
    self._build_optimizer()
    self.built = True

  def _build_optimizer(self):
    """Makes the optimizer's variables, as soon as there are the critic's."""
    weights = self.estimator.trainable_weights
    # Frozen weights may learn later.
    if weights and not self.optimizer.built and self._weights_exist():
      self.optimizer.build(weights)

  def _weights_exist(self):
    """Returns whether weights are made; Keras may first trace with none."""
    weights = self.estimator.trainable_weights
    return all(isinstance(v.value, tf.Variable) for v in weights)

  def call(self, x, z, training=None):
    """Returns the mutual information that the critic sees in a batch.

    Args:
      x: `Tensor`, shape `[n, ...]`, paired with `z`.
      z: `Tensor`, shape `[n, ...]`.
      training: Python `bool`, passed to the critic.

    Returns:
      float32 scalar (float64 if that is the layer's dtype), nats, with
      gradients to `x` and `z` alone; or, with `adds_loss`, z.
    """
    self._build_optimizer()
    if self.adds_loss and training:
      self._trainer(x, z)
    value = self.estimator(x, z, training=training)
    value = tf.cast(value, self._value_dtype)
    if not self.adds_loss:
      return value
    self.add_loss(self.loss_weight * value)
    count = _num_rows(z)  # A single sample tells nothing.
    self._mi_mean.update_state(value, tf.where(count < 2, 0, count))
    return z

  def _train_in_call(self, x, z):
    if self._weights_exist():
      is_first = tf.equal(self.num_steps, 0)
      has_negatives = ~is_first | (_num_rows(z) > 1)
      with tf.control_dependencies(
        [tf.debugging.Assert(has_negatives, [_LONE])]
      ):
        z = keras.tree.map_structure(tf.identity, z)
      self.train_step(x, z)
    return z

  @tf.autograph.experimental.do_not_convert
  def train_step(self, x, z):
    """Trains the critic on one batch, and nothing else.

    Args:
      x: `Tensor`, shape `[n, ...]`, paired with `z`; or a structure of them, if
        the critic's encoder takes it.
      z: `Tensor`, shape `[n, ...]`; or a structure of them.

    Returns:
      Scalar of the same dtype, nats: the value that the critic saw in the batch
      before its last update.

    Raises:
      ValueError: if the critic has no weights, is no density that is known, and
        the regularizer was not made with `trainable=False`.
    """
    x, z = keras.tree.map_structure(_constant, (x, z))
    if not self.built:
      self._expect({'x_shape': x, 'z_shape': z})
      self.build(structures.shapes(x), structures.shapes(z))
    self._build_optimizer()
    if self.trainable:
      regularizer_checks.check_that_something_learns(self.estimator)
    for _ in range(self.num_updates):
      _, value, _ = self.estimator.update(x, z)
    self.num_steps.assign_add(1)
    return tf.cast(value, self._value_dtype)

  def load_own_variables(self, store):
    super().load_own_variables(store)
    self._build_optimizer()  # It is loaded next.

  def get_config(self):
    return {
      **super().get_config(),
      'critic': keras.saving.serialize_keras_object(self.critic),
      'objective': keras.saving.serialize_keras_object(self.objective),
      'optimizer': keras.saving.serialize_keras_object(self.optimizer),
      'beta': self.beta,
      'minimize': self.minimize,
      'num_updates': self.num_updates,
      'start': self.start,
      'stop': self.stop,
      'ramp': self.ramp,
      'adds_loss': self.adds_loss,
      'negative_samples': self.negative_samples,
    }

  @classmethod
  def from_config(cls, config):
    return cls(**towers.deserialize(config, 'critic', 'objective', 'optimizer'))


_LONE = (
  'Batches must have at least 2 rows: the negatives of a row are the others of '
  'its batch. Received: a first batch of 1 row.'
)


def _num_rows(t):
  """Returns the number of rows of all replicas, int32."""
  return collectives.total(tf.shape(keras.tree.flatten(t)[0])[0])


def _constant(t):
  return tf.stop_gradient(tf.convert_to_tensor(t))


class _Trainer(keras.layers.Layer):
  """Calls a function inside of a layer, whose variables are not cast in it.

  Optimizers can't assign to what Keras's mixed precision makes of variables.
  """

  def __init__(self, function):
    super().__init__(dtype='float32', autocast=False, name='trainer')
    self._function = function

  def call(self, x, z):
    return self._function(x, z)
