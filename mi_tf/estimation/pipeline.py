"""From variables to estimates: check, split, fit, choose, read."""

import dataclasses

import numpy as np
import tensorflow as tf

from mi_tf.estimation import choice
from mi_tf.estimation.methods import classifier
from mi_tf.estimation.methods import method as method_lib
from mi_tf.estimation.methods import table
from mi_tf.estimation.readout import bounds
from mi_tf.estimation.readout import interval
from mi_tf.estimation.readout import limits
from mi_tf.estimation.readout import sample_warnings
from mi_tf.estimation.rows import splits
from mi_tf.estimation.trained_critics import trained_critic
from mi_tf.internal import checks
from mi_tf.internal import linear_algebra
from mi_tf.results import mi_estimate

MIN_SAMPLES = 40
METHODS = ('auto', *choice.METHODS)
# Of columns in a warning.
_MOST_NAMES = 10
# Rows that are few for any columns, and for each of some.
_FEW, _ROWS_PER_COLUMN, _MANY_COLUMNS = 200, 40, 100


def estimates(
  sides,
  *,
  method='auto',
  groups=None,
  folds=None,
  seed=0,
  permutations=0,
  **training,
):
  """Returns estimates of several pairs of variables of the same rows.

  The same rows are held out in all of them.

  Args:
    sides: sequence of pairs of `Variable`s.
    method: as for `estimate_mi`.
    groups: as for `estimate_mi`.
    folds: as for `estimate_mi`.
    seed: as for `estimate_mi`.
    permutations: as for `estimate_mi`.
    **training: arguments of `trained_critic.Options`.

  Returns:
    List of `MiEstimate`s, in nats.

  Raises:
    ValueError: as for `estimate_mi`.
    TypeError: as for `estimate_mi`.
  """
  training = trained_critic.Options(**training)
  found, copies = [], None
  own, own_groups = sides, groups
  weights = sides[0][0].weights
  if weights is not None and training.critic_is_wanted(*sides[0]):
    sides, groups, copies = trained_critic.repeated(sides, groups)
  pairs = _check(sides, method, groups, folds, seed, permutations, training)
  for pair, (x, y) in zip(pairs, own, strict=True):
    if training.critic_is_wanted(pair.x, pair.y):
      estimate = trained_critic.estimate(pair, training, permutations)
      if copies is not None:
        estimate = trained_critic.merged(estimate, copies)
        pair = dataclasses.replace(pair, x=x, y=y, groups=own_groups)
    else:
      estimate = _estimate(pair, method, permutations)
    found.append(_told(estimate, pair))
  return found


def _check(sides, method, groups, folds, seed, permutations, training):
  """Returns `method.Pair`s, or raises what is wrong with the arguments."""
  replicas = tf.distribute.get_strategy().num_replicas_in_sync
  if replicas > 1:
    raise ValueError(
      '`estimate_mi` must be called outside the scope of a strategy of several '
      f'replicas. Received: {replicas} replicas.'
    )
  x, y = sides[0]
  if not tf.executing_eagerly():
    raise ValueError(
      '`estimate_mi` must be called eagerly, outside of a graph.'
    )
  n = len(x)
  if n != len(y):
    raise ValueError(
      f'`{x.name}` and `{y.name}` must have the same number of rows. '
      f'Received: {n} and {len(y)}.'
    )
  if n < MIN_SAMPLES:
    raise ValueError(
      f'`{x.name}` and `{y.name}` must have at least {MIN_SAMPLES} rows. '
      f'Received: {n}.'
    )
  if method not in METHODS:
    raise ValueError(
      f'`method` must be one of {list(METHODS)}. Received: method={method!r}.'
    )
  rules = trained_critic if training.critic_is_wanted(*sides[0]) else splits
  if folds is None:
    folds = rules.number_of_folds(n)
  checks.integers_at_least(
    {
      'seed': (0, seed),
      'folds': (1, folds),
      'permutations': (0, permutations),
    }
  )
  if not 1 <= folds <= n // rules.LEAST_ROWS:
    raise ValueError(
      f'`folds` must be from 1 to {n // rules.LEAST_ROWS} for '
      f'{n} rows. Received: folds={folds}.'
    )
  groups = splits.check_groups(groups, n, folds)
  training.check()
  rows = splits.folds(x, y, folds, groups, seed)
  pairs = [method_lib.Pair(x, y, rows, groups, seed) for x, y in sides]
  for pair in pairs:
    training.check_use(pair, method)
  return pairs


