"""Compares tasks with samples drawn by the Beyond Normal benchmark itself.

The samples are optional: `reference_tasks/{name}.npz` in a folder `shared`
beside the checkout, with `x`, `y` and the exact `mi`.
"""

import pathlib

from absl.testing import parameterized
import numpy as np
from scipy import stats

from mi_tf import tasks
from mi_tf_test import test_util

_FOLDER = (
  pathlib.Path(__file__).resolve().parents[3] / 'shared' / 'reference_tasks'
)


def _tasks():
  """Returns the tasks of the benchmark that this package defines."""
  normal = tasks.correlated_gaussian(1, rho=0.75)
  return [
    normal,
    tasks.additive_uniform(0.1),
    tasks.bimodal(0.75),
    tasks.wiggly(normal),
    tasks.student_t(1, 1, dof=1),
    tasks.asinh(tasks.student_t(1, 1, dof=1)),
    tasks.student_t(5, 5, dof=2),
    tasks.asinh(tasks.student_t(5, 5, dof=2)),
    tasks.dense_gaussian(5, 5),
    tasks.dense_gaussian(50, 50),
    tasks.sparse_gaussian(5, 5),
    tasks.sparse_gaussian(25, 25),
    tasks.half_cube(tasks.sparse_gaussian(5, 5)),
  ]


def _normal_scores(x):
  return stats.norm.ppf(stats.rankdata(x, axis=0) / (len(x) + 1))


def _correlations(x, y):
  scores = _normal_scores(np.hstack([x, y]))
  sizes = _normal_scores(np.abs(scores))
  return np.stack([np.corrcoef(scores.T), np.corrcoef(sizes.T)])


class BeyondNormalTest(test_util.TestCase):
  @parameterized.named_parameters(*((task.name, task) for task in _tasks()))
  def test_task_is_the_one_that_the_benchmark_draws_from(self, task):
    path = _FOLDER / f'{task.name}.npz'
    if not path.exists():
      self.skipTest(f'{path.name} is not there.')
    with np.load(path) as data:
      x, y, mi = data['x'], data['y'], data['mi']
    self.assertAllClose(task.mutual_information, mi, rtol=1e-7, atol=1e-12)
    self.assertMeanClose(task.pointwise(x, y), mi)

    sample = task.sample(len(x), seed=self.seed())
    for ours, theirs in zip(sample, (x, y)):
      for i in range(ours.shape[-1]):
        pvalue = stats.ks_2samp(ours[:, i], theirs[:, i]).pvalue
        self.assertGreater(pvalue, 1e-6)
    # The difference of two correlations has a deviation below (2 / n)**.5.
    self.assertAllClose(
      _correlations(*sample),
      _correlations(x, y),
      rtol=0,
      atol=6 * np.sqrt(2 / len(x)),
    )


if __name__ == '__main__':
  test_util.main()
