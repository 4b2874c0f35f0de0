"""Warnings about the samples: repeated rows, no noise, time series."""

import numpy as np

from mi_tf.estimation.variables import variable

_MOST_ROWS, _MOST_POINTS, _MOST_COLUMNS = 500, 10_000, 50
_NEAREST = 30
# Rows are repeated if the distances of this share of rows to their neighbors
# have such a jump. Of points on a curve .2 to .3 do, in more dimensions fewer.
_JUMP, _SHARE = 5.0, 0.34
_EXACT = 0.05
_MANY = 20  # The least distinct rows among exact duplicates.
# Differences of y with all rows over differences with half of the rows: 1 if y
# has noise, 1/2 if not. And the same of errors of interpolation: 1, or 1/4.
# Where few rows meet many stripes, both fall, too, but errors are large there,
# in units of the median distance of y from its median.
_NOISELESS, _INTERPOLATED, _LARGE = 0.65, 0.45, 0.1
_ROUNDING = 1e-9
_SERIAL = 0.1

NOISELESS = (
  '{} seems to be a function of {} with hardly any noise: without noise, '
  'mutual information is infinite, so the interval has no upper end, and the '
  'number only says how many rows there are.'
)


def sentences(pair):
  """Returns a list of warnings about the rows of a `method.Pair`."""
  sides = (pair.x, pair.y)
  found = [note for v in sides for note in v.notes]
  n = len(pair)
  for v in sides:
    if len(v.columns) > n:
      found.append(
        f'`{v.name}` has more columns ({len(v.columns)}) than there are rows '
        f'({n}): only few of its directions can be seen.'
      )
  if any(v.images is not None for v in sides):
    return found
  numbers = [_numbers(v) for v in sides]
  are_numbers = all(t is not None for t in numbers)
  if pair.groups is None and (
    _repeat_exactly(pair) or are_numbers and _repeat(pair, *numbers)
  ):
    found.append(
      'Many rows nearly repeat others, in x and in y: what they share is '
      'counted as information. If they belong together (the same person, '
      'image or run), pass `groups`.'
    )
  elif are_numbers:
    for one, other in ((0, 1), (1, 0)):
      if _noiseless(pair, numbers[one], numbers[other]):
        a, b = sides[one].name, sides[other].name
        found.append(NOISELESS.format(b, a))
        break
  if pair.groups is None and _serial(pair):
    found.append(
      'Rows depend on the row before, in x and in y. If they are a time '
      'series, fewer of them count: the interval is too narrow, p_value and '
      'lower_bound do not hold, and two unrelated series may seem to share '
      'information; take rows that are far apart, or differences. If the file '
      'is only sorted, this does not matter.'
    )
  return found


def open_above(found):
  """Returns whether one of some sentences says that the nats have no limit."""
  end = NOISELESS.rpartition('{}')[2]
  return any(sentence.endswith(end) for sentence in found)


def _numbers(side):
  """Returns a side's numbers, scaled and without ties, or `None`."""
  columns = [c.values for c in side.columns if c.kind == variable.NUMBER]
  if not columns:
    return None
  values = np.stack(columns[:_MOST_COLUMNS], axis=1)
  low, high = np.quantile(values, [0.1, 0.9], axis=0)
  spread = np.where(high > low, high - low, values.std(axis=0))
  return values / np.where(spread > 0.0, spread, 1.0)


def _repeat_exactly(pair):
  """Returns whether many rows were copied: equal x and equal y go together.

  Other ties of x and of y are in different rows.
  """
  if any(c.kind == variable.CLASS for v in (pair.x, pair.y) for c in v.columns):
    return False
  x, y = pair.x.codes, pair.y.codes
  both = np.unique(x * (y.max() + 1) + y, return_inverse=True)[1].reshape(-1)
  counts = [np.bincount(codes)[codes] for codes in (x, y, both)]
  copied = (counts[2] > 1) & (counts[0] == counts[2]) & (counts[1] == counts[2])
  return copied.mean() > _SHARE and len(np.unique(both[copied])) > _MANY


