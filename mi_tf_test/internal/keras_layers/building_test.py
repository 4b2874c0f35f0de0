"""Tests of `mi_tf.internal.building`."""

import keras
import tensorflow as tf

from mi_tf.internal import structures
from mi_tf.internal.keras_layers import building
from mi_tf_test import test_util


class _Layer(building.BuiltByLoading, keras.layers.Layer):
  """A layer of two inputs, of which one is a structure."""

  def build(self, x_shape, y_shape):
    self.x_layer = keras.layers.Dense(2, name='x')
    self.x_layer.build(x_shape['a'])
    self.y_layer = keras.layers.Dense(2, name='y')
    self.y_layer.build(y_shape)

  def call(self, x, y):
    return self.x_layer(x['a']) + self.y_layer(y)


class _Model(keras.Model):
  """A model that does not call its layer in its own `call`."""

  def __init__(self):
    super().__init__()
    self.layer = _Layer()

  def call(self, x):
    return x

  def build(self, x_shape):
    self.built = True


def _inputs():
  return {'a': tf.ones([4, 3])}, tf.ones([4, 5])


class BuildingTest(test_util.TestCase):
  def model(self):
    model = _Model()
    model(tf.ones([1, 1]))
    return model

  def saved(self, model):
    path = f'{self.create_tempdir().full_path}/model.weights.h5'
    model.save_weights(path)
    return path

  def test_layer_outside_of_call_is_built_when_it_is_loaded(self):
    model, copy = self.model(), self.model()
    expected = model.layer(*_inputs())
    copy.load_weights(self.saved(model))
    self.assertAllEqual(copy.layer(*_inputs()), expected)

  def test_layer_that_was_not_built_is_not_built_by_loading(self):
    copy = self.model()
    copy.load_weights(self.saved(self.model()))
    self.assertFalse(copy.layer.built)

  def test_layer_that_is_built_takes_the_weights_of_a_file_without_shapes(self):
    layer = _Layer()
    layer(*_inputs())
    layer.load_own_variables({})

  def test_layer_that_is_not_built_refuses_a_file_without_shapes(self):
    with self.assertRaisesRegex(ValueError, 'must be built before its weights'):
      _Layer().load_own_variables({})

  def test_shapes_are_tuples_and_their_structures_lists_and_dicts(self):
    found = structures.shapes_of_json(
      {'x': [[None, 2], {'a': [None]}], 'y': [None, 3]}
    )
    self.assertEqual(found, {'x': [(None, 2), {'a': (None,)}], 'y': (None, 3)})


if __name__ == '__main__':
  tf.test.main()
