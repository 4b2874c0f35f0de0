"""Tests of the tasks whose rows depend on each other."""

import math

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

from mi_tf import tasks
from mi_tf_test import test_util

_MI = 2.0
_RHO = math.sqrt(1 - math.exp(-_MI))


class AutoregressiveTest(test_util.TestCase):
  @parameterized.parameters(0.9, -0.5, 0.0)
  def test_neighbors_are_correlated_and_each_row_is_as_it_should(self, p):
    task = tasks.autoregressive(2, _MI, p)
    self.assertEqual(task.name, f'2v2-autoregressive-{p}-2.0-nats')
    self.assertEqual(task.mutual_information, _MI)
    x, y = (side.numpy() for side in task.sample(60000, seed=self.seed()))
    # Far rows are all but independent.
    far = slice(None, None, 30)
    self.assertMeanClose(x[far, 0] ** 2, 1.0)
    self.assertMeanClose(x[far, 0] * y[far, 0], _RHO)
    self.assertMeanClose(x[far, 0] * y[far, 1], 0.0)
    self.assertMeanClose(task.pointwise(x, y)[far], _MI)
    for lag in (1, 2, 5):
      self.assertMeanClose(x[:-lag, 1][far] * x[lag:, 1][far], p**lag)

  def test_rows_are_those_of_a_loop(self):
    noise = np.hstack(tasks.autoregressive(1, _MI, 0.0).sample(7, seed=1))
    rows = [noise[0]]
    for e in noise[1:]:
      rows.append(0.8 * rows[-1] + 0.6 * e)
    task = tasks.autoregressive(1, _MI, 0.8)
    self.assertAllClose(np.hstack(task.sample(7, seed=1)), rows, rtol=1e-5)
    self.assertAllClose(np.hstack(task.sample(1, seed=1)), noise[:1])

  def test_number_of_rows_may_be_a_tensor(self):
    task = tasks.autoregressive(1, _MI)
    sample = tf.function(lambda n: task.sample(n, seed=1))
    self.assertAllClose(sample(tf.constant(9)), task.sample(9, seed=1))

  def test_persistence_out_of_range_is_refused(self):
    with self.assertRaisesRegex(
      ValueError, r'`persistence` must be in \(-1, 1\). Received: persistence=1'
    ):
      tasks.autoregressive(1, _MI, 1.0)


class ClusteredTest(test_util.TestCase):
  def test_rows_of_a_cluster_share_a_part(self):
    task = tasks.clustered(2, _MI, size=4, shared=0.7)
    self.assertEqual(task.name, '2v2-clustered-4-0.7-2.0-nats')
    x, y = (side.numpy() for side in task.sample(40000, seed=self.seed()))
    # One row of each cluster: independent, and as it should be.
    self.assertMeanClose(x[::4, 0] ** 2, 1.0)
    self.assertMeanClose(x[::4, 0] * y[::4, 0], _RHO)
    self.assertMeanClose(task.pointwise(x[::4], y[::4]), _MI)
    self.assertMeanClose(x[::4, 0] * x[3::4, 0], 0.7)
    self.assertMeanClose(x[::4, 0] * y[3::4, 0], 0.7 * _RHO)
    self.assertMeanClose(x[3:-1:4, 0] * x[4::4, 0], 0.0)

  def test_last_cluster_may_be_cut(self):
    task = tasks.clustered(1, _MI, size=4)
    self.assertEqual(task.sample(7, seed=1)[0].shape, (7, 1))
    sample = tf.function(lambda n: task.sample(n, seed=1))
    self.assertAllClose(sample(tf.constant(7)), task.sample(7, seed=1))

  def test_bad_arguments_are_refused(self):
    with self.assertRaisesRegex(ValueError, '`size` must be at least 1.*=0'):
      tasks.clustered(1, _MI, size=0)
    with self.assertRaisesRegex(
      ValueError, r'`shared` must be in \[0, 1\). Received: shared=1.0.'
    ):
      tasks.clustered(1, _MI, shared=1.0)


if __name__ == '__main__':
  test_util.main()
