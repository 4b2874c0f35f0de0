"""Gaussian and Student distributions of mapped columns, in closed form."""

import dataclasses

import numpy as np

from mi_tf.critics import elliptical_fit
from mi_tf.estimation.methods import canonical
from mi_tf.estimation.methods import elliptical_choice
from mi_tf.estimation.methods import elliptical_value
from mi_tf.estimation.methods import method
from mi_tf.estimation.variables import variable

NAME = 'elliptical'
_NARROW = 10  # Rows for each column, so that no other fit is worth a try.
_MOST_BOTH = 200  # Columns of both sides, for which both fits are tried.
_MOST_COMPARED = 700


def applies(pair):
  """Returns whether both sides have columns, and not all hold classes."""
  variables = (pair.x, pair.y)
  return all(v.images is None for v in variables) and not all(
    c.kind == variable.CLASS for v in variables for c in v.columns
  )


def fit(pair):
  """Returns a `Fit` of elliptical distributions to mapped columns.

  Columns are mapped one by one, as it does not change what they tell, and a
  Gaussian or Student distribution is fitted in closed form. Where columns are
  many for the rows, canonical correlations of principal components take its
  place; see `canonical`.

  Args:
    pair: `Pair`, which the method applies to.

  Returns:
    `Fit`.
  """
  columns = len(pair.x.columns) + len(pair.y.columns)
  if _NARROW * columns <= len(pair):
    return fit_all_columns(pair)
  wide = canonical.fit(pair)
  if columns > _MOST_BOTH or 2 * columns > len(pair):
    return wide
  narrow = fit_all_columns(pair)
  return min(wide, narrow, key=_loss)


def fit_all_columns(pair):
  """Returns a `Fit` of one distribution of all columns."""
  choice = elliptical_choice.choose(pair)
  x, y = (elliptical_choice.clip(t) for t in (choice.x, choice.y))
  folds = [pair.training_rows(k) for k in range(len(pair.folds))]
  fits = [
    elliptical_fit.fit_elliptical(x[rows], y[rows], choice.dof)
    for rows in folds
  ]
  whole = elliptical_fit.fit_elliptical(x, y, choice.dof)
  if choice.useless:
    # A Gaussian of classes that tell all of each other would be far too sure.
    fits, whole = [_independent(f) for f in fits], _independent(whole)
  return EllipticalFit(
    pair,
    encoders=[choice.encoders] * len(folds),
    encoded=(x, y),
    fits=fits,
    value=elliptical_value.read(whole, x, y),
    details={
      'margins': choice.margins,
      'distribution': 'Gaussian' if choice.dof is None else 'Student',
      'dof': choice.dof,
      'rank': int(np.count_nonzero(whole.correlations)),
    },
  )


class EllipticalFit(method.Fit):
  """Elliptical distributions, one for each fold.

  Attributes:
    encoders: list of tuples of an encoder of x and one of y, of each fold.
    encoded: pair of arrays, shape `[n, d]`, all rows of both sides.
    fits: list of `elliptical_fit.EllipticalFit`s of what these return.
  """

  method = 'elliptical'

  def __init__(self, pair, encoders, encoded, fits, value, details):
    super().__init__(pair)
    self.encoders = encoders
    self.fits = fits
    self.details = details
    self.encoded = encoded
    self._value = value

  def log_ratio(self, k, i, j):
    return self.fits[k].log_ratio_aligned(
      self.encoded[0][i], self.encoded[1][j]
    )

  def scores(self, k, i, j):
    return self.fits[k].log_ratio(self.encoded[0][i], self.encoded[1][j])

  def read(self):
    """Returns a `Reading` with the value of the fit to all rows."""
    value, stderr = self._value
    reading = super().read()
    return dataclasses.replace(reading, value=value, stderr=stderr)


def _independent(fit):
  return dataclasses.replace(fit, correlations=np.zeros_like(fit.correlations))


def _loss(fitted):
  """Returns the loss of held-out rows."""
  total = 0.0
  for k, rows in enumerate(fitted.pair.folds):
    scores = fitted.scores(k, rows[:_MOST_COMPARED], rows[:_MOST_COMPARED])
    others = scores[~np.eye(len(scores), dtype=bool)]
    total += elliptical_choice.loss(np.diag(scores), others)
  return total
