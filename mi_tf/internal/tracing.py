"""Functions of arrays that TensorFlow traces once."""

import tensorflow as tf


def traced(signature):
  """Returns a decorator for a function of arrays: it is traced once.

  Without Autograph, tracing takes half the time. The concrete function is
  called: TensorFlow would warn of retracing where several critics are read one
  after the other. `signature` is a list of `tf.TensorSpec`s.
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
