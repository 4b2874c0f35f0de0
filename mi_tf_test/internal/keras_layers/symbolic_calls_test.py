"""Tests of calls on symbolic inputs."""

import keras
import tensorflow as tf

from mi_tf.internal.keras_layers import symbolic_calls
from mi_tf_test import test_util


def _symbol(*shape):
  return keras.KerasTensor(shape)


class SymbolicCallTest(test_util.TestCase):
  def test_layers_are_built_and_their_variables_seen(self):
    net = keras.layers.Dense(2)
    call = symbolic_calls.SymbolicCall(net, _symbol(3, 4))
    self.assertEqual(call.outputs.shape, (3, 2))
    self.assertTrue(net.built)
    self.assertEqual(call.variables, net.variables)
    self.assertEmpty(call.other_variables)

  def test_nothing_changes_in_training(self):
    net = keras.Sequential(
      [keras.layers.BatchNormalization(), keras.layers.Dropout(0.5)]
    )
    net.build((None, 4))
    before = [tf.identity(v.value) for v in net.variables]
    call = symbolic_calls.SymbolicCall(net, _symbol(3, 4), training=True)
    self.assertLen(call.variables, len(net.variables))  # And the seed.
    for v, value in zip(net.variables, before, strict=True):
      self.assertAllEqual(v, value)

  def test_variables_of_tensorflow_are_told_apart(self):
    other, constant = tf.Variable(1.0), tf.Variable(1.0, trainable=False)
    own = keras.Variable(1.0)
    call = symbolic_calls.SymbolicCall(
      lambda x: x * other * own * constant, _symbol(2)
    )
    self.assertEqual([v.ref() for v in call.other_variables], [other.ref()])
    self.assertEqual([id(v) for v in call.variables], [id(own)])

  def test_variables_in_a_graph_that_was_traced_before_may_be_known(self):
    own = keras.Variable(1.0)
    function = tf.function(lambda x: x * own)
    for _ in range(2):
      call = symbolic_calls.SymbolicCall(
        function, _symbol(2), known=lambda: [own]
      )
    self.assertEqual([id(v) for v in call.variables], [id(own)])
    self.assertEmpty(call.other_variables)

  def test_a_traced_function_does_not_keep_first_numbers_of_layers(self):
    net = keras.layers.Dense(2)
    function = tf.function(lambda x: net(x))
    call = symbolic_calls.SymbolicCall(function, _symbol(None, 4))
    self.assertEqual(call.variables, net.variables)
    net.kernel.assign(tf.ones([4, 2]))
    self.assertAllEqual(function(tf.ones([3, 4])), tf.fill([3, 2], 4.0))
    self.assertFalse(tf.config.functions_run_eagerly())

  def test_a_function_may_need_autograph(self):
    @tf.function
    def function(x):
      if tf.reduce_sum(x) > 0:
        return x
      return -x

    self.assertEqual(
      symbolic_calls.SymbolicCall(function, _symbol(3)).outputs.shape, (3,)
    )

  def test_errors_are_those_of_the_function(self):
    def fail(x):
      raise KeyError('of the function')

    with self.assertRaisesRegex(KeyError, '^.of the function.$'):
      symbolic_calls.SymbolicCall(fail, _symbol(2))

  def test_it_can_be_in_a_graph_that_is_being_traced(self):
    net = keras.layers.Dense(2)

    @tf.function(autograph=False)
    def step(x):
      if not net.built:
        symbolic_calls.SymbolicCall(net, _symbol(3, 4))
      return net(x)

    self.assertAllEqual(step(tf.ones([5, 4])), net(tf.ones([5, 4])))


if __name__ == '__main__':
  tf.test.main()