def _repeat(pair, x, y):
  """Returns whether many rows have a few others that are far too near."""
  both = np.concatenate([x, y], axis=1)
  rng = np.random.default_rng([pair.seed, 4])
  both = both[rng.permutation(len(both))[:_MOST_POINTS]]
  count = min(_NEAREST, len(both) - 1)
  near = _distances(both, min(_MOST_ROWS, len(both)), count)
  if np.mean(near[:, 0] == 0.0) > _EXACT:
    return True
  near = np.clip(near, 1e-150, 1e150)
  jumps = (near[:, 1:] / near[:, :-1]).max(axis=1)
  return bool(np.mean(jumps > _JUMP) > _SHARE)


def _distances(points, rows, count):
  """Returns the distances of the first rows to their nearest others."""
  if points.shape[1] <= 8:
    from scipy import spatial

    tree = spatial.cKDTree(points)
    return tree.query(points[:rows], k=count + 1, workers=-1)[0][:, 1:]
  squares = np.square(points).sum(axis=1)
  distances = squares[:rows, np.newaxis] + squares
  distances -= 2.0 * points[:rows] @ points.T
  np.fill_diagonal(distances, -np.inf)
  near = np.sort(np.partition(distances, count, axis=1)[:, : count + 1], axis=1)
  return np.sqrt(np.maximum(near[:, 1:], 0.0))


def _noiseless(pair, x, y):
  """Returns whether y is a function of x without noise.

  The second neighbor in x is about twice as far away as the first. Without
  noise, the difference in y also doubles, and the error of a line between both
  neighbors is at least 4 times as large; with noise, both hardly change. The
  differences alone would be misled by noise that is less than a step of y.
  """
  if x.shape[1] > 1 or y.shape[1] > 1 or len(pair.x.columns) > 1:
    return False
  if len(pair.y.columns) > 1:
    return False
  x, y = x[:, 0], y[:, 0]
  order = np.argsort(x, kind='stable')
  x, y = x[order], y[order]
  near, far = (np.median(np.abs(y[k:] - y[:-k])) for k in (1, 2))
  if near > _NOISELESS * far:
    return False
  near, far = (_error_of_lines(x, y, k) for k in (1, 2))
  if near > _LARGE * np.median(np.abs(y - np.median(y))):
    return False
  return bool(near <= max(_INTERPOLATED * far, _ROUNDING))


def _error_of_lines(x, y, step):
  """Returns the median error of lines between the rows `step` before and after.

  The rows are sorted by x.
  """
  before, at, after = (
    slice(start, len(x) - 2 * step + start) for start in (0, step, 2 * step)
  )
  width = x[after] - x[before]
  share = (x[at] - x[before]) / np.where(width > 0.0, width, 1.0)
  line = y[before] + share * (y[after] - y[before])
  return float(np.median(np.abs(y[at] - line)))


def _serial(pair):
  """Returns whether rows of both sides depend on the row before."""
  return all(_correlated(v, len(pair)) for v in (pair.x, pair.y))


def _correlated(side, n):
  from scipy import stats

  if n < 50 or side.images is not None:
    return False
  for column in side.columns[:_MOST_COLUMNS]:
    ranks = stats.rankdata(column.values)
    step = np.diff(ranks)
    if np.all(step >= 0.0) or np.all(step <= 0.0):
      return False  # Sorted.
  ranks = np.stack(
    [stats.rankdata(c.values) for c in side.columns[:_MOST_COLUMNS]], axis=1
  )
  ranks -= ranks.mean(axis=0)
  r = (ranks[1:] * ranks[:-1]).sum(axis=0) / np.square(ranks).sum(axis=0)
  chance = stats.norm.isf(0.0005 / len(r)) / np.sqrt(n)
  return bool(np.max(r) > max(_SERIAL, chance))
