"""Layers that loading builds, whoever holds them.

Keras saves the shapes that a layer was built for in its config, and builds it
from them. A layer that a subclassed model makes in its `__init__` has no config
in the file, and if the model's `call` does not call it, nothing builds it
before its weights are loaded: it would be left with fresh ones, silently.
"""

import inspect
import json

import numpy as np

from mi_tf.internal import structures

_KEY = 'build_config'  # Beside the variables, whose keys are numbers.


class BuiltByLoading:
  """A base class of layers that are saved with the shapes they were built for.

  To be named before `keras.layers.Layer` or `keras.Model`, whose
  `get_build_config` and `build_from_config` it uses. Inputs may be structures
  of tensors, also of integers and strings.

  Attributes:
    input_dtypes: dict from the arguments of `build` to structures of dtypes of
      the inputs that the layer is or was built for; or `None`, if all are
      floating.
  """

  input_dtypes = None

  def __call__(self, *args, **kwargs):
    if not self.built:
      bound = inspect.signature(self.call).bind_partial(*args, **kwargs)
      names = inspect.signature(self.build).parameters
      self._expect(dict(zip(names, bound.arguments.values())))
    return super().__call__(*args, **kwargs)

  def _expect(self, inputs):
    """Tells which types of inputs the layer will be built for.

    Args:
      inputs: dict from the arguments of `build` to structures of `Tensor`s, or
        of what else has a dtype.
    """
    dtypes = {key: structures.dtypes(value) for key, value in inputs.items()}
    known = any(structures.is_special(value) for value in dtypes.values())
    self.input_dtypes = dtypes if known else None

  def get_build_config(self):
    """Returns the shapes, and the types where inputs are not floating."""
    config = super().get_build_config()
    if config and self.input_dtypes:
      config = {**config, 'input_dtypes': self.input_dtypes}
    return config

  def build_from_config(self, config):
    """Builds the layer for what `get_build_config` returned."""
    config = dict(config)
    self.input_dtypes = config.pop('input_dtypes', None)
    super().build_from_config(structures.shapes_of_json(config))

  def save_own_variables(self, store):
    """Saves the variables, and what `build` needs."""
    super().save_own_variables(store)
    config = self.get_build_config() if self.built else None
    text = json.dumps(config, default=list)
    store[_KEY] = np.frombuffer(text.encode(), np.uint8)

  def load_own_variables(self, store):
    """Loads the variables, after building what is not built.

    Raises:
      ValueError: if the layer is not built, and the file has no shapes.
    """
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
