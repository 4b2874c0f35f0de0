"""Tests of layers of functions."""

import functools

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.internal.keras_layers import function_layers
from mi_tf_test import test_util

_SHAPES = ((None, 3), (None, 3))


def _dot(a, b):
  return tf.matmul(a, b, transpose_b=True)


def _layer(function, **kwargs):
  """Returns the layer of a function, built."""
  layer = function_layers.CriticFunction(function, 'critic', **kwargs)
  layer.build(*_SHAPES)
  return layer


@keras.saving.register_keras_serializable('mi_tf_test')
def registered(x, y):
  """A critic that can be saved."""
  return _dot(x, y)


class FunctionLayerTest(test_util.TestCase):
  def test_a_layer_that_is_built_by_the_call_is_a_sublayer(self):
    net = keras.layers.Dense(2)
    layer = _layer(lambda x, y: _dot(net(x), net(y)))
    self.assertEqual(layer.layers_used, [net])
    self.assertEqual(layer.trainable_weights, net.trainable_weights)

  def test_losses_and_state_of_layers_are_there(self):
    net = keras.Sequential(
      [
        keras.layers.Dense(2, kernel_regularizer='l2'),
        keras.layers.BatchNormalization(),
        keras.layers.Dropout(0.5),
      ]
    )
    layer = _layer(lambda x, y: _dot(net(x), net(y)))
    self.assertLen(layer.losses, 1)
    self.assertLen(layer.variables, len(net.variables))
    mean, seed = (net.layers[1].moving_mean, net.layers[2].seed_generator.state)
    before = [tf.identity(v.value) for v in (mean, seed)]
    x = tf.constant(self.rng().normal(size=[5, 3]), tf.float32)
    layer(x, x)
    for v, value in zip((mean, seed), before):
      self.assertAllEqual(v, value)
    layer(x, x, training=True)
    for v, value in zip((mean, seed), before):
      self.assertNotAllEqual(v, value)

  def test_a_function_may_take_training(self):
    layer = _layer(lambda x, y, training: _dot(x, y) * (2.0 if training else 1))
    x = tf.ones([2, 3])
    self.assertAllEqual(layer(x, x, training=True), 2.0 * layer(x, x))

  def test_weights_of_others_are_left_alone(self):
    net = keras.layers.Dense(2)
    layer = _layer(lambda x, y: _dot(net(x), net(y)), owns_weights=False)
    self.assertEmpty(layer.variables)

  def test_what_was_refused_is_not_built_and_refused_again(self):
    estimator = mi_tf.MiEstimator(
      lambda x, y: _dot(keras.layers.Dense(3)(x), y)
    )
    for _ in range(2):
      with self.assertRaisesRegex(ValueError, 'each call of which makes new'):
        estimator.build(*_SHAPES)
      self.assertFalse(estimator.critic.built)

  def test_a_layer_of_keras_2_is_refused(self):
    class Dense:
      def __call__(self, *args):
        return args[0]

    Dense.__module__ = 'tf_keras.layers'
    for make in (
      function_layers.as_critic,
      functools.partial(function_layers.as_encoder, argument='critic'),
    ):
      with self.assertRaisesRegex(ValueError, 'a layer of tf_keras.$'):
        make(Dense())

  def test_registered_functions_are_saved_and_others_refused(self):
    layer = _layer(registered)
    copy = keras.saving.deserialize_keras_object(
      keras.saving.serialize_keras_object(layer)
    )
    self.assertIs(copy.function, registered)
    for function in (
      lambda x, y: _dot(x, y),
      functools.partial(registered),
      keras.layers.Dense(2).call,
    ):
      with self.assertRaisesRegex(ValueError, '`critic` must be a function of'):
        function_layers.CriticFunction(function, 'critic').get_config()


class KindsTest(test_util.TestCase):
  @parameterized.named_parameters(
    ('layer', lambda: keras.layers.Dense(1), r'takes \(inputs, training\)'),
    ('sequential', lambda: keras.Sequential([]), r'takes \(inputs, training'),
    ('function', lambda: lambda x: x, r'which takes \(x\)'),
    ('number', lambda: 3, 'critic=3'),
    ('nothing', lambda: None, 'critic=None'),
    (
      'model',
      lambda: keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]),
      'takes',
    ),
  )
  def test_what_takes_no_pairs_is_no_critic(self, make, received):
    with self.assertRaisesRegex(
      ValueError, f'^`critic` must be the name .*{received}'
    ):
      mi_tf.MiEstimator(make())

  def test_what_takes_pairs_is_a_critic(self):
    sides = [keras.Input((2,)), keras.Input((2,))]
    model = keras.Model(sides, keras.layers.Dot(1)(sides))
    self.assertIs(function_layers.as_critic(model), model)
    for function in (registered, lambda *args: args[0], np.matmul):
      self.assertIsInstance(
        function_layers.as_critic(function), function_layers.CriticFunction
      )

  @parameterized.parameters(3, 'mlp', keras.layers.Dense)
  def test_what_is_no_layer_and_no_function_is_no_encoder(self, encoder):
    for make in (mi_tf.SeparableCritic, mi_tf.LearnedBaseline):
      with self.assertRaisesRegex(ValueError, '^`x_encoder` must be a keras.L'):
        make(x_encoder=encoder)

  def test_an_encoder_that_is_a_function_is_trained(self):
    net = keras.layers.Dense(2)
    critic = mi_tf.InnerProductCritic(
      x_encoder=lambda x: net(x['a']), y_encoder=net
    )
    critic({'a': tf.ones([4, 3])}, tf.ones([4, 3]))
    self.assertEqual(critic.trainable_weights, net.trainable_weights)


if __name__ == '__main__':
  tf.test.main()
