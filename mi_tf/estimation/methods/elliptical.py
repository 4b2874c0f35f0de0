"""Elliptical: Gaussian and Student distributions of mapped columns."""

import dataclasses

import numpy as np

from mi_tf.critics import elliptical_fit
from mi_tf.estimation.methods.canonical_correlations import wide_tables
from mi_tf.estimation.methods.gaussian_student import fold_fits as folds_lib
from mi_tf.estimation.methods.gaussian_student import information as value_lib
from mi_tf.estimation.methods.gaussian_student import selection as choice_lib
from mi_tf.estimation.variables import variable
from mi_tf.estimation.variables import weighted

NAME = 'elliptical'
_NARROW = 10  # Rows for each column, with which all columns are fitted first.
_FEW = 8  # Columns of both sides; fewer do not hide many weak correlations.
_MOST_BOTH = 200  # Columns of both sides; with more, only components.
_MOST_COMPARED = 700
_BETTER = 0.005  # Nats by which the loss of components must be less.
_ROUNDING = 1e-9  # Of the loss of log ratios that are all 0.


def applies(pair):
  """Returns whether both sides are tables, but not both one class column."""
  variables = (pair.x, pair.y)
  return all(v.images is None for v in variables) and not all(
    len(v.columns) == 1 and v.columns[0].kind == variable.CLASS
    for v in variables
  )


def fit(pair):
  """Returns the `Fit` of elliptical distributions to mapped columns.

  Columns are mapped one by one, which preserves mutual information. Then a
  Gaussian or Student distribution is fitted. If there are many columns relative
  to the number of rows, `wide_tables` is also tried, or used instead. It is
  also tried if the distribution shows no dependence: many correlations can be
  too weak for each of them to be told from chance, but not for all together.
  """
  columns = _width(pair.x) + _width(pair.y)
  if columns > _MOST_BOTH or 2 * columns > len(pair):
    return wide_tables.fit(pair)
  narrow = _fit_all_columns(pair)
  loss = _loss(narrow)
  enough = _NARROW * columns <= len(pair)
  dependent = loss < choice_lib.loss_of_independence() - _ROUNDING
  if enough and (columns < _FEW or dependent):
    return narrow
  wide = wide_tables.fit(pair)
  return wide if _loss(wide) < loss - _BETTER else narrow


def _fit_all_columns(pair):
  """Returns a `Fit` of one distribution of all columns."""
  choice = choice_lib.choose(pair)
  x, y = (choice_lib.clip(t) for t in (choice.x, choice.y))
  folds = [pair.training_rows(k) for k in range(len(pair.folds))]

  def fit_to(rows):
    return elliptical_fit.fit_elliptical(
      x[rows],
      y[rows],
      choice.dof,
      pair.weights_of(rows),
      correlated=choice.correlated,
    )

  fits = [fit_to(rows) for rows in folds]
  whole = fit_to(np.arange(len(pair)))
  value = value_lib.read(whole, x, y, pair.weights)
  held_out = [
    f.log_ratio_aligned(x[rows], y[rows])
    for f, rows in zip(fits, pair.folds, strict=True)
  ]
  rows = np.concatenate(pair.folds)
  gain = weighted.mean(np.concatenate(held_out), pair.weights_of(rows))
  if choice.useless or gain <= 0.0:
    # A Gaussian of classes that determine each other would be far too sure.
    fits, whole = [_independent(f) for f in fits], _independent(whole)
    value = 0.0, value[1]
  return folds_lib.EllipticalFit(
    pair,
    encoders=[choice.encoders] * len(folds),
    encoded=(x, y),
    fits=fits,
    value=value,
    hidden=whole.hidden,
    details={
      'margins': choice.margins,
      'distribution': 'Gaussian' if whole.dof is None else 'Student',
      'dof': whole.dof,
      'rank': int(np.count_nonzero(whole.correlations)),
      'strongest': float(whole.correlations.max(initial=0.0)),
    },
  )


def _width(table):
  """Returns the number of columns with indicators in place of classes."""
  return sum(
    len(np.unique(c.values)) if c.kind == variable.CLASS else 1
    for c in table.columns
  )


def _independent(fit):
  none = np.zeros_like(fit.correlations)
  return dataclasses.replace(fit, correlations=none, dof=None)


def _loss(fitted):
  """Returns the loss of held-out rows."""
  total = 0.0
  for k, rows in enumerate(fitted.pair.folds):
    rows = rows[:_MOST_COMPARED]
    scores = fitted.scores(k, rows, rows)
    total += choice_lib.loss_of_block(
      np.diag(scores), scores, fitted.pair.weights_of(rows)
    )
  return total / len(fitted.pair.folds)
