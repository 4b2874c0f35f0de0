"""How an estimate of an everyday task is judged."""

import itertools
import math

_WIDEST = 0.24  # The greatest width of an interval for tasks of kind 'best'.
_BELOW_BEST = 0.03
_ACCURACY = 0.003  # The accuracy of truths, nats.
_UNKNOWN = (math.nan, math.nan)


def judge(task, n, found):
  """Compares an estimate with the truth; returns a dict for a record.

  Args:
    task: `task.Task`.
    n: `int`, the number of rows.
    found: dict, the outcome of an `estimators.Estimator`; or its exception.

  Returns:
    dict with
      'group': `str`, the group of the task.
      'truth': `float`, nats, or `None` if the truth is unknown.
      'mi': `float`, nats; NaN for an exception.
      'interval': pair of `float`s, nats; NaN if there is no interval.
      'error_nats': `float`, `mi` minus the truth. For tasks of kind 'best',
        `mi` minus the nearest possible truth. NaN if the truth is unknown.
      'method': `str`.
      'warnings': `int`, the number of warnings.
      'flags': list of `str`, a word for each fault.
      'failure': `str`, the text of the exception, or `None`.
      'oracle_stderr': `float` or `None`, as in `task.Task.oracle_stderr`.
  """
  outcome = {
    'group': task.group,
    'truth': task.truth,
    'mi': math.nan,
    'interval': _UNKNOWN,
    'error_nats': math.nan,
    'method': '-',
    'warnings': 0,
    'failure': None,
    'oracle_stderr': task.oracle_stderr(n),
  }
  if isinstance(found, Exception):
    # For some data, an error with a reason is the right answer.
    is_right = task.kind == 'doubt' and isinstance(found, ValueError)
    text = f'{type(found).__name__}: {" ".join(str(found).split())}'[:200]
    flags = ['REFUSED' if is_right else 'FAILED']
    return {**outcome, 'flags': flags, 'failure': text}
  mi = float(found['estimate'])
  interval = tuple(map(float, found.get('interval', _UNKNOWN)))
  warnings = len(found.get('warnings', ()))
  lower_bound = float(found.get('lower_bound', 0.0))
  return {
    **outcome,
    'mi': mi,
    'interval': interval,
    'error_nats': _error(task, mi),
    'method': found.get('method', '-'),
    'warnings': warnings,
    'flags': _flags(task, n, mi, interval, lower_bound, warnings),
  }


def _possible(task):
  """Returns the least and the greatest possible truth."""
  if task.kind == 'best':
    return task.truth - _BELOW_BEST, task.cap
  return task.truth, task.truth


def _error(task, mi):
  if task.truth is None or not math.isfinite(task.truth):
    return math.nan
  low, high = _possible(task)
  return mi - min(max(mi, low), high)


def _flags(task, n, mi, interval, lower_bound, warnings):
  flags = []
  if not _keeps_invariants(task, n, mi, interval, lower_bound):
    flags.append('BROKEN')
  if task.kind == 'doubt':
    return flags if warnings else [*flags, 'UNWARNED']
  low, high = _possible(task)
  width = interval[1] - interval[0]
  distance = max(interval[0] - high, low - interval[1])
  if distance > _ACCURACY:
    flags.append('MISS')
    if distance > width / 2 and not warnings:
      flags.append('SILENT')
  allowed = _ACCURACY if task.kind == 'best' else task.allowed(n)
  # For fine structure, an interval that holds the truth is enough.
  is_held = task.group == 'structure' and distance <= _ACCURACY
  if abs(_error(task, mi)) > allowed and not is_held:
    flags.append('FAR')
  if task.kind == 'best' and width > _WIDEST:
    flags.append('WIDE')
  return flags


def _keeps_invariants(task, n, mi, interval, lower_bound):
  """Returns whether the numbers are possible for mutual information."""
  # The entropy of a sample differs from the entropy of the distribution.
  error = 3 / math.sqrt(n)
  cap = task.cap + (_ACCURACY if task.fixed else error)
  low, high = interval
  ordered = ((0, lower_bound, mi, cap), (0, low, mi, high, task.cap + error))
  return not any(
    before > after + 1e-6
    for values in ordered
    for before, after in itertools.pairwise(values)
  )
