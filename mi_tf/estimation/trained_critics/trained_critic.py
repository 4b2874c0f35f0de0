"""An estimate by a critic that the user chose, trained by `MiEstimator`."""

import dataclasses
import math

import numpy as np

from mi_tf.estimation.methods import method as method_lib
from mi_tf.estimation.permutation_test import p_values
from mi_tf.estimation.readout import bounds
from mi_tf.estimation.trained_critics import training
from mi_tf.estimation.trained_critics import training_warnings
from mi_tf.estimation.variables import weighted
from mi_tf.objectives import jensen_shannon_objectives
from mi_tf.results import combination

METHOD = 'critic'


def estimate(pair, options, permutations, originals=None):
  """Returns the `MiEstimate` of a critic, trained and read on each fold.

  For each fold, a critic is trained on the rows outside the fold. Some of these
  rows are used only for early stopping. `originals` are the
  `weighted_rows.Originals` of rows that were repeated by weights.
  """
  options = options.completed(pair)
  pool = training.pool_for(options)
  fits = [
    training.train(pair, k, options, pool, permutations)
    for k in range(len(pair.folds))
  ]
  gap = float(np.mean([f.gap for f in fits]))
  found = combination.combine(
    [f.reading for f in fits],
    pair.folds,
    fits[-1].model.objective,
    history=fits[0].history,
    fit_gap=gap,
    p_value=fits[0].p_value,
    diagnostics=_diagnostics(fits, options, gap),
    warnings=training_warnings.sentences(fits, options.max_epochs),
  )
  if pair.groups is None:
    return found
  return _with_groups(found, CriticFit(pair, fits), permutations, originals)


class CriticFit(method_lib.Fit):
  """The critics of all folds as the `Fit` of a method."""

  method = METHOD

  def __init__(self, pair, fits):
    super().__init__(pair)
    self._fits = fits

  def scores(self, k, i, j):
    return self._fits[k].scores(self.pair, i, j)


def _diagnostics(fits, options, gap):
  critic, objective = fits[-1].model.critic, fits[-1].model.objective
  return {
    'critic': type(critic).__name__,
    'objective': type(objective).__name__,
    'negative_weight': jensen_shannon_objectives.weight_value(
      getattr(objective, 'negative_weight', None)
    ),
    'batch_size': options.batch_size,
    'learning_rate': options.learning_rate,
    'max_epochs': options.max_epochs,
    'patience': options.patience,
    'epochs': [len(f.history['loss']) for f in fits],
    'best_epochs': [f.history['best_epoch'][0] for f in fits],
    'fit_gap': gap,
  }


def _with_groups(estimate, fit, permutations, originals):
  """Returns the estimate with errors, bound and p-value by groups."""
  pair = fit.pair
  p_value = None
  if permutations:
    p_value = p_values.of_scores(fit, permutations, originals)
  known = estimate.diagnostics['stderr_sampling']
  sampling = max(
    known, weighted.error(estimate.pointwise, pair.groups[estimate.indices])
  )
  more = combination.T_JACKKNIFE * (sampling - known)
  low, high = estimate.interval
  return dataclasses.replace(
    estimate,
    stderr=math.hypot(
      sampling, math.sqrt(max(estimate.stderr**2 - known**2, 0.0))
    ),
    interval=(low - more, high + more),
    lower_bound=bounds.lower_bound(fit).nats,
    p_value=p_value,
    diagnostics={**estimate.diagnostics, 'stderr_sampling': sampling},
  )
