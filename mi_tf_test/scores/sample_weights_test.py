"""Tests of the argument `sample_weight`; bounds have more of it."""

import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.scores import sample_weights
from mi_tf_test import test_util


class SampleWeightsTest(test_util.TestCase):
  def test_a_pair_is_a_tuple_of_two_that_are_not_numbers(self):
    rows, columns = np.ones(2), tf.ones([3])
    self.assertIs(sample_weights.split((rows, columns))[1], columns)
    self.assertIs(sample_weights.split(([1.0], 2.0))[1], 2.0)
    for lone in (rows, [1.0, 2.0], (1.0, 2.0), (1, tf.constant(2)), (1, 2, 3)):
      self.assertIs(sample_weights.split(lone)[0], lone)
      self.assertIsNone(sample_weights.split(lone)[1])

  def test_columns_have_the_weights_of_their_rows(self):
    rows = tf.constant([[2.0, 3.0], [4.0, 5.0]])
    for m, expected in (
      (2, rows),
      (3, [[2.0, 3.0, 1.0], [4.0, 5.0, 1.0]]),
      (1, [1.0]),
    ):
      found = sample_weights.of_own_columns(rows, 2, m)
      self.assertAllEqual(found, expected)
      found = sample_weights.of_own_columns(
        rows, tf.constant(2), tf.constant(m)
      )
      self.assertAllEqual(found, np.broadcast_to(expected, [2, m]))

  def test_weights_by_column_get_one_row(self):
    for shape, rank, expected in (
      ([3], 2, [1, 3]),
      ([2, 3], 2, [2, 3]),
      ([2, 3], 3, [2, 1, 3]),
      ([3], 3, [1, 3]),
    ):
      for given in (rank, tf.constant(rank)):
        found = sample_weights.as_matrix(tf.ones(shape), given)
        self.assertEqual(found.shape, expected)

  def test_mean_leaves_out_what_has_no_weight(self):
    values = tf.constant([[1.0, np.inf, 4.0], [2.0, 3.0, 4.0]])
    mean = lambda w: sample_weights.mean(values, w)
    self.assertAllClose(mean([1.0, 0.0, 2.0]), [3.0, 10.0 / 3.0])
    self.assertAllEqual(mean(np.zeros(3)), [0.0, 0.0])
    self.assertAllClose(mean(None), [np.inf, 3.0])

  def test_pair_of_arrays_may_be_made_a_tensor_in_a_graph(self):
    logu = tf.constant(self.rng().normal(size=[2, 3]))
    pair = np.array([0.5, 2.0]), np.array([1.0, 0.0, 3.0])
    for mask in (None, np.eye(2, 3, k=1, dtype=bool)):
      bound = lambda f, mask=mask: mi_tf.lower_bound_info_nce(
        f, mask, sample_weight=pair
      )
      graph = tf.function(bound, autograph=False)
      self.assertAllClose(graph(logu), bound(logu))

  def test_no_gradient_reaches_weights(self):
    w = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
      tape.watch(w)
      value = sample_weights.mean(tf.constant([1.0, 3.0]), w)
    self.assertIsNone(tape.gradient(value, w))


if __name__ == '__main__':
  test_util.main()
