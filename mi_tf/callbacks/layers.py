"""Layers by their names, as functions of what their model takes."""

import keras
import tensorflow as tf


def by_name(model):
  """Returns a dict from paths to layers, those of nested models too.

  A layer of a nested model has the path 'outer/inner'.

  Args:
    model: `keras.Model`.
  """
  found = {}
  for layer in model.layers:
    if not isinstance(layer, keras.layers.InputLayer):
      found[layer.name] = layer
    if isinstance(layer, keras.Model):
      for path, inner in by_name(layer).items():
        found[f'{layer.name}/{path}'] = inner
  return found


class UpTo:
  """A function from what a model takes to what one of its layers returns."""

  def __init__(self, model, name):
    """Finds the layer.

    Args:
      model: `keras.Model`, also one with its own `call`.
      name: `str`, the layer's name, where one layer has it, or its path.

    Raises:
      ValueError: if there is no such layer, or several; in a call, if the model
        doesn't call it once.
    """
    layers = by_name(model)
    paths = [p for p in layers if p.endswith(f'/{name}')]
    if name in layers:
      paths = [name]
    if len(paths) != 1:
      raise ValueError(
        f'{name!r} must be the name of one layer. The model has {len(paths)} '
        f'of that name among its layers, {list(layers)}.'
      )
    self._model, self._name, self._layer = model, name, layers[paths[0]]

  def __call__(self, x):
    outputs, call = [], self._layer.call

    def spied(*args, **kwargs):
      outputs.append(call(*args, **kwargs))
      return outputs[-1]

    self._layer.call = spied
    try:
      self._model(x, training=False)
    finally:
      del self._layer.call  # The one of its class is there again.
    outputs = [t for t in outputs if _is_of_this_graph(t)]
    if len(outputs) != 1:
      raise ValueError(
        f'Layer {self._name!r} must be called once by the model, and outside '
        f'of loops and functions. It was called {len(outputs)} times so: pass '
        'a function of x instead.'
      )
    return outputs[0]


def _is_of_this_graph(value):
  """Returns whether tensors are none of a loop's or function's inside."""
  graph = tf.compat.v1.get_default_graph()
  return tf.executing_eagerly() or all(
    getattr(t, 'graph', None) is graph for t in keras.tree.flatten(value)
  )
