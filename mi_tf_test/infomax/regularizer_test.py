"""Tests of MiRegularizer."""

import json
import pathlib
import warnings

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test import two_replicas

_CLOSE = dict(rtol=1e-4, atol=1e-5)
_UPPER = ('club', 'leave_one_out', 'variational')


def _values(weights):
  return [v.numpy() for v in weights]


def _known_density(x, z):
  """Returns `log p(z | x)` of `z = x + noise / 2`, all pairs."""
  squares = tf.reduce_sum((z - x[:, tf.newaxis]) ** 2 / 0.25, axis=-1)
  size = x.shape[1]
  return -0.5 * squares - size * np.log(0.5 * np.sqrt(2.0 * np.pi))


@keras.saving.register_keras_serializable(package='mi_tf_test')
class Regularized(keras.Model):
  """A model with the regularizer as a layer that adds a loss."""

  def __init__(self, regularizer=None, **kwargs):
    super().__init__(**kwargs)
    self.encoder = keras.layers.Dense(2, activation='tanh')
    self.head = keras.layers.Dense(1)
    self.regularizer = regularizer or _regularizer(adds_loss=True, beta=0.3)

  def call(self, x, training=None):
    z = self.regularizer(x, self.encoder(x), training=training)
    return self.head(z)

  def get_config(self):
    regularizer = keras.saving.serialize_keras_object(self.regularizer)
    return {**super().get_config(), 'regularizer': regularizer}

  @classmethod
  def from_config(cls, config):
    regularizer = keras.saving.deserialize_keras_object(config['regularizer'])
    return cls(**{**config, 'regularizer': regularizer})


@keras.saving.register_keras_serializable(package='mi_tf_test')
class InStep(keras.Model):
  """A model that calls the regularizer in its training step alone."""

  def __init__(self, **kwargs):
    super().__init__(**kwargs)
    self.encoder = keras.layers.Dense(2, activation='tanh')
    self.regularizer = _regularizer()

  def build(self, x_shape):
    self.encoder.build(x_shape)
    self.built = True

  def call(self, x):
    return self.encoder(x)

  def train_step(self, data):
    x, _ = data
    self.regularizer.train_step(x, self.encoder(x))
    with tf.GradientTape() as tape:
      value = self.regularizer(x, self.encoder(x))
      loss = self.regularizer.loss_weight * value
    weights = self.encoder.trainable_weights
    self.optimizer.apply(tape.gradient(loss, weights), weights)
    return {'code_mi': value}


def _regularizer(**kwargs):
  minimize = kwargs.get('minimize', False)
  critic = (
    mi_tf.GaussianCritic((8,)) if minimize else mi_tf.SeparableCritic((8,), 4)
  )
  options = {
    'critic': critic,
    'optimizer': keras.optimizers.Adam(1e-2),
    **kwargs,
  }
  return mi_tf.infomax.MiRegularizer(**options)


class _TestCase(test_util.TestCase):
  def samples(self, n=24):
    rng = self.rng('samples', n)
    x = rng.normal(size=(n, 3))
    z = x[:, :2] + 0.5 * rng.normal(size=(n, 2))
    return [tf.constant(t, tf.float32) for t in (x, z)]

  def built(self, **kwargs):
    regularizer = _regularizer(**kwargs)
    regularizer.build((None, 3), (None, 2))
    return regularizer

  def path(self, name):
    return str(pathlib.Path(self.create_tempdir().full_path) / name)


