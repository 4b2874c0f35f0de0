"""The Keras layers and variables that a function can reach."""

import collections.abc
import functools
import types

import keras
import numpy as np
import tensorflow as tf

# What is theirs holds no layer of a user's, and may be large.
_LIBRARIES = frozenset(
  ('builtins', 'functools', 'keras', 'mi_tf', 'numpy', 'pandas', 'tensorflow')
)
_STATEFUL = (keras.layers.Layer, keras.Variable)


def reachable(function):
  """Returns the layers and variables that a function can reach, in one order.

  They are looked for in closures, default values, the arguments of partials,
  the object of a bound method, the attributes of callable objects, global
  names that occur in the code, functions of these names, and containers of all
  of these. Layers are not looked into.

  Args:
    function: any callable.

  Returns:
    List of `keras.layers.Layer`s and `keras.Variable`s, without repetition.
  """
  found, seen, stack = [], {}, [function]
  while stack:
    thing = stack.pop()
    if id(thing) in seen:
      continue
    seen[id(thing)] = thing  # Kept: an id may come again otherwise.
    if isinstance(thing, _STATEFUL):
      found.append(thing)
    else:
      stack.extend(reversed(_parts(thing)))
  return found


def sublayers(layer):
  """Returns the layers that are attributes of a layer, or in containers."""
  found, stack = {}, list(vars(layer).values())
  while stack:
    thing = stack.pop(0)
    if isinstance(thing, keras.layers.Layer):
      found[id(thing)] = thing
    elif isinstance(thing, (list, tuple)):
      stack = [*thing, *stack]
    elif isinstance(thing, dict):
      stack = [*thing.values(), *stack]
  return list(found.values())


def holds(layer, other):
  """Returns whether a layer is another one, or holds it at any depth."""
  seen, stack = set(), [layer]
  while stack:
    thing = stack.pop()
    if thing is other:
      return True
    if id(thing) not in seen:
      seen.add(id(thing))
      stack.extend(sublayers(thing))
  return False


def _parts(thing):
  """Returns what a thing is made of, a list."""
  if isinstance(thing, functools.partial):
    return [thing.func, *thing.args, *thing.keywords.values()]
  if isinstance(thing, types.MethodType):
    return [thing.__self__, thing.__func__]
  if isinstance(thing, (staticmethod, classmethod)):
    return [thing.__func__]
  if isinstance(thing, property):
    return [thing.fget]
  if isinstance(thing, types.FunctionType):
    return _parts_of_function(thing)
  if isinstance(thing, collections.abc.Mapping):
    return list(thing.values())
  if isinstance(thing, (list, tuple, set, frozenset)):
    return list(thing)
  if hasattr(type(thing), 'python_function'):  # Of `tf.function`.
    return [thing.python_function]
  if isinstance(thing, type):
    return [] if _is_of_library(thing) else list(vars(thing).values())
  others = (types.ModuleType, np.ndarray, tf.Tensor, tf.Variable)
  if isinstance(thing, others) or _is_of_library(type(thing)):
    return []
  slots = [
    getattr(thing, name, None)
    for cls in type(thing).__mro__
    for name in getattr(cls, '__slots__', ())
  ]
  own = list(getattr(thing, '__dict__', {}).values())
  return [*own, *slots, *type(thing).__mro__]


def _is_of_library(thing):
  return str(thing.__module__).split('.')[0] in _LIBRARIES


def _parts_of_function(function):
  """Returns what a function can reach, but for what its arguments bring."""
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
  """Yields the names in a code object and in those inside of it."""
  yield from code.co_names
  for constant in code.co_consts:
    if isinstance(constant, types.CodeType):
      yield from _names(constant)
