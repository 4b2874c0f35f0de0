"""Tests of representations of arrays, a batch at a time."""

from unittest import mock

import keras
import numpy as np
import tensorflow as tf

from mi_tf.callbacks import encoding
from mi_tf_test import test_util


class ByBatchesTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.enter_context(mock.patch.object(encoding, '_BATCH', 4))

  def test_all_rows_are_encoded_in_their_order(self):
    x = np.float32(self.rng().normal(size=(10, 3)))
    encode = encoding.by_batches(tf.math.tanh)
    self.assertAllClose(encode(x), np.tanh(x), rtol=1e-6)

  def test_lists_and_dicts_of_arrays_go_in_as_they_are(self):
    x = {'b': np.ones([9, 2], np.float32), 'a': np.arange(9, dtype=np.int32)}
    encode = encoding.by_batches(
      lambda t: t['b'] * tf.cast(t['a'], tf.float32)[:, tf.newaxis]
    )
    self.assertAllEqual(encode(x), np.arange(9)[:, np.newaxis] * np.ones(2))
    encode = encoding.by_batches(lambda t: t[0] - t[1])
    self.assertAllEqual(encode([x['b'], 2.0 * x['b']]), -x['b'])

  def test_dropout_is_off(self):
    x = np.ones([9, 2], np.float32)
    encode = encoding.by_batches(keras.layers.Dropout(0.999))
    self.assertAllEqual(encode(x), x)

  def test_half_precision_comes_in_single_precision(self):
    x = np.ones([9, 2], np.float32)
    encode = encoding.by_batches(lambda t: tf.cast(t, tf.bfloat16))
    self.assertEqual(encode(x).dtype, np.float32)


if __name__ == '__main__':
  test_util.main()