class MiRegularizerTest(_TestCase):
  def test_value_is_that_of_the_estimator_and_moves_no_weight(self):
    x, z = self.samples()
    for regularizer in (self.built(), self.built(minimize=True)):
      before = _values(regularizer.estimator.variables)
      critic = regularizer.estimator.trainable_weights
      for training in (False, True):
        with tf.GradientTape() as tape:
          tape.watch((x, z))
          value = regularizer(x, z, training=training)
        gradients = tape.gradient(value, [x, z, *(v.value for v in critic)])
        self.assertAllClose(value, regularizer.estimator(x, z))
        for gradient in gradients[:2]:
          self.assertAllFinite(gradient)
          self.assertGreater(np.abs(gradient).max(), 0.0)
        self.assertEqual(gradients[2:], [None] * len(critic))
      after = _values(regularizer.estimator.variables)
      for a, b in zip(before, after, strict=True):
        self.assertAllEqual(a, b)
      self.assertEqual(regularizer.num_steps.numpy(), 0)

  def test_train_step_trains_the_critic_and_not_the_encoder(self):
    x, _ = self.samples()
    encoder = keras.layers.Dense(2)
    encoder(x)
    regularizer = self.built()
    before = _values(encoder.weights)
    critic = _values(regularizer.critic.trainable_weights)
    with tf.GradientTape(persistent=True) as tape:
      value = regularizer.train_step(x, encoder(x))
    self.assertAllEqual(
      [g is None for g in tape.gradient(value, encoder.trainable_weights)],
      [True, True],
    )
    for a, b in zip(before, encoder.weights, strict=True):
      self.assertAllEqual(a, b)
    moved = [
      np.abs(a - b.numpy()).max()
      for a, b in zip(critic, regularizer.critic.trainable_weights, strict=True)
    ]
    self.assertGreater(np.median(moved), 1e-3)

  def test_updates_of_one_step_are_steps_of_the_estimator(self):
    x, z = self.samples()
    regularizer = self.built(num_updates=3)
    estimator = mi_tf.MiEstimator(mi_tf.SeparableCritic((8,), 4), 'mine')
    estimator.build((None, 3), (None, 2))
    estimator.compile(keras.optimizers.Adam(1e-2))
    for v, w in zip(
      estimator.critic.weights, regularizer.critic.weights, strict=True
    ):
      v.assign(w)
    for _ in range(3):
      expected = estimator(x, z)
      estimator.train_step((x, z))
    self.assertAllClose(regularizer.train_step(x, z), expected, **_CLOSE)
    self.assertAllClose(
      _values(regularizer.critic.weights),
      _values(estimator.critic.weights),
      **_CLOSE,
    )
    self.assertEqual(regularizer.num_steps.numpy(), 1)
    self.assertEqual(regularizer.optimizer.iterations.numpy(), 3)

  def test_a_step_with_both_agrees_in_eager_graph_and_xla(self):
    x, _ = self.samples()
    found = []
    for jit_compile in (None, False, True):
      keras.utils.set_random_seed(self.seed())
      encoder = keras.layers.Dense(2)
      encoder.build((None, 3))
      regularizer = self.built(beta=0.5)
      optimizer = keras.optimizers.SGD(0.1)
      optimizer.build(encoder.trainable_weights)

      def step(x, encoder=encoder, reg=regularizer, optimizer=optimizer):
        reg.train_step(x, encoder(x))
        with tf.GradientTape() as tape:
          z = encoder(x)
          loss = tf.reduce_mean(z**2) + reg.loss_weight * reg(x, z)
        weights = encoder.trainable_weights
        gradients = tape.gradient(loss, weights)
        optimizer.apply_gradients(zip(gradients, weights))
        return loss

      if jit_compile is not None:
        step = tf.function(step, autograph=False, jit_compile=jit_compile)
      losses = [step(x) for _ in range(2)]
      variables = [*encoder.weights, *regularizer.critic.weights]
      found.append([*losses, *_values(variables)])
    for other in found[1:]:
      for a, b in zip(other, found[0], strict=True):
        self.assertAllClose(a, b, **_CLOSE)

  def test_first_step_in_a_graph_builds_the_regularizer(self):
    x, z = self.samples()
    regularizer = _regularizer()
    step = tf.function(regularizer.train_step, autograph=False)
    values = [step(x, z) for _ in range(3)]
    self.assertGreater(values[2], values[0])

  def test_weights_of_the_critic_are_none_of_the_models(self):
    x, _ = self.samples()
    model = Regularized()
    model(x)
    self.assertLen(model.trainable_weights, 4)
    self.assertLen(model.trainable_variables, 4)
    self.assertLen(model.weights, 4 + 1)
    self.assertLen(model.regularizer.estimator.trainable_weights, 8)

  def test_trainable_tells_whether_the_critic_learns(self):
    x, z = self.samples()
    frozen, set_late = self.built(trainable=False), self.built()
    set_late.trainable = False
    loaded = mi_tf.infomax.MiRegularizer.from_config(frozen.get_config())
    for regularizer in (frozen, set_late, loaded):
      before = regularizer(x, z)
      regularizer.train_step(x, z)
      self.assertAllEqual(regularizer(x, z), before)
      regularizer.trainable = True
      step = tf.function(regularizer.train_step, autograph=False)
      for _ in range(3):
        step(x, z)
      self.assertGreater(regularizer(x, z), before)

  def test_a_critic_that_does_not_learn_is_left_alone(self):
    x, z = self.samples()
    frozen = self.built()
    function = self.built(critic=_scores, trainable=False)
    frozen.critic.trainable = False
    for regularizer in (frozen, function):
      before = regularizer(x, z)
      self.assertAllClose(regularizer.train_step(x, z), before)
      self.assertAllEqual(regularizer(x, z), before)

  def test_a_critic_that_can_not_learn_is_refused_by_training_alone(self):
    x, z = self.samples()
    regularizer = self.built(critic=_scores)
    self.assertAllFinite(regularizer(x, z))
    with self.assertRaisesRegex(
      ValueError, '`critic` must have weights that `train_step` can train'
    ):
      regularizer.train_step(x, z)

  def test_a_function_trains_the_layers_that_it_uses(self):
    x, z = self.samples()
    layer = keras.layers.Dense(2)

    def critic(x, z):
      return tf.matmul(layer(x), z, transpose_b=True)

    regularizer = self.built(critic=critic)
    before = regularizer(x, z)
    for _ in range(5):
      regularizer.train_step(x, z)
    self.assertGreater(regularizer(x, z), before)
    self.assertLen(regularizer.estimator.trainable_weights, 2)
    self.assertLen(regularizer.weights, 1)

  def test_x_may_be_a_structure_with_strings(self):
    _, z = self.samples()
    words = tf.constant(['red', 'blue'] * 12)
    lookup = keras.layers.StringLookup(
      vocabulary=['red', 'blue'], output_mode='one_hot'
    )
    word = keras.Input((), dtype='string', name='word')
    number = keras.Input((2,), name='number')
    encoder = keras.Model(
      {'word': word, 'number': number},
      keras.ops.concatenate([lookup(word), number], -1),
    )
    critic = mi_tf.SeparableCritic((4,), 3, x_encoder=encoder)
    x = {'word': words, 'number': z}
    regularizer = _regularizer(critic=critic)
    before = regularizer.train_step(x, z)
    self.assertGreater(regularizer(x, z), before)

  def test_zero_gradients_and_constant_batches_give_no_nan(self):
    x = tf.zeros([8, 3])
    for minimize in (False, True):
      regularizer = self.built(minimize=minimize)
      regularizer.train_step(x, x[:, :2])
      with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        z = x[:, :2]
        loss = 0.0 * tf.reduce_sum(x)
        term = regularizer.loss_weight * regularizer(x, z)
      gradients = [tape.gradient(t, [x]) for t in (loss, term)]
      clipped = mi_tf.infomax.adaptive_gradient_clip(*gradients)
      self.assertAllEqual(clipped[0], tf.zeros_like(x))
      self.assertAllFinite(gradients[1])
      self.assertAllFinite(_values(regularizer.critic.weights)[0])

  def test_a_single_sample_tells_nothing(self):
    x, z = self.samples(1)
    for regularizer in (self.built(), self.built(minimize=True)):
      before = _values(regularizer.critic.weights)
      regularizer.train_step(x, z)
      with tf.GradientTape() as tape:
        tape.watch(z)
        value = regularizer(x, z)
      self.assertAllEqual(value, 0.0)
      self.assertAllEqual(tape.gradient(value, z), tf.zeros_like(z))
      for v, w in zip(regularizer.critic.weights, before, strict=True):
        self.assertAllFinite(v)
        if not regularizer.minimize:
          self.assertAllClose(v, w)

  @parameterized.parameters('mixed_bfloat16', 'mixed_float16')
  def test_mixed_precision_trains(self, policy):
    x, z = self.samples(64)
    for options in ({}, {'minimize': True}):
      regularizer = mi_tf.infomax.MiRegularizer(
        optimizer=keras.optimizers.Adam(1e-2), dtype=policy, **options
      )
      self.assertEqual(regularizer.critic.compute_dtype, policy[6:])
      scaled = keras.optimizers.LossScaleOptimizer
      self.assertEqual(
        isinstance(regularizer.optimizer, scaled), policy == 'mixed_float16'
      )
      values = [float(regularizer.train_step(x, z)) for _ in range(8)]
      self.assertAllFinite(values)
      self.assertNotEqual(values[-1], values[0])
      value = regularizer(x, z)
      self.assertEqual(value.dtype, tf.float32)
      self.assertAllFinite(value)

  @parameterized.parameters('mixed_bfloat16', 'mixed_float16', 'float64')
  def test_inputs_of_any_dtype_give_values_and_gradients(self, policy):
    samples = self.samples()
    for minimize in (False, True):
      regularizer = self.built(dtype=policy, minimize=minimize, beta=0.5)
      regularizer.critic.trainable = False  # Let the value stay the same.
      expected = regularizer(*samples)
      for dtype in ('float16', 'float32', 'float64'):
        x, z = (tf.cast(t, dtype) for t in samples)
        regularizer.train_step(x, z)
        with tf.GradientTape() as tape:
          tape.watch((x, z))
          value = regularizer(x, z)
          loss = regularizer.loss_weight * value
        for gradient in tape.gradient(loss, (x, z)):
          self.assertEqual(gradient.dtype, dtype)
          self.assertAllFinite(gradient)
        self.assertEqual(
          value.dtype, 'float64' if policy == 'float64' else 'float32'
        )
        self.assertAllClose(value, expected, rtol=0.1, atol=0.05)

  def test_losses_are_scaled_and_steps_with_overflow_left_out(self):
    x, z = self.samples()
    plain = self.built(optimizer=keras.optimizers.SGD(0.1))
    scaled = self.built(
      optimizer=keras.optimizers.LossScaleOptimizer(
        keras.optimizers.SGD(0.1), initial_scale=16.0
      )
    )
    for v, w in zip(scaled.critic.weights, plain.critic.weights, strict=True):
      v.assign(w)
    for regularizer in (plain, scaled):
      regularizer.train_step(x, z)
    before = _values(scaled.estimator.weights)
    self.assertAllClose(before, _values(plain.estimator.weights), **_CLOSE)
    scaled.train_step(x * np.inf, z)
    for v, w in zip(scaled.estimator.weights, before, strict=True):
      self.assertAllEqual(v, w)
    self.assertEqual(scaled.optimizer.dynamic_scale.numpy(), 8.0)
    copy = mi_tf.infomax.MiRegularizer.from_config(scaled.get_config())
    self.assertEqual(copy.optimizer.initial_scale, 16.0)


