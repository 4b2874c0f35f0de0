"""Tests of the linear protocol."""

from unittest import mock

import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util


class LinearProbeTest(test_util.TestCase):
  def data(self, n, separation=6.0):
    """Returns points around three corners, and which one."""
    rng = self.rng('data', n)
    labels = rng.integers(3, size=n)
    x = separation * np.eye(3)[labels] + rng.normal(size=(n, 3))
    return np.float32(x), labels

  def accuracy(self, *args, **kwargs):
    return mi_tf.callbacks.linear_probe_accuracy(*args, **kwargs)

  def test_classes_far_apart_are_told_apart(self):
    train, test = self.data(600), self.data(300)
    self.assertGreater(self.accuracy(*train, *test), 0.97)

  def test_features_without_classes_are_as_good_as_chance(self):
    rng = self.rng()
    noise = [rng.normal(size=(n, 4)) for n in (900, 900)]
    labels = [rng.integers(3, size=n) for n in (900, 900)]
    accuracy = self.accuracy(noise[0], labels[0], noise[1], labels[1])
    self.assertBetween(accuracy, 0.25, 0.42)

  def test_scale_and_shape_of_features_do_not_matter(self):
    (x, labels), (test_x, test_labels) = self.data(600, 2.0), self.data(300)
    scale = np.float64([1e-6, 1.0, 1e6])
    expected = self.accuracy(x, labels, test_x, test_labels)
    self.assertAllClose(
      self.accuracy(x * scale, labels, test_x * scale, test_labels),
      expected,
      atol=0.02,
    )
    shaped = (t.reshape([-1, 1, 3, 1]) for t in (x, test_x))
    self.assertEqual(
      self.accuracy(next(shaped), labels[:, None], next(shaped), test_labels),
      expected,
    )

  def test_same_seed_gives_the_same_number(self):
    train, test = self.data(600, 1.0), self.data(300, 1.0)
    first, second = (self.accuracy(*train, *test, seed=3) for _ in range(2))
    self.assertEqual(first, second)

  def test_features_that_are_not_finite_are_refused(self):
    (x, labels), test = self.data(60), self.data(30)
    bad = np.where(np.arange(60)[:, None] == 3, np.nan, x)
    with self.assertRaisesRegex(ValueError, '`train_features` must be finite'):
      self.accuracy(bad, labels, *test)
    with self.assertRaisesRegex(ValueError, '`test_features` must be finite'):
      self.accuracy(x, labels, bad, labels)

  def model(self):
    model = keras.Sequential(
      [keras.layers.Dense(3, kernel_initializer='zeros')]
    )
    model.compile('sgd', 'mse')
    return model

  def test_probe_reports_on_schedule_and_at_the_end(self):
    train, test = self.data(600), self.data(2500)
    model = self.model()
    probe = mi_tf.callbacks.LinearProbe(model, train, test, every=2)
    history = model.fit(
      train[0],
      10.0 * train[0],
      epochs=3,
      verbose=0,
      callbacks=[probe],
    ).history
    first, *rest = history['probe_accuracy']
    self.assertTrue(np.isnan(first))
    self.assertLen(rest, 2)
    self.assertGreater(rest[-1], 0.97)

  def test_probe_sees_the_encoder_as_it_is(self):
    train, test = self.data(600), self.data(300)
    model = self.model()
    model.build((None, 3))
    probe = mi_tf.callbacks.LinearProbe(model, train, test)
    # All features are zero: the most frequent class is as good as any.
    self.assertLess(probe.accuracy(), 0.5)
    model.layers[0].kernel.assign(np.eye(3))
    self.assertGreater(probe.accuracy(), 0.97)
    self.assertAllEqual(model.layers[0].kernel, np.eye(3))

  def test_functions_are_encoders_too_and_dropout_is_off(self):
    train, test = self.data(600), self.data(300)
    everything_dropped = keras.layers.Dropout(0.999)
    for encoder in (everything_dropped, tf.math.tanh):
      probe = mi_tf.callbacks.LinearProbe(encoder, train, test)
      self.assertGreater(probe.accuracy(), 0.9)

  def named_model(self):
    """Returns a model for which 'inner' is a layer of a nested one."""
    inner = keras.Sequential(
      [keras.Input((3,)), keras.layers.Dense(3, name='inner')], name='outer'
    )
    model = keras.Sequential(
      [keras.Input((3,)), inner, keras.layers.Dense(2, name='head')]
    )
    model.compile('sgd', 'mse')
    return model

  def test_encoders_may_be_names_of_layers(self):
    train, test = self.data(300), self.data(90)
    model = self.named_model()
    model.get_layer('outer').get_layer('inner').kernel.assign(np.eye(3))
    target = np.zeros((300, 2))
    for name in ('inner', 'outer/inner', 'outer'):
      probe = mi_tf.callbacks.LinearProbe(name, train, test)
      model.optimizer.learning_rate = 0.0
      history = model.fit(train[0], target, verbose=0, callbacks=[probe])
      expected = self.accuracy(*train, *test)
      self.assertAllClose(
        history.history['probe_accuracy'], [expected], atol=0.02
      )

  def test_names_must_be_those_of_layers_before_the_training(self):
    train, test = self.data(60), self.data(30)
    model = self.named_model()
    probe = mi_tf.callbacks.LinearProbe('code', train, test)
    with self.assertRaisesRegex(
      ValueError, "^A callback knows the model, and its layer 'code', only"
    ):
      probe.accuracy()
    with mock.patch.object(model, 'train_step') as train_step:
      with self.assertRaisesRegex(
        ValueError,
        "^'code' must be the name of one layer. The model has 0 of that name "
        r"among its layers, \['outer', 'outer/inner', 'head'\]",
      ):
        model.fit(*self.data(60), verbose=0, callbacks=[probe])
    train_step.assert_not_called()

  def test_shapes_must_be_those_of_the_encoder_before_the_training(self):
    (x, labels), test = self.data(60), self.data(30)
    model = self.named_model()
    before = model.get_weights()
    for encoder, train, rule in (
      ('inner', (x[:, :2], labels), 'incompatible|expected'),
      (model, (x[:, :2], labels), 'incompatible|expected'),
      (lambda t: tf.reduce_mean(t), (x, labels), r'must have shape \[n, ...\]'),
      (lambda t: tf.ones([5, 2]), (x, labels), r'must have shape \[n, ...\]'),
      (lambda t: (t, t), (x, labels), 'must be one `Tensor`'),
    ):
      probe = mi_tf.callbacks.LinearProbe(encoder, train, test)
      with self.assertRaisesRegex(ValueError, rule):
        model.fit(x, np.zeros((60, 2)), verbose=0, callbacks=[probe])
    for a, b in zip(before, model.get_weights(), strict=True):
      self.assertAllEqual(a, b)
    with self.assertRaisesRegex(TypeError, '^`encoder` must be a layer'):
      mi_tf.callbacks.LinearProbe(None, (x, labels), test)

  def test_datasets_are_as_good_as_arrays(self):
    train, test = self.data(300, 2.0), self.data(90, 2.0)
    weights = np.arange(300) % 3
    dataset = tf.data.Dataset.from_tensor_slices
    for given, to_test, arrays in (
      (dataset(train).batch(64), dataset(test).batch(7), train),
      (
        dataset((*train, weights)).batch(64).prefetch(1),
        test,
        (*train, weights),
      ),
    ):
      probe = mi_tf.callbacks.LinearProbe(tf.identity, given, to_test)
      expected = mi_tf.callbacks.LinearProbe(tf.identity, arrays, test)
      self.assertEqual(probe.accuracy(), expected.accuracy())

  def test_rows_of_weight_zero_are_as_if_they_were_not_there(self):
    train, test = self.data(200, 2.0), self.data(90, 2.0)
    rng = self.rng('zero')
    noise = np.float32(1e3 * rng.normal(size=(50, 3)))
    more = (
      np.concatenate([train[0], noise]),
      np.concatenate([train[1], np.full(50, 7)]),
    )
    weights = np.repeat([1.0, 0.0], [200, 50])
    self.assertEqual(
      self.accuracy(*more, *test, train_weights=weights),
      self.accuracy(*train, *test),
    )
    counts = np.arange(90) % 3
    self.assertAllClose(
      self.accuracy(*train, *test, test_weights=counts),
      self.accuracy(*train, *(np.repeat(t, counts, axis=0) for t in test)),
    )

  def test_labels_must_be_classes_one_for_each_row(self):
    (x, labels), test = self.data(60), self.data(30)
    for given, rule in (
      (
        np.eye(3)[labels],
        r'^`train_labels` must be classes of 60 rows.*argmax',
      ),
      (labels + 0.5, '^`train_labels` must be classes. Received: numbers'),
      (np.zeros(60, int), '^`train_labels` must have two classes or more'),
      (labels + 9, '^`test_labels` must have classes that `train_labels` has'),
      (labels.astype(str), '^`test_labels` must have classes that'),
    ):
      with self.assertRaisesRegex(ValueError, rule):
        self.accuracy(x, given, *test)
      with self.assertRaisesRegex(ValueError, rule):
        mi_tf.callbacks.LinearProbe(tf.identity, (x, given), test)

  def test_scikit_learn_must_be_there_before_the_training(self):
    self.enter_context(
      mock.patch('importlib.util.find_spec', return_value=None)
    )
    with self.assertRaisesRegex(ImportError, 'needs scikit-learn'):
      mi_tf.callbacks.LinearProbe(tf.identity, self.data(60), self.data(30))

  def test_schedule_of_less_than_an_epoch_is_refused(self):
    with self.assertRaisesRegex(ValueError, '`every` must be at least 1'):
      mi_tf.callbacks.LinearProbe(
        tf.identity, self.data(60), self.data(30), every=0
      )


if __name__ == '__main__':
  test_util.main()
