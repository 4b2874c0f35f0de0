"""Tests of held-out samples, as callbacks are given them."""

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

from mi_tf.callbacks import held_out_samples
from mi_tf_test import test_util

_X = np.float32(np.arange(30).reshape(10, 3))
_Y = np.arange(10)
_W = np.arange(10.0) % 3


class _Batches(keras.utils.PyDataset):
  def __len__(self):
    return 4

  def __getitem__(self, index):
    rows = slice(3 * index, 3 * index + 3)
    return _X[rows], _Y[rows]


class ReadTest(test_util.TestCase):
  @parameterized.parameters(
    lambda: (_X, _Y),
    lambda: [_X.tolist(), _Y.tolist()],
    lambda: (tf.constant(_X), tf.constant(_Y)),
    lambda: tf.data.Dataset.from_tensor_slices((_X, _Y)).batch(4),
    lambda: tf.data.Dataset.from_tensors((_X, _Y)),
    _Batches,
  )
  def test_pairs_are_read_from_what_holds_them(self, make):
    for samples in (None, 7, 99):
      x, y, weights = held_out_samples.read(make(), samples=samples)
      self.assertAllEqual(x, _X[:samples])
      self.assertAllEqual(y, _Y[:samples])
      self.assertIsNone(weights)

  def test_weights_are_the_third(self):
    dataset = tf.data.Dataset.from_tensor_slices
    for given in (
      (_X, _Y, _W),
      (_X, _Y, _W[:, np.newaxis]),
      dataset((_X, _Y, _W)).batch(4),
      dataset((_X, _Y, _W[:, np.newaxis])).batch(4),
    ):
      self.assertAllEqual(held_out_samples.read(given)[2], _W)
      self.assertAllEqual(held_out_samples.read(given, samples=4)[2], _W[:4])

  def test_sides_may_be_structures(self):
    x = {'a': _X, 'b': (_Y, _W)}
    dataset = tf.data.Dataset.from_tensor_slices((x, _Y)).batch(3)
    for given in ((x, _Y), dataset):
      found, y, _ = held_out_samples.read(given, samples=8)
      self.assertAllEqual(found['a'], _X[:8])
      self.assertAllEqual(found['b'][1], _W[:8])
      self.assertAllEqual(y, _Y[:8])

  def test_a_shuffled_dataset_keeps_its_pairs(self):
    dataset = tf.data.Dataset.from_tensor_slices((_X, _Y)).shuffle(10).batch(3)
    x, y, _ = held_out_samples.read(dataset)
    self.assertAllEqual(x, _X[y])

  def test_an_endless_dataset_needs_a_number_of_samples(self):
    dataset = tf.data.Dataset.from_tensor_slices((_X, _Y)).batch(3).repeat()
    self.assertLen(held_out_samples.read(dataset, samples=20)[1], 20)
    with self.assertRaisesRegex(ValueError, '^`a` must be finite'):
      held_out_samples.read(dataset, 'a')

  def test_a_dataset_must_be_batched_pairs(self):
    make = tf.data.Dataset.from_tensor_slices
    for dataset, error in (
      (make((_X, _Y)), ValueError),
      (make((_X, _Y[:, np.newaxis])), ValueError),
      (make(_X).batch(3), TypeError),
      (make((_X,)).batch(3), TypeError),
      (make({'x': _X, 'y': _Y}).batch(3), TypeError),
      (make((_X, tf.RaggedTensor.from_tensor(_X))).batch(3), TypeError),
    ):
      with self.assertRaisesRegex(
        error, r'^`a` must be a batched .* Received: element_spec='
      ):
        held_out_samples.read(dataset, 'a')

  @parameterized.parameters(
    (_X, TypeError, r'^`a` must be \(x, y\).* Received: type ndarray'),
    ((_X,), TypeError, r'^`a` must be \(x, y\).* Received: a tuple of 1'),
    (None, TypeError, 'Received: type NoneType'),
    ({'x': _X, 'y': _Y}, TypeError, 'Received: type dict'),
    ((_X, None), (TypeError, ValueError), '^`a` must'),
    ((_X, _Y[:5]), ValueError, 'x and y of `a` must have the same number of'),
    ((_X[:0], _Y[:0]), ValueError, '^`a` must'),
    (
      (_X, _Y, _W[:5]),
      ValueError,
      r'^The weights of `a` must have shape \[n\]',
    ),
    ((_X, _Y, -_W), ValueError, 'be at least 0'),
    ((_X, _Y, _W * np.nan), ValueError, 'be at least 0'),
  )
  def test_what_is_no_pair_is_refused(self, given, error, rule):
    with self.assertRaisesRegex(error, rule):
      held_out_samples.read(given, 'a')

  def test_there_must_be_batches(self):
    dataset = tf.data.Dataset.from_tensor_slices((_X, _Y)).batch(3).take(0)
    with self.assertRaisesRegex(ValueError, 'must have rows'):
      held_out_samples.read(dataset)


if __name__ == '__main__':
  test_util.main()
