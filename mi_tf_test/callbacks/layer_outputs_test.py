"""Tests of representations of arrays, a batch at a time."""

from unittest import mock

import keras
import numpy as np
import tensorflow as tf

from mi_tf.callbacks import layer_outputs
from mi_tf_test import test_util


class ByBatchesTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.enter_context(mock.patch.object(layer_outputs, '_BATCH_SIZE', 4))

  def test_all_rows_are_encoded_in_their_order(self):
    x = np.float32(self.rng().normal(size=(10, 3)))
    encode = layer_outputs.BatchedEncoder(tf.math.tanh)
    self.assertAllClose(encode(x), np.tanh(x), rtol=1e-6)

  def test_lists_and_dicts_of_arrays_go_in_as_they_are(self):
    x = {'b': np.ones([9, 2], np.float32), 'a': np.arange(9, dtype=np.int32)}
    encode = layer_outputs.BatchedEncoder(
      lambda t: t['b'] * tf.cast(t['a'], tf.float32)[:, tf.newaxis]
    )
    self.assertAllEqual(encode(x), np.arange(9)[:, np.newaxis] * np.ones(2))
    encode = layer_outputs.BatchedEncoder(lambda t: t[0] - t[1])
    self.assertAllEqual(encode([x['b'], 2.0 * x['b']]), -x['b'])

  def test_dropout_is_off(self):
    x = np.ones([9, 2], np.float32)
    encode = layer_outputs.BatchedEncoder(keras.layers.Dropout(0.999))
    self.assertAllEqual(encode(x), x)

  def test_half_precision_comes_in_single_precision(self):
    x = np.ones([9, 2], np.float32)
    encode = layer_outputs.BatchedEncoder(lambda t: tf.cast(t, tf.bfloat16))
    self.assertEqual(encode(x).dtype, np.float32)


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
      list(layer_outputs.by_path(self.model())),
      ['outer', 'outer/inner', 'outer/inner/code', 'drop'],
    )

  def test_layers_are_functions_of_what_the_model_takes(self):
    model = self.model()
    x = tf.constant(self.rng().normal(size=(5, 3)), tf.float32)
    expected = model(x, training=False)  # Dropout is off.
    for name in layer_outputs.by_path(model):
      function = layer_outputs.LayerOfModel(model, name)
      for call in (function, tf.function(function, autograph=False)):
        self.assertAllClose(call(x), expected, rtol=1e-6)

  def test_the_model_is_left_as_it_was(self):
    model = self.model()
    layer = layer_outputs.by_path(model)['outer/inner/code']
    function = layer_outputs.LayerOfModel(model, 'code')
    x = np.ones([2, 3], np.float32)
    function(x)
    with self.assertRaises(ValueError):
      function(np.ones([2, 4], np.float32))
    self.assertNotIn('call', vars(layer))
    function = layer_outputs.LayerOfModel(model, 'code')
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
    function = tf.function(
      layer_outputs.LayerOfModel(model, 'inside'), autograph=False
    )
    with self.assertRaisesRegex(
      ValueError, "^Layer 'inside' must be called on"
    ):
      function(tf.ones([4, 2]))

  def test_names_must_be_those_of_layers(self):
    for name in ('cod', 'inner/cod', '', 'code/'):
      with self.assertRaisesRegex(ValueError, 'The model has 0 of that name'):
        layer_outputs.LayerOfModel(self.model(), name)


if __name__ == '__main__':
  test_util.main()
