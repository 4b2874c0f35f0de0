"""Calls of functions and layers on symbolic inputs."""

import contextlib

import keras
import tensorflow as tf


class SymbolicCall:
  """One call of a function on symbolic inputs: its outputs and its variables.

  Nothing is computed, and no variable changes. The layers that the function
  calls are built, and receive `training`. `variables` are the Keras variables
  that were read or assigned, in order. `other_variables` are the trainable
  variables outside of Keras that were read.
  """

  def __init__(
    self, function, *inputs, training=None, name='symbolic_call', known=list
  ):
    """Calls the function on structures of `keras.KerasTensor`s.

    The paths of new variables begin with `name`. `known()` returns variables
    that the function may use. In a traced `tf.function`, only these variables
    are found.
    """
    self._function = function
    self._known = known
    self._error = None
    self.variables, self.other_variables = [], []

    def call():
      return _Caller(self._call, name)(*inputs, training=training)

    try:
      # A `tf.function` traced before its layer is built would keep the layer's
      # first values forever.
      with _without_tracing():
        self.outputs = call()
    except Exception:  # The function may need Autograph.
      self._error = None
      try:
        self.outputs = call()
      except Exception:
        if self._error is None:
          raise
        raise self._error from None  # Without Keras's additions.

  def _call(self, *inputs):
    reads = _Reads()
    with reads, tf.GradientTape() as tape:
      try:
        outputs = self._function(*inputs)
      except Exception as error:
        self._error = error
        raise
    seen = {**reads.seen, **{id(v): v for v in self._known()}}
    with _Reads():  # As above: values of variables, and not of a scope outside.
      owners = {id(t): v for v in seen.values() for t in _components(v.value)}
    used = dict(reads.seen)
    for variable in tape.watched_variables():
      owner = [owners[id(t)] for t in _components(variable) if id(t) in owners]
      if owner:
        used[id(owner[0])] = owner[0]
      else:
        self.other_variables.append(variable)
    self.variables = list(used.values())
    return outputs


class _Caller(keras.layers.Layer):
  """Calls a function as a layer, so that Keras passes `training` on."""

  def __init__(self, function, name):
    # Layers inside have dtype policies of their own.
    super().__init__(dtype='float32', autocast=False, name=name)
    self._function = function

  def call(self, *inputs, training=None):
    del training  # Keras passes it to the layers inside.
    with tf.name_scope(
      'symbolic_call'
    ):  # Some names are not valid at the root.
      return self._function(*inputs)


@contextlib.contextmanager
def _without_tracing():
  """A context in which a `tf.function` is called without being traced."""
  before = tf.config.functions_run_eagerly()
  tf.config.run_functions_eagerly(True)
  try:
    yield
  finally:
    tf.config.run_functions_eagerly(before)


class _Reads(keras.StatelessScope):
  """A scope that records which variables are read or assigned in it."""

  def __init__(self):
    super().__init__()
    self.seen = {}

  def get_current_value(self, variable):
    self.seen[id(variable)] = variable
    return super().get_current_value(variable)

  def add_update(self, update):
    self.seen[id(update[0])] = update[0]
    super().add_update(update)


def _components(value):
  """Returns a variable and its components on replicas."""
  return [value, *getattr(value, 'values', ())]
