"""Finds the weights that a user's function uses.

The function is called on symbolic inputs, with `training` True and False. Its
weights are the Keras variables that it reads or assigns. If it uses all weights
of a layer that it can reach, the layer is returned in place of the weights.
"""

import functools

import keras

from mi_tf.internal.keras_layers import reachable_layers
from mi_tf.internal.keras_layers import symbolic_calls


def find(layer, call, inputs):
  """Returns the layers and the other variables that a function uses.

  `layer` is the `FunctionLayer` of the function. `call(*inputs)` calls the
  function; `inputs` are structures of `keras.KerasTensor`s. Raises a
  `ValueError` if there are weights that Keras can't train, or that each call
  creates anew.
  """
  reachable = reachable_layers.reachable(layer.function)
  call_once = functools.partial(
    symbolic_calls.SymbolicCall,
    call,
    *inputs,
    name=layer.name,
    known=lambda: _variables(reachable),
  )
  calls = [call_once(training=training) for training in (False, True)]
  _check_not_made_anew(layer, reachable, calls, call_once)
  _check_of_keras(layer, calls)
  used = {id(v): v for call in calls for v in call.variables}
  layers, single = [], []
  for item in reachable:
    if isinstance(item, keras.Variable):
      single.append(item)
    else:
      layers += _used_layers(item, used, layer)
  layers = list({id(item): item for item in layers}.values())
  held = {id(v) for item in layers for v in item.variables}
  single = {id(v): v for v in [*single, *used.values()]}
  return layers, [
    v for key, v in single.items() if key in used and key not in held
  ]


def _used_layers(item, used, owner):
  """Returns a layer if all of its weights are used, else its used sublayers.

  `used` has the ids of variables as keys. `owner` is the `FunctionLayer`.
  Layers that contain `owner` are not returned.
  """
  weights = item.weights or item.variables
  if all(id(v) in used for v in weights):
    if item.built and not reachable_layers.contains(item, owner):
      return [item]
  elif not any(id(v) in used for v in weights):
    return []
  return [
    layer
    for inside in reachable_layers.sublayers(item)
    if inside.variables and not reachable_layers.contains(inside, owner)
    for layer in _used_layers(inside, used, owner)
  ]


def _check_not_made_anew(layer, reachable, calls, call_once):
  """Raises a `ValueError` if each call of a function makes new weights."""
  held = {id(v) for v in _variables(reachable)}
  made = [v for v in calls[0].variables if id(v) not in held]
  if _missing(made, calls[1]) and _missing(made, call_once(training=False)):
    raise ValueError(
      f'`{layer.argument}` must use the same layers whenever it is called: '
      f'make them outside of the function. Received: {layer.received()}, each '
      'call of which makes new weights.'
    )


def _check_of_keras(layer, calls):
  """Raises a `ValueError` if a function reads other trainable variables."""
  names = {v.name for call in calls for v in call.other_variables}
  if names:
    raise ValueError(
      f'`{layer.argument}` must use weights that Keras can train: layers of '
      'Keras 3 and `keras.Variable`s; or `tf.Variable(..., trainable=False)` '
      f'for constants. Received: {layer.received()}, which reads the '
      f'`tf.Variable`s {sorted(names)}.'
    )


def _variables(reachable):
  """Returns the variables among layers and variables, a list."""
  return [
    v
    for item in reachable
    for v in ([item] if isinstance(item, keras.Variable) else item.variables)
  ]


def _missing(variables, call):
  """Returns whether a call did not use all of the variables."""
  used = {id(v) for v in call.variables}
  return any(id(v) not in used for v in variables)
