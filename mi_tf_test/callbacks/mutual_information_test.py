"""Tests of estimates while a network is trained."""

import math
from unittest import mock

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.callbacks import mutual_information
from mi_tf_test import test_util


class MutualInformationTest(test_util.TestCase):
  def data(self, n=300):
    """Returns points around two corners, and which one."""
    rng = self.rng('data', n)
    labels = rng.integers(2, size=n)
    x = rng.normal(size=(n, 3)) + 4.0 * labels[:, np.newaxis]
    return np.float32(x), labels

  def model(self, dropout=0.0):
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
      [
        keras.layers.Dense(4, 'tanh', name='hidden'),
        keras.layers.Dropout(dropout),
        keras.layers.Dense(2, name='code'),
      ]
    )
    model.compile(
      'adam', keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    return model

  def callback(self, *args, data=None, **kwargs):
    data = data or self.data()
    return mi_tf.callbacks.MutualInformation(data, *args, **kwargs)

  def fit(self, callback, epochs=3, model=None):
    model = model or self.model()
    history = model.fit(
      *self.data(64), epochs=epochs, verbose=0, callbacks=[callback]
    ).history
    return model, history

  def mock_estimates(self):
    """Replaces `estimate_mi`; returns the mock."""
    estimate = mock.Mock(side_effect=lambda *_, **__: mock.Mock(mi=0.25))
    self.enter_context(
      mock.patch.object(mutual_information, 'estimate_mi', estimate)
    )
    return estimate

  def test_a_layer_knows_its_target(self):
    callback = self.callback('hidden', every=2, folds=2)
    _, history = self.fit(callback, epochs=2)
    self.assertEqual(callback.history['epoch'], [2])
    before, after = history['mi_hidden_y']
    self.assertTrue(math.isnan(before))
    self.assertEqual(callback.history['mi_hidden_y'], [after])
    (estimate,) = callback.estimates['mi_hidden_y']
    self.assertEqual(estimate.mi, after)
    # Corners this far apart tell nearly all of log 2.
    self.assertBetween(estimate.mi, 0.5, 0.8)
    self.assertLess(estimate.lower_bound, math.log(2.0))

  @test_util.full(
    'That models are left as they are has a test of its own; this trains '
    'with and without the callback.'
  )
  def test_training_goes_the_same_way(self):
    callback = self.callback('code', ('x', 'y'), noise=0.1, every=[1], folds=1)
    models = [self.model(dropout=0.3) for _ in range(2)]
    weights = []
    for model, callbacks in zip(models, ([], [callback])):
      keras.utils.set_random_seed(2)
      model.fit(*self.data(64), epochs=2, verbose=0, callbacks=callbacks)
      weights.append(model.get_weights())
    for a, b in zip(*weights, strict=True):
      self.assertAllEqual(a, b)
    plane = mi_tf.plotting.information_plane(callback.history)
    labels = plane.axes[0].get_legend_handles_labels()[1]
    self.assertEqual(labels, ['code'])

  def test_a_code_of_ten_classes_is_as_informative_as_they_say(self):
    rng = self.rng('ten')
    means = 0.5 * rng.normal(size=(10, 16))

    def draw(n):
      labels = rng.integers(10, size=n)
      return labels, means[labels] + rng.normal(size=(n, 16))

    # Bayes' rule for many samples.
    labels, x = draw(100_000)
    logits = x @ means.T - 0.5 * np.square(means).sum(axis=1)
    own = logits[np.arange(len(x)), labels]
    truth = np.mean(own - np.logaddexp.reduce(logits, axis=1)) + math.log(10.0)
    labels, x = draw(1500)
    callback = self.callback({'code': tf.tanh}, data=(x / 2.0, labels))
    (estimate,) = callback.estimate().values()
    self.assertEqual(estimate.method, 'classifier')
    self.assertBetween(estimate.mi, truth - 0.1, truth + 0.1)
    self.assertBetween(truth, *estimate.interval)

  @parameterized.parameters(
    (1, 3, [1, 2, 3]),
    (2, 3, [2, 3]),
    (5, 3, [3]),
    ([0, 1, 3, 9], 4, [0, 1, 3]),
    (range(2, 9, 2), 4, [2, 4]),
  )
  def test_schedule(self, every, epochs, expected):
    self.mock_estimates()
    callback = self.callback(every=every)
    _, history = self.fit(callback, epochs)
    self.assertEqual(callback.history['epoch'], expected)
    self.assertLen(callback.history['mi_output_y'], len(expected))
    in_logs = [0.25 if i + 1 in expected else math.nan for i in range(epochs)]
    self.assertAllEqual(history['mi_output_y'], in_logs)

  def test_a_second_fit_goes_on(self):
    self.mock_estimates()
    callback = self.callback(every=[0, 1, 2])
    model, _ = self.fit(callback, 1)
    model.fit(
      *self.data(64),
      initial_epoch=1,
      epochs=2,
      verbose=0,
      callbacks=[callback],
    )
    self.assertEqual(callback.history['epoch'], [0, 1, 2])

  def test_what_is_estimated(self):
    estimate = self.mock_estimates()
    x, y = self.data()
    callback = self.callback(
      'hidden', against=('x', 'y'), noise=0.0, samples=50, seed=3, folds=2
    )
    model, _ = self.fit(callback, 1)
    hidden = np.tanh(x[:50] @ model.layers[0].kernel + model.layers[0].bias)
    (of_x, of_y) = estimate.call_args_list
    for call, other in ((of_x, x), (of_y, y)):
      self.assertAllClose(call.args[0], hidden, rtol=1e-5, atol=1e-6)
      self.assertAllEqual(call.args[1], other[:50])
      self.assertEqual(call.kwargs, {'seed': 3, 'folds': 2})
    self.assertEqual(
      set(callback.history), {'epoch', 'mi_x_hidden', 'mi_hidden_y'}
    )

  def test_groups_are_cut_as_the_samples_are(self):
    estimate = self.mock_estimates()
    callback = self.callback(
      {'same': lambda x: x}, samples=50, groups=np.arange(300) // 2
    )
    callback.estimate()
    groups = estimate.call_args.kwargs['groups']
    self.assertAllEqual(groups, np.arange(50) // 2)

  def test_noise_is_added_and_is_the_same_each_time(self):
    estimate = self.mock_estimates()
    layers = {'same': lambda x: x}
    callback = self.callback(layers, noise=0.5)
    self.fit(callback, 2)
    first, second = (call.args[0] for call in estimate.call_args_list)
    self.assertAllEqual(first, second)
    added = (first - self.data()[0]) / 0.5
    self.assertAllClose(np.std(added), 1.0, atol=0.1)
    self.assertMeanClose(np.ravel(added), 0.0)

  def test_layers_may_be_functions_and_models_of_parts_of_x(self):
    estimate = self.mock_estimates()
    x, y = self.data()
    encoder = keras.layers.Dense(2)
    callback = self.callback(
      {'a': lambda t: encoder(t['a']), 'b': lambda t: t['b'][..., tf.newaxis]},
      data=({'a': x, 'b': x}, y),
    )
    callback.set_model(self.model())
    callback.estimate()
    shapes = [call.args[0].shape for call in estimate.call_args_list]
    self.assertEqual(shapes, [(300, 2), (300, 3)])

  def test_maps_of_features_stay_images(self):
    estimate = self.mock_estimates()
    images = np.float32(self.rng().normal(size=(40, 4, 4, 2)))
    callback = self.callback(
      {'map': lambda t: t, 'flat': lambda t: t[..., 0]},
      data=(images, np.arange(40)),
    )
    callback.estimate()
    shapes = [call.args[0].shape for call in estimate.call_args_list]
    self.assertEqual(shapes, [(40, 4, 4, 2), (40, 16)])

  def test_constant_layers_know_nothing(self):
    callback = self.callback(
      {'dead': lambda x: 0.0 * x}, against=('x', 'y'), noise=0.0
    )
    for estimate in callback.estimate().values():
      self.assertEqual((estimate.mi, estimate.interval), (0.0, (0.0, 0.0)))
      self.assertEqual(estimate.warnings, ('The layer is constant.',))

  def test_layers_that_are_not_finite_are_refused(self):
    callback = self.callback({'nan': lambda x: x / 0.0})
    with self.assertRaisesRegex(ValueError, "Layer 'nan' must be finite"):
      callback.estimate()

  @parameterized.parameters('z', ('x', 'z'), ())
  def test_what_to_compare_with_must_be_known(self, *against):
    with self.assertRaisesRegex(ValueError, "^`against` must be 'x', 'y' or"):
      self.callback(against=against, noise=0.1)

  def test_options_must_be_as_described(self):
    with self.assertRaisesRegex(ValueError, "given for against='x'"):
      self.callback(against='x')
    with self.assertRaisesRegex(ValueError, '^`noise` must be at least 0'):
      self.callback(noise=-0.1)
    with self.assertRaisesRegex(ValueError, '^`every` must be at least 1'):
      self.callback(every=0)

  def test_names_need_a_model_whose_layers_are_known(self):
    class Own(keras.Model):
      def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(2, name='code')

      def call(self, x):
        return self.dense(x)

    model = Own()
    model.compile('sgd', keras.losses.SparseCategoricalCrossentropy(True))
    with self.assertRaisesRegex(ValueError, "^Layer 'code' can only be found"):
      self.fit(self.callback('code'), 1, model)
    with self.assertRaisesRegex(ValueError, 'No such layer: other'):
      self.fit(self.callback('other'), 1)


if __name__ == '__main__':
  test_util.main()
