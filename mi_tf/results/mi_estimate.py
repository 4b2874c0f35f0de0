"""MiEstimate: a number in nats, and how far to trust it."""

import dataclasses
import json
import math
from typing import Any

import numpy as np

from mi_tf import plotting
from mi_tf.results import notebook_view

_PER_NAT = {'nats': 1.0, 'bits': 1.0 / math.log(2.0)}


@dataclasses.dataclass(frozen=True)
class MiEstimate:
  """An estimate of mutual information, and how far to trust it.

  Attributes:
    mi: `float`, the estimate: what is read on samples that nothing was fitted
      to, `diagnostics['held_out']`, and the `correction`.
    stderr: `float`, its standard error.
    interval: pair of `float`s, the 95 % confidence interval.
    lower_bound: `float`, at least 0, which the truth exceeds with 95 %
      confidence whatever was learned: the greater of InfoNCE and the
      Jensen-Shannon bound, for clipped scores, less their errors and what `n`
      samples can't show. It can't pass log(n); poor scores make it loose, not
      wrong.
    pointwise: NumPy array, shape `[num_samples]`, the estimates of
      `log p(x, y) / (p(x) p(y))` of the samples that were reported on, by what
      was not fitted to them; their mean is the held-out value (not so for the
      methods 'neighbors' and 'table', which have values of their own).
    indices: int NumPy array, shape `[num_samples]`, which rows they are.
    num_samples: `int`, the number of samples that were reported on.
    guarantee: 'lower bound' or 'none', the side of `mi`.
    diagnostics: dict of numbers and strings: how well what was fitted does, and
      every choice that was made.
    warnings: tuple of sentences; empty if nothing looks wrong.
    history: dict of lists, the losses of training; empty if there was none.
    marginal_scores: NumPy array, scores of some negatives, for `plot`.
    p_value: `float`, of a permutation test of independence, or `None` if it was
      not asked for.
    method: `str`, how the number was found: 'critic', or as `estimate_mi` names
      its methods; several with ' + ' where their mean was taken.
    candidates: tuple of dicts, from the simplest on: the methods that
      `estimate_mi` compared, each with its 'method', 'mi' (its own number),
      'loss' (of held-out samples, the lower the better) and 'seconds'. Empty if
      there was nothing to compare.
    cap: `float`, what the truth can't exceed: the entropy of a discrete
      variable, the smaller one of two; infinite if none is discrete.
    units: 'nats' or 'bits', the units of all the above, but for scores,
      losses and `diagnostics`, which stay in nats.
  """

  mi: float
  stderr: float
  interval: tuple[float, float]
  lower_bound: float
  pointwise: np.ndarray = dataclasses.field(repr=False)
  indices: np.ndarray = dataclasses.field(repr=False)
  num_samples: int
  guarantee: str
  diagnostics: dict[str, Any] = dataclasses.field(repr=False)
  warnings: tuple[str, ...] = ()
  history: dict[str, list[float]] = dataclasses.field(
    default_factory=dict, repr=False
  )
  marginal_scores: np.ndarray | None = dataclasses.field(
    default=None, repr=False
  )
  p_value: float | None = None
  method: str = 'critic'
  candidates: tuple[dict[str, Any], ...] = dataclasses.field(
    default=(), repr=False
  )
  cap: float = math.inf
  units: str = 'nats'

  def to(self, units):
    """Returns the same estimate in other units.

    Args:
      units: 'nats' or 'bits'.

    Returns:
      `MiEstimate`.

    Raises:
      ValueError: if the units are not known.
    """
    if units not in _PER_NAT:
      raise ValueError(
        f'`units` must be one of {sorted(_PER_NAT)}. Received: units={units!r}.'
      )
    factor = _PER_NAT[units] / _PER_NAT[self.units]
    return dataclasses.replace(
      self,
      units=units,
      mi=self.mi * factor,
      stderr=self.stderr * factor,
      interval=tuple(end * factor for end in self.interval),
      lower_bound=self.lower_bound * factor,
      pointwise=self.pointwise * factor,
      candidates=tuple({**c, 'mi': c['mi'] * factor} for c in self.candidates),
      cap=self.cap * factor,
    )

  @property
  def normalized(self):
    """The estimate as a `float` from 0, independence, to 1.

    Where a variable is discrete, the share of its entropy (the smaller one of
    two) that the other one tells: `mi / cap`. Otherwise the correlation of a
    Gaussian of as much information, `sqrt(1 - exp(-2 mi))` [1]. Do not compare
    the one with the other.

    #### References

    [1]: Edward H. Linfoot. An Informational Measure of Correlation.
         _Information and Control_, 1957.
         https://doi.org/10.1016/S0019-9958(57)90116-X
    """
    if math.isfinite(self.cap):
      share = self.mi / self.cap if self.cap > 0.0 else 0.0
      return float(np.clip(share, 0.0, 1.0))
    nats = max(self.mi / _PER_NAT[self.units], 0.0)
    return math.sqrt(-math.expm1(-2.0 * nats))

  def table(self):
    """Returns the candidates as text, a line for each, below their titles.

    Returns:
      `str`; empty if there are none.
    """
    rows = notebook_view.candidate_rows(self)
    if not rows:
      return ''
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return '\n'.join(
      '  '.join(
        [row[0].ljust(widths[0])]
        + [c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True)]
      )
      for row in rows
    )

  def __float__(self):
    return float(self.mi)

  def __str__(self):
    low, high = self.interval
    lines = [
      f'{self.mi:.4f} {self.units}, 95 % interval '
      f'[{low:.4f}, {high:.4f}], lower bound {self.lower_bound:.4f} '
      f'({self.method}, {self.num_samples} held-out samples)'
    ]
    if self.p_value is not None:
      lines.append(f'p-value of independence {self.p_value:.3g}')
    lines += [f'Warning: {warning}' for warning in self.warnings]
    return '\n'.join(lines)

  def _repr_html_(self):
    """Returns what notebooks show."""
    return notebook_view.show(self)

  def to_json(self, path=None, pointwise=False):
    """Returns the estimate as JSON text; writes it to a file if asked to.

    Numbers that are not finite become `null`.

    Args:
      path: name of a file to write. Default value: `None`, no file.
      pointwise: Python `bool`, whether to include the pointwise values.

    Returns:
      `str`.
    """
    record = {
      name: getattr(self, name)
      for name in (
        'mi',
        'stderr',
        'interval',
        'lower_bound',
        'p_value',
        'method',
        'candidates',
        'cap',
        'normalized',
        'units',
        'num_samples',
        'guarantee',
        'diagnostics',
        'warnings',
        'history',
      )
    }
    if pointwise:
      record['indices'] = self.indices.tolist()
      record['pointwise'] = self.pointwise.tolist()
    text = json.dumps(_plain(record), indent=2, allow_nan=False)
    if path is not None:
      with open(path, 'w', encoding='utf-8') as f:
        f.write(text + '\n')
    return text

  def plot(self, path=None):
    """Draws the interval, the losses and the scores; needs matplotlib.

    Args:
      path: name of a file to save the figure in. Default value: `None`.

    Returns:
      A `matplotlib.figure.Figure`.
    """
    figure = plotting.estimate(self)
    if path is not None:
      figure.savefig(path, dpi=120)
    return figure


def _plain(value):
  """Turns NumPy's values into JSON's; what is not finite becomes null."""
  if isinstance(value, dict):
    return {str(key): _plain(v) for key, v in value.items()}
  if isinstance(value, (list, tuple)):
    return [_plain(v) for v in value]
  if isinstance(value, (np.generic, np.ndarray)):
    return _plain(value.tolist())
  if isinstance(value, float) and not math.isfinite(value):
    return None
  return value
