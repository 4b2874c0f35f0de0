"""From variables to estimates: check, split, fit, choose, read, combine."""

import dataclasses
import math

import tensorflow as tf

from mi_tf.estimation import choice
from mi_tf.estimation.methods import classifier
from mi_tf.estimation.methods import method as method_lib
from mi_tf.estimation.methods import table
from mi_tf.estimation.permutation_test import p_values
from mi_tf.estimation.readout import bounds
from mi_tf.estimation.readout import interval
from mi_tf.estimation.readout import limits
from mi_tf.estimation.readout import sample_warnings
from mi_tf.estimation.rows import splits
from mi_tf.estimation.trained_critics import options as critic_options
from mi_tf.estimation.trained_critics import trained_critic
from mi_tf.estimation.trained_critics import training_rows
from mi_tf.estimation.trained_critics import weighted_rows
from mi_tf.internal import checks
from mi_tf.internal import linear_algebra
from mi_tf.results import mi_estimate

MIN_SAMPLES = 40
METHODS = ('auto', *choice.METHODS)
_MOST_NAMES = 10  # Of columns in a warning.
# Rows that are few for any columns, and for each of some.
_FEW, _ROWS_PER_COLUMN, _MANY_COLUMNS = 200, 40, 100


@dataclasses.dataclass(frozen=True)
class Options(critic_options.Options):
  """Options of an estimate, as `estimate_mi` documents them."""

  method: str = 'auto'
  folds: int | None = None
  seed: int = 0
  permutations: int = 0


def estimates(sides, groups=None, options=None):
  """Returns `MiEstimate`s, in nats, of several pairs of `Variable`s.

  All pairs must have the same rows. The same rows are held out for all pairs.
  """
  options = options or Options()
  if options.ask_for_critic(*sides[0]):
    return _estimates_by_critic(sides, groups, options)
  pairs = check_and_split(sides, groups, options)
  return [describe(estimate(pair, options), pair) for pair in pairs]


def check_and_split(sides, groups, options):
  """Returns a `method.Pair` for each pair of variables, or raises an error."""
  _check_place()
  _check_variables(*sides[0])
  x, y = sides[0]
  n = len(x)
  if options.method not in METHODS:
    raise ValueError(
      f'`method` must be one of {list(METHODS)}. '
      f'Received: method={options.method!r}.'
    )
  rules = training_rows if options.ask_for_critic(x, y) else splits
  folds = options.folds
  if folds is None:
    folds = rules.number_of_folds(n)
  checks.integers_at_least(
    {
      'seed': (0, options.seed),
      'folds': (1, folds),
      'permutations': (0, options.permutations),
    }
  )
  if not 1 <= folds <= n // rules.LEAST_ROWS:
    raise ValueError(
      f'`folds` must be from 1 to {n // rules.LEAST_ROWS} for '
      f'{n} rows. Received: folds={folds}.'
    )
  groups = splits.check_groups(groups, n, folds)
  options.check()
  rows = splits.folds(x, y, folds, groups, options.seed)
  pairs = [method_lib.Pair(x, y, rows, groups, options.seed) for x, y in sides]
  for pair in pairs:
    options.check_use(pair, options.method)
  return pairs


def _check_place():
  """Raises a `ValueError` in a graph, and in the scope of several replicas."""
  replicas = tf.distribute.get_strategy().num_replicas_in_sync
  if replicas > 1:
    raise ValueError(
      '`estimate_mi` must be called outside the scope of a strategy of several '
      f'replicas. Received: {replicas} replicas.'
    )
  if not tf.executing_eagerly():
    raise ValueError(
      '`estimate_mi` must be called eagerly, outside of a graph.'
    )


def _check_variables(x, y):
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


