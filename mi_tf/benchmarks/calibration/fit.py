"""Constants of half-widths, by a quantile regression.

The interval score of Gneiting and Raftery [1] of a 95 % interval is the sum of
the two pinball losses of its ends, as quantiles of 2.5 % and 97.5 %, times 40.
Each half-width is linear in the constants, so the fit is a quantile regression,
a linear program. Each end is fitted for itself. Runs are weighed alike: their
scores are divided by their error of sampling, or by a multiple of 1 / sqrt(n).
The quantiles of the fit are farther out (see `_LEVEL`).

#### References

[1]: Tilmann Gneiting, Adrian E. Raftery. Strictly Proper Scoring Rules,
     Prediction, and Estimation. _Journal of the American Statistical
     Association_, 2007. https://doi.org/10.1198/016214506000001437
"""

import dataclasses

import numpy as np
from scipy import optimize

from mi_tf.estimation.methods import independence
from mi_tf.estimation.readout import half_widths

# Of each end. With it, intervals of tasks outside of the fit hold 95 % of the
# values. With 97.5 % they hold fewer: constants are chosen by other tasks.
_LEVEL = 0.98
_PARTS = 5  # Of a cross-validation: tasks of a part are left out of the fit.
# The errors of different runs are compared in units of this error of theirs:
# the error of sampling, but at least this many times 1 / sqrt(n).
_LEAST = 0.3
_SMALLEST = 0.005  # Constants below are 0.
# Of constants, but of 'stderr_sampling' and 'hidden': with greater ones, the
# interval scores of other tasks are worse.
_GREATEST = 1.0
# A half-width has at least the usual number of standard errors of sampling, and
# hardly more: with many rows, sampling is all that is left of most errors. What
# 'hidden' adds is limited, since few tasks tell it.
_BOUNDS = {'stderr_sampling': (1.96, 2.5), 'hidden': (0.0, 2500.0)}
# The terms of each kind. Others were tried and did not lower the score.
TERMS = {
  independence.NAME: ((), ('stderr_sampling', 'higher', 'columns')),
  'table': (
    ('stderr_sampling', 'few'),
    ('stderr_sampling', 'few', 'higher', 'unseen'),
  ),
  'classifier': (
    ('stderr_sampling', 'fit_gap', 'stderr_training'),
    ('stderr_sampling', 'fit_gap', 'capacity'),
  ),
  'elliptical': (
    ('stderr_sampling', 'fit_gap', 'lower'),
    ('stderr_sampling', 'hidden', 'higher', 'assumed', 'capacity'),
  ),
  'residuals': (
    ('stderr_sampling', 'few', 'lower'),
    ('stderr_sampling', 'few', 'higher'),
  ),
  half_widths.LEARNED: (
    (
      *('stderr_sampling', 'stderr_training', 'fit_gap', 'lower'),
      *('excess', 'assumed'),
    ),
    (
      *('stderr_sampling', 'hidden', 'stderr_training', 'fit_gap', 'higher'),
      *('unseen', 'assumed'),
    ),
  ),
}


@dataclasses.dataclass(frozen=True)
class Run:
  """A run on a task for the choice of constants.

  Attributes:
    task: `str`, the family and the name of the task.
    kind: `str`, as in `half_widths.kind`.
    error: `float`, the truth minus the estimate before clipping, nats.
    terms: dict, name -> `float`, as of `half_widths.terms`.
    is_open: `bool`, whether the upper end is infinite, without constants.
  """

  task: str
  kind: str
  error: float
  terms: dict[str, float]
  is_open: bool = False


def fit(runs):
  """Returns the constants below and above: two dicts, kind -> name -> constant.

  Args:
    runs: list of `Run`s.
  """
  below, above = {}, {}
  for kind, names in TERMS.items():
    own = [run for run in runs if run.kind == kind]
    # The errors in the part of independence are those of other methods.
    bounds = {} if kind == independence.NAME else _BOUNDS
    below[kind] = _fit_end(own, names[0], -1.0, bounds)
    closed = [run for run in own if not run.is_open]
    above[kind] = _fit_end(closed, names[1], 1.0, bounds)
  return below, above


def cross_validated(runs, seed=0):
  """Returns lower and upper half-widths, by constants of other tasks' runs.

  Args:
    runs: list of `Run`s.
    seed: `int`, the seed of the partition of the tasks.

  Returns:
    float array, shape `[len(runs), 2]`.
  """
  names, place = np.unique([run.task for run in runs], return_inverse=True)
  part = (np.random.default_rng(seed).permutation(len(names)) % _PARTS)[place]
  found = np.empty((len(runs), 2))
  for p in range(_PARTS):
    constants = fit([run for run, q in zip(runs, part, strict=True) if q != p])
    for i in np.flatnonzero(part == p):
      found[i] = [
        sum(c * runs[i].terms[name] for name, c in side[runs[i].kind].items())
        for side in constants
      ]
      if runs[i].is_open:
        found[i, 1] = np.inf
  return found


def _fit_end(runs, names, sign, bounds):
  """Returns the constants of one end, name -> constant."""
  if not runs or not names:
    return {}
  values = np.array([[run.terms[name] for name in names] for run in runs])
  errors = sign * np.array([run.error for run in runs])
  units = np.array(
    [
      max(run.terms['stderr_sampling'], _LEAST * run.terms['few'])
      for run in runs
    ]
  )
  n, k = values.shape
  # Variables: constants, and the parts of errors above and below the end.
  found = optimize.linprog(
    np.concatenate([np.zeros(k), np.full(n, _LEVEL), np.full(n, 1.0 - _LEVEL)]),
    A_eq=np.hstack([values / units[:, None], np.eye(n), -np.eye(n)]),
    b_eq=errors / units,
    bounds=[bounds.get(name, (0.0, _GREATEST)) for name in names]
    + [(0.0, None)] * (2 * n),
    method='highs',
  ).x[:k]
  return {
    name: round(float(c), 2)
    for name, c in zip(names, found, strict=True)
    if c > _SMALLEST
  }
