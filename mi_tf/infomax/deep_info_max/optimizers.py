"""Optimizers of models that have more than one."""

import keras

from mi_tf.models.training import updates

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


def apply(tape, *steps):
  """Makes a step of each of some optimizers, all from the same weights.

  Args:
    tape: `tf.GradientTape` that has seen the losses; persistent for several.
    *steps: triples, an optimizer, a scalar loss as its `scale_loss` returns it,
      and a list of `keras.Variable`s.
  """
  gradients = [tape.gradient(loss, weights) for _, loss, weights in steps]
  losses = [loss for _, loss, _ in steps]
  for (optimizer, _, weights), own in zip(steps, gradients, strict=True):
    if weights:  # All of a side may be frozen.
      updates.apply(optimizer, own, weights, gradients, losses)
