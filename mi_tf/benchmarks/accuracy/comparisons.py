"""Comparisons of estimators on the same runs, and of families and sizes."""

import numpy as np

from mi_tf.benchmarks.accuracy import runs
from mi_tf.benchmarks.accuracy import scoring

LEAST_RUNS = 20  # Of a group whose coverage is looked at.
_LEAST = 1e-6  # Nats. Smaller interval scores count as this.


def squared_error_ratios(found, rivals):
  """Returns our mean squared error over that of each rival, on the same runs.

  Args:
    found: list of records with an estimate, of all estimators.
    rivals: names of estimators.

  Returns:
    Dict, (family, n) -> dict, rival -> (ratio, number of runs, the rival's mean
    squared error). Rivals without a run are left out.
  """
  ratios = {}
  for group, records in runs.by(found, runs.family, runs.size).items():
    for rival in rivals:
      ours, theirs = runs.same(
        runs.of(runs.OURS, records), runs.of(rival, records)
      )
      if ours:
        least = scoring.mean_squared_error(theirs)
        ratio = _ratio(scoring.mean_squared_error(ours), least)
        ratios.setdefault(group, {})[rival] = ratio, len(ours), least
  return ratios


def best_rival_ratios(found, rivals):
  """Returns our mean squared error over that of the best rival.

  Args:
    found: list of records with an estimate, of all estimators.
    rivals: names of estimators.

  Returns:
    Dict, (family, n) -> ratio. The best rival is the one with the least mean
    squared error over the runs that it takes; ours is of the same runs.
  """
  return {
    group: min(ratios.values(), key=lambda each: each[2])[0]
    for group, ratios in squared_error_ratios(found, rivals).items()
  }


def interval_score_ratios(found):
  """Returns the mean interval score of the reference over ours.

  Args:
    found: list of records with an estimate, of all estimators.

  Returns:
    Dict, (family, n) -> ratio on the same runs. Above 1, ours is better.
  """
  ratios = {}
  for group, records in runs.by(found, runs.family, runs.size).items():
    pair = runs.same(
      runs.of(runs.OURS, records), runs.of(runs.REFERENCE, records)
    )
    if pair[0]:
      ours, theirs = (
        max(_LEAST, scoring.mean_interval_score(records)) for records in pair
      )
      ratios[group] = theirs / ours
  return ratios


def geometric_mean(values):
  """Returns the geometric mean of positive numbers, or None without any."""
  values = list(values)
  return float(np.exp(np.mean(np.log(values)))) if values else None


def coverages(found, key):
  """Returns the coverage of each group with 20 runs or more.

  Args:
    found: list of records with an interval.
    key: callable, record -> group.

  Returns:
    Dict, group -> share of intervals that hold the truth.
  """
  return {
    group: scoring.coverage(records)
    for (group,), records in runs.by(found, key).items()
    if len(records) >= LEAST_RUNS
  }


def widths_over_errors(found):
  """Returns the median half-width over the median absolute error, by family.

  Args:
    found: list of records with an interval.

  Returns:
    Dict, family -> median over the sizes of `scoring.width_over_error`. Sizes
    at which most errors are 0 are left out.
  """
  ratios = {}
  for (family, _), records in runs.by(found, runs.family, runs.size).items():
    ratio = scoring.width_over_error(records)
    if ratio is not None:
      ratios.setdefault(family, []).append(ratio)
  return {family: float(np.median(each)) for family, each in ratios.items()}


def _ratio(ours, theirs):
  if theirs > 0:
    return ours / theirs
  return 1.0 if ours == 0 else np.inf
