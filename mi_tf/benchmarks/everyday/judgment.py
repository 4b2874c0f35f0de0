"""How an estimate of an everyday task is judged, and the table of them."""

import dataclasses
import itertools
import math

import numpy as np

from mi_tf.benchmarks.everyday.tasks import task as task_lib

_WIDEST_HALF = 0.12  # Of an interval for a data set and its class.
_BELOW_BEST = 0.03
_ACCURACY = 0.003  # Of the truths.
_COLUMNS = (
  f'{"task":48} {"n":>6} {"seed":>4} {"truth":>7} {"mi":>7} '
  f'{"interval":>17} {"error":>7} {"method":>14} {"seconds":>8} {"warn":>4}'
)


@dataclasses.dataclass(frozen=True)
class Outcome:
  """An estimate beside the truth.

  Attributes:
    task: `task.Task`.
    n: `int`, the number of rows.
    seed: `int`.
    mi: `float`, nats; nan if there is none.
    interval: pair of `float`s; nan if there is none.
    error: `float`, `mi` less the truth; of tasks of the kind 'best', the
      distance from the nearest number that may be true; nan if nobody knows.
    method: `str`.
    seconds: `float`.
    warnings: tuple of sentences.
    flags: tuple of words, each something that is wrong.
    ksg: `float`, what nearest neighbors say, or None.
    failure: `str`, the exception, or None.
  """

  task: task_lib.Task
  n: int
  seed: int
  mi: float
  interval: tuple[float, float]
  error: float
  method: str
  seconds: float
  warnings: tuple[str, ...]
  flags: tuple[str, ...]
  ksg: float | None = None
  failure: str | None = None


def of(task, n, seed, found, seconds, ksg=None):
  """Returns the `Outcome` of an estimate, or of an exception, for a task."""
  if isinstance(found, Exception):
    text = f'{type(found).__name__}: {" ".join(str(found).split())}'[:200]
    # For some data, to refuse with a reason is the right answer.
    refused = task.kind == 'doubt' and isinstance(found, ValueError)
    return Outcome(
      task,
      n,
      seed,
      math.nan,
      (math.nan, math.nan),
      math.nan,
      '-',
      seconds,
      (),
      ('REFUSED',) if refused else ('FAILED',),
      ksg,
      text,
    )
  mi, warnings = float(found.mi), tuple(found.warnings)
  interval = tuple(float(end) for end in found.interval)
  return Outcome(
    task,
    n,
    seed,
    mi,
    interval,
    _error(task, mi),
    str(getattr(found, 'method', '-')),
    seconds,
    warnings,
    _flags(task, n, found),
    ksg,
  )


def _possible(task):
  """Returns the least and the greatest number that may be true."""
  if task.kind == 'best':
    return task.truth - _BELOW_BEST, task.cap
  return task.truth, task.truth


def _error(task, mi):
  if task.truth is None or not math.isfinite(task.truth):
    return math.nan
  low, high = _possible(task)
  return mi - min(max(mi, low), high)


def _flags(task, n, found):
  mi, interval = found.mi, found.interval
  flags = [] if _keeps_invariants(task, n, found) else ['BROKEN']
  if task.kind == 'doubt':
    return tuple(flags if found.warnings else [*flags, 'UNWARNED'])
  low, high = _possible(task)
  distance = max(interval[0] - high, low - interval[1])
  if distance > _ACCURACY:
    flags.append('MISS')
    width = interval[1] - interval[0]
    if distance > width / 2 and not len(found.warnings):
      flags.append('SILENT')
  allowed = _ACCURACY if task.kind == 'best' else task.allowed(n)
  # Of fine structure, an interval that holds the truth is good enough.
  held = task.group == 'structure' and distance <= _ACCURACY
  if abs(_error(task, mi)) > allowed and not held:
    flags.append('FAR')
  if task.kind == 'best' and interval[1] - interval[0] > 2 * _WIDEST_HALF:
    flags.append('WIDE')
  return tuple(flags)


def _keeps_invariants(task, n, found):
  """Returns whether the estimate is what mutual information can be."""
  # The entropy of a sample differs from that of the source.
  cap = task.cap + (_ACCURACY if task.fixed else 3 / math.sqrt(n))
  low, high = found.interval
  lower_bound = getattr(found, 'lower_bound', 0.0)
  ordered = ((0, lower_bound, found.mi), (0, low, found.mi, high, cap))
  return not any(
    before > after + 1e-6
    for values in ordered
    for before, after in itertools.pairwise(values)
  )


def header():
  """Returns the names of the columns."""
  return _COLUMNS


def row(outcome):
  """Returns the line of an outcome."""
  low, high = outcome.interval
  interval = f'[{low:.3f}, {high:.3f}]'
  truth = '-' if outcome.task.truth is None else f'{outcome.task.truth:.3f}'
  line = (
    f'{outcome.task.name:48} {outcome.n:6} {outcome.seed:4} {truth:>7} '
    f'{outcome.mi:7.3f} {interval:>17} {outcome.error:+7.3f} '
    f'{outcome.method[:14]:>14} {outcome.seconds:8.2f} '
    f'{len(outcome.warnings):4}  {" ".join(outcome.flags)}'
  )
  if outcome.ksg is not None:
    line += f'  (ksg {outcome.ksg - outcome.task.truth:+.3f})'
  oracle = outcome.task.oracle_stderr(outcome.n)
  if oracle is not None:
    line += f'  (oracle +-{oracle:.3f})'
  if outcome.failure:
    line += f'  {outcome.failure}'
  return line.rstrip()


def summary(outcomes):
  """Returns a line for each group."""
  lines = []
  for group in dict.fromkeys(outcome.task.group for outcome in outcomes):
    some = [o for o in outcomes if o.task.group == group]
    errors = np.abs([o.error for o in some])
    errors = errors[np.isfinite(errors)]
    counts = {}
    for outcome in some:
      for flag in outcome.flags:
        counts[flag] = counts.get(flag, 0) + 1
    seconds = [o.seconds for o in some]
    mean, most = (
      (errors.mean(), errors.max()) if errors.size else (math.nan, math.nan)
    )
    line = (
      f'{group:14} {len(some):4} runs  mean error {mean:.4f}  most {most:.4f}  '
      f'miss {counts.pop("MISS", 0)}  silent {counts.pop("SILENT", 0)}  '
      f'seconds {np.median(seconds):.2f}, most {np.max(seconds):.2f}'
    )
    line += ''.join(f'  {flag} {count}' for flag, count in counts.items())
    ksg = [abs(o.ksg - o.task.truth) for o in some if o.ksg is not None]
    if ksg:
      line += f'  (ksg {np.mean(ksg):.4f}, most {np.max(ksg):.4f})'
    lines.append(line)
  return '\n'.join(lines)


def to_record(outcome):
  """Returns the dict that is kept of an outcome."""
  return {
    'group': outcome.task.group,
    'truth': outcome.task.truth,
    'mi': outcome.mi,
    'interval': outcome.interval,
    'error': outcome.error,
    'method': outcome.method,
    'seconds': outcome.seconds,
    'warnings': len(outcome.warnings),
    'flags': outcome.flags,
    'ksg': outcome.ksg,
    'failure': outcome.failure,
  }
