"""Tests of what is timed: contenders do the same work."""

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.benchmarks.speed import contenders
from mi_tf_test import test_util

_SIZE, _DIM = 24, 5


class BoundTest(test_util.TestCase):
  @parameterized.parameters(*contenders.BOUNDS)
  def test_all_give_one_value_and_the_same_gradients(self, name):
    x, y = map(tf.constant, contenders.embeddings(_SIZE, _DIM))
    rng = self.rng()
    for columns in (None, np.int32(rng.permutation(_SIZE))):
      made = contenders.bound(name, _SIZE, _DIM, columns)
      self.assertContainsSubset({contenders.FLOOR, contenders.OURS}, made)
      self.assertGreaterEqual(len(made), 3)
      results = {
        contender: call()
        for contender, call in made.items()
        if contender != contenders.FLOOR
      }
      mask = np.eye(_SIZE, dtype=bool)
      if columns is not None:
        mask = mask[columns]
      fn = contenders.BOUNDS[name]
      expected = fn(tf.matmul(x, y, transpose_b=True), mask)
      for contender, (value, *_) in results.items():
        self.assertAllClose(value, expected, rtol=1e-5, msg=contender)
      totals = [result[1:] for result in results.values()]
      for other in totals[1:]:
        self.assertAllClose(totals[0], other, rtol=1e-3, atol=1e-4)

  def test_floor_is_three_products(self):
    x, y = map(tf.constant, contenders.embeddings(_SIZE, _DIM))
    graph = tf.function(contenders.products).get_concrete_function(x, y)
    kinds = [op.type for op in graph.graph.get_operations()]
    self.assertEqual(kinds.count('MatMul'), 3)


class ConcatTest(test_util.TestCase):
  @parameterized.parameters(((7,),), ((7, 6),))
  def test_both_train_as_many_weights(self, hidden_units):
    made = contenders.concat(_SIZE, _DIM, hidden_units)
    results = {name: call() for name, call in made.items()}
    for value, *gradients in results.values():
      self.assertAllLess(abs(value), np.log(_SIZE))
      self.assertAllFinite(gradients)
      self.assertNotAllClose(gradients[0], 0.0)
    # Ours has the first layer in two parts.
    self.assertLen(results['naive'], len(results[contenders.OURS]) - 1)


class EmbeddingsTest(test_util.TestCase):
  def test_scores_are_of_the_order_of_one(self):
    x, y = contenders.embeddings(400, 128)
    self.assertAllClose(np.std(x @ y.T), 1.0, atol=0.1)
    self.assertEqual(x.dtype, np.float32)
    self.assertLess(float(mi_tf.lower_bound_info_nce(x @ y.T)), np.log(400))


if __name__ == '__main__':
  test_util.main()
