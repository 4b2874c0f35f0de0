"""Bounds that are pushed to the side where they don't push back."""

import warnings

from mi_tf.estimators import objectives


def warn_of_the_wrong(objective, minimise):
  """Warns where what is pushed is a bound that does not push back."""
  name = getattr(
    getattr(objective, 'fn', None), '__name__', type(objective).__name__
  )
  is_upper = objective.guarantee == 'upper bound' or objective.needs_density
  is_lower = (
    objective.guarantee == 'lower bound'
    or objective.facts.side == 'lower'  # Of a divergence that rises with MI.
    or isinstance(objective, objectives.JensenShannon)
  )
  if minimise and is_lower:
    warnings.warn(
      f'{name} is to be minimised, but it rests on a lower bound of mutual '
      'information: it falls as well when the critic no longer sees what there '
      "is. Take the objective 'club', 'leave_one_out' or 'variational', and "
      'measure what has come out by `mi_tf.estimate_mi`.',
      stacklevel=3,
    )
  if not minimise and is_upper:
    warnings.warn(
      f'{name} is to be maximised, but what is above mutual information may '
      "rise while that does not. Take a lower bound, such as 'mine' or "
      "'info_nce'.",
      stacklevel=3,
    )
