"""Tests of the two stages of convolutional encoders."""

from absl.testing import parameterized
import numpy as np

import mi_tf
from mi_tf_test import test_util


class ConvStagesTest(test_util.TestCase):
  @parameterized.parameters(
    ((28, 28, 1), (7, 7, 128)),
    ((32, 32, 3), (8, 8, 128)),
    ((64, 64, 3), (8, 8, 256)),
  )
  def test_shapes_are_those_of_the_paper(self, image, feature_map):
    local, summary = mi_tf.encoders.conv_stages(image, output_size=9)
    self.assertEqual(local.output_shape, (None, *feature_map))
    self.assertEqual(summary.input_shape, (None, *feature_map))
    self.assertEqual(summary.output_shape, (None, 9))

  def test_feature_maps_are_not_negative_and_outputs_are_activated(self):
    local, summary = mi_tf.encoders.conv_stages(
      (8, 8, 1), 3, 'sigmoid', (4, 5), 6
    )
    x = np.float32(self.rng().normal(size=(10, 8, 8, 1)))
    feature_map = local(x)
    self.assertAllGreaterEqual(feature_map, 0.0)
    self.assertGreater(np.mean(feature_map.numpy() > 0.0), 0.2)
    y = 10.0 * summary(feature_map)
    self.assertAllInRange(y, 0.0, 10.0)
    linear = mi_tf.encoders.conv_stages((8, 8, 1), 3, None, (4, 5), 6)[1]
    self.assertLess(
      linear(100.0 * feature_map, training=False).numpy().min(), 0
    )

  def test_batches_are_normalised_in_training(self):
    local, _ = mi_tf.encoders.conv_stages((8, 8, 1), 3, filters=(4, 5))
    x = np.float32(self.rng().normal(size=(50, 8, 8, 1)))
    self.assertAllClose(
      local(100.0 * x, training=True), local(x, training=True), atol=0.05
    )

  def test_dtype_is_that_of_all_layers(self):
    for stage in mi_tf.encoders.conv_stages(
      (8, 8, 1), 3, filters=(4, 5), hidden_units=6, dtype='mixed_bfloat16'
    ):
      for layer in stage.layers:
        self.assertEqual(layer.compute_dtype, 'bfloat16', layer.name)

  @parameterized.parameters(
    (dict(image_shape=(28, 28)), r'`image_shape` must be \(h, w, c\)'),
    (dict(image_shape=(8, 8, 1), filters=(4,)), '`filters` must be at least'),
  )
  def test_mistakes_are_told(self, kwargs, message):
    with self.assertRaisesRegex(ValueError, message):
      mi_tf.encoders.conv_stages(**kwargs)


if __name__ == '__main__':
  test_util.main()
