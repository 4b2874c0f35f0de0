"""Optimizers of models that have more than one."""

import keras

_SCALED = keras.optimizers.LossScaleOptimizer


def adversary(optimizer, identifier=None):
  """Returns the optimizer of what trains against a model.

  Args:
    optimizer: `keras.optimizers.Optimizer` of the model.
    identifier: an optimizer or its name. Default value: `None`, Adam with
      `beta_1=.5` and the learning rate of `optimizer`. A lower `beta_1` keeps
      both sides from running past each other.

  Returns:
    `keras.optimizers.Optimizer`, which scales losses if `optimizer` does.
  """
  if identifier is None:
    identifier = keras.optimizers.Adam.from_config(
      {
        'learning_rate': innermost(optimizer).get_config()['learning_rate'],
        'beta_1': 0.5,
      }
    )
  found = keras.optimizers.get(identifier)
  if isinstance(optimizer, _SCALED) and not isinstance(found, _SCALED):
    return _SCALED(found)
  return found


def innermost(optimizer):
  """Returns an optimizer without what scales its loss."""
  if isinstance(optimizer, _SCALED):
    return optimizer.inner_optimizer
  return optimizer


def apply(optimizer, tape, loss, weights):
  """Makes a step of an optimizer.

  Args:
    optimizer: `keras.optimizers.Optimizer`.
    tape: `tf.GradientTape` that has seen the loss.
    loss: scalar, as `optimizer.scale_loss` returns it.
    weights: list of `keras.Variable`s.
  """
  gradients = tape.gradient(loss, weights)
  optimizer.apply_gradients(zip(gradients, weights, strict=True))
