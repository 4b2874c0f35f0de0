"""Tests of the states of random layers."""

import keras
import numpy as np
import tensorflow as tf

from mi_tf.internal.keras_layers import random_states
from mi_tf_test import test_util


class _Noise(keras.layers.Layer):
  """A layer of a user's own, with generators in a list and a dict."""

  def __init__(self):
    super().__init__()
    self.generators = [keras.random.SeedGenerator(1)]
    self.named = {'a': keras.random.SeedGenerator(2)}

  def call(self, x):
    for generator in (*self.generators, self.named['a']):
      x += keras.random.normal(tf.shape(x), seed=generator)
    return x


class RandomStatesTest(test_util.TestCase):
  def model(self):
    layers = [
      keras.layers.Dropout(0.5),
      keras.layers.GaussianNoise(0.5),
      keras.layers.GaussianDropout(0.5),
      keras.layers.AlphaDropout(0.5),
      _Noise(),
    ]
    return keras.Sequential([keras.Input((4,)), *layers])

  def test_states_of_all_layers_are_found_and_no_weights(self):
    model = self.model()
    self.assertLen(random_states.variables(model), 6)
    model.add(keras.layers.Dense(3))
    model.add(keras.layers.BatchNormalization())
    self.assertLen(random_states.variables(model), 6)

  def test_what_is_restored_draws_the_same_again(self):
    model, x = self.model(), np.ones([2, 4], np.float32)
    states = [v.numpy() for v in random_states.variables(model)]
    first = model(x, training=True)
    self.assertNotAllClose(model(x, training=True), first)
    random_states.restore(model, states)
    self.assertAllEqual(model(x, training=True), first)

  def test_states_of_another_model_are_left_out(self):
    model = self.model()
    states = [v.numpy() for v in random_states.variables(model)]
    random_states.restore(model, [np.zeros(2)] * 3)
    for v, w in zip(random_states.variables(model), states, strict=True):
      self.assertAllEqual(v, w)

  def test_store_holds_states_beside_what_it_held(self):
    model, other = self.model(), self.model()
    store = {'0': np.ones(3)}
    for v in random_states.variables(model):
      v.assign([7, 8])
    random_states.save(model, store)
    self.assertLen(store, 7)
    self.assertAllEqual(list(random_states.load(other, store)), ['0'])
    for v in random_states.variables(other):
      self.assertAllEqual(v, [7, 8])


if __name__ == '__main__':
  test_util.main()
