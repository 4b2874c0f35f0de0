"""A trial of functions and layers: which weights they use, what they return."""

import contextlib

import keras
import tensorflow as tf


class Trial:
  """One call of a function on inputs that have no values.

  Nothing is computed, and no variable is changed. Layers that the function
  calls are built, and know whether they are in training.

  Attributes:
    variables: list of the `keras.Variable`s that were read or assigned, in
      order.
    others: list of trainable `tf.Variable`s that were read and are not Keras's.
    outputs: what the function returned, `KerasTensor`s for `Tensor`s.
  """

  def __init__(
    self, function, *inputs, training=None, name='trial', known=list
  ):
    """Calls the function.

    Args:
      function: callable.
      *inputs: its arguments, structures of `keras.KerasTensor`s.
      training: Python `bool`, which layers inside are told.
      name: `str`, that begins the paths of variables that are made.
      known: function that returns `keras.Variable`s that may be used. Where a
        `tf.function` inside must be traced, or was, no others are seen.
    """
    self._function = function
    self._known = known
    self._error = None
    self.variables, self.others = [], []

    def call():
      return _Caller(self._call, name)(*inputs, training=training)

    try:
      # What a `tf.function` traces of a layer that isn't built has the layer's
      # first numbers for good.
      with _functions_as_they_are():
        self.outputs = call()
    except Exception:  # It may need what a `tf.function` makes of it.
      self._error = None
      try:
        self.outputs = call()
      except Exception:
        if self._error is None:
          raise
        raise self._error from None  # Not what Keras makes of it.

  def _call(self, *inputs):
    reads = _Reads()
    with reads, tf.GradientTape() as tape:
      try:
        outputs = self._function(*inputs)
      except Exception as error:
        self._error = error
        raise
    seen = {**reads.seen, **{id(v): v for v in self._known()}}
    with _Reads():  # As above, their own values and not those of a scope.
      owners = {id(t): v for v in seen.values() for t in _components(v.value)}
    used = dict(reads.seen)
    for variable in tape.watched_variables():
      owner = [owners[id(t)] for t in _components(variable) if id(t) in owners]
      if owner:
        used[id(owner[0])] = owner[0]
      else:
        self.others.append(variable)
    self.variables = list(used.values())
    return outputs


class _Caller(keras.layers.Layer):
  """Calls a function as a layer does, so that layers inside know of training.

  They have dtype policies of their own.
  """

  def __init__(self, function, name):
    super().__init__(dtype='float32', autocast=False, name=name)
    self._function = function

  def call(self, *inputs, training=None):
    del training  # Keras tells it to the layers inside.
    with tf.name_scope('trial'):  # What is at the root needs other names.
      return self._function(*inputs)


@contextlib.contextmanager
def _functions_as_they_are():
  """A context in which a `tf.function` is called without being traced."""
  before = tf.config.functions_run_eagerly()
  tf.config.run_functions_eagerly(True)
  try:
    yield
  finally:
    tf.config.run_functions_eagerly(before)


class _Reads(keras.StatelessScope):
  """A scope that tells which variables are read or assigned in it.

  Attributes:
    seen: dict from the `id` of a variable to the variable.
  """

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
  """Returns a variable, and those of its replicas."""
  return [value, *getattr(value, 'values', ())]
