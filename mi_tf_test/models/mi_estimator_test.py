"""Tests of MiEstimator: what it says, returns and refuses."""

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util


def _scores(x, y):
  """A critic that is a function: the log ratio of two Gaussians, scaled."""
  return tf.matmul(x, y, transpose_b=True) - 0.1 * tf.reduce_sum(
    tf.square(x), axis=1, keepdims=True
  )


class _EstimatorCase(test_util.TestCase):
  """Pairs to learn from."""

  def setUp(self):
    super().setUp()
    rng = self.rng('pairs')
    self.x = rng.normal(size=(50, 2)).astype(np.float32)
    noise = rng.normal(size=(50, 2))
    self.y = (self.x + 0.5 * noise).astype(np.float32)

  def _estimator(self, critic=None, objective='js', **kwargs):
    if critic is None:
      critic = mi_tf.SeparableCritic([8], 4)
    estimator = mi_tf.MiEstimator(critic, objective, **kwargs)
    estimator.compile(keras.optimizers.SGD(0.01))
    return estimator


class MiEstimatorErrorsTest(_EstimatorCase):
  @parameterized.parameters(0, -2)
  def test_negative_samples_must_be_some(self, count):
    with self.assertRaisesRegex(
      ValueError,
      '^`negative_samples` must be an integer, at least 1. '
      f'Received: negative_samples={count}.$',
    ):
      mi_tf.MiEstimator(negative_samples=count)

  def test_negative_samples_need_a_critic_that_takes_them(self):
    with self.assertRaisesRegex(
      ValueError, '^`negative_samples` needs a mi_tf.Critic. Received: critic='
    ):
      mi_tf.MiEstimator(_scores, negative_samples=3)

  def test_unknown_names_are_refused(self):
    with self.assertRaisesRegex(ValueError, "^`critic` must .*critic='mlp'.$"):
      mi_tf.MiEstimator('mlp')
    with self.assertRaisesRegex(ValueError, "^`objective` .*objective='kl'.$"):
      mi_tf.MiEstimator(objective='kl')

  @parameterized.parameters(
    ({'loss': 'mse'}, r"\['loss'\]"),
    ({'metrics': [], 'loss': 'mse'}, r"\['loss'\]"),
    ({'loss': 'mse', 'weighted_metrics': []}, r"\['loss', 'weighted_metrics"),
    ({'loss_weights': 1.0}, r"\['loss_weights'\]"),
  )
  def test_compile_takes_no_loss(self, kwargs, given):
    estimator = mi_tf.MiEstimator()
    with self.assertRaisesRegex(
      ValueError,
      '^`compile` must not be given a loss or weighted metrics: the objective '
      f'is the loss, .*Received: {given}',
    ):
      estimator.compile('adam', **kwargs)

  @parameterized.parameters('fit', 'evaluate', 'predict')
  def test_batches_must_be_pairs(self, method):
    dataset = tf.data.Dataset.from_tensor_slices(self.x).batch(10)
    for data in (dataset, self.x):
      with self.assertRaisesRegex(ValueError, r'must be pairs \(x, y\)'):
        getattr(self._estimator(), method)(data, verbose=0)

  def test_batches_must_be_pairs_when_it_is_built_too(self):
    estimator = self._estimator()
    estimator.fit(self.x, self.y, verbose=0)
    with self.assertRaisesRegex(ValueError, r'must be pairs \(x, y\)'):
      estimator.fit(self.x, verbose=0)

  def test_few_samples_are_not_estimated(self):
    with self.assertRaisesRegex(
      ValueError, '`x` must hold at least 20 held-out samples. Received: 19.'
    ):
      self._estimator().estimate(self.x[:19], self.y[:19])


