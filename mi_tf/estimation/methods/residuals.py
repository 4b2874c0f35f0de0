"""Residuals: what a smooth regression leaves of y, for strong dependence.

If y is nearly a function of x, pairs lie in a ridge that is thinner than the
distance of neighbors, so the method 'neighbors' finds too little. Residuals
have no such ridge. For any location f and scale s that depend on x alone, let
`r = (y - f(x)) / s(x)`. Then

```none
I(x; y) = h(y) - h(r) + I(x; r) - E[log s(x)],
```

where h is the differential entropy. The regression must leave little in
`I(x; r)`; it need not be true. Entropies and `I(x; r)` are estimated by
neighbors.
"""

import math

import numpy as np

from mi_tf.estimation.methods import method
from mi_tf.estimation.methods import table
from mi_tf.estimation.methods.regression import entropies
from mi_tf.estimation.methods.regression import location_scale
from mi_tf.estimation.variables import variable

NAME = 'residuals'
# Nats that other methods must find: neighbors need no help with fewer.
LEAST_NATS = 1.5
LEAST_ROWS = 400
_MOST_DIMENSIONS = 3  # Of each side.
_MOST_ROWS = 20_000
_ROWS_PER_FEATURE = 20
# With more repeated values, there are no densities.
_MOST_REPEATED = 0.01
_MOST_NATS = 20.0  # For each column; more are from rounding.
# Nats that neighbors may add, in estimates that need no check.
_LITTLE = 0.3
# The error of neighbors in nats, for the square of the number of dimensions of
# both sides beyond two, and the share that they miss of what they add, for each
# of these dimensions.
_ERROR, _MISSED = 0.0025, 0.25


def applies(pair):
  """Returns whether both sides are few columns with a density."""
  sides = (pair.x, pair.y)
  if any(v.images is not None for v in sides) or table.applies(pair):
    return False
  if pair.weights is not None or pair.groups is not None:
    return False
  if not LEAST_ROWS <= len(pair) <= _MOST_ROWS:
    return False
  return all(
    len(v.columns) <= _MOST_DIMENSIONS
    and all(
      c.kind == variable.NUMBER and _is_dense(c.values) for c in v.columns
    )
    for v in sides
  )


def _is_dense(values):
  return len(np.unique(values)) >= (1.0 - _MOST_REPEATED) * len(values)


def fit(pair):
  """Returns the `Fit` of y given x or of x given y, or `None`.

  The direction with the larger lower bound of the mutual information is used:
  the number without `I(x; r)`. The result is `None` without residuals.
  """
  x, y = (
    np.stack([_scaled(c.values) for c in v.columns], axis=1)
    for v in (pair.x, pair.y)
  )
  found = [_regress(pair, x, y), _regress(pair, y, x)]
  bounds = [-math.inf if t is None else t.explained.mean() for t in found]
  if not np.isfinite(bounds).any():
    return None
  best = int(np.nanargmax(bounds))
  return _Fit(pair, found[best], is_swapped=best == 1)


def _scaled(values):
  low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
  return (values - middle) / ((high - low) or values.std())


class _Regression:
  """The regression of columns y on columns x, in each fold and in all rows.

  `parts` has the residuals and the log scales `[n, d]` of each fold's fit to
  training rows, and `whole` has those of the fit to all rows. `explained` has
  each row's part of the mutual information without `I(x; r)`.
  """

  def __init__(self, x, y, rows, form, parts, whole):
    self.x, self.y, self.rows = x, y, rows
    self.form, self.parts, self.whole = form, parts, whole

  def settle(self, folds):
    """Computes the entropies of residuals; returns whether there are some."""
    held_out = [
      np.concatenate([part[k][rows] for part, rows in zip(self.parts, folds)])
      for k in range(2)
    ]
    every = [t[self.rows] for t in self.whole]
    white, log_volume = entropies.whitened(self.y[self.rows])
    own = entropies.of_columns(white) - log_volume
    shared = entropies.shared(entropies.columns(white))[0]
    self.shared = float(shared.mean())
    own = own - shared
    # Residuals of held-out rows are too large, and those of training rows are
    # too small.
    self.residuals, self.of_each = [], []
    for residuals, log_scale in (held_out, every):
      white, log_volume = entropies.whitened(residuals * np.exp(-log_scale))
      left = entropies.of_columns(white) - log_volume + log_scale.sum(axis=1)
      self.residuals.append(white)
      self.of_each.append(own - left)
    self.explained = 0.5 * (self.of_each[0] + self.of_each[1])
    most = _MOST_NATS * self.y.shape[1]
    return bool(self.explained.mean() < most)


