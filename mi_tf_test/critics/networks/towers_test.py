"""Tests of the networks for one side."""

import random

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

from mi_tf.critics.networks import towers
from mi_tf_test import test_util
from mi_tf_test.critics import reference


class TowersTest(test_util.TestCase):
  @parameterized.parameters(((),), ((5,),), ((5, 4, 3),))
  def test_tower_is_linear_after_its_hidden_layers(self, hidden_units):
    tower = towers.tower(hidden_units, 2, 'tanh')
    tower.build((None, 3))
    reference.randomize(tower, self.rng('weights'))
    x = self.rng('x').normal(size=(4, 3)).astype(np.float32)
    self.assertEqual(
      [layer.units for layer in tower.layers], [*hidden_units, 2]
    )
    expected = [reference.tower(tower, 'tanh', v) for v in x]
    self.assertAllClose(tower(x), expected, rtol=1e-5, atol=1e-5)

  def test_tower_has_the_dtype_and_name_that_it_is_given(self):
    tower = towers.tower((3,), 2, 'relu', dtype='bfloat16', name='mine')
    self.assertEqual(tower.name, 'mine')
    self.assertEqual(tower(np.ones((2, 3))).dtype, tf.bfloat16)

  def test_conv_tower_maps_images_of_any_size_to_vectors(self):
    for shape in ((2, 8, 8, 1), (2, 9, 12, 3), (2, 28, 28, 1)):
      tower = towers.conv_tower(6)
      images = self.rng(shape).normal(size=shape).astype(np.float32)
      value = tower(images)
      self.assertEqual(value.shape, [2, 6])
      self.assertAllGreaterEqual(value, 0.0)
      self.assertNotAllClose(value[0], value[1])

  def test_dropout_of_a_name_is_that_of_keras(self):
    ours, theirs = (
      cls(0.3, seed=4, name='mine')
      for cls in (towers.NamedDropout, keras.layers.Dropout)
    )
    x = tf.ones([50, 4])
    for _ in range(2):
      self.assertAllEqual(ours(x, training=True), theirs(x, training=True))
    self.assertAllEqual(ours(x), x)
    (variable,) = ours.variables
    self.assertEqual(variable.path.split('/')[0], 'mine')
    self.assertEqual(ours.get_config(), theirs.get_config())

  def test_dropout_draws_a_seed_as_keras_does(self):
    drawn = []
    for cls in (towers.NamedDropout, keras.layers.Dropout):
      random.seed(3)
      layer = cls(0.5)
      layer.build((None, 4))
      drawn.append(layer.seed_generator.state.numpy())
      self.assertIsNone(layer.get_config()['seed'])
    self.assertAllEqual(*drawn)

  def test_build_returns_the_shape_of_the_outputs(self):
    layer = keras.layers.Conv2D(5, 3)
    self.assertEqual(towers.build(layer, (None, 8, 9, 2)), (None, 6, 7, 5))
    self.assertTrue(layer.built)

  def test_flat_shape_multiplies_all_dimensions_but_the_first(self):
    self.assertEqual(towers.flat_shape((None, 2, 3, 4)), (None, 24))
    self.assertEqual(towers.flat_shape((7,)), (7, 1))

  def test_unknown_dimension_is_refused(self):
    with self.assertRaisesRegex(
      ValueError,
      r'All dimensions but the first must be known\. '
      r'Received: shape=\(None, 2, None\)\.',
    ):
      towers.flat_shape((None, 2, None))

  def test_flatten_keeps_each_sample_together(self):
    x = self.rng().normal(size=(5, 2, 3))
    self.assertAllEqual(
      towers.flatten(tf.constant(x)), [sample.ravel() for sample in x]
    )
    self.assertEqual(towers.flatten(tf.ones([5])).shape, [5, 1])

  def test_flatten_takes_an_unknown_batch(self):
    flatten = tf.function(
      towers.flatten, [tf.TensorSpec([None, 2, 3])], autograph=False
    )
    self.assertEqual(flatten(tf.ones([4, 2, 3])).shape, [4, 6])
    self.assertEqual(flatten(tf.ones([0, 2, 3])).shape, [0, 6])

  def test_layers_in_configs_are_made_anew(self):
    layer = keras.layers.Dense(3, 'tanh')
    config = {'encoder': towers.serialize(layer), 'none': None, 'size': 2}
    made = towers.deserialize(config, 'encoder', 'none', 'absent')
    self.assertEqual(made['encoder'].get_config(), layer.get_config())
    self.assertIsNot(made['encoder'], layer)
    self.assertIsNone(made['none'])
    self.assertEqual(made['size'], 2)
    self.assertNotIn('absent', made)
    self.assertIsNone(towers.serialize(None))


if __name__ == '__main__':
  test_util.main()