class ScheduleTest(_TestCase):
  def weights(self, steps=8, **kwargs):
    regularizer = self.built(**kwargs)
    found = []
    for step in range(steps):
      regularizer.num_steps.assign(step)
      found.append(float(regularizer.loss_weight))
    return found

  def test_weight_has_the_sign_of_what_is_wanted(self):
    self.assertAllClose(self.weights(2, beta=0.3), [-0.3, -0.3])
    self.assertAllClose(self.weights(2, beta=0.3, minimize=True), [0.3, 0.3])

  def test_weight_starts_grows_and_stops(self):
    self.assertAllClose(
      self.weights(beta=2.0, minimize=True, start=2, stop=6),
      [0, 0, 2, 2, 2, 2, 0, 0],
    )
    self.assertAllClose(
      self.weights(beta=2.0, minimize=True, start=1, ramp=4),
      [0, 0, 0.5, 1, 1.5, 2, 2, 2],
    )

  def test_training_steps_are_counted(self):
    x, z = self.samples()
    regularizer = self.built(beta=0.5, start=2)
    step = tf.function(regularizer.train_step, autograph=False)
    found = []
    for _ in range(3):
      found.append(float(regularizer.loss_weight))
      step(x, z)
    self.assertAllClose(found, [0.0, 0.0, -0.5])

  @parameterized.parameters(
    dict(beta=-1.0),
    dict(beta=np.inf),
    dict(beta='all'),
    dict(num_updates=0),
    dict(num_updates=1.5),
    dict(start=-1),
    dict(start=3, stop=3),
    dict(ramp=-1),
    dict(ramp=None),
  )
  def test_wrong_numbers_are_refused(self, **kwargs):
    name = list(kwargs)[-1]
    with self.assertRaisesRegex(
      ValueError, rf'`{name}` must be .*at least .* Received: {name}='
    ):
      self.built(**kwargs)


