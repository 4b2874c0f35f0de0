"""Tests of what users pass to `fit`, `evaluate`, `predict` and `estimate`."""

import itertools
from unittest import mock
import warnings

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.models.data import pair_data
from mi_tf_test import test_util

_TOO_FEW = 'at least 2 samples'
_METHODS = ('fit', 'evaluate', 'predict', 'estimate')


class Batches(keras.utils.PyDataset):
  """Batches of arrays, without an end if `endless`."""

  def __init__(self, *arrays, size=8, endless=False):
    super().__init__()
    self.arrays, self.size, self.endless = arrays, size, endless

  @property
  def num_batches(self):
    return None if self.endless else -(-len(self.arrays[0]) // self.size)

  def __getitem__(self, index):
    index %= -(-len(self.arrays[0]) // self.size)
    rows = slice(index * self.size, (index + 1) * self.size)
    return tuple(t[rows] for t in self.arrays)


def generated(*arrays, size=8):
  for start in range(0, len(arrays[0]), size):
    yield tuple(t[start : start + size] for t in arrays)


def dataset(*arrays):
  return tf.data.Dataset.from_tensor_slices(arrays)


class FittingCase(test_util.TestCase):
  """Pairs, and an estimator that tests share, with the same weights each."""

  _shared: dict = {}

  @classmethod
  def tearDownClass(cls):
    cls._shared.clear()
    super().tearDownClass()

  def setUp(self):
    super().setUp()
    rng = self.rng('pairs')
    self.x = rng.normal(size=(40, 3)).astype(np.float32)
    self.y = (self.x + rng.normal(size=(40, 3))).astype(np.float32)
    self.w = rng.integers(0, 3, 40)

  def fresh(self, critic=None, objective='info_nce', **kwargs):
    """Returns an estimator that is not built."""
    critic = critic or mi_tf.BilinearCritic()
    estimator = mi_tf.MiEstimator(critic, objective)
    estimator.compile(keras.optimizers.SGD(0.1), **kwargs)
    return estimator

  def estimator(self):
    """Returns a shared estimator, built for `[n, 3]` each."""
    if 'model' not in self._shared:
      made = self.fresh()
      made.build((None, 3), (None, 3))
      start = [0.1 * np.arange(v.shape.num_elements()) for v in made.weights]
      self._shared['model'] = made, start
    made, start = self._shared['model']
    for v, value in zip(made.weights, start, strict=True):
      v.assign(value.reshape(v.shape))
    return made

  def call(self, estimator, method, *args, **kwargs):
    options = {} if method == 'estimate' else {'verbose': 0}
    if method == 'fit':
      options['shuffle'] = False
    with warnings.catch_warnings():
      # Keras warns where it does not know how many batches there are.
      warnings.filterwarnings('ignore', '.*ran out of data')
      return getattr(estimator, method)(*args, **options, **kwargs)


class UnbatchedTest(FittingCase):
  @parameterized.product(method=_METHODS, built=[False, True])
  def test_a_data_set_without_batches_is_refused(self, method, built):
    estimator = self.estimator() if built else self.fresh()
    for shapes in ((3, 3), (3, 2), (3, None), (None, 3)):
      x, y = (
        np.zeros([40, *([] if size is None else [size])], np.float32)
        for size in shapes
      )
      with self.assertRaisesRegex(ValueError, 'call `batch`|Call `batch`'):
        self.call(estimator, method, dataset(x, y))

  @parameterized.parameters(*_METHODS)
  def test_images_without_batches_are_refused(self, method):
    images = np.zeros([10, 6, 6, 1], np.float32)
    with self.assertRaisesRegex(ValueError, 'may be single samples or batches'):
      self.call(self.fresh(), method, dataset(images, images))

  @parameterized.parameters(*_METHODS)
  def test_a_generator_of_samples_is_refused(self, method):
    for x, y in ((self.x, self.y), (self.x, self.y[:, 0])):
      for estimator in (self.fresh(), self.estimator()):
        with self.assertRaisesRegex(ValueError, 'all `batch`|in batches'):
          self.call(estimator, method, (pair for pair in zip(x, y)))

  @parameterized.parameters(*_METHODS)
  def test_a_py_dataset_of_samples_is_refused(self, method):
    class Samples(Batches):
      def __getitem__(self, index):
        return self.arrays[0][index], self.arrays[1][index]

    for estimator in (self.fresh(), self.estimator()):
      with self.assertRaisesRegex(ValueError, 'all `batch`'):
        self.call(estimator, method, Samples(self.x, self.y))

  def test_elements_of_unknown_rank_are_refused(self):
    types = (tf.float32, tf.float32)
    data = tf.data.Dataset.from_generator(lambda: zip(self.x, self.y), types)
    for elements in (data, data.batch(8)):
      with self.assertRaisesRegex(
        ValueError, 'an `output_signature`. Rec.*None'
      ):
        self.fresh().fit(elements)

  @parameterized.parameters(*_METHODS)
  def test_a_function_that_makes_a_generator_is_refused(self, method):
    with self.assertRaisesRegex(
      TypeError, 'or a generator. Received: x of typ'
    ):
      self.call(self.fresh(), method, lambda: zip(self.x, self.y))

  def test_validation_data_without_batches_is_refused(self):
    for estimator in (self.fresh(), self.estimator()):
      with self.assertRaisesRegex(ValueError, 'call `batch`'):
        estimator.fit(
          self.x,
          self.y,
          validation_data=dataset(self.x, self.y),
          verbose=0,
        )

  def test_weights_do_not_hide_that_there_are_no_batches(self):
    with self.assertRaisesRegex(ValueError, 'call `batch`'):
      self.fresh().fit(dataset(self.x, self.y, self.w))

  def test_batches_of_numbers_are_taken_where_a_stage_makes_them(self):
    numbers = dataset(self.x[:, 0], self.y[:, 0])
    estimator = self.fresh('inner_product')
    for data in (numbers.batch(8), numbers.batch(8, drop_remainder=True)):
      self.assertAllFinite(self.call(estimator, 'evaluate', data.prefetch(1)))

  def test_batches_of_numbers_are_taken_by_a_model_built_for_them(self):
    estimator = self.fresh('inner_product')
    estimator.build((None,), (None,))
    data = tf.data.Dataset.from_tensors((self.x[:, 0], self.y[:, 0]))
    self.assertAllFinite(self.call(estimator, 'evaluate', data))
    with self.assertRaisesRegex(ValueError, 'call `batch`'):
      self.call(estimator, 'evaluate', data.unbatch())

  def test_batches_that_are_whole_elements_are_taken(self):
    whole = tf.data.Dataset.from_tensors((self.x, self.y))
    self.assertAllFinite(self.call(self.fresh(), 'evaluate', whole))
    drawn = tf.data.Dataset.range(3).map(
      lambda i: (tf.random.normal([8, 3]), tf.random.normal([8, 3]))
    )
    self.assertAllFinite(self.call(self.fresh(), 'evaluate', drawn))


class LoneSamplesTest(FittingCase):
  @parameterized.parameters('fit', 'evaluate')
  def test_batches_of_one_sample_are_refused(self, method):
    x, y = self.x, self.y
    for data in (
      dataset(x, y).batch(1),
      dataset(x, y).batch(1, drop_remainder=True),
      dataset(x, y).filter(lambda *_: True).batch(1),
      generated(x, y, size=1),
      Batches(x, y, size=1),
    ):
      for estimator in (self.estimator(), self.fresh()):
        if 'generator' in type(data).__name__:
          data = generated(x, y, size=1)
        with self.assertRaisesRegex(ValueError, _TOO_FEW):
          self.call(estimator, method, data)

  @parameterized.parameters('fit', 'evaluate')
  def test_a_batch_size_of_one_is_refused(self, method):
    with self.assertRaisesRegex(ValueError, '`batch_size` must be at least 2'):
      self.call(self.estimator(), method, self.x, self.y, batch_size=1)

  @parameterized.parameters('fit', 'evaluate', 'train_on_batch')
  def test_data_of_one_row_is_refused(self, method):
    x, y = self.x[:1], self.y[:1]
    call = getattr(self.estimator(), method)
    with self.assertRaisesRegex(ValueError, _TOO_FEW):
      call(x, y)
    if method != 'train_on_batch':
      for data in (dataset(x, y).batch(8), Batches(x, y), generated(x, y)):
        with self.assertRaisesRegex(ValueError, _TOO_FEW):
          self.call(self.estimator(), method, data)

  def test_a_test_batch_of_one_row_is_refused(self):
    with self.assertRaisesRegex(ValueError, _TOO_FEW):
      self.estimator().test_on_batch(self.x[:1], self.y[:1])

  def test_validation_data_of_one_row_is_refused(self):
    x, y = self.x, self.y
    one = x[:1], y[:1]
    for kwargs in (
      {'validation_data': one},
      {'validation_data': dataset(*one).batch(4)},
      {'validation_data': Batches(*one)},
      {'validation_split': 0.025},
      {'validation_split': 0.975},
      {'validation_data': (x, y), 'validation_batch_size': 1},
    ):
      with self.assertRaisesRegex(ValueError, 'at least 2'):
        self.estimator().fit(x, y, verbose=0, **kwargs)

  def test_a_last_batch_of_one_sample_counts_nothing(self):
    whole = dataset(self.x[:32], self.y[:32]).batch(8)
    more = dataset(self.x[:33], self.y[:33]).batch(8)
    results = [
      self.call(self.estimator(), 'evaluate', data)
      for data in (whole, more, (self.x[:32], self.y[:32]))
    ]
    self.assertAllClose(results[0], results[1])
    histories = [
      self.call(self.estimator(), 'fit', data).history for data in (whole, more)
    ]
    self.assertAllClose(*histories)

  def test_a_small_batch_may_come_first(self):
    batches = [(self.x[:1], self.y[:1]), (self.x[1:], self.y[1:])]
    self.assertAllFinite(
      self.call(self.estimator(), 'evaluate', (b for b in batches))
    )
    data = tf.data.Dataset.from_generator(
      lambda: iter(batches),
      output_signature=(tf.TensorSpec([None, 3]), tf.TensorSpec([None, 3])),
    )
    for method in ('fit', 'evaluate'):
      self.call(self.estimator(), method, data)

  def test_single_pairs_have_scores(self):
    predicted = self.estimator().predict(self.x[:1], self.y[:1], verbose=0)
    self.assertEqual(predicted.shape, (1,))
    ones = dataset(self.x, self.y).batch(1)
    self.assertEqual(self.estimator().predict(ones, verbose=0).shape, (40,))

  def test_no_batches_are_refused(self):
    for data in (dataset(self.x, self.y).batch(8).take(0), iter(())):
      for method in ('fit', 'evaluate'):
        if not isinstance(data, tf.data.Dataset):
          data = (batch for batch in ())
        with self.assertRaisesRegex(ValueError, 'at least one batch'):
          self.call(self.estimator(), method, data)


class SourcesTest(FittingCase):
  def sources(self, *arrays):
    return {
      'arrays': arrays,
      'data set': (dataset(*arrays).batch(8),),
      'generator': (generated(*arrays),),
      'PyDataset': (Batches(*arrays),),
    }

  def test_all_that_is_fitted_is_estimated_and_predicted_alike(self):
    sources = self.sources(self.x, self.y)
    expected = self.estimator().estimate(self.x, self.y)
    scores = self.estimator().predict(self.x, self.y, verbose=0)
    for kind, source in sources.items():
      estimate = self.estimator().estimate(*source)
      self.assertEqual(estimate.mi, expected.mi, msg=kind)
      self.assertAllEqual(estimate.pointwise, expected.pointwise, msg=kind)
      source = self.sources(self.x, self.y)[kind]
      predicted = self.call(self.estimator(), 'predict', *source)
      self.assertAllClose(predicted, scores, msg=kind, rtol=1e-5, atol=1e-6)

  def test_a_model_is_built_by_what_it_estimates(self):
    for kind in ('generator', 'PyDataset'):
      estimator = self.fresh()
      estimate = estimator.estimate(*self.sources(self.x, self.y)[kind])
      self.assertEqual(estimate.num_samples, 40)

  def test_generators_are_validated_on_as_in_the_loop_of_keras(self):
    pulled = []

    def batches(count):
      for i in range(count):
        pulled.append(i)
        rows = slice(8 * (i % 5), 8 * (i % 5 + 1))
        yield self.x[rows], self.y[rows]

    def val_mi(count, steps, loop):
      """Returns values after three epochs of one batch, and what they took."""
      pulled.clear()
      estimator = self.estimator()
      with mock.patch.object(estimator, '_device_loop', loop):
        history = self.call(
          estimator,
          'fit',
          *(self.x, self.y, 40),
          validation_data=batches(count),
          validation_steps=steps,
          epochs=3,
        )
      return history.history['val_mi'], len(pulled)

    loop = self.estimator()._device_loop
    for count, steps in ((5, None), (6, 2), (1000, 2)):
      found, num_pulled = val_mi(count, steps, loop)
      expected, num_expected = val_mi(count, steps, None)
      self.assertLen(found, 3)
      self.assertAllClose(found, expected, rtol=1e-5)
      if steps is None:  # Else, some more are fetched ahead.
        self.assertEqual([num_pulled, num_expected], [count, count])

  def test_data_without_an_end_needs_steps(self):
    x, y = self.x, self.y
    expected = self.estimator().estimate(x[:24], y[:24]).mi
    for make in (
      lambda: dataset(x, y).batch(8).repeat(),
      lambda: Batches(x, y, endless=True),
      lambda: (b for b in itertools.cycle(generated(x, y))),
    ):
      estimator = self.estimator()
      with self.assertRaisesRegex(ValueError, '^`steps` must say how many'):
        with self.limited_rows(100):
          estimator.estimate(make())
      self.assertEqual(estimator.estimate(make(), steps=3).mi, expected)

  def limited_rows(self, most):
    return mock.patch.object(pair_data, '_MOST_ROWS', most)

  @parameterized.parameters('fit', 'train_on_batch')
  def test_class_weights_are_refused_for_what_they_are(self, method):
    with self.assertRaisesRegex(
      ValueError, '^`class_weight` must be None: pairs have no classes.'
    ):
      getattr(self.estimator(), method)(
        self.x, self.y, class_weight={0: 1.0, 1: 2.0}
      )

  def test_class_weights_of_data_sets_are_refused_too(self):
    with self.assertRaisesRegex(ValueError, '^`class_weight` must be None'):
      self.estimator().fit(
        dataset(self.x, self.y).batch(8), class_weight={0: 1.0}
      )


class WeightsTest(FittingCase):
  """A weight of k is the sample given k times."""

  def setUp(self):
    super().setUp()
    self.repeated = [np.repeat(t, self.w, axis=0) for t in (self.x, self.y)]

  def test_an_epoch_of_one_batch_is_that_of_repeated_rows(self):
    x, y, w = self.x, self.y, self.w
    expected = self.estimator()
    history = expected.fit(*self.repeated, batch_size=100, verbose=0).history
    weights = expected.get_weights()
    for source, kwargs in (
      ((x, y), {'sample_weight': w, 'batch_size': 40}),
      (((x, y, w),), {'batch_size': 40}),
      ((dataset(x, y, w).batch(40),), {}),
      ((Batches(x, y, w, size=40),), {}),
      ((generated(x, y, w, size=40),), {}),
    ):
      estimator = self.estimator()
      found = self.call(estimator, 'fit', *source, **kwargs).history
      self.assertAllClose(found, history, rtol=1e-5)
      self.assertAllClose(
        estimator.get_weights(), weights, rtol=1e-5, atol=1e-6
      )

  def test_evaluations_are_those_of_repeated_rows(self):
    x, y, w = self.x, self.y, self.w
    expected = self.estimator().evaluate(
      *self.repeated, batch_size=100, verbose=0
    )
    estimator = self.estimator()
    for found in (
      estimator.evaluate(x, y, 40, sample_weight=w, verbose=0),
      estimator.evaluate(dataset(x, y, w).batch(40), verbose=0),
      estimator.test_on_batch(x, y, w),
      estimator.train_on_batch(x, y, w),
    ):
      self.assertAllClose(found, expected, rtol=1e-5)

  def test_batches_count_by_their_weights(self):
    x, y, w = self.x, self.y, self.w
    parts = [
      self.estimator().test_on_batch(*(t[part] for t in (x, y, w)))[1]
      for part in (slice(20), slice(20, 40))
    ]
    sums = w[:20].sum(), w[20:].sum()
    found = self.estimator().evaluate(x, y, 20, sample_weight=w, verbose=0)
    self.assertAllClose(found[1], np.average(parts, weights=sums), rtol=1e-5)

  def test_validation_has_weights(self):
    x, y, w = self.x, self.y, self.w
    estimator = self.estimator()
    plain = {'batch_size': 40, 'verbose': 0, 'shuffle': False}
    split = estimator.fit(
      x, y, sample_weight=w, validation_split=0.5, **plain
    ).history
    found = estimator.evaluate(
      x[20:], y[20:], sample_weight=w[20:], verbose=0, return_dict=True
    )
    self.assertAllClose(split['val_mi'], [found['mi']], rtol=1e-5)
    for data in ((x, y, w), dataset(x, y, w).batch(40)):
      estimator = self.estimator()
      history = estimator.fit(x, y, validation_data=data, **plain).history
      found = estimator.evaluate(x, y, 40, sample_weight=w, verbose=0)
      self.assertAllClose(history['val_mi'], found[1:], rtol=1e-5)

  def test_predictions_have_no_weights(self):
    x, y, w = self.x, self.y, self.w
    expected = self.estimator().predict(x, y, verbose=0)
    for data in ((x, y, w), dataset(x, y, w).batch(16)):
      found = self.estimator().predict(data, verbose=0)
      self.assertAllClose(found, expected, rtol=1e-5, atol=1e-6)

  def test_estimates_are_near_those_of_repeated_rows(self):
    rng = self.rng('many')
    x = rng.normal(size=(400, 3)).astype(np.float32)
    y = (x + rng.normal(size=(400, 3))).astype(np.float32)
    w = rng.integers(0, 3, 400)
    estimator = self.fresh(lambda x, y: 0.5 * tf.matmul(x, y, transpose_b=True))
    repeated = estimator.estimate(*(np.repeat(t, w, axis=0) for t in (x, y)))
    for data, kwargs in (
      ((x, y), {'sample_weight': w}),
      ((x, y), {'sample_weight': w / w.sum()}),
      ((dataset(x, y, w).batch(100),), {}),
    ):
      found = estimator.estimate(*data, **kwargs)
      # Copies of one batch are also negatives of each other.
      self.assertAllClose(found.mi, repeated.mi, atol=0.3 * found.stderr)
      # Those of copies are no other samples: the error is greater.
      self.assertGreater(found.stderr, 1.1 * repeated.stderr)
      self.assertEqual(found.num_samples, 400)
    with self.assertRaisesRegex(ValueError, 'of positive weight. Received: 19'):
      estimator.estimate(x, y, sample_weight=np.arange(400) < 19)

  def test_equal_weights_change_no_estimate(self):
    estimator = self.estimator()
    found = estimator.estimate(self.x, self.y, sample_weight=np.full(40, 2.0))
    expected = estimator.estimate(self.x, self.y)
    self.assertAllClose(found.mi, expected.mi, rtol=1e-5)
    self.assertAllClose(found.stderr, expected.stderr, rtol=1e-4)
    self.assertAllClose(found.pointwise, expected.pointwise, rtol=1e-5)

  @parameterized.parameters(
    (np.ones([40, 1]), r'must have shape \(40,\)'),
    (np.ones([39]), r'must have shape \(40,\)'),
    (-np.ones([40]), 'must be nonnegative. Received: 40 negative'),
    (np.full([40], np.nan), 'must be finite'),
    (np.zeros([40]), 'must be positive for some pairs'),
  )
  def test_weights_must_be_weights(self, w, message):
    estimator = self.estimator()
    for call in (
      lambda: estimator.fit(self.x, self.y, sample_weight=w),
      lambda: estimator.evaluate(self.x, self.y, sample_weight=w),
      lambda: estimator.train_on_batch(self.x, self.y, w),
      lambda: estimator.fit(
        self.x, self.y, validation_data=(self.x, self.y, w)
      ),
    ):
      with self.assertRaisesRegex(ValueError, f'`sample_weight` {message}'):
        call()

  @parameterized.parameters('fit', 'evaluate')
  def test_weights_of_batches_must_be_weights(self, method):
    x, y = self.x, self.y
    for w, message in (
      (np.ones([40, 1]), r'`sample_weight` must have shape \[n\]'),
      (-np.ones([40]), '`sample_weight` must be nonnegative'),
      (np.full([40], np.nan), 'must be finite'),
      (np.zeros([40]), 'of positive weight'),
    ):
      for data in (dataset(x, y, w).batch(20), Batches(x, y, w)):
        with self.assertRaisesRegex(
          (ValueError, tf.errors.InvalidArgumentError), message
        ):
          self.call(self.estimator(), method, data)

  def test_weights_beside_batches_are_refused(self):
    with self.assertRaisesRegex(ValueError, r'let them be\s*\(x, y, sample_w'):
      self.estimator().fit(
        dataset(self.x, self.y).batch(8), sample_weight=self.w
      )


class Encoder(keras.layers.Layer):
  """An encoder of a dict, or of a list, of numbers and identities."""

  def __init__(self, keys=('a', 'i')):
    super().__init__()
    self.keys = keys
    self.dense = keras.layers.Dense(4)
    self.embedding = keras.layers.Embedding(5, 4)

  def build(self, shape):
    numbers, identities = self.keys
    self.dense.build(shape[numbers])
    self.embedding.build(shape[identities])
    self.built = True

  def call(self, inputs):
    numbers, identities = self.keys
    return self.dense(inputs[numbers]) + self.embedding(inputs[identities])


class StructuresTest(FittingCase):
  def setUp(self):
    super().setUp()
    rng = self.rng('structures')
    self.ids = rng.integers(0, 5, 40)
    self.words = np.array(['a b', 'c', 'd a', 'b c'])[rng.integers(0, 4, 40)]

  def check(self, estimator, x, batches):
    """Trains, evaluates, predicts and estimates from data of each kind."""
    y = self.y
    history = estimator.fit(
      x, y, 8, validation_split=0.25, epochs=2, verbose=0
    ).history
    self.assertAllFinite(history)
    self.assertLen(history['val_mi'], 2)
    before = estimator.get_weights()
    self.call(estimator, 'fit', batches(), validation_data=(x, y))
    changed = [
      np.abs(v - old).max()
      for v, old in zip(estimator.get_weights(), before)
      if v.dtype.kind == 'f'
    ]
    self.assertGreater(max(changed), 0.0)
    found = estimator.evaluate(x, y, 8, verbose=0)
    self.assertAllClose(
      self.call(estimator, 'evaluate', batches()), found, rtol=1e-5
    )
    predicted = estimator.predict(x, y, verbose=0)
    self.assertAllClose(
      self.call(estimator, 'predict', batches()), predicted, rtol=1e-4
    )
    estimate = estimator.estimate(x, y)
    self.assertAllClose(
      estimator.estimate(batches()).pointwise, estimate.pointwise
    )

  def test_dicts_of_numbers_and_identities(self):
    x = {'a': self.x, 'i': self.ids}
    estimator = self.fresh(mi_tf.BilinearCritic(x_encoder=Encoder()))
    self.check(estimator, x, lambda: dataset(x, self.y).batch(8))

  def test_lists_of_arrays(self):
    x = [self.x, self.ids]
    estimator = self.fresh(mi_tf.BilinearCritic(x_encoder=Encoder((0, 1))))

    def batches():
      for i in range(0, 40, 8):
        yield [t[i : i + 8] for t in x], self.y[i : i + 8]

    self.check(estimator, x, batches)

  def test_strings_of_an_encoder_that_begins_with_text_vectorization(self):
    to_numbers = keras.layers.TextVectorization(output_sequence_length=2)
    to_numbers.adapt(self.words)
    encoder = keras.Sequential(
      [to_numbers, keras.layers.Embedding(9, 3), keras.layers.Flatten()]
    )
    estimator = self.fresh(mi_tf.BilinearCritic(x_encoder=encoder))
    self.check(
      estimator, self.words, lambda: dataset(self.words, self.y).batch(8)
    )
    found = estimator.evaluate(self.words, self.y, verbose=0)
    for words in (self.words.tolist(), self.words.astype(object)):
      self.assertAllClose(
        estimator.evaluate(words, self.y, verbose=0), found, rtol=1e-5
      )
    for batches in (generated, Batches):
      self.assertAllFinite(
        self.call(estimator, 'evaluate', batches(self.words, self.y))
      )

  def test_strings_without_an_encoder_are_refused(self):
    for data in (
      (self.words, self.y),
      (dataset(self.words, self.y).batch(8),),
      (Batches(self.words, self.y),),
    ):
      with self.assertRaisesRegex(TypeError, 'numbers'):
        self.call(self.fresh(), 'fit', *data)

  def test_sides_of_a_structure_must_be_as_long_and_as_it_was_built_for(self):
    estimator = self.fresh(mi_tf.BilinearCritic(x_encoder=Encoder()))
    with self.assertRaisesRegex(
      ValueError, r"^`x\['a'\]`, `x\['i'\]` and `y` .*: 40 and 39 and 40.$"
    ):
      estimator.fit({'a': self.x, 'i': self.ids[:39]}, self.y)
    with self.assertRaisesRegex(ValueError, r"^`x\['a'\]` must be finite"):
      estimator.fit({'a': np.nan * self.x, 'i': self.ids}, self.y)
    estimator.evaluate({'a': self.x, 'i': self.ids}, self.y, verbose=0)
    for x in ({'a': self.x}, self.x):
      with self.assertRaisesRegex(ValueError, '^`x` must hold 2 arrays'):
        estimator.fit(x, self.y)

  def test_a_list_of_rows_is_an_array(self):
    found = self.estimator().evaluate(self.x, self.y, verbose=0)
    for x in (list(self.x), self.x.tolist()):
      self.assertAllClose(
        self.estimator().evaluate(x, self.y, verbose=0), found, rtol=1e-5
      )


class RegularizersTest(FittingCase):
  def test_the_loss_has_what_regularizers_and_layers_add(self):
    class Own(keras.layers.Layer):
      def build(self, x_shape, y_shape):
        self.kernel = self.add_weight(
          shape=(3, 3),
          initializer='ones',
          regularizer=keras.regularizers.L2(2.0),
        )

      def call(self, x, y):
        self.add_loss(tf.constant(5.0))
        return tf.matmul(x @ self.kernel, y, transpose_b=True)

    estimator = mi_tf.MiEstimator(Own(), 'info_nce')
    estimator.compile(keras.optimizers.SGD(0.0))
    x, y = self.x, self.y
    for logs in (
      estimator.fit(x, y, 20, verbose=0).history,
      estimator.fit(dataset(x, y).batch(20), verbose=0).history,
      estimator.evaluate(x, y, 20, verbose=0, return_dict=True),
      estimator.train_on_batch(x, y, return_dict=True),
      estimator.test_on_batch(x, y, return_dict=True),
    ):
      self.assertAllClose(
        np.squeeze(logs['loss']), -np.squeeze(logs['mi']) + 5.0 + 18.0
      )


if __name__ == '__main__':
  test_util.main()
