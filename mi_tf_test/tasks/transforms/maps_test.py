"""Tests of the maps that keep the mutual information."""

from absl.testing import parameterized
import numpy as np
from scipy import stats
import tensorflow as tf
import tensorflow_probability as tfp

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


class TransformTest(test_util.TestCase):
  def test_vector_bijectors_of_one_side_work(self):
    base = tasks.sparse_gaussian(3, 2)
    rotate = tfp.bijectors.Permute([2, 0, 1])
    task = tasks.transform(base, rotate, name='rotated')
    self.assertEqual(task.name, 'rotated')
    x, y = base.sample(5, seed=1)
    mapped_x, mapped_y = task.sample(5, seed=1)
    self.assertAllEqual(mapped_x, tf.gather(x, [2, 0, 1], axis=1))
    self.assertAllEqual(mapped_y, y)
    self.assertAllClose(
      task.pointwise(mapped_x, mapped_y), base.pointwise(x, y), rtol=1e-5
    )

  def test_bijector_may_change_the_size(self):
    base = tasks.correlated_gaussian(1, rho=0.5)
    parabola = tfp.bijectors.Inline(
      forward_fn=lambda v: tf.concat([v, v**2], axis=-1),
      inverse_fn=lambda v: v[..., :1],
      forward_event_shape_fn=lambda shape: shape[:-1] + [2],
      forward_min_event_ndims=1,
    )
    task = tasks.transform(base, bijector_y=parabola)
    self.assertEqual((task.dim_x, task.dim_y), (1, 2))
    self.assertEqual(task.name, f'transformed-{base.name}')
    x, y = task.sample(5, seed=1)
    self.assertAllClose(y[:, 1], y[:, 0] ** 2)
    self.assertAllClose(
      task.pointwise(x, y), base.pointwise(*base.sample(5, seed=1))
    )


class IndependentTest(test_util.TestCase):
  def test_marginals_are_kept_and_the_dependence_is_not(self):
    base = tasks.normal_cdf(tasks.correlated_gaussian(1, rho=0.99))
    task = tasks.independent(base)
    self.assertEqual(task.mutual_information, 0.0)
    self.assertEqual(task.name, f'independent-{base.name}')
    x, y = (side[:, 0] for side in task.sample(20000, seed=self.seed()))
    for side in (x, y):
      self.assertGreater(stats.kstest(side, stats.uniform.cdf).pvalue, 1e-6)
    self.assertMeanClose((x - 0.5) * (y - 0.5), 0.0)

  @parameterized.parameters((1, 1), (1, 50), (50, 50))
  def test_any_size_will_do(self, dim_x, dim_y):
    task = tasks.independent(tasks.dense_gaussian(dim_x, dim_y))
    x, y = (side.numpy() for side in task.sample(5000, seed=self.seed()))
    self.assertEqual((x.shape, y.shape), ((5000, dim_x), (5000, dim_y)))
    # In `dense_gaussian` each of these would be correlated.
    self.assertMeanClose(x[:, -1] * y[:, -1], 0.0)
    self.assertMeanClose(x.mean(axis=1) * y.mean(axis=1), 0.0)

  def test_pointwise_values_are_zero(self):
    task = tasks.independent(tasks.student_t(2, 3, dof=1))
    self.assertAllEqual(task.pointwise(*task.sample(4, seed=1)), np.zeros(4))


if __name__ == '__main__':
  test_util.main()
