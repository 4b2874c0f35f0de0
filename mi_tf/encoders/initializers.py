"""Initializers for several weights of one shape."""

from typing import Any

import keras


def copies(initializer: Any, count: int) -> list[Any]:
  """Returns `count` initializers that draw different numbers.

  A Keras initializer draws the same numbers in each call, so the copies have
  different seeds. A function of a shape and a dtype is returned without a copy.
  """
  if not isinstance(initializer, keras.Initializer):
    return [initializer] * count
  configs = [initializer.get_config() for _ in range(count)]
  for i, config in enumerate(configs):
    if isinstance(config.get('seed'), int):
      config['seed'] += i
  return [type(initializer).from_config(config) for config in configs]
