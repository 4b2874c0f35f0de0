"""Canonical correlations of tables with many columns relative to their rows.

Each side is reduced to its principal components, which depend on that side
alone. The number of components is chosen by the correlations of canonical
directions on held-out rows. Log ratios also use the held-out correlations,
since the correlations of many columns are far too great on training rows.
"""

import dataclasses

import numpy as np

from mi_tf.critics import elliptical_fit
from mi_tf.estimation.methods.canonical_correlations import information
from mi_tf.estimation.methods.canonical_correlations import principal_components
from mi_tf.estimation.methods.canonical_correlations import views
from mi_tf.estimation.methods.gaussian_student import fold_fits
from mi_tf.estimation.variables import weighted

_COUNTS = (1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200, 300, 500, 800)
# The most components: the second number if the best is beyond a share of the
# first.
_MOST_COMPONENTS, _SHARE = (300, 1000), 0.5
_FEWEST_BLOCKS = 3
# The least squares of held-out correlations, in units of their variance: of
# each, and of the sum of their excess over it.
_EACH, _ANY = 3.0, 8.0
# Another view must have so many times the information, and so many nats more.
_BETTER, _SMALL = 1.02, 0.01
_STRONGEST, _RIDGE = 1.0 - 1e-6, 1e-7


def fit(pair):
  """Returns a `fold_fits.EllipticalFit` of principal components of a `Pair`."""
  rows = _held_out_blocks(pair)
  found = whole = None
  for view, *tables in views.views(pair):
    other = _search(view, tables, rows, pair.weights)
    whole = whole or other
    if found is None or other.nats > _BETTER * found.nats + _SMALL:
      found = other
  sides, blocks, (kx, ky) = found.sides, found.blocks, found.counts
  held_out = [block.correlations(kx, ky) for block in blocks]
  rank = _rank(
    np.mean([r for r, _, _ in held_out], axis=0), pair.effective_size
  )
  fits = []
  for k in range(len(pair.folds)):
    others = [h for b, h in enumerate(held_out) if b != k]
    fits.append(blocks[k].fit(kx, ky, rank, others))
  x, y = sides[0].values[:, :kx], sides[1].values[:, :ky]
  value = information.read(sides, (kx, ky), rank, found.nats, pair.weights)
  if rank:
    rng = np.random.default_rng([pair.seed, 10])
    value = information.of_all(whole.sides, value, rng, pair.weights)
  return fold_fits.EllipticalFit(
    pair,
    encoders=[(sides[0].first(kx), sides[1].first(ky))] * len(fits),
    encoded=(x, y),
    fits=fits,
    value=value,
    details={
      'margins': found.view,
      'distribution': 'Gaussian',
      'dof': None,
      'components': (kx, ky),
      'rank': rank,
    },
  )


@dataclasses.dataclass(frozen=True)
class _Found:
  """The best components of one view of the tables, and the blocks of rows.

  `counts` has the numbers of components of x and of y; `nats` is the
  information on held-out rows.
  """

  view: str
  sides: tuple
  blocks: list
  counts: tuple
  nats: float


