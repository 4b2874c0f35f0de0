"""Layers that loading builds, whoever holds them.

Keras saves the shapes that a layer was built for in its config, and builds it
from them. A layer that a subclassed model makes in its `__init__` has no config
in the file, and if the model's `call` does not call it, nothing builds it
before its weights are loaded: it would be left with fresh ones, silently.
"""

import json

import numpy as np

_KEY = 'build_config'  # Beside the variables, whose keys are numbers.


class BuiltByLoading:
  """A base class of layers that are saved with the shapes they were built for.

  To be named before `keras.layers.Layer` or `keras.Model`, whose
  `get_build_config` and `build_from_config` it uses.
  """

  def save_own_variables(self, store):
    super().save_own_variables(store)
    config = self.get_build_config() if self.built else None
    text = json.dumps(config, default=list)
    store[_KEY] = np.frombuffer(text.encode(), np.uint8)

  def load_own_variables(self, store):
    found = {key: store[key] for key in store.keys()}
    saved = found.pop(_KEY, None)
    if not self.built:
      if saved is None:
        raise ValueError(
          f'{self.name} must be built before its weights are loaded: the file '
          'has no shapes to build it for. Call it once, or its `build`. '
          f'Received: variables {sorted(found)} of this layer.'
        )
      config = json.loads(bytes(saved.astype(np.uint8)))
      if config is not None:
        self.build_from_config(config)
    super().load_own_variables(found)

  def build_from_config(self, config):
    super().build_from_config(shapes(config))


def shapes(config):
  """Returns a structure of shapes with tuples for what JSON made lists of."""
  if isinstance(config, dict):
    return {key: shapes(value) for key, value in config.items()}
  if isinstance(config, (list, tuple)):
    if all(size is None or isinstance(size, int) for size in config):
      return tuple(config)
    return [shapes(value) for value in config]
  return config