class SidesTest(_TestCase):
  def warnings_of(self, **kwargs):
    with warnings.catch_warnings(record=True) as caught:
      warnings.simplefilter('always')
      regularizer = self.built(**kwargs)
      regularizer.train_step(*self.samples())
      regularizer(*self.samples())
    return [str(w.message) for w in caught]

  @parameterized.parameters(
    *('mine', 'info_nce', 'nwj', 'js', 'smile'),
    mi_tf.lower_bound_info_nce,
    mi_tf.jensen_shannon_divergence,
  )
  def test_lower_bounds_that_are_minimized_warn_once(self, objective):
    (message,) = self.warnings_of(objective=objective, minimize=True)
    self.assertRegex(message, 'is to be minimized, but it is based on a lower')
    self.assertEmpty(self.warnings_of(objective=objective))

  @parameterized.parameters(*_UPPER)
  def test_upper_bounds_that_are_maximized_warn_once(self, objective):
    critic = mi_tf.GaussianCritic((8,))
    (message,) = self.warnings_of(objective=objective, critic=critic)
    self.assertRegex(message, 'is to be maximized, but')
    self.assertEmpty(self.warnings_of(objective=objective, minimize=True))

  def test_defaults_fit_the_side(self):
    up = mi_tf.infomax.MiRegularizer()
    down = mi_tf.infomax.MiRegularizer(minimize=True)
    self.assertIsInstance(up.critic, mi_tf.SeparableCritic)
    self.assertIsInstance(down.critic, mi_tf.GaussianCritic)
    self.assertEqual(type(up.objective).__name__, 'Mine')
    self.assertEqual(type(down.objective).__name__, 'Club')

  @parameterized.parameters(*_UPPER, mi_tf.mi_club)
  def test_critics_that_are_no_density_are_refused(self, objective):
    for critic in ('concat', mi_tf.SeparableCritic((4,))):
      with self.assertRaisesRegex(
        ValueError, 'needs a critic whose scores are a log density'
      ):
        self.built(critic=critic, objective=objective, minimize=True)

  def test_functions_of_densities_are_not_maximized(self):
    for fn, name in (
      (mi_tf.mi_club, 'Club'),
      (mi_tf.upper_bound_leave_one_out, 'LeaveOneOut'),
    ):
      regularizer = self.built(objective=fn, minimize=True)
      self.assertEqual(type(regularizer.objective).__name__, name)

  def test_upper_bounds_of_a_known_density_are_above_the_truth(self):
    rng = self.rng()
    x = tf.constant(rng.normal(size=(400, 2)), tf.float32)
    z = x + 0.5 * tf.constant(rng.normal(size=(400, 2)), tf.float32)
    truth = np.log(5.0)  # 2 * 1/2 log(1 + 1 / .25)
    for objective in _UPPER:
      regularizer = _regularizer(
        critic=_known_density, objective=objective, minimize=True
      )
      for _ in range(30 if objective == 'variational' else 1):
        regularizer.train_step(x, z)
      value = float(regularizer(x, z))
      self.assertBetween(value, 0.95 * truth, 6.0 * truth, objective)
      if objective == 'leave_one_out':
        self.assertNear(value, truth, 0.2)
      if objective == 'club':  # Twice the signal-to-noise ratio of each.
        self.assertNear(value, 8.0, 1.5)

  @parameterized.parameters(*_UPPER)
  def test_minimizing_makes_a_representation_tell_less(self, objective):
    x = tf.constant(self.rng().normal(size=(128, 1)), tf.float32)
    noise = tf.constant(self.rng('z').normal(size=(128, 1)), tf.float32)
    gain = tf.Variable(2.0)
    regularizer = _regularizer(
      critic=mi_tf.GaussianCritic(()),
      objective=objective,
      optimizer=keras.optimizers.Adam(0.03),
      minimize=True,
    )
    regularizer.build((None, 1), (None, 1))

    @tf.function(autograph=False)
    def step(learns):
      regularizer.train_step(x, gain * x + noise)
      with tf.GradientTape() as tape:
        value = regularizer(x, gain * x + noise)
      gain.assign_sub(learns * tape.gradient(value, gain))
      return value

    for _ in range(150):
      step(tf.constant(0.0))
    for _ in range(100):
      step(tf.constant(0.05))
    self.assertLess(abs(gain.numpy()), 0.8)

  def test_maximizing_makes_a_representation_tell_more(self):
    x = tf.constant(self.rng().normal(size=(128, 1)), tf.float32)
    noise = tf.constant(self.rng('z').normal(size=(128, 1)), tf.float32)
    gain = tf.Variable(0.5)
    regularizer = _regularizer(objective='mine', beta=1.0)
    regularizer.build((None, 1), (None, 1))

    @tf.function(autograph=False)
    def step():
      regularizer.train_step(x, gain * x + noise)
      with tf.GradientTape() as tape:
        loss = regularizer.loss_weight * regularizer(x, gain * x + noise)
      gain.assign_sub(0.05 * tape.gradient(loss, gain))

    for _ in range(100):
      step()
    self.assertGreater(gain.numpy(), 1.0)


