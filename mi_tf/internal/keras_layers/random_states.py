"""States of random layers, which Keras's files of weights leave out.

A layer such as `keras.layers.Dropout` holds a `keras.random.SeedGenerator`, a
variable that counts its draws. It is among `variables`, and not among
`weights`: a training that is resumed without it draws other numbers.
"""

_KEY = 'random_state_'


def variables(layer):
  """Returns the states of all seed generators of a layer, a list.

  Args:
    layer: `keras.Layer`, with the layers that it holds.
  """
  weights = {id(v) for v in layer.weights}
  return [v for v in layer.variables if id(v) not in weights]


def restore(layer, values):
  """Sets the states of a layer with as many seed generators, and no other.

  Weights may go to a model that has other random layers, or none.

  Args:
    layer: `keras.Layer`.
    values: list of arrays, the values of `variables` of a layer like it.
  """
  found = variables(layer)
  if len(found) == len(values):
    for variable, value in zip(found, values, strict=True):
      variable.assign(value)


def save(layer, store):
  """Adds the states to what `save_own_variables` of a layer has stored."""
  for i, variable in enumerate(variables(layer)):
    store[f'{_KEY}{i}'] = variable.numpy()


def load(layer, store):
  """Restores states; returns what is left for `load_own_variables`, a dict.

  Args:
    layer: `keras.Layer`.
    store: what maps `str`s to arrays, as Keras passes it.
  """
  kept = {key: store[key] for key in store.keys()}
  names = sorted(
    (key for key in kept if key.startswith(_KEY)),
    key=lambda name: int(name[len(_KEY) :]),
  )
  restore(layer, [kept.pop(name) for name in names])
  return kept
