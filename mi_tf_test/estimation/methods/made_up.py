"""Pairs made up for the tests of methods."""

import numpy as np

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


def table_mi(p):
  """Returns the mutual information of a table of probabilities, by a loop."""
  total = 0.0
  for i in range(p.shape[0]):
    for j in range(p.shape[1]):
      if p[i, j] > 0:
        total += p[i, j] * np.log(p[i, j] / (p[i].sum() * p[:, j].sum()))
  return total
