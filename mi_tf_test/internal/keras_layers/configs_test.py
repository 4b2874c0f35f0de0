"""Tests of layers that are made from the configs of others."""

import keras

from mi_tf.internal.keras_layers import configs
from mi_tf_test import test_util


class ConfigsTest(test_util.TestCase):
  def test_layer_is_remade_with_other_arguments(self):
    old = keras.layers.Rescaling(3.0, name='old')
    new = configs.remade(old, scale=5.0)
    self.assertIsNot(new, old)
    self.assertEqual((old.scale, new.scale), (3.0, 5.0))
    self.assertEqual({**new.get_config(), 'scale': 3.0}, old.get_config())

  def test_config_must_be_complete(self):
    class Sized(keras.layers.Layer):
      def __init__(self, size=3, **kwargs):
        super().__init__(**kwargs)

      def get_config(self):
        return super().get_config()

    with self.assertRaisesRegex(ValueError, r"\(size=3, .*without \['size'\]"):
      configs.remade(Sized(size=5))


if __name__ == '__main__':
  test_util.main()