@linear_algebra.one_thread()
def _estimate(pair, method, permutations):
  """Fits, chooses and reads the methods."""
  found = choice.candidates(pair, method)
  chosen = choice.choose(found) if method == 'auto' else found[-1]
  outcome = interval.combine(pair, found, chosen)
  scored = _scored(found, chosen)
  bound, mean_exp, marginal_scores = bounds.lower_bound(scored.fit)
  p_value = None
  if permutations:
    tested = _tested(found, scored)
    p_value = bounds.p_value(tested.fit, permutations, pair.seed)
  return mi_estimate.MiEstimate(
    mi=outcome.mi,
    stderr=outcome.stderr,
    interval=tuple(outcome.interval),
    lower_bound=bound,
    pointwise=outcome.pointwise,
    indices=outcome.indices,
    num_samples=len(outcome.indices),
    guarantee='none',
    method=outcome.method,
    candidates=tuple(c.describe() for c in found),
    diagnostics={
      **outcome.diagnostics,
      'mean_exp_score': mean_exp,
      'details': {c.method: c.fit.details for c in found},
    },
    warnings=tuple(outcome.warnings),
    history=getattr(chosen.fit, 'history', {}),
    marginal_scores=marginal_scores,
    p_value=p_value,
  )


def _scored(found, chosen):
  """Returns the best candidate all of whose pairs are scored quickly."""
  quick = [c for c in found[1:] if c.fit.pairs_are_cheap]
  if chosen in quick or not quick:
    return chosen
  return min(quick, key=lambda c: c.loss)


def _tested(found, scored):
  """Returns the best candidate whose scores vary: others test nothing."""
  for candidate in (scored, *sorted(found, key=lambda c: c.loss)):
    rows = candidate.fit.pair.folds[0]
    if np.ptp(candidate.fit.log_ratio(0, rows, rows)) > 0.0:
      return candidate
  return scored


def _told(estimate, pair):
  """Returns the estimate within what is possible, with what rows say of it."""
  n = pair.effective_size
  warnings = [*_of_dropped(pair.x, pair.y), *estimate.warnings]
  columns = len(pair.x.columns) + len(pair.y.columns)
  few = columns <= _MANY_COLUMNS and n < _ROWS_PER_COLUMN * columns
  few = few and estimate.method not in (classifier.NAME, table.NAME)
  seen = estimate.lower_bound > 0.25 * estimate.mi
  if (n < _FEW or few) and not seen:
    warnings.append(
      f'{n:.0f} rows are few for {columns} columns: only strong dependence of '
      'few columns can be seen.'
    )
  estimate = dataclasses.replace(
    estimate,
    diagnostics={
      'n': len(pair),
      'folds': len(pair.folds),
      'seed': pair.seed,
      'x': pair.x.describe(),
      'y': pair.y.describe(),
      'dropped_x': list(pair.x.dropped),
      'dropped_y': list(pair.y.dropped),
      **estimate.diagnostics,
    },
    warnings=(*warnings, *sample_warnings.sentences(pair)),
  )
  cap = min(limits.entropy(v) for v in (pair.x, pair.y))
  return limits.within(estimate, cap)


def _of_dropped(*sides):
  """Returns which columns were left out since they don't vary."""
  warnings = []
  for side in sides:
    names = ', '.join(side.dropped[:_MOST_NAMES])
    more = len(side.dropped) - _MOST_NAMES
    if names:
      warnings.append(
        f'Columns of {side.name} that do not vary were left out: {names}'
        f'{f" and {more} more" if more > 0 else ""}.'
      )
  return warnings