def _scores(x, z):
  """Returns all scores of a critic without weights."""
  return tf.matmul(x[:, :2], z, transpose_b=True)


class AddLossTest(_TestCase):
  def data(self):
    x, z = self.samples(48)
    return x, tf.reduce_sum(z, axis=1, keepdims=True)

  def functional(self, **kwargs):
    x = keras.Input((3,))
    z = keras.layers.Dense(2, activation='tanh', name='encoder')(x)
    z = _regularizer(adds_loss=True, **kwargs)(x, z)
    return keras.Model(x, keras.layers.Dense(1)(z))

  def regularizer_of(self, model):
    if hasattr(model, 'regularizer'):
      return model.regularizer
    return next(
      layer
      for layer in model.layers
      if isinstance(layer, mi_tf.infomax.MiRegularizer)
    )

  def test_call_returns_z_and_adds_the_weighted_value(self):
    x, z = self.samples()
    regularizer = self.built(adds_loss=True, beta=0.3)
    self.assertAllEqual(regularizer(x, z), z)
    (loss,) = regularizer.losses
    self.assertAllClose(loss, -0.3 * regularizer.estimator(x, z))
    self.assertEqual(regularizer.num_steps.numpy(), 0)
    regularizer(x, z, training=True)
    self.assertEqual(regularizer.num_steps.numpy(), 1)

  def test_batches_of_1_are_told_at_the_first(self):
    x, z = self.samples()
    for run_eagerly in (False, True):
      model = Regularized(_regularizer(adds_loss=True))
      model.compile('sgd', 'mse', run_eagerly=run_eagerly, jit_compile=False)
      with self.assertRaisesRegex(
        tf.errors.InvalidArgumentError, 'must have at least 2 rows'
      ):
        model.fit(x, z[:, :1], batch_size=1, verbose=0)

  def test_a_last_batch_of_1_does_not_count(self):
    x, z = self.samples(9)
    values = []
    for n in (8, 9):
      model = Regularized(_regularizer(adds_loss=True, name='code'))
      model(x)
      for v in model.regularizer.critic.weights + model.weights[:4]:
        v.assign(tf.ones_like(v) * 0.3)
      model.compile('sgd', 'mse', run_eagerly=True)
      values.append(
        model.evaluate(
          *(x[:n], z[:n, :1]), batch_size=8, verbose=0, return_dict=True
        )['code_mi']
      )
    self.assertAllClose(*values)

  def test_z_is_not_cast_to_the_dtype_of_the_layer(self):
    x, z = self.samples()
    regularizer = self.built(adds_loss=True, dtype='mixed_bfloat16')
    out = regularizer(x, z)
    self.assertEqual(out.dtype, tf.float32)
    self.assertAllEqual(out, z)

  @parameterized.product(
    policy=('mixed_float16', 'mixed_bfloat16'), minimize=(False, True)
  )
  def test_critic_of_half_precision_learns_in_fit(self, policy, minimize):
    x, y = self.data()
    inputs = keras.Input((3,))
    z = keras.layers.Dense(2)(inputs)
    regularizer = mi_tf.infomax.MiRegularizer(
      'gaussian' if minimize else mi_tf.SeparableCritic((8,), 4, dtype=policy),
      optimizer=keras.optimizers.SGD(0.1),
      beta=0.1,
      minimize=minimize,
      adds_loss=True,
      dtype=policy,
    )
    z = regularizer(inputs, z)
    before = _values(regularizer.estimator.trainable_weights)
    model = keras.Model(inputs, keras.layers.Dense(1)(z))
    model.compile('sgd', 'mse', jit_compile=False)
    model.fit(x, y, batch_size=24, verbose=0)
    moved = [
      np.max(np.abs(v.numpy() - w))
      for v, w in zip(
        regularizer.estimator.trainable_weights, before, strict=True
      )
    ]
    self.assertAllFinite(moved)
    self.assertGreater(np.max(moved), 1e-4)
    self.assertEqual(regularizer.optimizer.iterations.numpy(), 2)

  def test_two_of_a_model_report_under_their_names(self):
    x, y = self.data()
    inputs = keras.Input((3,))
    first = keras.layers.Dense(2)(inputs)
    first = _regularizer(adds_loss=True, beta=0.1, name='first')(inputs, first)
    second = keras.layers.Dense(2)(first)
    second = _regularizer(
      adds_loss=True, beta=0.2, minimize=True, name='second'
    )(first, second)
    model = keras.Model(inputs, keras.layers.Dense(1)(second))
    model.compile('sgd', 'mse', jit_compile=False)
    found = model.evaluate(x, y, batch_size=48, verbose=0, return_dict=True)
    self.assertEqual(set(found), {'loss', 'first_mi', 'second_mi'})
    mse = np.mean((model.predict(x, verbose=0) - y.numpy()) ** 2)
    self.assertAllClose(
      found['loss'],
      mse - 0.1 * found['first_mi'] + 0.2 * found['second_mi'],
      **_CLOSE,
    )

  @parameterized.parameters(('subclass', False), ('functional', True))
  def test_fit_trains_model_and_critic(self, kind, jit_compile):
    x, y = self.data()
    if kind == 'subclass':
      model = Regularized()
    else:
      model = self.functional(beta=0.3)
    model.compile(
      keras.optimizers.Adam(1e-2), loss='mse', jit_compile=jit_compile
    )
    with warnings.catch_warnings():
      warnings.simplefilter('error')
      history = model.fit(x, y, batch_size=16, epochs=2, verbose=0).history
    self.assertAllFinite(history['loss'])
    regularizer = self.regularizer_of(model)
    self.assertEqual(regularizer.num_steps.numpy(), 6)
    self.assertEqual(regularizer.optimizer.iterations.numpy(), 6)
    self.assertLen(model.trainable_weights, 4)
    before = _values(regularizer.critic.weights)
    loss, mi = model.evaluate(x, y, batch_size=48, verbose=0)
    predicted = model.predict(x, verbose=0)
    mse = np.mean((predicted - y.numpy()) ** 2)
    encoder = (
      model.encoder if kind == 'subclass' else model.get_layer('encoder')
    )
    expected = regularizer.estimator(x, encoder(x))
    self.assertAllClose(mi, expected, **_CLOSE)
    self.assertAllClose(loss, mse - 0.3 * expected, **_CLOSE)
    self.assertIn(f'{regularizer.name}_mi', history)
    for v, w in zip(regularizer.critic.weights, before, strict=True):
      self.assertAllEqual(v, w)

  def test_gradients_of_fit_are_those_of_loss_and_term(self):
    x, y = self.data()
    model = self.functional(beta=0.3)
    model.compile(keras.optimizers.SGD(1.0), loss='mse', jit_compile=False)
    regularizer = self.regularizer_of(model)
    twin = keras.models.clone_model(model)
    for v, w in zip(model.weights, twin.weights, strict=True):
      v.assign(w)
    own = self.regularizer_of(twin)
    for v, w in zip(
      own.estimator.weights, regularizer.estimator.weights, strict=True
    ):
      v.assign(w)
    before = _values(model.trainable_weights)
    model.train_on_batch(x, y)
    z = twin.get_layer('encoder')(x)
    own.train_step(x, z)
    self.assertAllClose(
      _values(own.critic.weights), _values(regularizer.critic.weights), **_CLOSE
    )
    weights = twin.trainable_weights
    with tf.GradientTape() as tape:
      z = twin.get_layer('encoder')(x)
      loss = tf.reduce_mean((twin.layers[-1](z) - y) ** 2)
      loss += own.loss_weight * own.estimator(x, z)
    gradients = tape.gradient(loss, weights)
    for v, w, g in zip(model.trainable_weights, before, gradients, strict=True):
      self.assertAllClose(v, w - g, **_CLOSE)


