"""Tests of the everyday tables with a class."""

import math

import numpy as np

from mi_tf.benchmarks.everyday.tasks import best_classifier
from mi_tf.benchmarks.everyday.tasks import tables
from mi_tf.benchmarks.everyday.tasks import truths
from mi_tf_test import test_util


class EverydayTablesTest(test_util.TestCase):
  def test_sizes_and_entropies_are_those_of_the_data(self):
    for task in tables.tasks():
      if task.kind == 'best':
        x, y = task.sample(self.rng())
        self.assertLen(x, task.n, task.name)
        share = np.unique(y, return_counts=True)[1] / len(y)
        self.assertAllClose(task.cap, truths.entropy(share))

  def test_rows_are_in_another_order_but_stay_together(self):
    tasks = {task.name: task for task in tables.tasks()}
    x, y = tasks['tables/iris-2'].sample(self.rng())
    plain_x, plain_y = best_classifier.load('iris', [2])
    self.assertNotAllClose(x, plain_x)
    self.assertEqual(sorted(zip(x, y)), sorted(zip(plain_x, plain_y)))

  def test_truth_of_two_normal_classes_is_the_integral(self):
    tasks = {task.name: task for task in tables.tasks()}
    task = tasks['tables/classes2x30-2.0-same-569']
    x, y = task.sample(self.rng(), 200_000)
    # The discriminant is the log ratio, which is normal in each class.
    first, second = x[y == 0], x[y == 1]
    within = (np.cov(first.T) + np.cov(second.T)) / 2
    shift = second.mean(axis=0) - first.mean(axis=0)
    squared = shift @ np.linalg.solve(within, shift)
    z = np.linspace(-12, 12 + squared**0.5, 8001)
    rows = np.exp(-0.5 * (z - np.c_[[0, squared**0.5]]) ** 2)
    nats, _ = truths.of_rows([np.mean(y == 0), np.mean(y)], rows)
    self.assertAllClose(task.truth, nats, atol=0.006)

  def test_labels_of_a_line_are_balanced(self):
    tasks = {task.name: task for task in tables.tasks()}
    task = tasks['tables/linear400-20-inf-3000']
    x, y = task.sample(self.rng())
    self.assertAllEqual(x[:, :20].sum(axis=1) > 0, y)
    self.assertAllClose(task.truth, math.log(2))


if __name__ == '__main__':
  test_util.main()
