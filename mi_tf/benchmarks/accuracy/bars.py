"""Bars for the accuracy of the default estimator, and verdicts on them."""

from collections.abc import Callable
import dataclasses

import numpy as np

ESTIMATOR = 'mi_tf'
SEEDS = 3
_N = 10_000


@dataclasses.dataclass(frozen=True)
class Bar:
  """A bar: the value that a measure of the records must reach.

  Attributes:
    what: `str`, the name of the measure.
    measure: callable, list of records without failures -> `float`.
    bar: `float`, the value that `measure` must reach.
    aim: `float`, the value that it should reach, at least as hard as `bar`.
    families: tuple of `str`, the families whose runs count; None for all.
    n: `int`, the number of samples of the runs that count.
    nats: pair of `float`s, the least and greatest truth of runs that count.
    above: `bool`. If True, greater measures are better.
    num_tasks: `int`, the least number of tasks for a final verdict.
    percent: `bool`. If True, the measure is shown in percent.
  """

  what: str
  measure: Callable
  bar: float
  aim: float
  families: tuple[str, ...] | None = None
  n: int = _N
  nats: tuple[float, float] = (0.0, np.inf)
  above: bool = False
  num_tasks: int = 1
  percent: bool = False


def error(record):
  """Returns estimate minus truth in nats, or None if the run failed."""
  if record.get('estimate') is None:
    return None
  return record['estimate'] - record['truth']


def covers(record):
  """Returns True if the interval holds the truth; None without interval."""
  if 'interval' not in record:
    return None
  low, high = record['interval']
  if low is None or high is None:
    return False
  return low <= record['truth'] <= high


def bound_holds(record):
  """Returns True if the lower bound holds; None without lower bound."""
  if record.get('lower_bound') is None:
    return None
  return record['lower_bound'] <= record['truth']


def mean_error(found):
  """Returns the mean absolute error of records."""
  return float(np.mean([abs(error(r)) for r in found]))


def max_error(found):
  """Returns the greatest absolute error of records."""
  return float(np.max([abs(error(r)) for r in found]))


def coverage(found):
  """Returns the share of records whose interval holds the truth."""
  return float(np.mean([covers(r) for r in found]))


def median_cpu(found):
  """Returns the median of the CPU seconds of records."""
  return float(np.median([r['cpu_seconds'] for r in found]))


def _max_relative_error(found):
  return float(np.max([abs(error(r)) / r['truth'] for r in found]))


BARS = (
  Bar(
    'Beyond Normal: mean abs. error',
    mean_error,
    0.05,
    0.02,
    ('beyond_normal',),
    num_tasks=40,
  ),
  Bar(
    'Beyond Normal: largest error',
    max_error,
    0.25,
    0.10,
    ('beyond_normal',),
    num_tasks=40,
  ),
  Bar(
    'Beyond Normal: truth inside the interval',
    coverage,
    0.85,
    0.93,
    ('beyond_normal',),
    above=True,
    num_tasks=40,
    percent=True,
  ),
  Bar(
    '20-d Gaussians, 2 to 23.3 nats: largest relative error',
    _max_relative_error,
    0.05,
    0.02,
    ('gaussian_20d',),
    num_tasks=16,
    percent=True,
  ),
  Bar(
    '1 to 3 dimensions, 10 nats: largest error',
    max_error,
    1.0,
    0.3,
    ('low_dim',),
    nats=(9.5, 10.5),
    num_tasks=15,
  ),
  Bar(
    'Flows of 5-d Gaussians, 6 nats: largest relative error',
    _max_relative_error,
    0.15,
    0.05,
    ('flow',),
    num_tasks=3,
    percent=True,
  ),
  Bar(
    'Independent pairs: largest abs. estimate',
    max_error,
    0.02,
    0.02,
    ('independent',),
    num_tasks=6,
  ),
  Bar('All families: median CPU seconds', median_cpu, 40.0, 10.0),
)


def runs_of(bar, found):
  """Returns the records that count for a bar, failures included."""
  return [
    r
    for r in found
    if r['config']['estimator'] == ESTIMATOR
    and not r['config'].get('options')
    and r['config']['n'] == bar.n
    and (bar.families is None or r['config']['family'] in bar.families)
    and bar.nats[0] <= r.get('truth', bar.nats[0]) <= bar.nats[1]
  ]


def verdict(bar, found):
  """Returns the measure of a bar, and whether it reaches the bar.

  Args:
    bar: `Bar`.
    found: list of records, one for each run.

  Returns:
    measured: `float`, or None if no run counts or all failed.
    text: 'met', 'aim met', 'not met' (also if a run failed) or 'no runs'. If
      tasks or seeds are missing, ' so far' is added to 'met' and 'aim met'.
  """
  chosen = runs_of(bar, found)
  if not chosen:
    return None, 'no runs'
  fine = [r for r in chosen if error(r) is not None]
  if not fine:
    return None, 'not met'
  measured = bar.measure(fine)

  def reaches(level):
    return measured >= level if bar.above else measured <= level

  if len(fine) < len(chosen) or not reaches(bar.bar):
    return measured, 'not met'
  text = 'aim met' if reaches(bar.aim) else 'met'
  tasks = {(r['config']['family'], r['config']['task']) for r in chosen}
  if len(tasks) < bar.num_tasks or len(chosen) < SEEDS * len(tasks):
    text += ' so far'
  return measured, text