class SavingTest(_TestCase):
  def test_config_makes_the_same_regularizer(self):
    regularizer = self.built(
      objective='nwj',
      optimizer=keras.optimizers.SGD(0.03),
      beta=0.2,
      num_updates=2,
      start=3,
      stop=9,
      ramp=4,
      adds_loss=True,
      negative_samples=2,
    )
    config = regularizer.get_config()
    copy = mi_tf.infomax.MiRegularizer.from_config(
      json.loads(json.dumps(config))
    )
    self.assertEqual(
      *(json.dumps(r.get_config(), sort_keys=True) for r in (copy, regularizer))
    )
    self.assertAllClose(copy.optimizer.learning_rate, 0.03)
    down = self.built(minimize=True, objective='leave_one_out')
    copy = mi_tf.infomax.MiRegularizer.from_config(down.get_config())
    self.assertTrue(copy.minimize)
    self.assertEqual(type(copy.objective), type(down.objective))

  def assertGoOnAlike(self, one, other):
    x, z = self.samples()
    first, second = (
      [float(r.train_step(x, z)) for _ in range(2)] + [float(r(x, z))]
      for r in (one, other)
    )
    self.assertAllClose(first, second, rtol=1e-6)
    self.assertEqual(one.num_steps.numpy(), other.num_steps.numpy())
    self.assertEqual(
      one.optimizer.iterations.numpy(), other.optimizer.iterations.numpy()
    )

  def trained(self, model=None):
    model = model or Regularized(_regularizer())
    x, z = self.samples()
    model(x)
    for _ in range(3):
      model.regularizer.train_step(x, z)
    return model

  def test_saved_and_loaded_model_goes_on_as_the_first(self):
    x = keras.Input((3,))
    z = keras.layers.Dense(2)(x)
    z = _regularizer(adds_loss=True, objective='mine')(x, z)
    model = keras.Model(x, z)
    model.compile('adam', loss='mse')
    data = self.samples(48)
    model.fit(*data, batch_size=16, verbose=0)
    path = self.path('model.keras')
    model.save(path)
    loaded = keras.saving.load_model(path)
    regularizers = [m.layers[-1] for m in (model, loaded)]
    self.assertEqual(regularizers[1].num_steps.numpy(), 3)
    for v, w in zip(*(r.estimator.weights for r in regularizers), strict=True):
      self.assertAllEqual(v, w)
    for m in (model, loaded):
      m.fit(*data, batch_size=48, verbose=0, shuffle=False)
    self.assertAllClose(
      *(_values(r.estimator.weights) for r in regularizers), **_CLOSE
    )
    self.assertAllClose(loaded(data[0]), model(data[0]), **_CLOSE)

  @parameterized.parameters('fit', 'call', 'training')
  def test_saved_model_of_a_subclass_goes_on_as_the_first(self, first):
    x, z = self.samples(48)
    y = tf.reduce_sum(z, axis=1, keepdims=True)
    model = Regularized()
    if first != 'fit':
      model(x, training=first == 'training')
    model.compile(keras.optimizers.SGD(0.1), loss='mse', jit_compile=False)
    model.fit(x, y, batch_size=16, verbose=0)
    steps = 4 if first == 'training' else 3
    self.assertEqual(model.regularizer.num_steps.numpy(), steps)
    path = self.path('model.keras')
    model.save(path)
    loaded = keras.saving.load_model(path)
    kept = [
      [
        *m.weights,
        *m.regularizer.estimator.weights,
        *m.regularizer.optimizer.variables,
      ]
      for m in (model, loaded)
    ]
    for v, w in zip(*kept, strict=True):
      self.assertAllEqual(v, w)
    for m in (model, loaded):
      m.fit(x, y, batch_size=48, verbose=0)
    for v, w in zip(*kept, strict=True):
      self.assertAllClose(v, w, **_CLOSE)

  def test_saved_weights_and_checkpoints_have_the_critic_and_its_optimizer(
    self,
  ):
    model = Regularized(_regularizer())
    x, z = self.samples()
    model.regularizer.adds_loss = True
    model(x)
    for _ in range(3):
      model.regularizer.train_step(x, z)
    weights = self.path('model.weights.h5')
    model.save_weights(weights)
    checkpoint = tf.train.Checkpoint(model=model).save(self.path('ckpt'))
    for restore in ('weights', 'checkpoint'):
      other = Regularized(_regularizer())
      other.regularizer.adds_loss = True
      other(x)
      if restore == 'weights':
        other.load_weights(weights)
      else:
        tf.train.Checkpoint(model=other).restore(
          checkpoint
        ).assert_existing_objects_matched()
      for v, w in zip(
        [*other.regularizer.estimator.weights, *other.weights],
        [*model.regularizer.estimator.weights, *model.weights],
        strict=True,
      ):
        self.assertAllEqual(v, w)
      self.assertEqual(other.regularizer.num_steps.numpy(), 3)
      self.assertEqual(other.regularizer.optimizer.iterations.numpy(), 3)
      for v, w in zip(
        other.regularizer.optimizer.variables,
        model.regularizer.optimizer.variables,
        strict=True,
      ):
        self.assertAllEqual(v, w)