class MiEstimatorEdgesTest(_EstimatorCase):
  """What the last batch, other models and other data do to it."""

  def test_a_batch_of_one_leaves_the_moving_average_alone(self):
    estimator = mi_tf.MiEstimator(
      'inner_product', 'mine', ema_decay=0.5, trainable=False
    )
    estimator.compile(keras.optimizers.SGD(0.0))
    x = tf.constant([[5.0, 0.0], [0.0, 5.0]])
    estimator.build((None, 2), (None, 2))
    step = tf.function(
      lambda x: estimator.train_step((x, x)),
      input_signature=[tf.TensorSpec([None, 2])],
    )
    step(x)
    before = estimator.objective.baseline.log_average.numpy()
    step(x[:1])
    self.assertEqual(estimator.objective.baseline.log_average.numpy(), before)
    self.assertAllClose(before, 0.0)

  @parameterized.parameters('js', 'nwj', 'dv', 'info_nce', 'mine')
  def test_a_batch_of_one_says_nothing_inside_another_model(self, objective):
    estimator = mi_tf.MiEstimator('inner_product', objective)
    x = tf.constant([[5.0, 1.0]])
    with tf.GradientTape() as tape:
      tape.watch(x)
      value = estimator(x, 2.0 * x)
    self.assertEqual(value, 0.0)
    self.assertAllEqual(tape.gradient(value, x), tf.zeros_like(x))

  def test_few_samples_do_not_raise_the_cap(self):
    critic = mi_tf.InnerProductCritic(temperature=0.01)
    estimator = mi_tf.MiEstimator(critic, 'info_nce', negative_samples=31)
    self.assertAllClose(estimator(tf.eye(4), tf.eye(4)), np.log(4.0))

  def test_dropout_goes_on_inside_another_model(self):
    critic = mi_tf.InnerProductCritic(x_encoder=keras.layers.Dropout(0.5))
    estimator = mi_tf.MiEstimator(critic, 'info_nce')
    values = {
      float(estimator(self.x[:, :2], self.y[:, :2], training=True))
      for _ in range(3)
    }
    self.assertLen(values, 3)

  def test_a_new_estimator_is_fitted_by_a_generator(self):
    estimator = self._estimator()
    batches = ((self.x[:50], self.y[:50]) for _ in range(2))
    history = estimator.fit(
      batches, steps_per_epoch=2, shuffle=False, verbose=0
    ).history
    self.assertAllFinite(history['loss'])

  def test_a_functional_model_of_two_inputs_is_a_critic(self):
    x, y = (keras.Input(t.shape[1:]) for t in (self.x, self.y))
    scores = mi_tf.SeparableCritic([8])(x, y)
    estimator = self._estimator(keras.Model([x, y], scores))
    estimator.fit(self.x, self.y, 50, verbose=0)
    estimate = estimator.estimate(self.x, self.y)
    self.assertAllFinite(estimate.mi)
    self.assertEqual(
      estimator.predict(self.x, self.y, verbose=0).shape, (len(self.x),)
    )

  def test_a_data_set_is_estimated_like_its_arrays(self):
    estimator = self._estimator()
    data = tf.data.Dataset.from_tensor_slices((self.x, self.y)).batch(32)
    self.assertEqual(
      estimator.estimate(data).mi, estimator.estimate(self.x, self.y).mi
    )

  def test_training_needs_an_optimizer(self):
    estimator = mi_tf.MiEstimator('separable')
    with self.assertRaisesRegex(ValueError, '`compile` must be called before'):
      estimator.train_step((self.x, self.y))


