"""Tests of the convolutional encoder."""

from absl.testing import parameterized
import numpy as np

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.encoders import reference


class ConvNetTest(test_util.TestCase):
  def images(self, *shape):
    return self.rng('x').normal(size=(3, *shape)).astype(np.float32)

  @parameterized.parameters(
    dict(filters=(4,), kernel_size=3, strides=1),
    dict(filters=(4, 5), kernel_size=3, strides=2),
    dict(filters=(3, 4), kernel_size=5, strides=2),
    dict(filters=(3,), kernel_size=2, strides=3),
  )
  def test_outputs_are_those_of_a_loop(self, **kwargs):
    encoder = mi_tf.encoders.ConvNet(output_size=6, **kwargs)
    x = self.images(5, 8, 2)
    encoder.build(x.shape)
    reference.randomize(encoder, self.rng('weights'))
    normalization, dense = encoder.normalization, encoder.dense
    expected = [
      reference.conv_net(
        [layer.kernel.numpy() for layer in encoder.convolutions],
        [layer.bias.numpy() for layer in encoder.convolutions],
        kwargs['strides'],
        normalization.gamma.numpy(),
        normalization.beta.numpy(),
        (dense.kernel.numpy(), dense.bias.numpy()),
        image,
      )
      for image in x
    ]
    self.assertAllClose(encoder(x), expected, rtol=1e-4, atol=1e-4)

  def test_scale_and_offset_are_one_number_for_each_channel(self):
    encoder = mi_tf.encoders.ConvNet((4, 7))
    encoder.build((None, 9, 8, 1))
    shapes = [v.shape for v in encoder.normalization.trainable_weights]
    self.assertEqual(shapes, [(7,), (7,)])

  def test_brightness_and_contrast_before_normalization_do_not_matter(self):
    encoder = mi_tf.encoders.ConvNet((4,), 3)
    x = self.images(6, 6, 1)
    self.assertAllClose(encoder(x), encoder(100.0 * x), rtol=1e-3, atol=1e-3)

  def test_flat_inputs_and_those_without_channels_are_images_too(self):
    x = self.images(14, 28, 1)
    for image_shape in ((14, 28), (14, 28, 1)):
      encoder = mi_tf.encoders.ConvNet((4, 5), image_shape=image_shape)
      expected = encoder(x)
      self.assertEqual(expected.shape, (3, 100))
      self.assertAllEqual(encoder(x.reshape(3, 392)), expected)
    encoder = mi_tf.encoders.ConvNet((4, 5), output_size=7)
    self.assertAllEqual(encoder(x[..., 0]), encoder(x))

  def test_a_blank_image_has_a_finite_representation(self):
    x = np.zeros((2, 6, 6), np.float32)
    for policy in ('float32', 'mixed_float16', 'mixed_bfloat16'):
      self.assertAllFinite(mi_tf.encoders.ConvNet((4,), dtype=policy)(x))

  def test_errors_say_what_is_wrong(self):
    with self.assertRaisesRegex(
      ValueError, r'`filters` must hold .* Received: filters=\(\)'
    ):
      mi_tf.encoders.ConvNet(())
    with self.assertRaisesRegex(
      ValueError, r'`strides` must be an integer, at least 1. .*strides=0'
    ):
      mi_tf.encoders.ConvNet(strides=0)
    with self.assertRaisesRegex(
      ValueError, r'`image_shape` must be \(h, w\) or .*image_shape=\(4,\)'
    ):
      mi_tf.encoders.ConvNet(image_shape=(4,))
    with self.assertRaisesRegex(
      ValueError, r'Inputs must be images.* Received: shape=\(None, 392\)'
    ):
      mi_tf.encoders.ConvNet().build((None, 392))
    with self.assertRaisesRegex(
      ValueError,
      r'must have 392 numbers .* `image_shape`=\(14, 28\) says. '
      r'Received: shape=\(None, 28, 28\)',
    ):
      mi_tf.encoders.ConvNet(image_shape=(14, 28)).build((None, 28, 28))


if __name__ == '__main__':
  test_util.main()
