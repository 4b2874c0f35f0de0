"""Tests of the everyday pairs of counts and classes."""

import math

import numpy as np

from mi_tf.benchmarks.everyday.tasks import counts
from mi_tf_test import test_util


def _plug_in(x, y):
  """Returns the mutual information of counted pairs, by a loop."""
  x, y = np.asarray(x).tolist(), np.asarray(y).tolist()
  n, pairs, first, second = len(x), {}, {}, {}
  for i, j in zip(x, y):
    pairs[i, j] = pairs.get((i, j), 0) + 1
    first[i] = first.get(i, 0) + 1
    second[j] = second.get(j, 0) + 1
  return sum(
    count / n * math.log(count * n / (first[i] * second[j]))
    for (i, j), count in pairs.items()
  )


class EverydayCountsTest(test_util.TestCase):
  def test_truths_are_those_of_many_counted_samples(self):
    for task in counts.tasks():
      x, y = task.sample(self.rng(task.name), 150_000)
      if x.ndim > 1 or x.dtype == np.float64:
        continue
      cells = len(set(x.tolist())) * len(set(y.tolist()))
      if cells > 1500:
        continue
      # Counting finds too much, by half of the cells, if all are there.
      slack = 5 * task.deviation / math.sqrt(len(x)) + cells / 2 / len(x)
      self.assertNear(task.truth, _plug_in(x, y), slack + 1e-4, task.name)
      self.assertAllClose(task.truth, task.moments()[0], atol=1e-5)

  def test_truth_of_the_findings(self):
    found = {task.name: task for task in counts.tasks()}
    task = found['counts/common_rate_gamma2-2000']
    self.assertAllClose(task.truth, 0.130, atol=5e-4)

  def test_truths_of_numbers_are_near_those_of_counted_cells(self):
    found = {task.name: task for task in counts.tasks()}
    for name in ('count_of_normal-1000', 'rare_number-5000'):
      task = found[f'counts/{name}']
      x, y = task.sample(self.rng(name), 300_000)
      cells = np.searchsorted(np.quantile(x, np.arange(1, 64) / 64), x)
      self.assertAllClose(_plug_in(cells, y), task.truth, atol=0.012)


if __name__ == '__main__':
  test_util.main()
