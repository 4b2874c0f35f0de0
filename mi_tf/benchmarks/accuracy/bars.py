"""Bars for the accuracy of the default estimator, and verdicts on them."""

from collections.abc import Callable
import dataclasses

import numpy as np

from mi_tf.benchmarks.accuracy import comparisons
from mi_tf.benchmarks.accuracy import runs
from mi_tf.benchmarks.accuracy import scoring

_RIVALS = ('ksg', 'sklearn_knn', 'gcmi')
_EASY = ('gaussian_20d', 'linear_mix', 'two_numbers', 'discrete', 'counts')
_CORES = 2


def at_most(level):
  """Returns the range of numbers up to `level`."""
  return -np.inf, level


def at_least(level):
  """Returns the range of numbers from `level` on."""
  return level, np.inf


@dataclasses.dataclass(frozen=True)
class Bar:
  """A bar: the range in which a measure of the records must be.

  Attributes:
    what: `str`, the name of the measure.
    measure: callable, list of records without failures -> `float`, or None if
      there is nothing to measure.
    bar: pair of `float`s, the range in which `measure` must be.
    aim: pair of `float`s, the range in which it should be, within `bar`.
    families: tuple of `str`, the families whose runs count; None for all.
    sizes: tuple of `int`, the numbers of samples of the runs that count; None
      for all.
    nats: pair of `float`s, the least and greatest truth of runs that count.
    rivals: tuple of `str`, the estimators whose records the measure gets, too.
    runs: `int`, the least number of our runs for a final verdict.
    percent: `bool`. If True, the measure is shown in percent.
  """

  what: str
  measure: Callable
  bar: tuple[float, float]
  aim: tuple[float, float]
  families: tuple[str, ...] | None = None
  sizes: tuple[int, ...] | None = None
  nats: tuple[float, float] = (0.0, np.inf)
  rivals: tuple[str, ...] = ()
  runs: int = 0
  percent: bool = False


def _least_coverage(key):
  def measure(found):
    return min(comparisons.coverages(found, key).values(), default=None)

  return measure


def _greatest_coverage(found):
  shares = comparisons.coverages(found, runs.family)
  return max(shares.values(), default=None)


def _interval_score_ratio(found):
  return comparisons.geometric_mean(
    comparisons.interval_score_ratios(found).values()
  )


def _worst_width_over_error(found):
  return max(comparisons.widths_over_errors(found).values(), default=None)


def _squared_errors(combine):
  def measure(found):
    ratios = comparisons.best_rival_ratios(found, _RIVALS)
    return float(combine(list(ratios.values()))) if ratios else None

  return measure


def _worst_bounds(found):
  groups = runs.by(found, runs.family)
  return max(scoring.bounds_above(each) for each in groups.values())


def _minutes(found):
  return scoring.cpu_minutes(found) / _CORES


def _beyond_normal(n, bar, aim):
  return Bar(
    f'Beyond Normal, n = {n:,}: mean error',
    scoring.mean_error,
    at_most(bar),
    at_most(aim),
    ('beyond_normal',),
    (n,),
    runs=120,
  )


def _low_dim(what, measure, bar, aim, percent=False):
  return Bar(
    f'1 to 3 dimensions, 10 nats: {what}',
    measure,
    bar,
    aim,
    ('low_dim',),
    (10_000,),
    nats=(9.5, 10.5),
    runs=45,
    percent=percent,
  )


def _flows(what, measure, bar, aim):
  return Bar(
    f'Flows, n = 10,000: {what}',
    measure,
    bar,
    aim,
    ('flow',),
    (10_000,),
    runs=18,
    percent=True,
  )


def _small(what, combine, bar, aim):
  return Bar(
    f'n = 100 and 300: squared error over the best rival, {what}',
    _squared_errors(combine),
    at_most(bar),
    at_most(aim),
    sizes=(100, 300),
    rivals=_RIVALS,
  )


