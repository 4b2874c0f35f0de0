"""Scores of estimates and of their 95 % intervals, from records.

Functions of a list take the records of runs that did not fail. Errors, widths
and interval scores are in nats.
"""

import numpy as np

ALPHA = 0.05  # Intervals miss the truth in this share of runs.


def error(record):
  """Returns estimate minus truth, or None without an estimate."""
  if record.get('estimate') is None:
    return None
  return record['estimate'] - record['truth']


def interval(record):
  """Returns the ends of the interval, or None without interval.

  An upper end of None in the record is infinite. A lower end of None is 0.
  """
  if record.get('interval') is None:
    return None
  low, high = record['interval']
  return 0.0 if low is None else low, np.inf if high is None else high


def covers(record, scale=1.0):
  """Returns whether the interval holds the truth; None without interval.

  Args:
    record: dict.
    scale: `float`. Both parts of the interval, below and above the estimate,
      are multiplied by it first.
  """
  ends = interval(record)
  if ends is None:
    return None
  low, high = (
    record['estimate'] + scale * (end - record['estimate']) for end in ends
  )
  return low - _rounding(record) <= record['truth'] <= high + _rounding(record)


def bound_holds(record):
  """Returns whether the lower bound is below the truth; None without it."""
  if record.get('lower_bound') is None:
    return None
  return record['lower_bound'] <= record['truth'] + _rounding(record)


def _rounding(record):
  """Returns the error of numbers in records, which have six digits."""
  return 5e-6 * max(1.0, abs(record['truth']))


def half_width(record):
  """Returns half of the interval's width, which may be infinite."""
  low, high = interval(record)
  return (high - low) / 2


def interval_score(record):
  """Returns the interval score of [1], eq. 43; less is better.

  The score is the width of the interval plus 2 / alpha times the distance from
  the interval to the truth. For an infinite upper end, the width is that of an
  interval which ends one nat above the greatest number that n samples can tell:
  the estimate or log(n), whichever is greater.

  #### References

  [1]: Tilmann Gneiting, Adrian E. Raftery. Strictly proper scoring rules,
       prediction, and estimation. _Journal of the American Statistical
       Association_, 2007. https://doi.org/10.1198/016214506000001437
  """
  low, high = interval(record)
  truth = record['truth']
  miss = max(0.0, low - truth) + max(0.0, truth - high)
  if not np.isfinite(high):
    high = 1.0 + max(np.log(record['config']['n']), record['estimate'])
  return high - low + 2 / ALPHA * miss


def mean_error(found):
  """Returns the mean absolute error."""
  return float(np.mean(_absolute_errors(found)))


def max_error(found):
  """Returns the greatest absolute error."""
  return float(np.max(_absolute_errors(found)))


def bias(found):
  """Returns the mean of estimate minus truth."""
  return float(np.mean([error(r) for r in found]))


def mean_squared_error(found):
  """Returns the mean squared error, in nats squared."""
  return float(np.mean(np.square(_absolute_errors(found))))


def mean_relative_error(found):
  """Returns the mean of absolute errors over truths."""
  return float(np.mean([abs(error(r)) / r['truth'] for r in found]))


def _absolute_errors(found):
  return [abs(error(r)) for r in found]


def coverage(found, scale=1.0):
  """Returns the share of intervals that hold the truth; see `covers`."""
  return float(np.mean([covers(r, scale) for r in found]))


def median_half_width(found):
  """Returns the median of half-widths; some may be infinite."""
  return float(np.median([half_width(r) for r in found]))


def mean_interval_score(found):
  """Returns the mean of interval scores."""
  return float(np.mean([interval_score(r) for r in found]))


def width_over_error(found):
  """Returns the median half-width over the median absolute error.

  It is 2.9 for normal errors and the right intervals, and None if most errors
  are 0.
  """
  middle = float(np.median(_absolute_errors(found)))
  return median_half_width(found) / middle if middle > 0 else None


def bounds_above(found):
  """Returns the share of lower bounds that are above the truth."""
  return float(np.mean([not bound_holds(r) for r in found]))


def cpu_minutes(found):
  """Returns the sum of the estimates' CPU time, in minutes."""
  return sum(r['cpu_seconds'] for r in found) / 60
