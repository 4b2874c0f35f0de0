"""Tests of `mi_tf.critics.closures`."""

import functools
import types

from absl.testing import parameterized
import keras
import tensorflow as tf

from mi_tf.internal.keras_layers import reachable_layers
from mi_tf_test import test_util

_GLOBAL = keras.layers.Dense(1, name='global')
_CONTAINER = {'in': [keras.layers.Dense(1, name='global')]}
_MODULE = types.ModuleType('module')
_MODULE.net = _GLOBAL


def _helper(x):
  return _GLOBAL(x)


def _call(net, x):
  return net(x)


class _Callable:
  """An object that has a layer."""

  __slots__ = ('__dict__', 'slot')

  def __init__(self, net):
    self.slot = (net,)

  def __call__(self, x):
    return self.slot[0](x)


class _Holder:
  """An object whose method uses an attribute."""

  def __init__(self, net):
    self.nets = types.SimpleNamespace(net=net)

  def method(self, x):
    return self.nets.net(x)


def _net():
  return keras.layers.Dense(1, name='global')


def _closure():
  net = _net()
  return lambda x: (lambda: net(x))()


def _decorated():
  net = _net()

  def outer(function):
    @functools.wraps(function)
    def inner(x):
      return net(x)

    return inner

  return outer(_helper)


class _Module(tf.Module):
  """A module of TensorFlow that has a layer of Keras."""

  def __init__(self):
    super().__init__()
    self.net = _net()

  def __call__(self, x):
    return self.net(x)


class ClosuresTest(test_util.TestCase):
  @parameterized.named_parameters(
    ('closure', _closure),
    ('decorator', _decorated),
    ('default', lambda: lambda x, net=_GLOBAL: net(x)),
    ('keyword_default', lambda: lambda x, *, net=_GLOBAL: net(x)),
    ('partial', lambda: functools.partial(_call, _net())),
    ('partial_keyword', lambda: functools.partial(_call, net=_net())),
    ('global', lambda: lambda x: _GLOBAL(x)),
    ('global_container', lambda: lambda x: _CONTAINER['in'][0](x)),
    ('global_helper', lambda: lambda x: _helper(x)),
    ('module', lambda: lambda x: _MODULE.net(x)),
    ('bound_method', lambda: _Holder(_net()).method),
    ('callable_object', lambda: _Callable(_net())),
    ('tf_module', _Module),
    ('tf_function', lambda: tf.function(_closure())),
    ('method_of_a_layer', lambda: _net().call),
  )
  def test_the_layer_is_found(self, make):
    names = [layer.name for layer in reachable_layers.reachable(make())]
    self.assertIn('global', names)

  def test_variables_are_found_in_the_order_of_the_code(self):
    a, b = keras.Variable(1.0, name='a'), keras.Variable(2.0, name='b')
    found = reachable_layers.reachable(lambda x: a * x + b + a)
    self.assertEqual([v.name for v in found], ['a', 'b'])

  def test_what_refers_to_itself_ends(self):
    things = [_GLOBAL]
    things.append(things)
    self.assertEqual(reachable_layers.reachable(lambda: things), [_GLOBAL])

  def test_a_function_without_layers_has_none(self):
    self.assertEmpty(reachable_layers.reachable(lambda x: tf.reduce_sum(x)))
    self.assertEmpty(reachable_layers.reachable(len))

  def test_a_cell_that_is_not_set_is_left_out(self):
    def function():
      return later

    self.assertEmpty(reachable_layers.reachable(function))
    later = 1

  def test_a_layer_holds_itself_and_what_is_inside_at_any_depth(self):
    inner = keras.layers.Dense(1)
    outer = keras.Sequential([keras.Sequential([inner])])
    self.assertTrue(reachable_layers.contains(outer, inner))
    self.assertTrue(reachable_layers.contains(outer, outer))
    self.assertFalse(reachable_layers.contains(inner, outer))


if __name__ == '__main__':
  tf.test.main()