@linear_algebra.one_thread()
def estimate(pair, options):
  """Returns the `MiEstimate` of a `Pair` by the method with the least loss."""
  candidates = choice.candidates(pair, options.method)
  chosen = choice.choose(candidates, options.method)
  outcome = interval.combine(pair, candidates, chosen)
  scored = _best_with_cheap_pairs(candidates, chosen)
  bound = bounds.lower_bound(scored.fit)
  p_value = None
  if options.permutations:
    p_value = p_values.of_pair(pair, options.permutations)
  return mi_estimate.MiEstimate(
    mi=outcome.mi,
    stderr=outcome.stderr,
    interval=outcome.interval,
    lower_bound=bound.nats,
    pointwise=outcome.pointwise,
    indices=outcome.indices,
    num_samples=len(outcome.indices),
    guarantee='none',
    method=outcome.method,
    candidates=tuple(c.describe() for c in candidates),
    diagnostics={
      **outcome.diagnostics,
      'mean_exp_score': bound.mean_exp_score,
      'details': {c.method: c.fit.details for c in candidates},
    },
    warnings=outcome.warnings,
    history=getattr(chosen.fit, 'history', {}),
    marginal_scores=bound.marginal_scores,
    p_value=p_value,
  )


def _best_with_cheap_pairs(candidates, chosen):
  """Returns the best candidate that scores all pairs of rows quickly."""
  cheap = [c for c in candidates[1:] if c.fit.pairs_are_cheap]
  if chosen in cheap or not cheap:
    return chosen
  return min(cheap, key=lambda c: c.loss)


def _estimates_by_critic(sides, groups, options):
  """Returns the result of `estimates` by trained critics.

  Critics take no weights: rows are repeated instead.
  """
  repeated, repeated_groups, originals = sides, groups, None
  if sides[0][0].weights is not None:
    repeated, repeated_groups, originals = weighted_rows.repeat(sides, groups)
  pairs = check_and_split(repeated, repeated_groups, options)
  found = []
  for pair, (x, y) in zip(pairs, sides, strict=True):
    estimate = trained_critic.estimate(
      pair, options, options.permutations, originals
    )
    if originals is not None:
      estimate = weighted_rows.merge(estimate, originals.rows)
      pair = dataclasses.replace(pair, x=x, y=y, groups=groups)
    found.append(describe(estimate, pair))
  return found


def describe(estimate, pair):
  """Returns a clipped estimate, with facts about the rows."""
  of_rows = sample_warnings.sentences(pair)
  low, high = estimate.interval
  if sample_warnings.open_above(of_rows):
    high = math.inf
  estimate = dataclasses.replace(
    estimate,
    interval=(low, high),
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
    warnings=(
      *_dropped_columns(pair.x, pair.y),
      *estimate.warnings,
      *_few_rows(estimate, pair),
      *of_rows,
    ),
  )
  cap = limits.of_either(pair.x, pair.y, groups=pair.groups)
  return limits.clip(estimate, cap)


def _dropped_columns(*sides):
  """Returns warnings of the constant columns that were left out."""
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


def _few_rows(estimate, pair):
  """Returns a warning, in a list, if rows are few for the columns."""
  n = pair.effective_size
  columns = len(pair.x.columns) + len(pair.y.columns)
  by_columns = estimate.method not in (classifier.NAME, table.NAME)
  few = n < _FEW or (
    by_columns and columns <= _MANY_COLUMNS and n < _ROWS_PER_COLUMN * columns
  )
  if not few or estimate.lower_bound > 0.25 * max(estimate.mi, 0.0):
    return []
  enough = max(_FEW, _ROWS_PER_COLUMN * columns if by_columns else 0)
  fewer = ', or leave out columns' if columns > 2 else ''
  test = ''
  if estimate.p_value is None:
    test = ' Pass `permutations=199` to test whether there is any dependence.'
  return [
    f'{n:.0f} rows are few for {columns} columns: an estimate near 0 may hide '
    f'weak dependence. Get {enough} rows or more{fewer}.{test}'
  ]
