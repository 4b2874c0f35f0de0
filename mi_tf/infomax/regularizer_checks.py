"""What a regularizer can't do with a critic and an objective."""

import warnings

from mi_tf.internal.keras_layers import function_layers
from mi_tf.objectives import jensen_shannon_objectives


def warn_of_the_wrong_side(objective, minimize):
  """Warns where what is pushed is a bound that does not push back."""
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
      f'{name} is to be minimized, but it rests on a lower bound of mutual '
      'information: it falls as well when the critic no longer sees what there '
      "is. Take the objective 'club', 'leave_one_out' or 'variational', and "
      'measure what has come out by `mi_tf.estimate_mi`.',
      stacklevel=3,
    )
  if not minimize and is_upper:
    warnings.warn(
      f'{name} is to be maximized, but what is above mutual information may '
      "rise while that does not. Take a lower bound, such as 'mine' or "
      "'info_nce'.",
      stacklevel=3,
    )


def check_whose_weights(critic, objective):
  """Raises a `ValueError` where a density may be the model's own."""
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


def check_that_something_learns(estimator):
  """Raises a `ValueError` where there is nothing that could be trained.

  A density that is known, and weights that were frozen, are meant to stay.
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
