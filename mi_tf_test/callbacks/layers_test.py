"""Tests of layers that are found by their names."""

import keras
import numpy as np
import tensorflow as tf

from mi_tf.callbacks import layers
from mi_tf_test import test_util


class LayersTest(test_util.TestCase):
  def model(self):
    """Returns a model with layers in a model in a model."""
    inner = keras.Sequential(
      [keras.Input((3,)), keras.layers.Dense(2, 'tanh', name='code')],
      name='inner',
    )
    outer = keras.Sequential([keras.Input((3,)), inner], name='outer')
    return keras.Sequential(
      [keras.Input((3,)), outer, keras.layers.Dropout(0.9, name='drop')]
    )

  def test_paths_lead_into_nested_models(self):
    self.assertEqual(
      list(layers.by_name(self.model())),
      ['outer', 'outer/inner', 'outer/inner/code', 'drop'],
    )

  def test_layers_are_functions_of_what_the_model_takes(self):
    model = self.model()
    x = tf.constant(self.rng().normal(size=(5, 3)), tf.float32)
    expected = model(x, training=False)  # Dropout is off.
    for name in layers.by_name(model):
      function = layers.UpTo(model, name)
      for call in (function, tf.function(function, autograph=False)):
        self.assertAllClose(call(x), expected, rtol=1e-6)

  def test_the_model_is_left_as_it_was(self):
    model = self.model()
    layer = layers.by_name(model)['outer/inner/code']
    function = layers.UpTo(model, 'code')
    x = np.ones([2, 3], np.float32)
    function(x)
    with self.assertRaises(ValueError):
      function(np.ones([2, 4], np.float32))
    self.assertNotIn('call', vars(layer))
    function = layers.UpTo(model, 'code')
    model.get_layer('outer').get_layer('inner').layers[0].kernel.assign(
      np.zeros([3, 2])
    )
    self.assertAllEqual(function(x), np.zeros([2, 2]))

  def test_a_layer_inside_of_a_function_is_refused(self):
    dense = keras.layers.Dense(2, name='inside')

    class Model(keras.Model):
      def __init__(self):
        super().__init__()
        self.dense = dense

      def build(self, shape):
        self.dense.build(shape)

      def call(self, x):
        return tf.map_fn(lambda row: self.dense(row[tf.newaxis])[0], x)

    model = Model()
    model.build((None, 2))
    function = tf.function(layers.UpTo(model, 'inside'), autograph=False)
    with self.assertRaisesRegex(
      ValueError, "^Layer 'inside' must be called on"
    ):
      function(tf.ones([4, 2]))

  def test_names_must_be_those_of_layers(self):
    for name in ('cod', 'inner/cod', '', 'code/'):
      with self.assertRaisesRegex(ValueError, 'The model has 0 of that name'):
        layers.UpTo(self.model(), name)


if __name__ == '__main__':
  test_util.main()
