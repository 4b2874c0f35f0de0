"""Tests of numbers of all replicas."""

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

from mi_tf.scores.replicas import collectives
from mi_tf_test import test_util
from mi_tf_test import two_replicas

# How 5 rows are shared; the second replica may have none.
_SHARES = ((3, 2), (4, 1), (5, 0))


class ReplicasTest(test_util.TestCase):
  def test_one_device_is_one_replica(self):
    rows = tf.constant([[1.0], [2.0]])
    self.assertEqual(collectives.num_replicas(), 1)
    self.assertAllEqual(collectives.all_gather(rows), rows)
    self.assertEqual(collectives.rows_before(2), 0)
    self.assertAllEqual(collectives.total(rows), rows)
    with two_replicas.strategy().scope():
      self.assertEqual(collectives.num_replicas(), 1)

  @parameterized.parameters(*_SHARES)
  def test_rows_are_gathered_in_order_and_gradients_sent_back(self, *sizes):
    x = self.rng().normal(size=[5, 2])
    factors = self.rng('factors').normal(size=[5, 2])

    def fn(own):
      with tf.GradientTape() as tape:
        tape.watch(own)
        every = collectives.all_gather(own)
        share = tf.reduce_sum(factors * every) / collectives.num_replicas()
      before = collectives.rows_before(tf.shape(own)[0])
      total = collectives.total(tf.shape(own)[0])
      return every, tape.gradient(share, own), before, total

    first, second = two_replicas.run(fn, two_replicas.split(x, sizes))
    self.assertAllEqual(first[0], x)
    self.assertAllEqual(second[0], x)
    self.assertAllClose(tf.concat([first[1], second[1]], 0), factors)
    self.assertAllEqual([first[2], second[2]], [0, sizes[0]])
    self.assertAllEqual([first[3], second[3]], [5, 5])

  @parameterized.parameters('bfloat16', 'float16')
  def test_half_precision_is_gathered_as_it_is(self, dtype):
    x = np.float32([[1.0], [0.5], [3.0]])
    fn = lambda own: collectives.all_gather(tf.cast(own, dtype))
    for gathered in two_replicas.run(fn, two_replicas.split(x, (2, 1))):
      self.assertEqual(gathered.dtype, dtype)
      self.assertAllEqual(tf.cast(gathered, tf.float32), x)

  @parameterized.parameters(*_SHARES)
  def test_means_and_their_gradients_are_those_of_all_rows(self, *sizes):
    x = 3.0 * self.rng().normal(size=[5, 2])

    def whole(x):
      with tf.GradientTape() as tape:
        tape.watch(x)
        mean = tf.reduce_mean(x, axis=0)
        log_mean = tf.reduce_logsumexp(x, axis=0) - np.log(5.0)
        total = tf.reduce_sum(mean * log_mean)
      return mean, log_mean, tape.gradient(total, x)

    def fn(own):
      with tf.GradientTape() as tape:
        tape.watch(own)
        count = tf.cast(tf.shape(own)[0], own.dtype)
        mean, log_mean = collectives.means(
          (False, tf.reduce_mean(own, axis=0), count),
          (True, tf.reduce_logsumexp(own, axis=0) - tf.math.log(count), count),
        )
        share = tf.reduce_sum(mean * log_mean) / collectives.num_replicas()
      return mean, log_mean, tape.gradient(share, own)

    expected = whole(tf.constant(x))
    results = two_replicas.run(fn, two_replicas.split(x, sizes))
    for result in results:
      self.assertAllClose(result[:2], expected[:2], rtol=1e-12)
    gradient = tf.concat([result[2] for result in results], axis=0)
    self.assertAllClose(gradient, expected[2], rtol=1e-12)

  def test_mean_of_nothing_is_0_and_its_logarithm_minus_infinity(self):
    nan = tf.constant(np.nan)
    mean, log_mean = collectives.means((False, nan, 0.0), (True, nan, 0.0))
    self.assertEqual(mean, 0.0)
    self.assertEqual(log_mean, -np.inf)

  def test_only_an_empty_batch_is_padded(self):
    pad = tf.function(collectives.pad, autograph=False)
    for n, rows in ((0, 1), (1, 1), (3, 3)):
      x, y = tf.ones([n, 2]), tf.ones([n, 3], tf.int32)
      for fn in (
        collectives.pad,
        pad.get_concrete_function(
          tf.TensorSpec([None, 2]), tf.TensorSpec([None, 3], tf.int32)
        ),
      ):
        (padded_x, padded_y), is_empty = fn(x, y)
        self.assertEqual(padded_x.shape, [rows, 2])
        self.assertEqual(padded_y.shape, [rows, 3])
        self.assertEqual(bool(is_empty), n == 0)
        self.assertAllEqual(padded_x[:n], x)


if __name__ == '__main__':
  test_util.main()
