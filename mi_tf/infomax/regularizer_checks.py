"""Checks of the critic and the objective of a `MiRegularizer`."""

import warnings

import keras

from mi_tf.internal.keras_layers import function_layers
from mi_tf.models import mi_estimator
from mi_tf.objectives import jensen_shannon_objectives
from mi_tf.objectives import objective as objective_lib


def warn_of_the_wrong_side(
  objective: objective_lib.Objective, minimize: bool
) -> None:
  """Warns if a lower bound is minimized, or an upper bound is maximized."""
  name = getattr(
    getattr(objective, 'fn', None), '__name__', type(objective).__name__
  )
  is_upper = objective.guarantee == 'upper bound' or objective.needs_density
  is_lower = (
    objective.guarantee == 'lower bound'
    or objective.facts.side == 'lower'  # Of a divergence that rises with MI.
    or isinstance(objective, jensen_shannon_objectives.JensenShannon)
  )
  if minimize and is_lower:
    warnings.warn(
      f'{name} is to be minimized, but it is based on a lower bound of mutual '
      'information: it also falls if the critic gets worse. Take the objective '
      "'club', 'leave_one_out' or 'variational', and check the result by "
      '`mi_tf.estimate_mi`.',
      stacklevel=3,
    )
  if not minimize and is_upper:
    warnings.warn(
      f'{name} is to be maximized, but an upper bound may rise while mutual '
      "information does not. Take a lower bound, such as 'mine' or 'info_nce'.",
      stacklevel=3,
    )


def check_whose_weights(
  critic: keras.Layer, objective: objective_lib.Objective
) -> None:
  """Raises a `ValueError` if it is unclear who trains a density's weights."""
  names = [v.path for v in critic.trainable_weights]
  is_function = isinstance(critic, function_layers.FunctionLayer)
  if names and is_function and objective.needs_density:
    raise ValueError(
      'With an objective that needs a density, a function as `critic` must '
      'not leave open whose weights it uses. Pass `trainable=False` if they '
      "are the model's own, which its optimizer trains; or a "
      '`keras.layers.Layer` that holds them, if the regularizer is to train '
      f'them. Received: critic={critic!r}, which uses {names}.'
    )


def check_that_something_learns(estimator: mi_estimator.MiEstimator) -> None:
  """Raises a `ValueError` if there are no weights and no density is needed.

  Frozen weights are allowed.
  """
  if not (
    estimator.objective.needs_density
    or estimator.critic.weights
    or estimator.trainable_weights
  ):
    raise ValueError(
      '`critic` must have weights that `train_step` can train, such as those '
      'of a Keras layer; or give the regularizer `trainable=False`. '
      f'Received: critic={estimator.critic!r}.'
    )
