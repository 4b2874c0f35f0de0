"""Tests of the linear protocol."""

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

  def test_schedule_of_less_than_an_epoch_is_refused(self):
    with self.assertRaisesRegex(ValueError, '`every` must be at least 1'):
      mi_tf.callbacks.LinearProbe(
        tf.identity, self.data(60), self.data(30), every=0
      )


if __name__ == '__main__':
  test_util.main()
