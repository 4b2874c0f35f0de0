"""estimate_mi: two arrays in, nats and an interval out."""

import dataclasses

import numpy as np
import tensorflow as tf

from mi_tf.estimation import choice
from mi_tf.estimation import doubts
from mi_tf.estimation import splits
from mi_tf.estimation.methods import independence
from mi_tf.estimation.methods import method as method_lib
from mi_tf.estimation.methods import neighbors
from mi_tf.estimation.readout import bounds
from mi_tf.estimation.readout import interval
from mi_tf.estimation.variables import checking
from mi_tf.estimators import mi_estimate
from mi_tf.internal import checks

MIN_SAMPLES = 40
METHODS = ('auto', *choice.METHODS)


def estimate_mi(
  x, y, *, method='auto', groups=None, folds=None, seed=0, x_kind='auto',
  y_kind='auto', missing='refuse', permutations=0,
):
  pair = split(x, y, groups, folds, seed, x_kind, y_kind, missing)
  found = choice.candidates(pair, method)
  chosen = choice.choose(found) if method == 'auto' else found[-1]
  outcome = interval.combine(pair, found, chosen)
  scored = _scored(found, chosen)
  bound, mean_exp, scores = bounds.lower_bound(scored.fit)
  p = None
  if permutations:
    p = bounds.p_value(scored.fit, permutations, seed)
  return _estimate(pair, found, chosen, outcome, bound, mean_exp, scores, p)


def split(x, y, groups, folds, seed, x_kind, y_kind, missing):
  x = checking.check(x, 'x', x_kind, missing)
  y = checking.check(y, 'y', y_kind, missing)
  n = len(x)
  if n != len(y):
    raise ValueError('`x` and `y` must have the same number of rows. '
      f'Received: {n} and {len(y)}.')
  if groups is not None:
    groups = np.unique(np.asarray(groups), return_inverse=True)[1].reshape(-1)
  number = folds or splits.number_of_folds(n)
  return method_lib.Pair(x, y, splits.folds(x, y, number, groups, seed), groups, seed)


def _scored(found, chosen):
  """Returns the best candidate all of whose pairs are scored quickly."""
  quick = [c for c in found if c.method not in (neighbors.NAME, independence.NAME)]
  if chosen in quick or not quick:
    return chosen
  return min(quick, key=lambda c: c.loss)


def _estimate(pair, found, chosen, outcome, bound, mean_exp, scores, p):
  entropies = [v.entropy for v in (pair.x, pair.y) if v.entropy is not None]
  cap = min(entropies, default=np.inf)
  unclipped = outcome.mi
  mi = float(np.clip(max(outcome.mi, bound), 0.0, cap))
  low, high = outcome.interval
  interval_ = (float(np.clip(low, 0.0, mi)), float(np.clip(high, mi, cap)))
  return mi_estimate.MiEstimate(
    mi=mi, stderr=outcome.stderr, interval=interval_, lower_bound=min(bound, mi),
    pointwise=outcome.pointwise, indices=outcome.indices,
    num_samples=len(outcome.indices), guarantee='none',
    method=outcome.method, candidates=tuple(c.describe() for c in found),
    diagnostics={'n': len(pair), **outcome.diagnostics, 'unclipped': unclipped, 'mean_exp_score': mean_exp,
      'x': pair.x.describe(), 'y': pair.y.describe()},
    warnings=(*outcome.warnings, *doubts.sentences(pair)),
    marginal_scores=scores, p_value=p,
  )
