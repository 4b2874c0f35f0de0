"""Objectives by name."""

from typing import Any

from mi_tf.bounds import facts
from mi_tf.internal import types
from mi_tf.objectives import baseline_objectives
from mi_tf.objectives import bound_objectives
from mi_tf.objectives import density_objectives
from mi_tf.objectives import fenchel_legendre_objective
from mi_tf.objectives import function_objective
from mi_tf.objectives import jensen_shannon_objectives
from mi_tf.objectives import objective

OBJECTIVES: dict[str, type[objective.Objective]] = {
  'club': density_objectives.Club,
  'dv': bound_objectives.DonskerVaradhan,
  'flo': fenchel_legendre_objective.FenchelLegendre,
  'info_nce': bound_objectives.InfoNce,
  'interpolated': baseline_objectives.Interpolated,
  'js': jensen_shannon_objectives.JensenShannon,
  'leave_one_out': density_objectives.LeaveOneOut,
  'mine': baseline_objectives.Mine,
  'nwj': bound_objectives.NguyenWainwrightJordan,
  'smile': jensen_shannon_objectives.Smile,
  'tuba': baseline_objectives.Tuba,
  'variational': density_objectives.Variational,
}


def get_objective(
  identifier: str | objective.Objective | types.Function, **kwargs: Any
) -> objective.Objective:
  """Returns an objective by its name.

  Args:
    identifier: name of an objective: 'js', 'info_nce', 'nwj', 'dv', 'mine',
      'tuba', 'interpolated', 'smile' or 'flo'; for critics that are log
      densities, 'club', 'leave_one_out' or 'variational'. An `Objective` is
      returned as it is. A function `fn(logu, joint_sample_mask) -> nats` is
      maximized and reported. `mi_club` means 'club', and
      `upper_bound_leave_one_out` means 'leave_one_out'.
    **kwargs: arguments of the objective's class.

  Returns:
    An `Objective`.

  Raises:
    ValueError: if the name is not known.

  #### Examples

  >>> mi_tf.get_objective('js').guarantee, mi_tf.get_objective('nwj').guarantee
  ('none', 'lower bound')
  """
  if isinstance(identifier, objective.Objective):
    return identifier
  if callable(identifier):
    known = facts.of(identifier)
    if known is not None and known.needs_density:
      for cls in OBJECTIVES.values():
        if cls.facts is known:
          return cls(**kwargs)
    return function_objective.FunctionObjective(identifier, **kwargs)
  if identifier not in OBJECTIVES:
    raise ValueError(
      f'`objective` must be one of {sorted(OBJECTIVES)}, an '
      'Objective or a function. '
      f'Received: objective={identifier!r}.'
    )
  try:
    return OBJECTIVES[identifier](**kwargs)
  except (TypeError, ValueError) as error:
    if 'nrecognized keyword' in str(error) or 'unexpected keyword' in str(
      error
    ):
      raise ValueError(
        '`objective` does not take these arguments. Received: '
        f'objective={identifier!r}, {sorted(kwargs)}.'
      ) from error
    raise
