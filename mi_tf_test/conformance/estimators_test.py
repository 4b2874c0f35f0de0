"""The conformance suite of `MiEstimator`: the same tests with each objective.

Calls on tensors, `evaluate`, `train_step`, saving and loading;
`conformance.fit_test` has the ways to train it.
"""

import json

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.conformance import cases

_N = 6
_TURNS = parameterized.parameters(*cases.TURNS)
# Configs and weights of all are saved and loaded in other tests.
_STAND_FOR_ALL = parameterized.parameters(
  *(turn for turn in cases.TURNS if turn[0] in cases.REPRESENTATIVES)
)
_CLOSE = dict(rtol=1e-5, atol=1e-5)


def _as_json(estimator):
  """Returns the config without the differences of tuples and lists."""
  return json.dumps(estimator.get_config(), sort_keys=True)


class EstimatorsConformanceTest(test_util.TestCase):
  def estimator(self, objective, negative_samples, critic=None, **kwargs):
    """Returns a built estimator."""
    estimator = mi_tf.MiEstimator(
      critic or cases.DensityCritic((7,), 4, 'tanh'),
      cases.make_objective(objective),
      negative_samples,
      **kwargs,
    )
    estimator.build((None, *cases.X_SHAPE), (None, *cases.Y_SHAPE))
    return estimator

  def samples(self, n=_N, *salt):
    return [tf.constant(t) for t in cases.samples(self.rng('xy', *salt), n)]

  def values_by_hand(self, estimator, x, y):
    """Returns loss and value of one batch."""
    logu, mask = estimator.score(x, y)
    loss = estimator.objective.loss(logu, mask, x, y)
    return float(loss), float(estimator.objective.value(logu, mask, x, y))

  @_TURNS
  def test_config_makes_an_estimator_of_the_same_config(
    self, objective, negative_samples
  ):
    estimator = self.estimator(
      objective,
      negative_samples,
      cases.DensityCritic(
        (5,), 6, 'elu', x_encoder=cases.encoder(), y_encoder=cases.encoder()
      ),
    )
    config = estimator.get_config()
    copy = mi_tf.MiEstimator.from_config(config)
    self.assertEqual(copy.get_config(), config)
    self.assertIs(type(copy.objective), type(estimator.objective))
    self.assertIs(type(copy.critic), cases.DensityCritic)
    self.assertEqual(copy.negative_samples, negative_samples)
    copy = keras.models.clone_model(estimator)
    self.assertEqual(copy.get_config(), config)

  @_TURNS
  def test_gradients_of_a_call_reach_the_inputs_alone(
    self, objective, negative_samples
  ):
    estimator = self.estimator(objective, negative_samples)
    x, y = self.samples()
    weights = [v.value for v in estimator.trainable_weights]
    self.assertNotEmpty(weights)

    def call(x, y):
      with tf.GradientTape() as tape:
        tape.watch([x, y])
        value = estimator(x, y)
      gradients = tape.gradient(value, [x, y, *weights])
      self.assertEqual(gradients[2:], [None] * len(weights))
      return value, gradients[:2]

    value, gradients = call(x, y)
    self.assertEqual(value.dtype, tf.float32)
    self.assertEqual(value.shape, [])
    self.assertAllFinite(gradients)
    for gradient in gradients:
      self.assertAllGreater(tf.reduce_max(tf.abs(gradient), axis=-1), 0.0)
    _, by_hand = self.values_by_hand(estimator, x, y)
    self.assertAllClose(value, by_hand, **_CLOSE)
    specs = [tf.TensorSpec([None, *t.shape[1:]]) for t in (x, y)]
    graph_value, graph_gradients = tf.function(call, specs, autograph=False)(
      x, y
    )
    self.assertAllClose(graph_value, value, **_CLOSE)
    self.assertAllClose(graph_gradients, gradients, **_CLOSE)

  @_TURNS
  def test_call_changes_no_weight(self, objective, negative_samples):
    estimator = self.estimator(objective, negative_samples)
    before = [v.numpy() for v in estimator.variables]
    for training in (False, True):
      estimator(*self.samples(), training=training)
    for v, value in zip(estimator.variables, before, strict=True):
      self.assertAllEqual(v.numpy(), value)

  @_STAND_FOR_ALL
  def test_train_step_in_a_graph_of_ones_own_is_the_step_of_fit(
    self, objective, negative_samples
  ):
    estimator = self.estimator(objective, negative_samples)
    estimator.compile(keras.optimizers.SGD(0.1))
    twin = keras.models.clone_model(estimator)
    twin.build((None, *cases.X_SHAPE), (None, *cases.Y_SHAPE))
    twin.compile(keras.optimizers.SGD(0.1))
    for v, w in zip(twin.variables, estimator.variables, strict=True):
      v.assign(w)
    before = [v.numpy() for v in estimator.critic.trainable_weights]
    x, y = self.samples()

    @tf.function(autograph=False)
    def step(x, y):
      return estimator.train_step((x, y))

    step(x, y)
    after = [v.numpy() for v in estimator.critic.trainable_weights]
    moved = [np.max(np.abs(a - b)) for a, b in zip(after, before)]
    # Offsets of the scores may cancel; kernels must have gradients.
    self.assertGreater(np.median(moved), 1e-6)
    twin.train_on_batch(x, y)
    self.assertAllClose(
      [v.numpy() for v in twin.critic.trainable_weights], after, **_CLOSE
    )

  @_TURNS
  def test_training_step_goes_down_the_gradient_of_the_loss(
    self, objective, negative_samples
  ):
    estimator = self.estimator(objective, negative_samples)
    estimator.compile(keras.optimizers.SGD(0.1))
    x, y = self.samples()
    weights = estimator.trainable_weights
    moving = [v.numpy() for v in estimator.non_trainable_weights]
    with tf.GradientTape() as tape:
      logu, mask = estimator.score(x, y, training=True)
      loss = estimator.objective.loss(logu, mask, x, y, training=True)
    gradients = tape.gradient(loss, [v.value for v in weights])
    self.assertAllFinite(gradients)
    expected = [v.numpy() - 0.1 * g for v, g in zip(weights, gradients)]
    for v, value in zip(estimator.non_trainable_weights, moving):
      v.assign(value)
    estimator.train_step((x, y))
    self.assertAllClose([v.numpy() for v in weights], expected, **_CLOSE)

  @_TURNS
  def test_evaluate_weights_batches_by_their_sizes(
    self, objective, negative_samples
  ):
    estimator = self.estimator(objective, negative_samples)
    estimator.compile(run_eagerly=True)
    x, y = self.samples(8)
    parts = [
      self.values_by_hand(estimator, x[i:j], y[i:j])
      for i, j in ((0, 5), (5, 8))
    ]
    expected = np.average(parts, axis=0, weights=[5, 3])
    result = estimator.evaluate(x, y, batch_size=5, verbose=0)
    self.assertAllClose(result, expected, **_CLOSE)
    named = estimator.evaluate(x, y, batch_size=5, verbose=0, return_dict=True)
    self.assertAllClose([named['loss'], named['mi']], expected, **_CLOSE)
    # A last batch of one sample has no negatives, and weight 0.
    result = estimator.evaluate(x[:6], y[:6], batch_size=5, verbose=0)
    self.assertAllClose(result, parts[0], **_CLOSE)

  @_STAND_FOR_ALL
  def test_saved_and_loaded_model_evaluates_and_trains_on_alike(
    self, objective, negative_samples
  ):
    estimator = self.estimator(objective, negative_samples)
    estimator.compile(keras.optimizers.Adam(0.01), run_eagerly=True)
    x, y = self.samples(8)
    estimator.fit(x, y, batch_size=5, epochs=2, verbose=0)
    path = f'{self.create_tempdir().full_path}/estimator.keras'
    estimator.save(path)
    loaded = keras.saving.load_model(path)
    self.assertEqual(_as_json(loaded), _as_json(estimator))
    self.assertAllClose(
      loaded.evaluate(x, y, batch_size=5, verbose=0),
      estimator.evaluate(x, y, batch_size=5, verbose=0),
      rtol=1e-6,
    )
    self.assertAllClose(
      loaded.predict(x, y, verbose=0), estimator.predict(x, y, verbose=0)
    )
    histories = [
      model.fit(x, y, batch_size=5, epochs=2, shuffle=False, verbose=0).history
      for model in (estimator, loaded)
    ]
    self.assertAllClose(*histories, rtol=1e-5)
    self.assertAllClose(
      *([v.numpy() for v in model.variables] for model in (estimator, loaded)),
      **_CLOSE,
    )

  @parameterized.parameters(*cases.CRITICS)
  def test_saved_and_loaded_model_has_its_critic(self, critic):
    critic = cases.build_layer(cases.make_layer(critic), self.rng('weights'))
    estimator = self.estimator('info_nce', None, critic)
    x, y = self.samples()
    path = f'{self.create_tempdir().full_path}/estimator.keras'
    estimator.save(path)
    loaded = keras.saving.load_model(path)
    self.assertEqual(_as_json(loaded), _as_json(estimator))
    self.assertAllEqual(loaded.critic(x, y), critic(x, y))
    self.assertAllEqual(loaded(x, y), estimator(x, y))

  @_TURNS
  def test_saved_weights_are_the_whole_state(self, objective, negative_samples):
    estimator = self.estimator(objective, negative_samples)
    estimator.compile(keras.optimizers.SGD(0.1), run_eagerly=True)
    x, y = self.samples()
    estimator.train_on_batch(x, y)
    path = f'{self.create_tempdir().full_path}/estimator.weights.h5'
    estimator.save_weights(path)
    other = self.estimator(objective, negative_samples)
    other.load_weights(path)
    for v, w in zip(other.weights, estimator.weights, strict=True):
      self.assertAllEqual(v.numpy(), w.numpy())
    self.assertAllClose(other(x, y), estimator(x, y), rtol=1e-6)

  @parameterized.parameters(*cases.CRITICS)
  def test_predict_is_the_diagonal_of_the_scores(self, critic):
    critic = cases.build_layer(cases.make_layer(critic), self.rng('weights'))
    x, y = self.samples()
    expected = np.diag(critic(x, y))
    for negative_samples in (None, 2):
      estimator = self.estimator('js', negative_samples, critic)
      estimator.compile(run_eagerly=True)
      self.assertAllClose(
        estimator.predict(x, y, batch_size=4, verbose=0), expected, **_CLOSE
      )

  @_TURNS
  def test_float64_policy_gives_float64_values(
    self, objective, negative_samples
  ):
    estimator = self.estimator(
      objective,
      negative_samples,
      cases.DensityCritic((7,), 4, 'tanh', dtype='float64'),
      dtype='float64',
    )
    single = self.estimator(objective, negative_samples)
    for v, w in zip(estimator.weights, single.weights, strict=True):
      v.assign(tf.cast(w, v.dtype))
    x, y = self.samples()
    value = estimator(tf.cast(x, tf.float64), tf.cast(y, tf.float64))
    self.assertEqual(value.dtype, tf.float64)
    self.assertAllClose(value, single(x, y), **_CLOSE)


if __name__ == '__main__':
  test_util.main()
