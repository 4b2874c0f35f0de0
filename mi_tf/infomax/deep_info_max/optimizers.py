"""Updates of a model that has two optimizers."""

from typing import Any

import keras
import tensorflow as tf

from mi_tf.models.training import updates

_SCALED = keras.optimizers.LossScaleOptimizer


def adversary(
  optimizer: keras.optimizers.Optimizer,
  identifier: str | keras.optimizers.Optimizer | None = None,
) -> keras.optimizers.Optimizer:
  """Returns the optimizer of a discriminator that is trained against a model.

  The default is Adam with `beta_1=.5` and the learning rate of `optimizer`, the
  model's optimizer. If `optimizer` scales losses, the result does too.
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


def innermost(
  optimizer: keras.optimizers.Optimizer,
) -> keras.optimizers.Optimizer:
  """Returns an optimizer without its `LossScaleOptimizer`."""
  if isinstance(optimizer, _SCALED):
    return optimizer.inner_optimizer
  return optimizer


def apply(tape: tf.GradientTape, *steps: tuple[Any, Any, list]) -> None:
  """Computes the gradients of all steps, then updates by each optimizer.

  Args:
    tape: the tape that has recorded the losses. For several steps, it must be
      persistent.
    *steps: triples of an optimizer, a scalar loss scaled by its `scale_loss`,
      and a list of `keras.Variable`s.
  """
  gradients = [tape.gradient(loss, weights) for _, loss, weights in steps]
  losses = [loss for _, loss, _ in steps]
  for (optimizer, _, weights), own in zip(steps, gradients, strict=True):
    if weights:  # All of a side may be frozen.
      updates.apply(optimizer, own, weights, gradients, losses)
