"""Tests of the weights that are found for a function."""

from absl.testing import parameterized
import keras
import tensorflow as tf

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


class UsedWeightsTest(test_util.TestCase):
  def test_only_what_is_used_of_a_larger_thing_is_taken(self):
    used, other = keras.layers.Dense(2), keras.layers.Dense(2)
    holder = keras.Sequential([used, other])
    holder.build((None, 3))
    layer = _layer(lambda x, y: _dot(holder.layers[0](x), used(y)))
    self.assertEqual(layer.layers_used, [used])
    layer = _layer(lambda x, y: _dot(x @ used.kernel, used(y)))
    self.assertEqual(layer.layers_used, [used])
    layer = _layer(lambda x, y: _dot(x @ used.kernel, y[:, :2]))
    self.assertEmpty(layer.layers_used)
    self.assertEqual([id(v) for v in layer.weights], [id(used.kernel)])

  def test_variables_of_what_is_not_found_are_taken(self):
    nets = [keras.layers.Dense(2)]
    hidden = iter(lambda: nets[0], None)  # Not looked into.
    layer = _layer(lambda x, y: _dot(next(hidden)(x), next(hidden)(y)))
    self.assertEmpty(layer.layers_used)
    self.assertLen(layer.trainable_weights, 2)

  def test_a_layer_that_holds_the_function_is_not_taken_for_its_part(self):
    class Outer(keras.layers.Layer):
      def __init__(self):
        super().__init__()
        self.net = keras.layers.Dense(2)
        self.scores = function_layers.CriticFunction(
          lambda x, y: _dot(self.net(x), self.net(y)), 'critic'
        )

      def call(self, x, y):
        return self.scores(x, y)

    outer = Outer()
    outer(tf.ones([2, 3]), tf.ones([2, 3]))
    self.assertEqual(outer.scores.layers_used, [outer.net])
    self.assertLen(outer.weights, 2)

  @parameterized.named_parameters(
    ('one', tf.Variable(tf.ones([3, 3]))), ('frozen', None)
  )
  def test_variables_of_tensorflow_are_refused_where_trainable(self, weight):
    if weight is None:
      constant = tf.Variable(tf.ones([3, 3]), trainable=False)
      self.assertEmpty(_layer(lambda x, y: _dot(x @ constant, y)).variables)
      return
    with self.assertRaisesRegex(
      ValueError, r'^`critic` must use weights that Keras .*Variable:0'
    ):
      _layer(lambda x, y: _dot(x @ weight, y))

  def test_weights_that_each_call_makes_anew_are_refused(self):
    with self.assertRaisesRegex(ValueError, 'each call of which makes new'):
      _layer(lambda x, y: _dot(keras.layers.Dense(3)(x), y))


if __name__ == '__main__':
  test_util.main()
