"""Tests of `mi_tf.critics.symbols`."""

import keras
import tensorflow as tf

import mi_tf
from mi_tf.internal.keras_layers import symbolic_inputs
from mi_tf_test import test_util


class SymbolsTest(test_util.TestCase):
  def test_a_shape_is_one_tensor(self):
    symbol = symbolic_inputs.of((None, 2), num_rows=3)
    self.assertIsInstance(symbol, keras.KerasTensor)
    self.assertEqual((symbol.shape, symbol.dtype), ((3, 2), 'float32'))
    self.assertEqual(symbolic_inputs.of([None], 'string').dtype, 'string')

  def test_structures_have_their_dtypes(self):
    found = symbolic_inputs.of(
      {'a': (None,), 'b': [(None, 2), (None, 3)]},
      {'a': 'int64', 'b': ['float32', 'string']},
    )
    self.assertEqual(found['a'].dtype, 'int64')
    self.assertEqual([t.shape for t in found['b']], [(None, 2), (None, 3)])
    self.assertEqual([t.dtype for t in found['b']], ['float32', 'string'])

  def test_a_layer_tells_what_it_expects(self):
    critic = mi_tf.SeparableCritic()
    shapes = {'x_shape': (None,), 'y_shape': (None, 2)}
    x, y = symbolic_inputs.of_layer(critic, **shapes)
    self.assertEqual((x.dtype, y.dtype), ('float32', 'float32'))
    critic._expect({'x_shape': tf.constant(['a']), 'y_shape': tf.ones([1, 2])})
    x, y = symbolic_inputs.of_layer(critic, **shapes)
    self.assertEqual((x.dtype, y.dtype), ('string', 'float32'))


if __name__ == '__main__':
  tf.test.main()
