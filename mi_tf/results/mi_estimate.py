"""MiEstimate: an estimate of mutual information, with its error."""

import dataclasses
import json
import math
import os
from typing import Any

import numpy as np

from mi_tf import plotting
from mi_tf.results import notebook_view

_PER_NAT = {'nats': 1.0, 'bits': 1.0 / math.log(2.0)}


@dataclasses.dataclass(frozen=True)
class MiEstimate:
  """An estimate of mutual information, with its error.

  `float(estimate)` is `mi`, `f'{estimate:.3f}'` shows it with three digits, and
  `print(estimate)` shows the interval, the lower bound and the warnings.

  Attributes:
    mi: `float`, the estimate. It is the sum of `diagnostics['held_out']`, the
      value on held-out samples, and `diagnostics['correction']`.
    stderr: `float`, the standard error of `mi`.
    interval: pair of `float`s, the 95 % confidence interval of the true mutual
      information.
    lower_bound: `float`, at least 0. With 95 % confidence, the true mutual
      information is greater than `lower_bound`. A poor fit makes the bound
      loose, not wrong. The bound is the greater of InfoNCE and the
      Jensen-Shannon bound of clipped scores, minus errors, and at most
      log(num_samples).
    pointwise: NumPy array, shape `[num_samples]`, estimates of
      `log p(x, y) / (p(x) p(y))` for the held-out samples. Their mean is
      `diagnostics['held_out']`, except for the methods 'neighbors', 'residuals'
      and 'table'.
    indices: int NumPy array, shape `[num_samples]`, the data row of each value
      in `pointwise`.
    num_samples: `int`, the number of held-out samples. With cross-fitting,
      every sample is held out once.
    guarantee: 'lower bound' if `mi` is at most the true mutual information in
      expectation, else 'none'.
    diagnostics: dict of numbers and strings that describe the quality of the
      fit and all chosen settings.
    warnings: tuple of sentences, empty if no problem was found.
    history: dict of lists of training losses, empty if nothing was trained.
    marginal_scores: NumPy array, scores of some negatives, for `plot`.
    p_value: `float`, above 0, the p-value of a permutation test of
      independence, or `None` without a test. If the variables are independent,
      it is uniform.
    method: `str`, 'critic' or a method of `estimate_mi`. If `mi` is the mean of
      several methods, their names are joined by ' + '.
    candidates: tuple of dicts, the methods that `estimate_mi` compared, the
      simplest first. Each dict has 'method', 'mi' (the method's estimate),
      'loss' (on held-out samples; lower is better) and 'seconds'. The tuple is
      empty if no methods were compared.
    cap: `float`, the upper limit of `mi`: the entropy of the discrete
      variable's frequencies in the sample, or the smaller entropy of two
      discrete variables. It is infinite if both are continuous. The interval
      may end higher, at the upper end of the distribution's entropy.
    units: 'nats' or 'bits', the units of all attributes except for scores,
      losses and `diagnostics`, which are always in nats.
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

  def to(self, units: str) -> 'MiEstimate':
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
      interval=(self.interval[0] * factor, self.interval[1] * factor),
      lower_bound=self.lower_bound * factor,
      pointwise=self.pointwise * factor,
      candidates=tuple({**c, 'mi': c['mi'] * factor} for c in self.candidates),
      cap=self.cap * factor,
    )

  @property
  def normalized(self) -> float:
    """The estimate as a `float` from 0 (independence) to 1.

    If a variable is discrete, this is `mi / cap`, the share of its entropy that
    the other variable explains. If both are continuous, it is
    `sqrt(1 - exp(-2 mi))`, the correlation of Gaussian variables with this
    mutual information [1]. Do not compare values of discrete and of continuous
    variables.

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

  def table(self) -> str:
    """Returns the candidates as text: a line of titles, then one per candidate.

    Returns:
      `str`, empty if there are no candidates.
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

  def __float__(self) -> float:
    return float(self.mi)

  def __format__(self, spec: str) -> str:
    """Returns the number in a format of `float`s, as in `f'{estimate:.3f}'`.

    The units are those of the estimate. Without a format, it is `str`.
    """
    return format(float(self), spec) if spec else str(self)

  def __str__(self) -> str:
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
    """Returns the HTML for notebooks."""
    return notebook_view.to_html(self)

  def to_json(
    self, path: str | os.PathLike | None = None, pointwise: bool = False
  ) -> str:
    """Returns the estimate as JSON text; writes the text to `path` if given.

    Numbers that are not finite become `null`.

    Args:
      path: name of a file to write. Default value: `None`, which means no file.
      pointwise: Python `bool`. If True, the text includes `pointwise` and
        `indices`.

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

  def plot(self, path: str | os.PathLike | None = None) -> Any:
    """Draws the interval, the losses and the scores; needs matplotlib.

    Args:
      path: name of a file for the figure. Default value: `None`, which means no
        file.

    Returns:
      A `matplotlib.figure.Figure`.
    """
    figure = plotting.estimate(self)
    if path is not None:
      figure.savefig(path, dpi=120)
    return figure


def _plain(value):
  """Returns a value for JSON: a Python object, or `None` if not finite."""
  if isinstance(value, dict):
    return {str(key): _plain(v) for key, v in value.items()}
  if isinstance(value, (list, tuple)):
    return [_plain(v) for v in value]
  if isinstance(value, (np.generic, np.ndarray)):
    return _plain(value.tolist())
  if isinstance(value, float) and not math.isfinite(value):
    return None
  return value
