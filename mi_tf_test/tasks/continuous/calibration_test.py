"""Tests of families with a given mutual information."""

from absl.testing import parameterized
import numpy as np
from scipy import special
import tensorflow as tf

from mi_tf import tasks
from mi_tf.tasks.continuous import calibration
from mi_tf_test import test_util

_FAMILIES = {
  'correlated_gaussian': tasks.correlated_gaussian,
  'correlated_student': lambda dim, mutual_information: (
    tasks.correlated_student(dim, mutual_information, dof=3)
  ),
  'correlated_uniform': tasks.correlated_uniform,
  'log_gamma_exponential': tasks.log_gamma_exponential,
  'quantized_uniform': tasks.quantized_uniform,
  'uniform_noise': tasks.uniform_noise,
}


class FamiliesTest(test_util.TestCase):
  @parameterized.product(
    name=list(_FAMILIES), size=[(1, 3.0), (2, 10.0), (3, 20.0), (20, 23.3)]
  )
  def test_mean_of_pointwise_is_what_was_asked_for(self, name, size):
    dim, mi = size
    task = _FAMILIES[name](dim, mutual_information=mi)
    self.assertEqual((task.dim_x, task.dim_y), (dim, dim))
    self.assertAllClose(task.mutual_information, mi, rtol=1e-12)
    self.assertEndsWith(task.name, f'-{mi}-nats')
    pointwise = task.pointwise(*task.sample(4000, seed=self.seed()))
    self.assertMeanClose(pointwise, mi)

  @parameterized.parameters(*_FAMILIES)
  def test_arguments_out_of_range_are_refused(self, name):
    with self.assertRaisesRegex(
      ValueError, '`dim` must be at least 1. Received: dim=0.'
    ):
      _FAMILIES[name](0, mutual_information=1.0)
    for mi in (-0.1, 100.0, np.nan):
      with self.assertRaisesRegex(
        ValueError,
        r'`mutual_information` must be in .*\] nats. '
        f'Received: mutual_information={mi}, dim=2',
      ):
        _FAMILIES[name](2, mutual_information=mi)


class CalibrationTest(test_util.TestCase):
  def test_zero_is_refused_where_it_cannot_be_had(self):
    self.assertEqual(calibration.per_dim(4, 0.0, 1.0), 0.0)
    with self.assertRaisesRegex(ValueError, r'must be in \(0, 1 dim\] nats'):
      calibration.per_dim(4, 0.0, 1.0, positive=True)

  def test_bisection_ends_at_neighboring_numbers(self):
    root = calibration.solve_increasing(lambda x: x**3, 2.0, 0.0, 10.0)
    self.assertAllClose(root, 2 ** (1 / 3), rtol=1e-15)

  def test_digamma_is_a_number_also_in_a_graph(self):
    values = []

    @tf.function
    def trace():
      values.append(calibration.digamma(0.3))

    trace()
    self.assertAllClose(values, [special.psi(0.3)], rtol=1e-13)


if __name__ == '__main__':
  test_util.main()
