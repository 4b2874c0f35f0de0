"""Tests of the choice of a start."""

import math

from absl.testing import parameterized
import numpy as np

from mi_tf import tasks
from mi_tf.estimators import margins
from mi_tf.estimators import starts
from mi_tf.estimators import variables
from mi_tf_test import test_util

_N = 3000


def _choose(x, y):
  x, y = variables.check(x, 'x'), variables.check(y, 'y')
  rows = np.arange(len(x))
  split = len(x) * 2 // 3
  start = starts.choose(x, y, rows[: split // 2], rows[split // 2 : split])
  held_out = [
    e(v, rows[split:], np.float64)
    for e, v in zip(start.encoders, (x, y), strict=True)
  ]
  return start, np.diag(start.fit.log_ratio(*held_out)).mean()


class ChooseTest(test_util.TestCase):
  def test_a_gaussian_is_read_right_whatever_its_margins(self):
    task = tasks.correlated_gaussian(3, mutual_information=3.0)
    x, y = (t.numpy() for t in task.sample(_N, seed=self.seed()))
    for fn in (lambda t: t, lambda t: t**3):
      start, value = _choose(fn(x), fn(y))
      self.assertIn(start.fit.dof, (None, 20.0))
      self.assertAllClose(value, 3.0, atol=0.2)
    self.assertEqual(start.margins, margins.NORMAL)

  @parameterized.parameters(np.asarray, np.arcsinh)
  def test_a_student_is_recognized_whatever_its_margins(self, fn):
    task = tasks.student_t(3, 3, 2)
    x, y = (t.numpy() for t in task.sample(_N, seed=self.seed()))
    start, value = _choose(fn(x), fn(y))
    self.assertIn(start.fit.dof, (1.0, 2.0, 3.0))
    self.assertAllClose(value, task.mutual_information, atol=0.1)

  def test_a_narrow_band_is_seen_in_raw_values(self):
    task = tasks.uniform_noise(1, 10.0)
    x, y = (t.numpy() for t in task.sample(_N, seed=self.seed()))
    start, value = _choose(x, y)
    self.assertEqual(start.margins, margins.RAW)
    self.assertAllClose(value, 10.0, atol=0.5)
    self.assertEqual(start.dtype, np.float64)
    self.assertEqual(start.describe()['dtype'], 'float64')

  def test_independence_is_no_dependence(self):
    x, y = (self.rng(k).normal(size=(_N, 30)) for k in range(2))
    start, value = _choose(x, y)
    self.assertAllClose(value, 0.0, atol=0.01)
    self.assertEqual(start.dtype, np.float32)

  @parameterized.parameters((1.0, 1.0), (6.0, math.exp(2.5)), (15.0, 1000.0))
  def test_negatives_weigh_more_where_there_is_more_to_tell(self, nats, weight):
    task = tasks.correlated_gaussian(3, mutual_information=nats)
    start, _ = _choose(*(t.numpy() for t in task.sample(_N, seed=self.seed())))
    self.assertAllClose(start.value, nats, rtol=0.05)
    self.assertAllClose(start.negative_weight, weight, rtol=0.3)

  def test_classes_have_one_candidate(self):
    rng = self.rng()
    x = rng.integers(3, size=900)
    y = np.where(rng.random(900) < 0.5, x, rng.integers(3, size=900))
    start, _ = _choose(x, y)
    self.assertEqual((start.margins, start.fit.dof), (margins.NORMAL, None))
    self.assertEqual(
      start.describe(),
      {
        'margins': 'normal scores',
        'start': 'Gaussian',
        'start_dof': None,
        'dtype': 'float32',
      },
    )

  def test_classes_that_are_copies_start_at_independence(self):
    x = np.arange(600) % 3
    start, value = _choose(x, x)
    self.assertAllEqual(start.fit.correlations, np.zeros(3))
    self.assertEqual(value, 0.0)
    self.assertEqual(start.dtype, np.float32)

  def test_loss_is_the_cross_entropy_of_telling_pairs_apart(self):
    logu = self.rng().normal(size=(6, 6)) + 3.0 * np.eye(6)
    total = 0.0
    for i in range(6):
      for j in range(6):
        p = math.exp(logu[i, j]) / (math.exp(logu[i, j]) + 5.0)
        total -= math.log(p if i == j else 1.0 - p)
    self.assertAllClose(starts._loss(logu), total / 6.0)
    self.assertEqual(starts._loss(np.full((3, 3), np.nan)), math.inf)


if __name__ == '__main__':
  test_util.main()
