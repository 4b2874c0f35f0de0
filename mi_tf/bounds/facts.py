"""What holds of each bound, declared where it is defined."""

import dataclasses
import inspect

LOG_COLUMNS = 'log(M)'


@dataclasses.dataclass(frozen=True)
class Facts:
  """What holds of a function of scores; of one that declares none, nothing.

  Attributes:
    side: 'lower', 'upper' or 'none': on which side of `measure` the value is
      in expectation, for any critic (any log density if `needs_density`).
    condition: `str`, what the side needs besides; '' for nothing.
    measure: `str`, what is bounded or estimated: 'MI', or a number that is
      not.
    cap: `str`, a number that the value can't pass, or 'none'.
    streams: `bool`, whether `StreamedScores` are taken in place of `logu`.
    needs_density: `bool`, whether scores must be log densities.
    rests_on_mean_exp: `bool`, whether the value has a mean of `exp(f)` that few
      pairs may dominate.
  """

  side: str = 'none'
  condition: str = ''
  measure: str = 'MI'
  cap: str = 'none'
  streams: bool = False
  needs_density: bool = False
  rests_on_mean_exp: bool = False

  @property
  def guarantee(self):
    """The side on which the value is of MI: 'lower bound', ... or 'none'."""
    if self.side == 'none' or self.measure != 'MI':
      return 'none'
    return f'{self.side} bound'


# The functions of `mi_tf.bounds`, and the facts of each.
DECLARED = {}


def declare(**facts):
  """Returns a decorator that declares the facts of a function.

  The function itself is returned, and nothing is attached to it: what wraps it
  or is made of it has no facts.

  Args:
    **facts: arguments of `Facts`.
  """

  def keep(fn):
    DECLARED[fn] = Facts(**facts)
    return fn

  return keep


def of(fn):
  """Returns the `Facts` of a function, or `None` for one of others."""
  # Other callables need not be hashable.
  return DECLARED.get(fn) if inspect.isfunction(fn) else None