class InTrainStepTest(_TestCase):
  def fitted(self):
    x, z = self.samples(32)
    model = InStep()
    model(x)
    model.compile('sgd')
    model.fit(x, z, batch_size=16, verbose=0)
    return model

  def assert_same(self, model, other):
    for regularizer in (model.regularizer, other.regularizer):
      self.assertEqual(regularizer.num_steps.numpy(), 2)
      self.assertEqual(regularizer.optimizer.iterations.numpy(), 2)
    states = [
      [
        *m.regularizer.estimator.weights,
        *m.regularizer.optimizer.variables,
      ]
      for m in (model, other)
    ]
    for v, w in zip(*states, strict=True):
      self.assertAllEqual(v, w)
    # And both go on alike.
    data = self.samples(32)
    for m in (model, other):
      m.fit(*data, batch_size=32, verbose=0)
    for v, w in zip(*states, strict=True):
      self.assertAllClose(v, w, **_CLOSE)

  def test_saved_model_has_the_critic_and_its_optimizer(self):
    model, path = self.fitted(), self.path('model.keras')
    model.save(path)
    self.assert_same(model, keras.saving.load_model(path))

  def test_saved_weights_go_to_a_model_whose_critic_is_not_built(self):
    model, path = self.fitted(), self.path('model.weights.h5')
    model.save_weights(path)
    other = InStep()
    other.compile('sgd')
    other(self.samples()[0])
    other.optimizer.build(other.trainable_variables)
    self.assertFalse(other.regularizer.built)
    other.load_weights(path)
    self.assert_same(model, other)


