"""Updates of weights by an optimizer, after all operations that read them."""

from collections.abc import Sequence
import math
from typing import Any

import keras
import tensorflow as tf

from mi_tf.internal.types import Structure
from mi_tf.scores.replicas import collectives


def apply(
  optimizer: Any,
  gradients: Sequence[Any],
  weights: Sequence[keras.Variable],
  *results: Structure,
) -> None:
  """Updates weights after their gradients and results are computed.

  TensorFlow orders reads of a variable and assignments to the variable. Its
  graph optimizer drops part of this order if gradients don't depend on all
  weights, as for a loss that is linear in the factors of a product. Without
  this function, results were then computed from updated weights, and differed
  between runs.

  Keras's `LossScaleOptimizer` skips an update if gradients are not finite. It
  looks only at the gradients of the first replica; here, the gradients of all
  replicas count. If all gradients are `None`, a `ValueError` is raised.
  """
  if all(g is None for g in gradients):
    names = [getattr(v, 'path', v.name) for v in weights]
    raise ValueError(
      'The loss must have gradients: critics, encoders and objectives must be '
      'made of differentiable operations on floating `Tensor`s, without '
      f'constants of Python or NumPy. Received: none, for the weights {names}.'
    )
  if hasattr(optimizer, 'inner_optimizer'):  # No Keras in this package.
    gradients = _nan_if_any_replica_overflows(gradients)
  reads = [t for t in tf.nest.flatten([gradients, results]) if t is not None]
  with tf.control_dependencies(reads):
    optimizer.apply_gradients(zip(gradients, weights, strict=True))


def _nan_if_any_replica_overflows(gradients):
  """Returns the gradients, or NaN if any replica's gradients are not finite."""
  numbers = [
    g.values if isinstance(g, tf.IndexedSlices) else g
    for g in gradients
    if g is not None
  ]
  if collectives.num_replicas() == 1 or not numbers:
    return gradients
  finite = [tf.reduce_all(tf.math.is_finite(g)) for g in numbers]
  is_bad = collectives.total(tf.cast(~tf.reduce_all(finite), tf.int32)) > 0

  def nan_if_bad(gradient):
    if gradient is None:
      return None
    # Keras divides gradients by the scale: they must be dense.
    gradient = tf.convert_to_tensor(gradient)
    return tf.where(is_bad, tf.constant(math.nan, gradient.dtype), gradient)

  return [nan_if_bad(g) for g in gradients]