class MiEstimatorCallTest(_EstimatorCase):
  @parameterized.parameters('js', 'info_nce', 'dv', 'tuba')
  def test_call_is_the_objectives_value(self, name):
    estimator = self._estimator(objective=name)
    value = estimator(self.x, self.y)
    self.assertEqual((value.shape, value.dtype), ([], tf.float32))
    logu = estimator.critic(self.x, self.y)
    expected = estimator.objective.value(logu, None, self.x, self.y)
    self.assertAllClose(value, expected)

  def test_call_is_differentiable_in_the_data_alone(self):
    estimator = self._estimator(objective='info_nce')
    estimator(self.x, self.y)

    @tf.function
    def gradients(x, y):
      with tf.GradientTape(persistent=True) as tape:
        tape.watch((x, y))
        value = estimator(x, y)
        logu = estimator.critic(x, y)
        expected = mi_tf.lower_bound_info_nce(logu)
      weights = [v.value for v in estimator.trainable_variables]
      return (
        tape.gradient(value, (x, y)),
        tape.gradient(expected, (x, y)),
        tape.gradient(value, weights),
      )

    actual, expected, weights = gradients(
      tf.constant(self.x), tf.constant(self.y)
    )
    self.assertAllFinite(actual)
    self.assertAllClose(actual, expected)
    self.assertGreater(np.abs(actual[0]).max(), 0.0)
    self.assertLen(weights, 8)
    self.assertTrue(all(gradient is None for gradient in weights))

  def test_moving_average_of_mine_is_left_alone_by_calls(self):
    estimator = self._estimator(objective='mine')
    estimator(self.x, self.y, training=True)
    self.assertEqual(estimator.objective.baseline.num_updates.numpy(), 0.0)
    estimator.train_on_batch(self.x, self.y)
    self.assertEqual(estimator.objective.baseline.num_updates.numpy(), 1.0)

  def test_scores_have_the_joint_samples_in_the_first_column(self):
    estimator = self._estimator(negative_samples=3)
    logu, mask = estimator.score(self.x, self.y)
    full = estimator.critic(self.x, self.y)
    self.assertEqual(logu.shape, [50, 4])
    self.assertAllEqual(mask, [True, False, False, False])
    self.assertAllClose(logu[:, 0], tf.linalg.diag_part(full), rtol=1e-5)
    logu, mask = self._estimator().score(self.x, self.y)
    self.assertEqual(logu.shape, [50, 50])
    self.assertIsNone(mask)


