"""Tests of estimates while a network is trained."""

import math
from unittest import mock

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.callbacks import layer_estimates
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
    for noise in (-0.1, math.nan, math.inf, tf.Variable(0.1), '0.1'):
      with self.assertRaisesRegex(ValueError, '^`noise` must be at least 0'):
        self.callback(noise=noise)
    with self.assertRaisesRegex(ValueError, '^`every` must be at least 1'):
      self.callback(every=0)

  def own_model(self):
    """Returns a model with its own `call`, of which 'code' is nested."""

    class Own(keras.Model):
      def __init__(self):
        super().__init__()
        self.nested = keras.Sequential(
          [keras.layers.Dense(2, name='code')], name='nested'
        )
        self.twice = keras.layers.Dense(2, name='twice')
        self.unused = keras.layers.Dense(2, name='unused')

      def build(self, shape):
        self.nested.build(shape)
        self.twice.build((None, 2))
        self.unused.build((None, 2))
        self.unused.trainable = False

      def call(self, x):
        return self.twice(self.twice(self.nested(x)))

    model = Own()
    model.compile('sgd', keras.losses.SparseCategoricalCrossentropy(True))
    return model

  def test_layers_are_found_in_any_model(self):
    estimate = self.mock_estimates()
    x, _ = self.data()
    model = self.own_model()
    callback = self.callback(['code', 'nested/code', 'nested'])
    _, history = self.fit(callback, 1, model)
    dense = model.nested.layers[0]
    self.assertLen(estimate.call_args_list, 3)
    for call in estimate.call_args_list:
      self.assertAllClose(call.args[0], dense(x), rtol=1e-5, atol=1e-6)
    self.assertIn('mi_nested/code_y', history)

  @parameterized.parameters(
    (
      'other',
      "^'other' must be the name of one layer. The model has 0 of .*code'",
    ),
    ('twice', "^Layer 'twice' must be called once by .* 2 times"),
    ('unused', "^Layer 'unused' must be called once by .* 0 times"),
  )
  def test_layers_that_are_none_are_refused_before_the_training(
    self, name, rule
  ):
    estimate = self.mock_estimates()
    with mock.patch.object(self.model().__class__, 'train_step') as train_step:
      with self.assertRaisesRegex(ValueError, rule):
        self.fit(self.callback(name, every=9), 1, self.own_model())
    train_step.assert_not_called()
    estimate.assert_not_called()

  def test_names_of_layers_of_models_of_pairs_are_refused(self):
    x, _ = self.data(64)
    model = mi_tf.infomax.TwoViewInfoMax(keras.layers.Dense(2, name='code'))
    model.compile()
    for layers in (None, 'code'):
      with self.assertRaisesRegex(ValueError, 'such as `model.x_encoder`'):
        model.fit(x, x, callbacks=[self.callback(layers)], verbose=0)
    callback = self.callback({'code': model.x_encoder})
    history = model.fit(x, x, callbacks=[callback], verbose=0).history
    self.assertIn('mi_code_y', history)

  def test_a_name_of_several_layers_needs_a_path(self):
    inputs = keras.Input((3,))
    parts = [
      keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, name='code')])
      for _ in range(2)
    ]
    for part, name in zip(parts, ('a', 'b')):
      part.name = name
    model = keras.Model(inputs, parts[1](parts[0](inputs)))
    model.compile('sgd', keras.losses.SparseCategoricalCrossentropy(True))
    with self.assertRaisesRegex(
      ValueError,
      r"has 2 of that name among .* \['a', 'a/code', 'b', 'b/code'\]",
    ):
      self.fit(self.callback('code'), 1, model)
    estimate = self.mock_estimates()
    self.fit(self.callback('b/code'), 1, model)
    x, _ = self.data()
    self.assertAllClose(
      estimate.call_args.args[0], model(x), rtol=1e-5, atol=1e-6
    )

  def test_dicts_give_names_to_names_of_layers(self):
    self.mock_estimates()
    train = self.callback({'train': 'code'})
    test = self.callback('code')
    model = self.model()
    history = model.fit(
      *self.data(64), verbose=0, callbacks=[train, test]
    ).history
    self.assertIn('mi_train_y', history)
    self.assertIn('mi_code_y', history)
    with self.assertRaisesRegex(ValueError, 'Names among the logs must differ'):
      model.fit(
        *self.data(64), verbose=0, callbacks=[test, self.callback('code')]
      )

  def test_datasets_are_as_good_as_arrays(self):
    estimate = self.mock_estimates()
    x, y = self.data()
    names = np.array(['a', 'b'])[y]
    dataset = tf.data.Dataset.from_tensor_slices((x, names)).batch(32)
    for given in (dataset, dataset.repeat(), dataset.prefetch(2)):
      callback = self.callback({'same': lambda t: t}, data=given, samples=100)
      callback.estimate()
      values, of_y = estimate.call_args.args
      self.assertAllEqual(values, x[:100])
      self.assertAllEqual(of_y.astype(str), names[:100])

  def test_weights_are_those_of_the_estimate(self):
    def weighted(x, y, *, seed=0, sample_weight=None):
      del x, y, seed
      seen.append(sample_weight)
      return mock.Mock(mi=0.25)

    seen = []
    for module in (mutual_information, layer_estimates):
      self.enter_context(mock.patch.object(module, 'estimate_mi', weighted))
    x, y = self.data()
    weights = np.arange(300) % 3
    data = (x, y, weights)
    self.callback({'same': lambda t: t}, data=data, samples=60).estimate()
    self.assertAllEqual(seen, [weights[:60][weights[:60] > 0]])
    with self.assertRaisesRegex(ValueError, "no weights for against='x'"):
      self.callback(data=data, against=('x', 'y'), noise=0.1)

  def test_components_stand_for_wide_layers_and_maps(self):
    estimate = self.mock_estimates()
    images = np.float32(self.rng().normal(size=(60, 4, 4, 2)))
    images[..., 0, 0] *= 10.0
    callback = self.callback(
      {'map': lambda t: t, 'few': lambda t: t[:, 0, 0], 'no': lambda t: 0 * t},
      data=(images, np.arange(60) % 2),
      components=4,
    )
    found = callback.estimate()
    of_map, of_few = (call.args[0] for call in estimate.call_args_list)
    self.assertEqual(of_map.shape, (60, 4))
    self.assertAllEqual(of_few, images[:, 0, 0])
    self.assertEqual(found['mi_no_y'].mi, 0.0)
    # The loudest directions are kept.
    loud = images[..., 0, 0]
    fit = np.linalg.lstsq(of_map, loud - loud.mean(axis=0), rcond=None)[1]
    self.assertAllLess(fit / loud.var(axis=0) / 60, 0.2)

  @parameterized.parameters(
    (dict(layers=3), TypeError, '^`layers` must be the name of a layer'),
    (dict(layers={}), TypeError, '^`layers` must be the name of a layer'),
    (dict(layers={'a': 3}), TypeError, r"^`layers\['a'\]` must be a layer, a"),
    (dict(layers=['a', 'a']), ValueError, 'Names among the logs must differ'),
    (dict(samples=None), ValueError, '^`samples` must be an integer'),
    (dict(every=None), ValueError, '^`every` must be a positive integer, or'),
    (dict(every='all'), ValueError, '^`every` must be a positive integer, or'),
    (dict(every=[0.5]), ValueError, '^`every` must be a positive integer, or'),
    (dict(components=0), ValueError, '^`components` must be an integer'),
    (dict(fold=2), TypeError, r"^Options must be among.*Received: \['fold'\]"),
    (dict(method='other'), ValueError, '^`method` must be one of'),
    (dict(folds=0), ValueError, '^`folds` must be an integer'),
    (dict(patience=0), ValueError, '^`patience` must be an integer'),
    (dict(learning_rate=-1.0), ValueError, '^`learning_rate` must be'),
    (dict(y_kind='other'), ValueError, '^`y_kind` must be one of'),
    (dict(groups=np.arange(9)), ValueError, '^`groups` must have 300 rows'),
    (dict(samples=39), ValueError, '^`data` must have at least 40 rows'),
  )
  def test_arguments_fail_before_there_is_a_model(self, options, error, rule):
    with self.assertRaisesRegex(error, rule):
      self.callback(**options)

  def test_there_must_be_a_model(self):
    for layers in (None, 'code'):
      with self.assertRaisesRegex(
        ValueError, '^A callback knows the model, and'
      ):
        self.callback(layers).estimate()

  def test_targets_must_be_such_as_can_be_compared(self):
    x, y = self.data()
    for given, rule in (
      (np.zeros(300), '^`y` must vary'),
      (np.where(y, np.nan, 1.0), '`y`'),
      (y[:200], '^x and y of `data` must have the same number of rows'),
    ):
      with self.assertRaisesRegex(ValueError, rule):
        self.callback(data=(x, given))


if __name__ == '__main__':
  test_util.main()