def _search(view, tables, rows, weights):
  """Returns the best components of one view of the tables."""
  limit = min(len(tables[0]) // 4, _MOST_COMPONENTS[-1])
  sides = tuple(
    principal_components.components(t, limit, weights) for t in tables
  )
  for most in _MOST_COMPONENTS:
    x, y = (side.first(most).values for side in sides)
    cross = weighted.products(x, y, weights) / len(x)
    blocks = [_Block(x, y, cross, r, weights) for r in rows]
    *counts, nats = _choose(blocks, x.shape[1], y.shape[1])
    seen = nats and max(counts) <= _SHARE * most
    if seen or most >= max(side.values.shape[1] for side in sides):
      break
  return _Found(view, sides, blocks, tuple(counts), nats)


class _Block:
  """Held-out rows, and canonical directions of all other rows.

  A Cholesky factor whitens the components one after the other. So canonical
  directions of the first components only need a part of one matrix.
  """

  def __init__(self, x, y, cross, rows, weights):
    self._weights = weights if weights is None else weights[rows]
    held = len(rows) if weights is None else self._weights.sum()
    n = len(x) - held
    share = held / n
    self.size = weighted.effective(len(rows), self._weights)
    self._means, self._whitening, self._held_out = [], [], []
    for values in (x, y):
      # Over all rows, means are 0 and covariances 1.
      held_out = values[rows]
      mean = -share * weighted.mean(held_out, self._weights)
      scatter = (1.0 + share + _RIDGE) * np.eye(len(mean))
      scatter -= weighted.products(held_out, held_out, self._weights) / n
      factor = np.linalg.cholesky(scatter - np.outer(mean, mean))
      whitening = np.linalg.inv(factor).T
      self._means.append(mean)
      self._whitening.append(whitening)
      self._held_out.append((held_out - mean) @ whitening)
    rest = (1.0 + share) * cross
    rest -= weighted.products(x[rows], y[rows], self._weights) / n
    rest -= np.outer(*self._means)
    self._cross = self._whitening[0].T @ rest @ self._whitening[1]

  def correlations(self, kx, ky):
    """Returns held-out correlations, and standard deviations of x and y."""
    left, _, right = self._svd(kx, ky)
    u = self._held_out[0][:, :kx] @ left
    v = self._held_out[1][:, :ky] @ right
    u, v = (t - weighted.mean(t, self._weights) for t in (u, v))
    deviations = [
      np.sqrt(weighted.mean(np.square(t), self._weights)) for t in (u, v)
    ]
    r = weighted.mean(u * v, self._weights)
    r = r / np.maximum(deviations[0] * deviations[1], 1e-12)
    return r, *deviations

  def fit(self, kx, ky, rank, held_out):
    """Returns a fit that has the mean of the correlations in `held_out`."""
    r, deviation_x, deviation_y = (
      np.mean(t, axis=0)[:rank] for t in zip(*held_out, strict=True)
    )
    left, _, right = self._svd(kx, ky)
    directions = [
      whitening[:k, :k] @ t[:, :rank] / deviation
      for whitening, k, t, deviation in zip(
        self._whitening,
        (kx, ky),
        (left, right),
        (deviation_x, deviation_y),
        strict=True,
      )
    ]
    return elliptical_fit.EllipticalFit(
      x_mean=self._means[0][:kx],
      y_mean=self._means[1][:ky],
      x_directions=directions[0],
      y_directions=directions[1],
      correlations=np.clip(r, 0.0, _STRONGEST),
      dof=None,
      hidden=0.0,
      full_rank=True,
    )

  def _svd(self, kx, ky):
    cross = self._cross[:kx, :ky]
    if kx > ky:
      right, r, left = _svd(cross.T)
    else:
      left, r, right = _svd(cross)
    return left, r, right


def _svd(matrix):
  """Returns the singular values and vectors of a wide matrix, descending.

  It uses eigenvectors of `matrix @ matrix.T`: small values don't matter.
  """
  squared, left = np.linalg.eigh(matrix @ matrix.T)
  r = np.sqrt(np.maximum(squared[::-1], 1e-16))
  left = left[:, ::-1]
  return left, r, matrix.T @ left / r


def _held_out_blocks(pair):
  """Returns the folds; if they are few, also parts of the other rows."""
  blocks = list(pair.folds)
  missing = _FEWEST_BLOCKS - len(blocks)
  rest = np.ones(len(pair), bool)
  rest[np.concatenate(blocks)] = False
  rest = np.flatnonzero(rest)
  if missing > 0 and len(rest) > len(pair) // 10:
    generator = np.random.default_rng(pair.seed)
    groups = rest if pair.groups is None else pair.groups[rest]
    distinct, group = np.unique(groups, return_inverse=True)
    part = generator.permutation(len(distinct))[group] % (missing + 1)
    blocks += [rest[part == p] for p in range(missing)]
  return blocks


def _choose(blocks, most_x, most_y):
  """Returns the best numbers of components of x and y, and their nats."""
  options = [
    [*(k for k in _COUNTS if k < most), most] for most in (most_x, most_y)
  ]
  n = sum(b.size for b in blocks)
  nats = {}

  def tell(i, j):
    i, j = (
      min(max(t, 0), len(o) - 1) for t, o in zip((i, j), options, strict=True)
    )
    if (i, j) not in nats:
      counts = options[0][i], options[1][j]
      r = np.mean([b.correlations(*counts)[0] for b in blocks], axis=0)
      rank = _rank(r, n)
      squared = np.square(np.clip(r[:rank], 0.0, _STRONGEST))
      nats[i, j] = -0.5 * np.log1p(-squared).sum()

  for step in range(max(map(len, options))):
    tell(step, step)
  for _ in range(2):
    i, j = max(nats, key=nats.get)
    for step in (-2, -1, 1, 2):
      tell(i + step, j)
      tell(i, j + step)
  i, j = max(nats, key=nats.get)
  return options[0][i], options[1][j], nats[i, j]


def _rank(r, n):
  """Returns how many of the first correlations are more than chance."""
  more = np.cumsum(n * r * np.abs(r) - _EACH)
  return int(np.argmax(more)) + 1 if more.max() > _ANY else 0
