"""Functions of a user's own as layers, with the weights that they use."""

import functools
import inspect
import types

import keras
import tensorflow as tf

from mi_tf.internal.keras_layers import building
from mi_tf.internal.keras_layers import closures
from mi_tf.internal.keras_layers import symbolic_inputs
from mi_tf.internal.keras_layers import trials as trials_lib


class FunctionLayer(building.BuiltByLoading, keras.layers.Layer):
  """Calls a function, and has the weights of the layers that it uses.

  Those are found by a trial: the Keras variables that the function reads or
  assigns, whether in training or not. A layer that the function can reach, and
  all of whose weights are used, is a layer of this one; of others, variables
  are. Weights that are made by the first call are there after the trial.

  Attributes:
    function: the function.
    argument: `str`, what it is passed as; in messages.
    owns_weights: `bool`. If False, its weights are somebody else's: they are
      neither trained nor saved as this layer's, nor are they constant where
      its own would be.
  """

  def __init__(self, function, argument, owns_weights=True, **kwargs):
    """Makes the layer.

    Args:
      function: callable.
      argument: as above.
      owns_weights: as above.
      **kwargs: `name` of `keras.layers.Layer`.

    Raises:
      ValueError: if `function` is a layer of tf_keras.
    """
    kwargs = {'name': argument, **kwargs, 'dtype': 'float32', 'autocast': False}
    super().__init__(**kwargs)  # The function casts what it takes.
    if is_of_tf_keras(function):
      raise ValueError(
        f'`{argument}` must be a function or a layer of Keras 3, `import '
        f'keras`. Received: {argument}={function!r}, a layer of tf_keras.'
      )
    self.function = function
    self.argument = argument
    self.owns_weights = owns_weights
    self._takes_training = 'training' in _parameters(function)
    self.layers_used, self.variables_used = [], []

  def invoke(self, *inputs, training=None):
    """Calls the function."""
    kwargs = {'training': training} if self._takes_training else {}
    outputs = self.function(*inputs, **kwargs)
    if keras.tree.is_nested(outputs):
      return outputs
    if outputs is None:
      raise ValueError(
        f'`{self.argument}` must return a `Tensor`. '
        f'Received: {self._received()}, which returns None.'
      )
    return tf.convert_to_tensor(outputs)

  def __repr__(self):
    return repr(self.function)

  def find_weights(self, *inputs, through=None):
    """Finds the weights that the function uses.

    Args:
      *inputs: its arguments, structures of `keras.KerasTensor`s.
      through: function of them that calls it. Default value: `None`, itself.

    Raises:
      ValueError: if there are weights that Keras can't train, or that each call
        makes anew.
    """
    if self.owns_weights:
      self._find_weights(through or self.invoke, inputs)
    self.built = True

  def _find_weights(self, function, inputs):
    found = closures.reachable(self.function)
    trial = functools.partial(
      trials_lib.Trial,
      function,
      *inputs,
      name=self.name,
      known=lambda: _variables(found),
    )
    trials = [trial(training=training) for training in (False, True)]
    held = {id(v) for v in _variables(found)}
    made = [v for v in trials[0].variables if id(v) not in held]
    if _missing(made, trials[1]) and _missing(made, trial(training=False)):
      raise ValueError(
        f'`{self.argument}` must use the same layers whenever it is called: '
        'make them outside of the function. Received: '
        f'{self._received()}, each call of which makes new weights.'
      )
    others = [v.name for trial in trials for v in trial.others]
    if others:
      raise ValueError(
        f'`{self.argument}` must use weights that Keras can train: layers of '
        'Keras 3 and `keras.Variable`s; or `tf.Variable(..., trainable=False)` '
        f'for what is not to be trained. Received: {self._received()}, which '
        f'reads the `tf.Variable`s {sorted(set(others))}.'
      )
    variables = {id(v): v for trial in trials for v in trial.variables}
    layers, single = [], []
    for thing in found:
      if isinstance(thing, keras.Variable):
        single.append(thing)
      else:
        layers += self._used(thing, variables)
    layers = list({id(layer): layer for layer in layers}.values())
    held = {id(v) for layer in layers for v in layer.variables}
    single = {id(v): v for v in [*single, *variables.values()]}
    self.layers_used = layers
    self.variables_used = [
      v for key, v in single.items() if key in variables and key not in held
    ]

  def _used(self, layer, variables):
    """Returns a layer, or those inside, all of whose weights are used."""
    own = layer.weights or layer.variables
    if all(id(v) in variables for v in own):
      is_apart = layer.built and not closures.holds(layer, self)
      if is_apart:
        return [layer]
    elif not any(id(v) in variables for v in own):
      return []
    return [
      used
      for inside in closures.sublayers(layer)
      if inside.variables and not closures.holds(inside, self)
      for used in self._used(inside, variables)
    ]

  def _received(self):
    return f'{self.argument}={self.function!r}'

  def get_config(self):
    config = super().get_config()
    del config['dtype']  # Always the same.
    return {
      **config,
      'function': _serialized(self.function, self.argument),
      'argument': self.argument,
      'owns_weights': self.owns_weights,
    }

  @classmethod
  def from_config(cls, config):
    function = keras.saving.deserialize_keras_object(config['function'])
    return cls(**{**config, 'function': function})


