"""How critics of every kind are called, and traced functions of arrays."""

import keras
import tensorflow as tf

from mi_tf import bounds
from mi_tf.critics import critic as critic_lib
from mi_tf.internal import streamed_scores


def traced(signature):
  """Returns a decorator: a function that is traced once, and quickly.

  Autograph takes as long as the tracing, and finds nothing to convert. The
  concrete function is called, since TensorFlow would warn of retracing where
  several critics are read one after the other.

  Args:
    signature: list of `tf.TensorSpec`s.
  """

  def decorate(fn):
    function = tf.function(fn, autograph=False, input_signature=signature)

    def call(*args):
      tensors = [
        tf.convert_to_tensor(arg, spec.dtype)
        for arg, spec in zip(args, signature, strict=True)
      ]
      return function.get_concrete_function()(*tensors)

    return call

  return decorate


def batch_spec(array):
  """Returns the `tf.TensorSpec` of batches of any size, like `array`."""
  return tf.TensorSpec([None, *array.shape[1:]], array.dtype)


def score(critic, x, y, training=None, negative_samples=None):
  """Returns `critic`'s scores, whatever kind of critic it is.

  Args:
    critic: `Critic`, layer or function of two arguments, or a functional
      `keras.Model` with two inputs.
    x: `Tensor`, shape `[n, ...]`.
    y: `Tensor`, shape `[m, ...]`.
    training: Python `bool`.
    negative_samples: as for `Critic.call`.

  Returns:
    Floating `Tensor`, shape `[n, m]`; float32, or float64 if the critic's is.
  """
  kwargs = {}
  if negative_samples is not None:
    kwargs['negative_samples'] = negative_samples
  if isinstance(critic, keras.layers.Layer):
    kwargs['training'] = training
  if isinstance(critic, keras.Model) and len(critic.inputs or ()) == 2:
    logu = critic([x, y], **kwargs)
  else:
    logu = critic(x, y, **kwargs)
  return single_or_double(tf.convert_to_tensor(logu))


def single_or_double(logu):
  """Returns scores in float32, or in float64 if that is what they are."""
  if logu.dtype == tf.float64:
    return logu
  if isinstance(logu, bounds.StreamedScores):
    return streamed_scores.altered(logu, dtype=tf.float32)
  return tf.cast(logu, tf.float32)


def joint_scores(critic, x, y):
  """Returns `f(x[i], y[i])`, shape `[n]`."""
  if isinstance(critic, critic_lib.Critic):
    return score(critic, x, y, negative_samples=0)[:, 0]
  return tf.linalg.diag_part(score(critic, x, y))
