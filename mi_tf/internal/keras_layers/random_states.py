"""Saves the states of random layers, which Keras does not save.

A layer such as `keras.layers.Dropout` has a `keras.random.SeedGenerator`, whose
variable counts the draws. This variable is in the layer's `variables`, but not
in its `weights`, and Keras saves only weights. Without it, resumed training
draws different numbers.
"""

_KEY = 'random_state_'


def variables(layer):
  """Returns the states of the seed generators in a `keras.Layer`, a list."""
  weights = {id(v) for v in layer.weights}
  return [v for v in layer.variables if id(v) not in weights]


def restore(layer, values):
  """Sets the states from arrays, unless their number differs.

  The numbers differ if the saved model had other random layers.
  """
  found = variables(layer)
  if len(found) == len(values):
    for variable, value in zip(found, values, strict=True):
      variable.assign(value)


def save(layer, store):
  """Adds the states to the store of a layer's `save_own_variables`."""
  for i, variable in enumerate(variables(layer)):
    store[f'{_KEY}{i}'] = variable.numpy()


def load(layer, store):
  """Restores the states; returns the other arrays of a store, a dict."""
  kept = {key: store[key] for key in store.keys()}
  names = sorted(
    (key for key in kept if key.startswith(_KEY)),
    key=lambda name: int(name[len(_KEY) :]),
  )
  restore(layer, [kept.pop(name) for name in names])
  return kept
