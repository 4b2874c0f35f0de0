"""Tests of the tasks with classes."""

import math

from absl.testing import parameterized
import numpy as np
from scipy import integrate
import tensorflow as tf

from mi_tf import tasks
from mi_tf_test import test_util


class CategoricalTest(test_util.TestCase):
  def test_mutual_information_is_that_of_the_table(self):
    joint = self.rng().dirichlet(np.ones(12)).reshape(3, 4)
    expected = 0.0
    for i in range(3):
      for j in range(4):
        ratio = joint[i, j] / (joint[i].sum() * joint[:, j].sum())
        expected += joint[i, j] * math.log(ratio)
    task = tasks.categorical(joint)
    self.assertAllClose(task.mutual_information, expected, rtol=1e-12)
    self.assertEqual(task.name, 'categorical-3-4')

  def test_cells_are_drawn_as_often_as_the_table_says(self):
    counts = np.array([[0, 3, 1], [4, 0, 0]])
    x, y = tasks.categorical(counts).sample(20000, seed=self.seed())
    self.assertEqual((x.dtype, y.dtype), (tf.int32, tf.int32))
    for i in range(2):
      for j in range(3):
        drawn = np.logical_and(x == i, y == j)[:, 0]
        if counts[i, j]:
          self.assertMeanClose(drawn, counts[i, j] / 8)
        else:
          self.assertFalse(drawn.any())

  def test_pointwise_values_are_those_of_the_table(self):
    task = tasks.categorical([[0, 3, 1], [4, 0, 0]])
    self.assertAllClose(
      task.pointwise([[0], [0], [1], [0]], [[1], [2], [0], [0]]),
      [math.log(2), math.log(2), math.log(2), -np.inf],
    )

  @parameterized.parameters(
    ([0.5, 0.5], r'shape \[num_x, num_y\]. Received: joint.shape=\(2,\)'),
    (
      [[1.0, -1.0]],
      '`joint` must be finite and not negative. Received: joint=',
    ),
    ([[1.0, math.inf]], 'finite and not negative'),
    ([[1.0, math.nan]], 'finite and not negative'),
    ([[1.0, 0.0], [1.0, 0.0]], 'positive number in each row and each column'),
    ([[1.0, 1.0], [0.0, 0.0]], 'positive number in each row and each column'),
    (np.zeros((0, 3)), 'positive number in each row and each column'),
  )
  def test_what_is_no_table_is_refused(self, joint, message):
    with self.assertRaisesRegex(ValueError, message):
      tasks.categorical(joint)


class NoisyLabelsTest(test_util.TestCase):
  @parameterized.parameters((2, 0.3), (5, 0.8), (10, 0.99))
  def test_mutual_information_is_the_closed_form(self, k, keep):
    q = keep + (1 - keep) / k
    expected = math.log(k) + q * math.log(q)
    expected += (1 - q) * math.log((1 - keep) / k)
    task = tasks.noisy_labels(k, keep)
    self.assertAllClose(task.mutual_information, expected, rtol=1e-12)

  def test_limits_are_independence_and_a_copy(self):
    self.assertEqual(tasks.noisy_labels(3, 0.0).mutual_information, 0.0)
    copy = tasks.noisy_labels(3, 1.0)
    self.assertAllClose(copy.mutual_information, math.log(3), rtol=1e-14)
    x, y = copy.sample(100, seed=self.seed())
    self.assertAllEqual(x, y)

  def test_bad_arguments_are_refused(self):
    with self.assertRaisesRegex(
      ValueError, '`num_classes` must be at least 2. Received: num_classes=1.'
    ):
      tasks.noisy_labels(1, 0.5)
    with self.assertRaisesRegex(
      ValueError, r'`keep` must be in \[0, 1\]. Received: keep=1.5.'
    ):
      tasks.noisy_labels(3, 1.5)


class GaussianClassesTest(test_util.TestCase):
  @parameterized.parameters((2, 0.1), (2, 1.0), (4, 2.0), (3, -5.0))
  def test_mutual_information_is_that_of_adaptive_quadrature(self, k, distance):
    def entropy_density(y):
      densities = [
        math.exp(-0.5 * (y - i * distance) ** 2) / math.sqrt(2 * math.pi)
        for i in range(k)
      ]
      density = sum(densities) / k
      return -density * math.log(density) if density else 0.0

    ends = sorted((0.0, (k - 1) * distance))
    entropy, _ = integrate.quad(
      entropy_density, ends[0] - 15, ends[1] + 15, epsabs=1e-11, limit=500
    )
    self.assertAllClose(
      tasks.gaussian_classes(k, distance).mutual_information,
      entropy - 0.5 * math.log(2 * math.pi * math.e),
      rtol=0,
      atol=1e-10,
    )

  def test_limits_are_independence_and_the_entropy_of_the_classes(self):
    self.assertAllClose(
      tasks.gaussian_classes(3, 0.0).mutual_information, 0.0, atol=1e-14
    )
    for separation in (100.0, 1e9):
      self.assertAllClose(
        tasks.gaussian_classes(7, separation).mutual_information,
        math.log(7),
        rtol=1e-14,
      )

  def test_x_is_a_class_that_sets_the_mean_of_y(self):
    x, y = tasks.gaussian_classes(3, 2.0).sample(20000, seed=self.seed())
    self.assertEqual((x.dtype, y.dtype), (tf.int32, tf.float32))
    x, y = x[:, 0].numpy(), y[:, 0].numpy()
    for i in range(3):
      self.assertMeanClose(x == i, 1 / 3)
      self.assertMeanClose(y[x == i], 2.0 * i)
      self.assertMeanClose((y[x == i] - 2.0 * i) ** 2, 1.0)

  def test_bad_arguments_are_refused(self):
    with self.assertRaisesRegex(ValueError, '`num_classes` must be at least 2'):
      tasks.gaussian_classes(1, 1.0)
    with self.assertRaisesRegex(
      ValueError, '`separation` must be finite. Received: separation=inf.'
    ):
      tasks.gaussian_classes(3, math.inf)


if __name__ == '__main__':
  test_util.main()
