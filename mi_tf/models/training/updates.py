"""Updates of variables that come after all that reads them."""

import math

import tensorflow as tf

from mi_tf.scores.replicas import collectives


def apply(optimizer, gradients, weights, *others):
  """Makes a step of an optimizer once all that a batch tells is known.

  TensorFlow orders what reads a variable and what assigns to it, but its graph
  optimizer drops some of that order where gradients don't depend on all weights
  (as of a loss that is linear in a product's factors): part of a step then saw
  weights from after it, and results differed from run to run.

  Keras's `LossScaleOptimizer` leaves a step out where gradients are not finite,
  but of replicas it asks the first alone: here each is told of the others'.

  Args:
    optimizer: `keras.optimizers.Optimizer`.
    gradients: list of `Tensor`s, `tf.IndexedSlices` and `None`s.
    weights: list of `keras.Variable`s.
    *others: structures of `Tensor`s and so on that read the weights too.

  Raises:
    ValueError: if there is no gradient.
  """
  if all(g is None for g in gradients):
    names = [getattr(v, 'path', v.name) for v in weights]
    raise ValueError(
      'The loss must have gradients: critics, encoders and objectives must be '
      'made of differentiable operations on floating `Tensor`s, without '
      f'constants of Python or NumPy. Received: none, for the weights {names}.'
    )
  if hasattr(optimizer, 'inner_optimizer'):  # No Keras in this package.
    gradients = _as_finite_as_those_of_all_replicas(gradients)
  reads = [t for t in tf.nest.flatten([gradients, others]) if t is not None]
  with tf.control_dependencies(reads):
    optimizer.apply_gradients(zip(gradients, weights, strict=True))


def _as_finite_as_those_of_all_replicas(gradients):
  """Returns gradients that are NaN if those of any replica are not finite."""
  numbers = [
    g.values if isinstance(g, tf.IndexedSlices) else g
    for g in gradients
    if g is not None
  ]
  if collectives.num_replicas() == 1 or not numbers:
    return gradients
  finite = [tf.reduce_all(tf.math.is_finite(g)) for g in numbers]
  bad = collectives.total(tf.cast(~tf.reduce_all(finite), tf.int32)) > 0

  def unless_bad(gradient):
    if gradient is None:
      return None
    # Keras divides them by the scale, for which they must be dense.
    gradient = tf.convert_to_tensor(gradient)
    return tf.where(bad, tf.constant(math.nan, gradient.dtype), gradient)

  return [unless_bad(g) for g in gradients]
