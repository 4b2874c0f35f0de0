"""Layers that call a user's functions, with the weights that these use."""

import inspect
import types
from typing import Any

import keras
import tensorflow as tf

from mi_tf.internal.keras_layers import building
from mi_tf.internal.keras_layers import symbolic_inputs
from mi_tf.internal.keras_layers import used_weights


class FunctionLayer(building.BuiltByLoading, keras.layers.Layer):
  """Calls a function, and tracks the weights that the function uses.

  `find_weights` calls the function on symbolic inputs, and stores the layers
  and variables that the function uses, so that Keras trains and saves them. The
  first call may create them. The function uses all weights of `layers_used`;
  `variables_used` are the other variables.
  """

  def __init__(self, function, argument, owns_weights=True, **kwargs):
    """Makes the layer of a function, which may not be a layer of tf_keras.

    `argument` is the user's argument, for error messages. If `owns_weights` is
    False, this layer neither trains nor saves the function's weights.
    """
    kwargs = {'name': argument, **kwargs, 'dtype': 'float32', 'autocast': False}
    super().__init__(**kwargs)  # The function casts its inputs.
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
        f'Received: {self.received()}, which returns None.'
      )
    return tf.convert_to_tensor(outputs)

  def __repr__(self):
    return repr(self.function)

  def received(self):
    """Returns the argument and the function, for error messages."""
    return f'{self.argument}={self.function!r}'

  def find_weights(self, *inputs, through=None):
    """Finds the weights that the function uses.

    `inputs` are structures of `keras.KerasTensor`s. `through(*inputs)` must
    call the function; by default, `through` is `invoke`.
    """
    if self.owns_weights:
      self.layers_used, self.variables_used = used_weights.find(
        self, through or self.invoke, inputs
      )
    self.built = True

  def get_config(self) -> dict[str, Any]:
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
  """Returns a critic of x and y as a `FunctionLayer` of two arguments.

  The critic may be a functional `keras.Model` with two inputs, x and y.
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
  takes = ''
  if callable(critic):
    names = ', '.join(_parameters(getattr(critic, 'call', critic)))
    takes = f', which takes ({names})'
  raise ValueError(
    '`critic` must be the name of a critic, or score pairs, `critic(x, y) -> '
    'scores [n, m]`: a mi_tf.Critic, a layer or function of these two '
    'arguments, or a functional keras.Model with two inputs. '
    f'Received: critic={critic!r}{takes}.'
  )


def as_encoder(encoder, argument):
  """Returns an encoder, from `[n, ...]` to `[n, ...]`, as a layer, or `None`.

  Raises a `ValueError` if `encoder` is a class or not callable. The message
  names the `argument`.
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
  """Returns whether a function takes two inputs, or this is unknown."""
  return (
    not names
    or names[0] == 'args'
    or (len(names) >= 2 and names[1] not in ('training', 'mask', 'kwargs'))
  )


def is_of_tf_keras(value):
  """Returns whether a value is a layer of tf_keras, Keras 2."""
  return any(
    str(cls.__module__).split('.')[0] == 'tf_keras'
    for cls in type(value).__mro__
  )


def _parameters(function):
  """Returns the names of a function's parameters; none for a builtin."""
  try:
    return list(inspect.signature(function).parameters)
  except (TypeError, ValueError):
    return []


def _serialized(function, argument):
  """Returns the config of a function; raises an error if it has no name."""
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
