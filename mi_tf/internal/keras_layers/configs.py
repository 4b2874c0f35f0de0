"""New layers from the configs of others."""

import inspect


def remade(layer, **changes):
  """Returns a new layer of the same config, but for some arguments.

  Raises:
    ValueError: if `get_config` lacks an argument of the class, which the new
      layer would lose.
  """
  cls = type(layer)
  config = {**layer.get_config(), **changes}
  signature = inspect.signature(cls)
  missing = [
    name
    for name, parameter in signature.parameters.items()
    if name not in config and parameter.kind is not parameter.VAR_KEYWORD
  ]
  if missing:
    raise ValueError(
      f'`{cls.__name__}.get_config` must return all arguments of the class. '
      f'Received: {cls.__name__}{signature}, without {missing}.'
    )
  return cls.from_config(config)
