"""Initializers for several weights of one shape."""

import keras


def copies(initializer, count):
  """Returns `count` initializers that draw different numbers.

  One initializer of Keras draws the same numbers each time.

  Args:
    initializer: `keras.Initializer`, or another function of a shape and a
      dtype, which is used as it is. A `seed` is counted up.
    count: `int`.

  Returns:
    List of initializers.
  """
  if not isinstance(initializer, keras.Initializer):
    return [initializer] * count
  configs = [initializer.get_config() for _ in range(count)]
  for i, config in enumerate(configs):
    if isinstance(config.get('seed'), int):
      config['seed'] += i
  return [type(initializer).from_config(config) for config in configs]
