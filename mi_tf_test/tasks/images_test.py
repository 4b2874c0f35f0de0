"""Tests of the tasks of images."""

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

from mi_tf import tasks
from mi_tf_test import test_util


class ImagesTest(test_util.TestCase):
  @parameterized.product(
    make=[tasks.gaussian_images, tasks.rectangle_images],
    size=[8, 18],
    mi=[0.5, 10.0],
  )
  def test_image_tells_the_hidden_numbers(self, make, size, mi):
    task = make(mi, size)
    self.assertEqual(task.mutual_information, mi)
    self.assertEqual((task.dim_x, task.shape_y), (size**2, (size, size, 1)))
    x, y = task.sample(3000, seed=self.seed())
    self.assertEqual(x.shape, (3000, size, size, 1))
    self.assertAllInRange(x, 0.0, 1.0)
    self.assertMeanClose(task.pointwise(x, y), mi)

    dim = 4 if make is tasks.rectangle_images else 2
    hidden = tasks.correlated_gaussian(dim, mutual_information=mi)
    self.assertAllClose(
      task.pointwise(x, y),
      hidden.pointwise(*hidden.sample(3000, seed=self.seed())),
      rtol=1e-2,
      atol=2e-2,
    )

  def test_blob_is_smooth_and_where_it_was_put(self):
    task = tasks.gaussian_images(2.0)
    self.assertEqual(task.name, 'gaussian-images-16x16-2.0-nats')
    x, _ = task.sample(200, seed=self.seed())
    hidden = tasks.correlated_uniform(2, 2.0)
    u, _ = hidden.sample(200, seed=self.seed())
    i = np.arange(16)
    for image, place in zip(x.numpy()[..., 0], 2 + 11 * u.numpy()):
      rows, columns = (np.exp(-((i - p) ** 2) / 8) for p in place)
      self.assertAllClose(image, np.outer(rows, columns), rtol=1e-4, atol=1e-5)

  def test_rectangle_is_white_between_its_edges(self):
    task = tasks.rectangle_images(2.0)
    self.assertEqual(task.name, 'rectangle-images-16x16-2.0-nats')
    x, _ = task.sample(200, seed=self.seed())
    u, _ = tasks.correlated_uniform(4, 2.0).sample(200, seed=self.seed())
    for image, edges in zip(x.numpy()[..., 0], 7 * u.numpy()):
      top, bottom, left, right = edges
      area = (16 - top - bottom) * (16 - left - right)
      self.assertAllClose(image.sum(), area, rtol=1e-5)
      self.assertAllEqual(image[7:9, 7:9], np.ones([2, 2]))
      gray = np.logical_and(image > 0, image < 1)
      self.assertLess(gray.sum(), 4 * 16)
      self.assertAllClose(image[8].sum(), 16 - left - right, rtol=1e-5)
      self.assertAllClose(image[:8, 8].sum(), 8 - top, rtol=1e-5)

  def test_maps_keep_the_shape_of_the_side_that_they_leave_alone(self):
    task = tasks.gaussian_images(1.0, 8)
    self.assertEqual(tasks.independent(task).shape_x, (8, 8, 1))
    x, y = tasks.linear_mix(task, sides='y').sample(3, seed=1)
    self.assertEqual((x.shape, y.shape), ((3, 8, 8, 1), (3, 64)))
    sample = tf.function(lambda n: task.sample(n, seed=1))
    self.assertEqual(sample(tf.constant(5))[0].shape, (5, 8, 8, 1))

  def test_bad_arguments_are_refused(self):
    for make, args, message in (
      (tasks.gaussian_images, (17.0,), r'must be in \[0, 16\] nats.*=17.0'),
      (tasks.rectangle_images, (-1.0,), r'must be in \[0, 32\] nats.*=-1.0'),
      (tasks.gaussian_images, (1.0, 7), '`size` must be at least 8.*size=7'),
      (tasks.rectangle_images, (1.0, 9), '`size` must be even.*size=9'),
    ):
      with self.assertRaisesRegex(ValueError, message):
        make(*args)

  def test_pointwise_refuses_vectors(self):
    task = tasks.gaussian_images(1.0, 8)
    with self.assertRaisesRegex(
      ValueError, r'`x` must have shape \[\.\.\., 8, 8, 1\]. Received: x.shape='
    ):
      task.pointwise(tf.zeros([5, 64]), tf.zeros([5, 8, 8, 1]))


if __name__ == '__main__':
  test_util.main()
