"""Updates of variables that come after all that reads them."""

import tensorflow as tf


def apply(optimizer, gradients, weights, *others):
  """Makes a step of an optimizer once all that a batch tells is known.

  TensorFlow orders what reads a variable and what assigns to it, but its graph
  optimizer drops some of that order where gradients don't depend on all weights
  (as of a loss that is linear in a product's factors): part of a step then saw
  weights from after it, and results differed from run to run.

  Args:
    optimizer: `keras.optimizers.Optimizer`.
    gradients: list of `Tensor`s, `tf.IndexedSlices` and `None`s.
    weights: list of `keras.Variable`s.
    *others: structures of `Tensor`s and so on that read the weights too.
  """
  reads = [t for t in tf.nest.flatten([gradients, others]) if t is not None]
  with tf.control_dependencies(reads):
    optimizer.apply_gradients(zip(gradients, weights, strict=True))