@keras.saving.register_keras_serializable(package='mi_tf')
class CriticFunction(FunctionLayer):
  """A critic that is a function, `function(x, y) -> scores [n, m]`."""

  def build(self, x_shape, y_shape):
    self.find_weights(
      *symbolic_inputs.of_layer(self, x_shape=x_shape, y_shape=y_shape)
    )

  def call(self, x, y, training=None):
    return self.invoke(x, y, training=training)


@keras.saving.register_keras_serializable(package='mi_tf')
class EncoderFunction(FunctionLayer):
  """An encoder that is a function, from `[n, ...]` to `[n, ...]`."""

  def build(self, x_shape):
    self.find_weights(*symbolic_inputs.of_layer(self, x_shape=x_shape))

  def call(self, x, training=None):
    return self.invoke(x, training=training)


def as_critic(critic, owns_weights=True):
  """Returns a layer of two arguments.

  Args:
    critic: layer or function of x and y, or a functional `keras.Model` whose
      inputs are x and y.
    owns_weights: as for `FunctionLayer`.

  Raises:
    ValueError: if it is nothing of that.
  """
  if isinstance(critic, keras.layers.Layer):
    if _takes_pairs(critic):
      return critic
  elif (
    callable(critic)
    and not isinstance(critic, type)
    and _takes_two(_parameters(critic))
  ):
    return CriticFunction(critic, 'critic', owns_weights)
  what = ''
  if callable(critic):
    names = ', '.join(_parameters(getattr(critic, 'call', critic)))
    what = f', which takes ({names})'
  raise ValueError(
    '`critic` must be the name of a critic, or score pairs, `critic(x, y) -> '
    'scores [n, m]`: a mi_tf.Critic, a layer or function of these two '
    'arguments, or a functional keras.Model with two inputs. '
    f'Received: critic={critic!r}{what}.'
  )


def as_encoder(encoder, argument):
  """Returns `None` or a layer.

  Args:
    encoder: `None`, layer, model, or function from `[n, ...]` to `[n, ...]`.
    argument: `str`, what it is passed as.

  Raises:
    ValueError: if it is nothing of that.
  """
  if encoder is None or isinstance(encoder, keras.layers.Layer):
    return encoder
  if not callable(encoder) or isinstance(encoder, type):
    raise ValueError(
      f'`{argument}` must be a keras.Layer, a model or a function. '
      f'Received: {argument}={encoder!r}.'
    )
  return EncoderFunction(encoder, argument)


def _takes_pairs(layer):
  """Returns whether a layer is called on x and y."""
  if isinstance(layer, keras.Sequential):
    return False
  if isinstance(layer, keras.Model) and getattr(layer, 'inputs', None):
    return len(layer.inputs) >= 2
  return _takes_two(_parameters(layer.call))


def _takes_two(names):
  """Returns whether there are two arguments, if they are known."""
  return (
    not names
    or names[0] == 'args'
    or (len(names) >= 2 and names[1] not in ('training', 'mask', 'kwargs'))
  )


def is_of_tf_keras(thing):
  """Returns whether something is a layer of tf_keras, Keras 2."""
  return any(
    str(cls.__module__).split('.')[0] == 'tf_keras'
    for cls in type(thing).__mro__
  )


def _parameters(function):
  """Returns the names of parameters, as far as Python knows them."""
  try:
    return list(inspect.signature(function).parameters)
  except (TypeError, ValueError):  # Of a builtin.
    return []


def _variables(found):
  """Returns the variables of layers and the variables among them, a list."""
  return [
    v
    for thing in found
    for v in ([thing] if isinstance(thing, keras.Variable) else thing.variables)
  ]


def _missing(variables, trial):
  """Returns whether a trial did not use all of the variables."""
  used = {id(v) for v in trial.variables}
  return any(id(v) not in used for v in variables)


def _serialized(function, argument):
  """Returns the config of a function that can be loaded by its name."""
  is_named = (
    isinstance(function, types.FunctionType)
    and '<' not in function.__qualname__
  )
  if is_named or hasattr(function, 'get_config'):
    return keras.saving.serialize_keras_object(function)
  raise ValueError(
    f'`{argument}` must be a function of a module, registered by '
    '`keras.saving.register_keras_serializable`, or a `keras.layers.Layer`, to '
    'be saved with its model; `save_weights` and `load_weights` take any '
    f'function. Received: {argument}={function!r}.'
  )
