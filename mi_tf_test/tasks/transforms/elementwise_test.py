"""Tests of tasks whose coordinates are mapped one by one."""

from absl.testing import parameterized
import numpy as np
from scipy import stats

from mi_tf import tasks
from mi_tf_test import test_util

_X = np.array([[-2.5], [-0.3], [0.0], [0.7], [1.9]])
_Y = np.array([[-1.1], [-2.0], [0.4], [3.0], [0.0]])


def _normal():
  return tasks.correlated_gaussian(1, rho=0.75)


def _wiggly_x(x):
  return (
    x
    + 0.4 * np.sin(x)
    + 0.2 * np.sin(1.7 * x + 1)
    + 0.03 * np.sin(3.3 * x - 2.5)
  )


def _wiggly_y(y):
  return (
    y
    - 0.4 * np.sin(0.4 * y)
    + 0.17 * np.sin(1.3 * y + 3.5)
    + 0.02 * np.sin(4.3 * y - 2.5)
  )


_MAPS = {
  'cubed': (tasks.cubed, lambda x: x**3, lambda y: y**3),
  'half_cube': (tasks.half_cube,) + 2 * (lambda x: x * np.sqrt(np.abs(x)),),
  'asinh': (tasks.asinh, np.arcsinh, np.arcsinh),
  'normal_cdf': (tasks.normal_cdf, stats.norm.cdf, stats.norm.cdf),
  'wiggly': (tasks.wiggly, _wiggly_x, _wiggly_y),
}


class ElementwiseTest(test_util.TestCase):
  @parameterized.named_parameters(*((k, k, *v) for k, v in _MAPS.items()))
  def test_samples_are_mapped_and_the_rest_is_kept(self, name, make, fx, fy):
    base = tasks.dense_gaussian(2, 3)
    task = make(base)
    self.assertEqual(task.name, f'{name}-{base.name}')
    self.assertEqual(task.mutual_information, base.mutual_information)
    self.assertEqual((task.dim_x, task.dim_y), (2, 3))
    x, y = base.sample(100, seed=self.seed())
    mapped_x, mapped_y = task.sample(100, seed=self.seed())
    self.assertAllClose(mapped_x, fx(x.numpy()), rtol=1e-5, atol=1e-6)
    self.assertAllClose(mapped_y, fy(y.numpy()), rtol=1e-5, atol=1e-6)

  @parameterized.named_parameters(*((k, *v) for k, v in _MAPS.items()))
  def test_pointwise_values_are_those_of_the_original(self, make, fx, fy):
    self.assertAllClose(
      make(_normal()).pointwise(fx(_X), fy(_Y)),
      _normal().pointwise(_X, _Y),
      rtol=1e-5,
    )

  def test_normal_cdf_survives_what_float32_rounds_to_one(self):
    task = tasks.normal_cdf(_normal())
    self.assertAllFinite(task.pointwise([[1.0], [1e-37]], [[1.0], [1e-37]]))

  def test_maps_can_be_chained(self):
    task = tasks.asinh(tasks.cubed(_normal()))
    self.assertEqual(task.name, 'asinh-cubed-1v1-normal-0.75')
    self.assertAllClose(
      task.pointwise(np.arcsinh(_X**3), np.arcsinh(_Y**3)),
      _normal().pointwise(_X, _Y),
      rtol=1e-5,
    )


class BimodalTest(test_util.TestCase):
  def test_marginals_are_the_mixtures(self):
    x, y = tasks.bimodal(0.75).sample(20000, seed=self.seed())

    def cdf_x(x):
      return 0.3 * stats.norm.cdf(x) + 0.7 * stats.norm.cdf(x - 5)

    def cdf_y(y):
      return 0.5 * stats.norm.cdf(y + 1) + 0.5 * stats.norm.cdf(y - 3)

    self.assertGreater(stats.kstest(x[:, 0], cdf_x).pvalue, 1e-6)
    self.assertGreater(stats.kstest(y[:, 0], cdf_y).pvalue, 1e-6)
    scores = stats.norm.ppf(cdf_x(x[:, 0])) * stats.norm.ppf(cdf_y(y[:, 0]))
    self.assertMeanClose(scores, 0.75)

  def test_mutual_information_is_that_of_the_normal_scores(self):
    task = tasks.bimodal(-0.5)
    self.assertEqual(
      task.mutual_information,
      tasks.correlated_gaussian(1, rho=-0.5).mutual_information,
    )
    self.assertEqual(task.name, '1v1-bimodal--0.5')

  def test_rho_out_of_range_is_refused(self):
    with self.assertRaisesRegex(ValueError, r'`rho` must be in \(-1, 1\)'):
      tasks.bimodal(1.0)


if __name__ == '__main__':
  test_util.main()
