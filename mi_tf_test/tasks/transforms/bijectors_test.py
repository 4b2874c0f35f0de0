"""Tests of tasks whose variables are mapped by bijectors."""

import tensorflow as tf
import tensorflow_probability as tfp

from mi_tf import tasks
from mi_tf_test import test_util


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


if __name__ == '__main__':
  test_util.main()
