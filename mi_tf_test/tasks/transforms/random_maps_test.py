"""Tests of the random maps."""

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

from mi_tf import tasks
from mi_tf_test import test_util


def _least_squares(x, mixed):
  """Returns the matrix that maps `x` to `mixed`, and the residual."""
  matrix, residuals, _, _ = np.linalg.lstsq(x, mixed, rcond=None)
  return matrix.T, residuals


class LinearMixTest(test_util.TestCase):
  def test_sides_are_multiplied_by_well_conditioned_matrices(self):
    base = tasks.correlated_gaussian(6, rho=0.9)
    task = tasks.linear_mix(base, seed=3, condition=5.0)
    self.assertEqual(task.name, 'mixed-6v6-normal-0.9')
    self.assertAllClose(task.mutual_information, 4.982194)
    matrices = []
    for side, mixed in zip(base.sample(100, 1), task.sample(100, 1)):
      matrix, residuals = _least_squares(side.numpy(), mixed.numpy())
      self.assertAllClose(residuals, np.zeros(6), atol=1e-9)
      self.assertAllClose(np.linalg.cond(matrix), 5.0, rtol=1e-5)
      self.assertAllClose(abs(np.linalg.det(matrix)), 1.0, rtol=1e-5)
      self.assertGreater(np.count_nonzero(np.abs(matrix) > 0.1), 12)
      matrices.append(matrix)
    self.assertNotAllClose(*matrices)

  def test_one_side_can_be_left_alone(self):
    base = tasks.correlated_gaussian(3, rho=0.9)
    x, y = base.sample(10, seed=1)
    mixed_x, same_y = tasks.linear_mix(base, sides='x').sample(10, seed=1)
    same_x, mixed_y = tasks.linear_mix(base, sides='y').sample(10, seed=1)
    self.assertAllEqual(same_x, x)
    self.assertAllEqual(same_y, y)
    self.assertNotAllClose(mixed_x, x)
    self.assertNotAllClose(mixed_y, y)

  def test_one_coordinate_is_mirrored_at_most(self):
    base = tasks.correlated_gaussian(1, rho=0.9)
    x, _ = base.sample(10, seed=1)
    mixed_x, _ = tasks.linear_mix(base).sample(10, seed=1)
    self.assertAllClose(abs(mixed_x), abs(x))

  def test_bad_arguments_are_refused(self):
    base = tasks.correlated_gaussian(3, rho=0.9)
    for condition in (0.5, np.inf):
      with self.assertRaisesRegex(
        ValueError,
        f'`condition` must be at least 1, and finite. .*={condition}.',
      ):
        tasks.linear_mix(base, condition=condition)
    with self.assertRaisesRegex(
      ValueError, "`sides` must be 'x', 'y' or 'xy'. Received: sides='z'."
    ):
      tasks.linear_mix(base, sides='z')


class RandomFlowTest(test_util.TestCase):
  @parameterized.parameters(1, 2, 5)
  def test_pointwise_values_are_those_before_the_map(self, dim):
    base = tasks.correlated_gaussian(dim, mutual_information=2.0)
    task = tasks.random_flow(base, seed=self.seed())
    self.assertEqual(task.name, f'flow-{base.name}')
    x, y = base.sample(1000, seed=1)
    bent_x, bent_y = task.sample(1000, seed=1)
    self.assertAllClose(
      task.pointwise(bent_x, bent_y),
      base.pointwise(x, y),
      rtol=1e-4,
      atol=1e-3,
    )

  def test_map_is_not_linear_and_depends_on_the_seed(self):
    base = tasks.correlated_gaussian(3, rho=0.9)
    x, y = (side.numpy() for side in base.sample(500, seed=1))
    bent_x, same_y = tasks.random_flow(base, seed=1, sides='x').sample(500, 1)
    self.assertAllEqual(same_y, y)
    _, residuals = _least_squares(
      np.hstack([x, np.ones((500, 1))]), bent_x.numpy()
    )
    self.assertAllGreater(residuals / 500, 0.02)
    self.assertAllClose(
      tasks.random_flow(base, seed=1, sides='x').sample(500, 1)[0], bent_x
    )
    self.assertNotAllClose(
      tasks.random_flow(base, seed=2, sides='x').sample(500, 1)[0], bent_x
    )

  def test_map_can_be_made_in_a_graph(self):
    base = tasks.correlated_gaussian(2, rho=0.9)
    sample = tf.function(lambda: tasks.random_flow(base).sample(5, seed=1))
    self.assertAllClose(sample(), tasks.random_flow(base).sample(5, seed=1))

  def test_bad_arguments_are_refused(self):
    base = tasks.correlated_gaussian(3, rho=0.9)
    with self.assertRaisesRegex(
      ValueError, '`depth` must be at least 1. Received: depth=0.'
    ):
      tasks.random_flow(base, depth=0)
    with self.assertRaisesRegex(ValueError, "`sides` must be 'x', 'y' or 'xy'"):
      tasks.random_flow(base, sides='')
    with self.assertRaisesRegex(ValueError, '`seed` must be an int or a pair'):
      tasks.random_flow(base, seed=1.5)


if __name__ == '__main__':
  test_util.main()
