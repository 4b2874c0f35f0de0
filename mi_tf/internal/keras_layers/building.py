"""Layers that are built when their weights are loaded.

Keras builds a loaded layer from the shapes in its config. A layer that a
subclassed model makes in its `__init__` has no config in the file. If the
model's `call` does not call this layer, Keras silently leaves it unbuilt, and
its weights are lost. The layers here also save their input shapes.
"""

from collections.abc import Mapping
from collections.abc import MutableMapping
import inspect
import json
from typing import Any

import numpy as np

from mi_tf.internal import structures

_KEY = 'build_config'  # Beside the variables, whose keys are numbers.


# Any class for type checkers: the mixin stands before `keras.layers.Layer`.
_Layer: Any = object


class BuiltByLoading(_Layer):
  """A mixin for layers that are saved with the shapes of their inputs.

  List this base class before `keras.layers.Layer` or `keras.Model`. Inputs may
  be structures of tensors, including integers and strings. If a tensor is not
  floating, `input_dtypes` maps arguments of `build` to structures of dtypes.
  """

  input_dtypes: dict[str, Any] | None = None

  def __call__(self, *args: Any, **kwargs: Any) -> Any:
    if not self.built:
      bound = inspect.signature(self.call).bind_partial(*args, **kwargs)
      names = inspect.signature(self.build).parameters
      self._expect(dict(zip(names, bound.arguments.values())))
    return super().__call__(*args, **kwargs)

  def _expect(self, inputs):
    """Sets `input_dtypes` from inputs, a dict by the arguments of `build`."""
    dtypes = {key: structures.dtypes(value) for key, value in inputs.items()}
    known = any(structures.is_special(value) for value in dtypes.values())
    self.input_dtypes = dtypes if known else None

  def get_build_config(self) -> dict[str, Any] | None:
    """Returns the shapes of inputs, and the dtypes if some are not floating."""
    config = super().get_build_config()
    if config and self.input_dtypes:
      config = {**config, 'input_dtypes': self.input_dtypes}
    return config

  def build_from_config(self, config: dict[str, Any]) -> None:
    """Builds the layer from the result of `get_build_config`."""
    config = dict(config)
    self.input_dtypes = config.pop('input_dtypes', None)
    super().build_from_config(structures.shapes_of_json(config))

  def save_own_variables(self, store: MutableMapping[str, Any]) -> None:
    """Saves the variables, and the arguments of `build`."""
    super().save_own_variables(store)
    config = self.get_build_config() if self.built else None
    text = json.dumps(config, default=list)
    store[_KEY] = np.frombuffer(text.encode(), np.uint8)

  def load_own_variables(self, store: Mapping[str, Any]) -> None:
    """Builds the layer if needed, and loads the variables.

    Raises:
      ValueError: if the layer is not built and the file has no shapes.
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
