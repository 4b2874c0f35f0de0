"""Tests of the everyday wide tables."""

import math

import numpy as np

from mi_tf.benchmarks.everyday.tasks import wide_tables
from mi_tf_test import test_util


class EverydayWideTest(test_util.TestCase):
  def test_information_is_that_of_the_directions(self):
    tasks = {task.name: task for task in wide_tables.tasks()}
    task = tasks['wide/39-300-5-flat-plain-2000']
    # In each direction, signal and noise have variances of 1.6**2 and 1.
    rho = 1.6**2 / (1 + 1.6**2)
    nats = -2.5 * math.log(1 - rho**2)
    self.assertAllClose(task.truth, nats, atol=1e-4)
    self.assertAllClose(task.deviation, rho * math.sqrt(5), atol=1e-4)
    self.assertAllClose(task.moments()[0], nats, atol=1e-6)

  def test_samples_have_the_information_of_the_truth(self):
    tasks = {task.name: task for task in wide_tables.tasks()}
    for name in (
      'dev-50-250-4-flat-exp-2000',
      'dev-250-350-5-decaying-plain-3000',
    ):
      task = tasks[f'wide/{name}']
      x, y = task.sample(self.rng(name), 40_000)
      if 'exp' in name:
        x, y = np.log(x), np.log(y)
      self.assertAllClose(x.std(axis=0), np.ones(x.shape[1]), atol=0.05)
      covariance = np.cov(np.c_[x, y].T)
      dims, n = (x.shape[1], y.shape[1]), len(x)
      parts = [slice(0, dims[0]), slice(dims[0], None), slice(0, None)]
      first, second, both = (
        np.linalg.slogdet(covariance[part, part])[1] for part in parts
      )
      # Sample covariances have too much, by about d_x d_y / (2 n).
      found = (first + second - both) / 2 - dims[0] * dims[1] / (2 * n)
      self.assertAllClose(found, task.truth, atol=0.08, msg=name)

  def test_independent_tables_have_none(self):
    zeros = [task for task in wide_tables.tasks() if task.truth == 0]
    self.assertLen(zeros, 3)


if __name__ == '__main__':
  test_util.main()