def _regress(pair, x, y):
  """Returns the `_Regression` of y on x, or `None` without residuals."""
  rows = np.concatenate(pair.folds)
  best, best_likelihood = None, None
  for form in location_scale.FORMS:
    if x.shape[1] == 1 and form.products:
      continue
    features = location_scale.features(x, form)
    if _ROWS_PER_FEATURE * sum(t.shape[1] for t in features) > len(x):
      break
    parts = [
      _fit_columns(features, y, pair.training_rows(k))
      for k in range(len(pair.folds))
    ]
    likelihood = np.concatenate(
      [
        location_scale.log_likelihood(*(t[fold] for t in part)).sum(axis=1)
        for part, fold in zip(parts, pair.folds, strict=True)
      ]
    )
    if best is not None:
      gain = likelihood - best_likelihood
      if not gain.mean() > gain.std() / math.sqrt(len(gain)):
        continue
    best_likelihood = likelihood
    best = form, features, parts
  if best is None:
    return None
  form, features, parts = best
  whole = _fit_columns(features, y, np.arange(len(x)))
  found = _Regression(x, y, rows, form, parts, whole)
  return found if found.settle(pair.folds) else None


def _fit_columns(features, y, rows):
  """Returns the residuals and the log scales of all columns, `[n, d]`."""
  fits = [location_scale.fit(*features, t, rows) for t in y.T]
  return [np.stack(t, axis=1) for t in zip(*fits, strict=True)]


class _Fit(method.Fit):
  """Densities of residuals, and the sum of entropies as the estimate.

  After `read`, `is_sure` is True if neighbors contribute little to the
  estimate, so that it has little bias.
  """

  method = NAME
  pairs_are_cheap = False

  def __init__(self, pair, found, is_swapped):
    super().__init__(pair)
    self._found, self._swapped = found, is_swapped
    self.details = {
      'given': pair.y.name if is_swapped else pair.x.name,
      'knots': found.form.knots,
    }
    self._densities = {}

  def log_ratio(self, k, i, j):
    """See the base class; residuals are taken as independent of x."""
    given, of = (j, i) if self._swapped else (i, j)
    found = self._found
    residuals, log_scale = found.parts[k]
    training = self.pair.training_rows(k)
    # The residual of another row's y.
    location = found.y - residuals
    new = (found.y[of] - location[given]) * np.exp(-log_scale[given])
    if k not in self._densities:
      own = residuals[training] * np.exp(-log_scale[training])
      of_y = entropies.Density(found.y[training])(found.y)
      self._densities[k] = entropies.Density(own), of_y
    of_residuals, of_y = self._densities[k]
    return of_residuals(new) - log_scale[given].sum(axis=1) - of_y[of]

  def read(self):
    """Returns the estimate from the entropies of y and of residuals."""
    found = self._found
    scores = np.concatenate(entropies.columns(found.x[found.rows]), axis=1)
    x = np.concatenate(entropies.columns(entropies.whitened(scores)[0]), axis=1)
    local, unseen = [], 0.0
    for of_each, residuals in zip(found.of_each, found.residuals, strict=True):
      more, guessed = entropies.shared([*entropies.columns(residuals), x])
      local.append(of_each + more)
      unseen += 0.5 * max(guessed, 0.0)
    value = 0.5 * (local[0] + local[1])
    self.pointwise = np.full(len(self.pair), value.mean())
    self.pointwise[found.rows] = value
    held_out = float(local[0].mean())
    left = float((value - found.explained).mean())
    self.details['left'] = left
    by_neighbors = max(left, 0.0) + max(found.shared, 0.0)
    self.is_sure = by_neighbors <= _LITTLE
    # Neighbors are blurred by more than two dimensions.
    more = found.x.shape[1] + found.y.shape[1] - 2
    error = float(value.std()) / math.sqrt(len(value))
    return method.Reading(
      held_out,
      gap=float(local[1].mean()) - held_out,
      value=float(value.mean()),
      stderr=math.hypot(error, _ERROR * more**2),
      unseen=unseen + _MISSED * more * by_neighbors,
    )
