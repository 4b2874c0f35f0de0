"""The Keras layers and variables that a Python function can reach."""

import collections.abc
import functools
import types

import keras
import numpy as np
import tensorflow as tf

# Their objects hold none of a user's layers, and may be large.
_LIBRARIES = frozenset(
  ('builtins', 'functools', 'keras', 'mi_tf', 'numpy', 'pandas', 'tensorflow')
)
_STATEFUL = (keras.layers.Layer, keras.Variable)


def reachable(function):
  """Returns the distinct layers and variables that a function can reach.

  The search covers closures, default values, arguments of partials, objects of
  bound methods, attributes of callable objects, global names in the code,
  functions with these names, and containers of all of these. It does not look
  into layers. The order of the result depends only on the code.
  """
  found, seen, stack = [], {}, [function]
  while stack:
    item = stack.pop()
    if id(item) in seen:
      continue
    seen[id(item)] = item  # While it lives, its id is its own.
    if isinstance(item, _STATEFUL):
      found.append(item)
    else:
      stack.extend(reversed(_parts(item)))
  return found


def sublayers(layer):
  """Returns the layers in a layer's attributes, and in containers there."""
  found, stack = {}, list(vars(layer).values())
  while stack:
    item = stack.pop(0)
    if isinstance(item, keras.layers.Layer):
      found[id(item)] = item
    elif isinstance(item, (list, tuple)):
      stack = [*item, *stack]
    elif isinstance(item, dict):
      stack = [*item.values(), *stack]
  return list(found.values())


def contains(layer, other):
  """Returns whether `layer` is `other` or contains it at any depth."""
  seen, stack = set(), [layer]
  while stack:
    item = stack.pop()
    if item is other:
      return True
    if id(item) not in seen:
      seen.add(id(item))
      stack.extend(sublayers(item))
  return False


def _parts(item):
  """Returns the Python objects that an object refers to, a list."""
  if isinstance(item, functools.partial):
    return [item.func, *item.args, *item.keywords.values()]
  if isinstance(item, types.MethodType):
    return [item.__self__, item.__func__]
  if isinstance(item, (staticmethod, classmethod)):
    return [item.__func__]
  if isinstance(item, property):
    return [item.fget]
  if isinstance(item, types.FunctionType):
    return _parts_of_function(item)
  if isinstance(item, collections.abc.Mapping):
    return list(item.values())
  if isinstance(item, (list, tuple, set, frozenset)):
    return list(item)
  if hasattr(type(item), 'python_function'):  # Of `tf.function`.
    return [item.python_function]
  if isinstance(item, type):
    return [] if _is_of_library(item) else list(vars(item).values())
  others = (types.ModuleType, np.ndarray, tf.Tensor, tf.Variable)
  if isinstance(item, others) or _is_of_library(type(item)):
    return []
  slots = [
    getattr(item, name, None)
    for cls in type(item).__mro__
    for name in getattr(cls, '__slots__', ())
  ]
  own = list(getattr(item, '__dict__', {}).values())
  return [*own, *slots, *type(item).__mro__]


def _is_of_library(item):
  return str(item.__module__).split('.')[0] in _LIBRARIES


def _parts_of_function(function):
  """Returns the objects that a function refers to, without its arguments."""
  if _is_of_library(function):
    return []
  cells = []
  for cell in function.__closure__ or ():
    try:
      cells.append(cell.cell_contents)
    except ValueError:  # It is not set yet.
      continue
  defaults = [
    *(function.__defaults__ or ()),
    *(function.__kwdefaults__ or {}).values(),
  ]
  names = list(dict.fromkeys(_names(function.__code__)))
  known = function.__globals__
  values = [known[name] for name in names if name in known]
  in_modules = [
    vars(value).get(name)
    for value in values
    if isinstance(value, types.ModuleType)
    for name in names
  ]
  return [
    *cells,
    *defaults,
    *vars(function).values(),
    *values,
    *(value for value in in_modules if isinstance(value, _STATEFUL)),
  ]


def _names(code):
  """Yields the names in a code object and in the code objects inside it."""
  yield from code.co_names
  for constant in code.co_consts:
    if isinstance(constant, types.CodeType):
      yield from _names(constant)