class MiEstimatorLoopTest(_EstimatorCase):
  def test_history_has_losses_and_values(self):
    estimator = self._estimator()
    history = estimator.fit(
      self.x,
      self.y,
      validation_data=(self.x, self.y),
      batch_size=25,
      epochs=2,
      verbose=0,
    ).history
    self.assertEqual(set(history), {'loss', 'mi', 'val_loss', 'val_mi'})
    for values in history.values():
      self.assertLen(values, 2)
      self.assertAllFinite(values)

  def test_training_lowers_the_loss(self):
    estimator = self._estimator(objective='info_nce')
    estimator.compile(keras.optimizers.Adam(0.01))
    before = estimator.evaluate(self.x, self.y, batch_size=50, verbose=0)
    estimator.fit(self.x, self.y, batch_size=50, epochs=15, verbose=0)
    after = estimator.evaluate(self.x, self.y, batch_size=50, verbose=0)
    self.assertLess(after[0], before[0] - 0.1)
    self.assertGreater(after[1], before[1] + 0.1)

  def test_a_loss_that_is_linear_in_scores_is_trained_on_as_eagerly(self):
    # TensorFlow's order of reads and updates is not enough for those.
    estimators = [self._estimator(objective=mi_tf.mi_plug_in) for _ in range(5)]
    estimators[0].compile(keras.optimizers.SGD(0.01), run_eagerly=True)
    for estimator in estimators:
      estimator.build((None, 2), (None, 2))
    start = estimators[0].get_weights()
    results = []
    for estimator in estimators[:1] + 4 * estimators[1:]:
      estimator.set_weights(start)
      history = estimator.fit(
        self.x, self.y, batch_size=10, shuffle=False, verbose=0
      ).history
      results.append([*history['mi'], *map(np.sum, estimator.get_weights())])
    self.assertAllClose(results[1:], 16 * results[:1], rtol=1e-4, atol=1e-5)

  def test_evaluate_averages_batches_by_their_size(self):
    # The last batch of 50 in batches of 20 is half as large.
    estimator = self._estimator(objective='nwj')
    results = estimator.evaluate(
      self.x, self.y, batch_size=20, verbose=0, return_dict=True
    )
    parts = [slice(0, 20), slice(20, 40), slice(40, 50)]
    values = [
      mi_tf.lower_bound_nguyen_wainwright_jordan(
        estimator.critic(self.x[part], self.y[part])
      )
      for part in parts
    ]
    expected = np.average(values, weights=[20, 20, 10])
    self.assertEqual(set(results), {'loss', 'mi'})
    self.assertAllClose(results['mi'], expected, rtol=1e-5)
    self.assertAllClose(results['loss'], -expected, rtol=1e-5)
    listed = estimator.evaluate(self.x, self.y, batch_size=20, verbose=0)
    self.assertAllClose(listed, [results['loss'], results['mi']])

  def test_a_last_batch_of_one_sample_counts_nothing(self):
    estimator = self._estimator()
    all_but_one = estimator.evaluate(
      self.x[:40], self.y[:40], batch_size=20, verbose=0
    )
    everything = estimator.evaluate(
      self.x[:41], self.y[:41], batch_size=20, verbose=0
    )
    self.assertAllFinite(everything)
    self.assertAllClose(everything, all_but_one)

  def test_predictions_are_the_diagonal_of_the_scores(self):
    estimator = self._estimator()
    predicted = estimator.predict(self.x, self.y, batch_size=20, verbose=0)
    full = estimator.critic(self.x, self.y)
    self.assertEqual(predicted.shape, (50,))
    self.assertAllClose(predicted, np.diag(full), rtol=1e-5, atol=1e-6)
    dataset = tf.data.Dataset.from_tensor_slices((self.x, self.y)).batch(20)
    self.assertAllClose(estimator.predict(dataset, verbose=0), predicted)
    self.assertAllClose(
      estimator.predict((self.x, self.y), batch_size=7, verbose=0),
      predicted,
      rtol=1e-5,
      atol=1e-6,
    )

  def test_a_function_is_a_critic_too(self):
    estimator = self._estimator(_scores, 'dv')
    full = _scores(tf.constant(self.x), tf.constant(self.y))
    expected = mi_tf.lower_bound_donsker_varadhan(full)
    self.assertAllClose(estimator(self.x, self.y), expected)
    results = estimator.evaluate(self.x, self.y, batch_size=50, verbose=0)
    self.assertAllClose(results, [-expected, expected])
    predicted = estimator.predict(self.x, self.y, verbose=0)
    self.assertAllClose(predicted, np.diag(full), rtol=1e-5)
    estimate = estimator.estimate(self.x, self.y)
    self.assertAllClose(estimate.mi, expected, rtol=1e-5)

  def test_an_own_layer_is_a_critic_and_its_losses_count(self):
    class Own(keras.layers.Layer):
      def build(self, x_shape, y_shape):
        self.scale = self.add_weight(shape=(), initializer='ones')

      def call(self, x, y):
        self.add_loss(10.0 * keras.ops.square(self.scale))
        return self.scale * keras.ops.matmul(x, keras.ops.transpose(y))

    estimator = self._estimator(Own(), 'info_nce')
    estimator.fit(self.x, self.y, batch_size=50, epochs=1, verbose=0)
    logu = tf.Variable(self.x @ self.y.T)
    with tf.GradientTape() as tape:
      bound = mi_tf.lower_bound_info_nce(logu)
    slope = float(tf.reduce_sum(tape.gradient(bound, logu) * logu))
    self.assertAllClose(
      estimator.critic.scale, 1.0 - 0.01 * (20.0 - slope), rtol=1e-5
    )

  def test_estimate_reports_on_all_samples_in_their_order(self):
    estimator = self._estimator(objective='smile')
    estimate = estimator.estimate(self.x, self.y)
    predicted = estimator.predict(self.x, self.y, verbose=0)
    full = estimator.critic(self.x, self.y)
    self.assertIsInstance(estimate, mi_tf.MiEstimate)
    self.assertAllEqual(estimate.indices, np.arange(50))
    self.assertEqual(estimate.num_samples, 50)
    self.assertAllClose(estimate.pointwise, predicted, rtol=1e-5, atol=1e-6)
    self.assertAllClose(estimate.mi, mi_tf.mi_smile(full), atol=1e-5)

  def test_same_seed_same_estimate(self):
    estimator = self._estimator(objective='dv')
    first = estimator.estimate(self.x, self.y, seed=3)
    second = estimator.estimate(self.x, self.y, seed=3)
    self.assertEqual(first.mi, second.mi)
    self.assertEqual(first.stderr, second.stderr)
    other = estimator.estimate(self.x, self.y, seed=4)
    self.assertNotEqual(first.stderr, other.stderr)
    self.assertAllClose(first.mi, other.mi, rtol=1e-5)


if __name__ == '__main__':
  test_util.main()