class ReplicasTest(_TestCase):
  # The others step in `batch_scores_test`.
  @parameterized.parameters(('variational', True))
  def test_replicas_do_as_one_device_does(self, objective, minimize):
    x, _ = (t.numpy() for t in self.samples(12))
    strategy = two_replicas.strategy()
    sizes = (5, 7)
    options = dict(objective=objective, minimize=minimize, beta=0.5)

    def make():
      keras.utils.set_random_seed(self.seed())
      encoder = keras.layers.Dense(2)
      encoder.build((None, 3))
      regularizer = self.built(**options, num_updates=2)
      optimizer = keras.optimizers.SGD(0.1)
      optimizer.build(encoder.trainable_weights)
      return encoder, regularizer, optimizer

    def step(parts, count, x):
      encoder, regularizer, optimizer = parts
      regularizer.train_step(x, encoder(x))
      with tf.GradientTape() as tape:
        value = regularizer(x, encoder(x))
        share = regularizer.loss_weight * value / count
      weights = encoder.trainable_weights
      gradients = tape.gradient(share, weights)
      optimizer.apply_gradients(zip(gradients, weights))
      return value

    single = make()
    expected = step(single, 1, tf.constant(x))
    with strategy.scope():
      shared = make()
    values = two_replicas.run(
      lambda x: step(shared, 2, x), two_replicas.split(x, sizes)
    )
    for value in values:
      self.assertAllClose(value, expected, **_CLOSE)
    for a, b in zip(single[:2], shared[:2], strict=True):
      weights = [
        layer.estimator.weights
        if isinstance(layer, mi_tf.infomax.MiRegularizer)
        else layer.weights
        for layer in (a, b)
      ]
      self.assertAllClose(*(_values(w) for w in weights), **_CLOSE)
    self.assertEqual(shared[1].num_steps.numpy(), 1)

  @test_util.full(
    'Steps of replicas have a test; this finds what `fit` does beside them.'
  )
  def test_fit_under_a_strategy_is_that_of_one_device(self):
    x, z = self.samples(32)
    y = tf.reduce_sum(z, axis=1, keepdims=True)

    def trained():
      keras.utils.set_random_seed(self.seed())
      model = Regularized(_regularizer(adds_loss=True, beta=0.3))
      model(x)
      model.compile(keras.optimizers.SGD(0.1), loss='mse', jit_compile=False)
      return model

    single = trained()
    with two_replicas.strategy().scope():
      shared = trained()
    for model in (single, shared):
      model.fit(x, y, batch_size=16, shuffle=False, verbose=0)
    self.assertAllClose(
      _values(single.trainable_weights),
      _values(shared.trainable_weights),
      **_CLOSE,
    )
    self.assertAllClose(
      _values(single.regularizer.critic.weights),
      _values(shared.regularizer.critic.weights),
      **_CLOSE,
    )


if __name__ == '__main__':
  test_util.main()
