"""Tests of the benchmark's tasks, against samples that it drew itself.

The samples are optional: `reference_tasks/{name}.npz` in a folder `shared`
beside the checkout, with `x`, `y` and the exact `mi`.
"""

import functools
import math
import pathlib

from absl.testing import parameterized
import numpy as np
from scipy import special
from scipy import stats

from mi_tf import tasks
from mi_tf_test import test_util

_FOLDER = (
  pathlib.Path(__file__).resolve().parents[3] / 'shared' / 'reference_tasks'
)
_NORMAL = -0.5 * math.log(1 - 0.75**2)
_SPARSE = -math.log(1 - 0.8**2)


def _dense(dim):
  log_det = [
    (size - 1) * math.log(0.5) + math.log(0.5 + 0.5 * size)
    for size in (dim, 2 * dim)
  ]
  return log_det[0] - 0.5 * log_det[1]


def _student(dim, dof):
  def part(size):
    return special.gammaln(size / 2) - size / 2 * special.psi(size / 2)

  return part(dof) + part(dof + 2 * dim) - 2 * part(dof + dim)


_NATS = {
  '1v1-normal-0.75': _NORMAL,
  'normal_cdf-1v1-normal-0.75': _NORMAL,
  '1v1-additive-0.1': 0.1 - math.log(0.2),
  '1v1-additive-0.75': 1 / 3,
  '1v1-bimodal-0.75': _NORMAL,
  'wiggly-1v1-normal-0.75': _NORMAL,
  'half_cube-1v1-normal-0.75': _NORMAL,
  'student-identity-1-1-1': _student(1, 1),
  'asinh-student-identity-1-1-1': _student(1, 1),
  'swissroll_x-normal_cdf-1v1-normal-0.75': _NORMAL,
  'multinormal-dense-2-2-0.5': _dense(2),
  'multinormal-dense-3-3-0.5': _dense(3),
  'multinormal-dense-5-5-0.5': _dense(5),
  'multinormal-dense-25-25-0.5': _dense(25),
  'multinormal-dense-50-50-0.5': _dense(50),
  'multinormal-sparse-2-2-2-2.0': _SPARSE,
  'multinormal-sparse-3-3-2-2.0': _SPARSE,
  'multinormal-sparse-5-5-2-2.0': _SPARSE,
  'multinormal-sparse-25-25-2-2.0': _SPARSE,
  'student-identity-2-2-1': _student(2, 1),
  'student-identity-2-2-2': _student(2, 2),
  'student-identity-3-3-2': _student(3, 2),
  'student-identity-3-3-3': _student(3, 3),
  'student-identity-5-5-2': _student(5, 2),
  'student-identity-5-5-3': _student(5, 3),
  'normal_cdf-multinormal-sparse-3-3-2-2.0': _SPARSE,
  'normal_cdf-multinormal-sparse-5-5-2-2.0': _SPARSE,
  'normal_cdf-multinormal-sparse-25-25-2-2.0': _SPARSE,
  'half_cube-multinormal-sparse-3-3-2-2.0': _SPARSE,
  'half_cube-multinormal-sparse-5-5-2-2.0': _SPARSE,
  'half_cube-multinormal-sparse-25-25-2-2.0': _SPARSE,
  'spiral-multinormal-sparse-3-3-2-2.0': _SPARSE,
  'spiral-multinormal-sparse-5-5-2-2.0': _SPARSE,
  'spiral-multinormal-sparse-25-25-2-2.0': _SPARSE,
  'spiral-normal_cdf-multinormal-sparse-3-3-2-2.0': _SPARSE,
  'spiral-normal_cdf-multinormal-sparse-5-5-2-2.0': _SPARSE,
  'spiral-normal_cdf-multinormal-sparse-25-25-2-2.0': _SPARSE,
  'asinh-student-identity-2-2-1': _student(2, 1),
  'asinh-student-identity-3-3-2': _student(3, 2),
  'asinh-student-identity-5-5-2': _student(5, 2),
}


@functools.cache
def _by_name():
  return {task.name: task for task in tasks.beyond_normal()}


def _normal_scores(x):
  return stats.norm.ppf(stats.rankdata(x, axis=0) / (len(x) + 1))


def _correlations(x, y):
  scores = _normal_scores(np.hstack([x, y]))
  sizes = _normal_scores(np.abs(scores))
  return np.stack([np.corrcoef(scores.T), np.corrcoef(sizes.T)])


class BeyondNormalTest(test_util.TestCase):
  def test_there_are_forty_tasks_in_the_order_of_the_benchmark(self):
    names = [task.name for task in tasks.beyond_normal()]
    self.assertLen(names, 40)
    self.assertEqual(names, list(_NATS))

  @parameterized.parameters(*_NATS)
  def test_mutual_information_is_exact_and_the_mean_of_pointwise(self, name):
    task = _by_name()[name]
    self.assertAllClose(task.mutual_information, _NATS[name], rtol=1e-12)
    pointwise = task.pointwise(*task.sample(3000, seed=self.seed()))
    self.assertMeanClose(pointwise, _NATS[name])

  @parameterized.parameters(*_NATS)
  def test_task_is_the_one_that_the_benchmark_draws_from(self, name):
    task, path = _by_name()[name], _FOLDER / f'{name}.npz'
    if not path.exists():
      self.skipTest(f'{path.name} is not there.')
    with np.load(path) as data:
      x, y, mi = data['x'], data['y'], data['mi']
    self.assertAllClose(task.mutual_information, mi, rtol=1e-7, atol=1e-12)
    # The inverse of another spiral would not find the dependence.
    self.assertMeanClose(task.pointwise(x, y), mi)

    sample = task.sample(len(x), seed=self.seed())
    for ours, theirs in zip(sample, (x, y)):
      for i in range(min(5, ours.shape[-1])):
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
