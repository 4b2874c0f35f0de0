"""Pairs made up for the tests of methods."""

import numpy as np

from mi_tf.critics import elliptical_fit
from mi_tf.estimation.methods import method
from mi_tf.estimation.variables import variable


def side(name, values, kind=variable.NUMBER):
  """Returns a `Variable` of the columns of `values`, all of one kind."""
  values = np.asarray(values, float)
  table = values.reshape(len(values), -1)
  columns = tuple(
    variable.Column(f'{name}{c}', kind, table[:, c])
    for c in range(table.shape[1])
  )
  return variable.Variable(name, columns)


def classes(name, values):
  """Returns a `Variable` of one column of classes."""
  codes = np.unique(values, return_inverse=True)[1]
  return side(name, codes, variable.CLASS)


def counts(name, values):
  """Returns a `Variable` of one column of counts."""
  return side(name, values, variable.COUNT)


def pair(x, y, folds=5, seed=0):
  """Returns a `Pair` with random folds."""
  order = np.random.default_rng(seed).permutation(len(x))
  return method.Pair(x, y, tuple(np.array_split(order, folds)), seed=seed)


def tables(x, y, folds=3):
  """Returns a `Pair` of arrays of numbers, with random folds."""
  return pair(side('x', x), side('y', y), folds)


def gaussian(rng, n, correlations, dx, dy):
  """Returns pairs of given canonical correlations, and their MI."""
  x, y = rng.normal(size=(n, dx)), rng.normal(size=(n, dy))
  r, k = np.asarray(correlations), len(correlations)
  y[:, :k] = r * x[:, :k] + np.sqrt(1.0 - r**2) * y[:, :k]
  return x, y, -0.5 * np.log1p(-(r**2)).sum()


def wide(rng, n, dx, dy, r, directions):
  """Returns tables of noise around a few shared directions, and their MI."""
  s, t, _ = gaussian(rng, n, [r] * directions, directions, directions)
  sides, blocks = [], []
  for latent, d in ((s, dx), (t, dy)):
    loadings = rng.normal(size=(directions, d)) / 7.0
    sides.append(latent @ loadings + rng.normal(size=(n, d)))
    blocks.append(loadings)
  a, b = blocks
  # What is left of the latent directions, behind the noise.
  seen = [np.eye(directions) + np.linalg.inv(t @ t.T) for t in (a, b)]
  squared = r**2 * np.linalg.solve(seen[0], np.linalg.inv(seen[1]))
  _, logdet = np.linalg.slogdet(np.eye(directions) - squared)
  return *sides, -0.5 * logdet


def table_mi(p):
  """Returns the mutual information of a table of probabilities, by a loop."""
  total = 0.0
  for i in range(p.shape[0]):
    for j in range(p.shape[1]):
      if p[i, j] > 0:
        total += p[i, j] * np.log(p[i, j] / (p[i].sum() * p[:, j].sum()))
  return total


def student_part(dof, dx, dy):
  """Returns what a Student distribution tells beyond its correlations, nats."""
  from scipy import special

  return elliptical_fit.student_offset(dof, dx, dy) + sum(
    sign
    * 0.5
    * (dof + d)
    * (special.digamma(0.5 * (dof + d)) - special.digamma(0.5 * dof))
    for d, sign in ((dx, 1.0), (dy, 1.0), (dx + dy, -1.0))
  )
