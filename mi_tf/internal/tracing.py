"""Functions of arrays that TensorFlow traces once."""

import tensorflow as tf


def traced(signature):
  """Returns a decorator that traces a function of arrays only once.

  `signature` is a list of `tf.TensorSpec`s. Autograph is off, which halves the
  time of tracing. The concrete function is called, because TensorFlow would
  warn of retracing if several critics were read in succession.
  """

  def decorate(fn):
    function = tf.function(fn, autograph=False, input_signature=signature)

    def call(*args):
      tensors = tf.nest.map_structure(
        lambda arg, spec: tf.convert_to_tensor(arg, spec.dtype),
        list(args),
        list(signature),
      )
      return function.get_concrete_function()(*tensors)

    return call

  return decorate


def batch_spec(array):
  """Returns the `tf.TensorSpec` of batches of any size, like `array`."""
  return tf.TensorSpec([None, *array.shape[1:]], array.dtype)
