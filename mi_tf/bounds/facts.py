"""The facts of each bound, declared where the bound is defined."""

from collections.abc import Callable
import dataclasses
import inspect
from typing import Any
from typing import Literal
from typing import TypeVar

LOG_COLUMNS = 'log(M)'
_Fn = TypeVar('_Fn', bound=Callable)


@dataclasses.dataclass(frozen=True)
class Facts:
  """Facts of a function of scores; the defaults promise nothing.

  Attributes:
    side: 'lower' or 'upper' if the value is, in expectation, a lower or upper
      bound on `quantity` for any critic (or, if `needs_density`, for any log
      density); else 'none'.
    condition: `str`, a further condition for `side` to hold, or ''.
    quantity: `str`, the number that is bounded or estimated.
    cap: `str`, the greatest possible value, or 'none'.
    streams: `bool`, whether the function takes `StreamedScores`.
    needs_density: `bool`, whether scores must be log densities.
    rests_on_mean_exp: `bool`, whether the formula has a mean of `exp(f)`, which
      a few pairs may dominate.
  """

  side: Literal['lower', 'upper', 'none'] = 'none'
  condition: str = ''
  quantity: str = 'MI'
  cap: str = 'none'
  streams: bool = False
  needs_density: bool = False
  rests_on_mean_exp: bool = False

  @property
  def guarantee(self) -> str:
    """The guarantee on MI: 'lower bound', 'upper bound' or 'none'."""
    if self.side == 'none' or self.quantity != 'MI':
      return 'none'
    return f'{self.side} bound'


# The facts of each function of `mi_tf.bounds`.
DECLARED: dict[Callable, Facts] = {}


def declare(**facts: Any) -> Callable[[_Fn], _Fn]:
  """Returns a decorator that declares the facts of a function.

  The decorator returns the function unchanged. Wrappers and partials of the
  function have no facts.

  Args:
    **facts: arguments of `Facts`.
  """

  def declared(fn: _Fn) -> _Fn:
    DECLARED[fn] = Facts(**facts)
    return fn

  return declared


def of(fn: Any) -> Facts | None:
  """Returns the `Facts` of a function, or `None` if none are declared."""
  # Other callables need not be hashable.
  return DECLARED.get(fn) if inspect.isfunction(fn) else None