BARS = (
  _beyond_normal(1000, 0.042, 0.03),
  _beyond_normal(5000, 0.022, 0.016),
  _beyond_normal(10_000, 0.014, 0.01),
  Bar(
    'Coverage of 95 % intervals: all runs',
    scoring.coverage,
    (0.93, 0.97),
    (0.93, 0.97),
    percent=True,
  ),
  Bar(
    'Coverage: worst family (of 20 runs or more)',
    _least_coverage(runs.family),
    at_least(0.88),
    at_least(0.93),
    percent=True,
  ),
  Bar(
    'Coverage: worst number of samples (of 20 runs or more)',
    _least_coverage(runs.size),
    at_least(0.90),
    at_least(0.93),
    percent=True,
  ),
  Bar(
    'Coverage: greatest of a family (of 20 runs or more)',
    _greatest_coverage,
    at_most(0.97),
    at_most(0.97),
    percent=True,
  ),
  Bar(
    'Interval score: reference over this version, geometric mean',
    _interval_score_ratio,
    at_least(2.0),
    at_least(3.0),
    rivals=(runs.REFERENCE,),
  ),
  Bar(
    'Easy families: median half-width over median error, worst family',
    _worst_width_over_error,
    at_most(4.0),
    at_most(3.0),
    _EASY,
  ),
  Bar(
    'Beyond Normal, n = 1,000: median half-width over median error',
    scoring.width_over_error,
    at_most(4.0),
    at_most(3.0),
    ('beyond_normal',),
    (1000,),
    runs=120,
  ),
  _small('mean of families', np.mean, 1.0, 0.8),
  _small('worst family', np.max, 1.3, 1.3),
  Bar(
    'Lower bounds above the truth: worst family',
    _worst_bounds,
    at_most(0.03),
    at_most(0.03),
    percent=True,
  ),
  _low_dim(
    'truth inside the interval',
    scoring.coverage,
    at_least(41 / 45),
    at_least(43 / 45),
    percent=True,
  ),
  _low_dim('mean error', scoring.mean_error, at_most(0.08), at_most(0.08)),
  _flows(
    'mean relative error',
    scoring.mean_relative_error,
    at_most(0.03),
    at_most(0.015),
  ),
  _flows(
    'truth inside the interval',
    scoring.coverage,
    at_least(0.90),
    at_least(0.90),
  ),
  Bar(
    f'All estimates, also of rivals: CPU minutes over {_CORES} cores',
    _minutes,
    at_most(90.0),
    at_most(40.0),
    rivals=(*_RIVALS, 'cca'),
  ),
)


def runs_of(bar, found):
  """Returns our records that count for a bar, failures included."""
  return runs.of(runs.OURS, _counted(bar, found))


def _counted(bar, found):
  """Returns the records that a bar's measure gets, and those of failures."""
  return [
    r
    for r in found
    if runs.name(r) in (runs.OURS, *bar.rivals)
    and (bar.sizes is None or runs.size(r) in bar.sizes)
    and (bar.families is None or runs.family(r) in bar.families)
    and bar.nats[0] <= r.get('truth', bar.nats[0]) <= bar.nats[1]
  ]


def verdict(bar, found):
  """Returns the measure of a bar, and whether it is within the bar's range.

  Args:
    bar: `Bar`.
    found: list of records, one for each run.

  Returns:
    measured: `float`, or None if there is nothing to measure.
    text: 'met', 'aim met', 'not met' (also if one of our runs failed), or 'no
      runs'. If runs are missing, ' so far' is added to 'met' and 'aim met'.
  """
  counted = _counted(bar, found)
  ours = runs_of(bar, counted)
  if not ours:
    return None, 'no runs'
  fine = runs.fine(counted)
  measured = bar.measure(fine) if runs_of(bar, fine) else None
  failed = len(runs.fine(ours)) < len(ours)
  if measured is None:
    return None, 'not met' if failed else 'no runs'
  if failed or not _within(measured, bar.bar):
    return measured, 'not met'
  text = 'aim met' if _within(measured, bar.aim) else 'met'
  return measured, text + (' so far' if len(ours) < bar.runs else '')


def _within(value, ends):
  return ends[0] <= value <= ends[1]
