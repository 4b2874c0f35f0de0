"""Mutual information from two densities: a route without critics."""

import math

import numpy as np

from mi_tf import bounds
from mi_tf.estimation.densities import density
from mi_tf.estimation.densities import smooth_scores
from mi_tf.estimation.readout import limits
from mi_tf.estimation.variables import checking
from mi_tf.estimation.variables import variable
from mi_tf.internal import checks
from mi_tf.results import combination
from mi_tf.results import mi_estimate

_MIN_SAMPLES = 60
_MOST_COLUMNS = 64
_MIN_PART = 20
_MAX_PAIRS = 2048  # Rows and columns of the leave-one-out bound, at most.
_DISTINCT = 0.9  # The share of values, below which there is no density.
_NORMAL_QUANTILE = 1.96


def estimate_mi_from_densities(
  x,
  y,
  *,
  folds=3,
  seed=0,
  x_kind='auto',
  y_kind='auto',
  components=4,
  batch_size=128,
  learning_rate=1e-3,
  max_epochs=100,
  patience=8,
):
  """Returns mutual information as a difference of entropies, and an upper side.

  A route of its own, to set beside `estimate_mi`. Two densities are learned by
  maximum likelihood on the other folds, mixtures of normals both: `q(y | x)`,
  whose parameters are a network of x, and `m(y)`. On held-out samples,

  ```none
  mi    = mean_held_out[log q(y | x) - log m(y)]
  upper = mean_train[log q(y | x)] - mean_held_out[log m(y)]
  ```

  Neither is a bound for all distributions: no number from samples is above
  the mutual information whatever the distribution. But they fail to different
  sides. Held out, `q(y | x)` is at most as likely as the truth, and `mi` is too
  low by as much, unless `m(y)` is the worse of the two. In training it is more
  likely than the truth, where it could have learned the truth; then `upper`
  is too high. The interval reaches from the lower side of the first to the
  upper side of the second. It is *not* symmetric, and it is too low where
  mixtures of normals can't follow `p(y | x)`, such as densities with edges or
  of fine structure. y should be the variable of fewer columns.

  Guarantee: none for `mi`. `diagnostics['upper']` is an upper bound in
  expectation if, on its training samples, the mean of log `q(y | x)` is no
  less than that of log `p(y | x)`; `diagnostics['leave_one_out']` is one if
  `q(y | x)` is `p(y | x)`. `lower_bound` is always 0. `0 <= mi <= cap`, where
  the cap is the entropy of `x` if that is discrete; `diagnostics['held_out']`
  has the difference itself.   Units: nats.

  Args:
    x: array, `Tensor`, `DataFrame` or list, as for `estimate_mi`, but not
      images.
    y: the same, but without classes.
    folds: `int`, at least 2, how many parts are held out in turn.
    seed: `int`, at least 0; the same seed gives the same number.
    x_kind: 'continuous', 'categorical' or 'auto'.
    y_kind: 'continuous' or 'auto'.
    components: `int`, the number of normals in both mixtures.
    batch_size: `int`, samples in each update.
    learning_rate: `float`, of Adam.
    max_epochs: `int`, the most passes over the training samples (of at least 40
      updates).
    patience: `int`, epochs without better likelihood of samples kept apart that
      end training.

  Returns:
    `MiEstimate`, in nats. `diagnostics` hold 'upper' and 'leave_one_out'; the
    latter is far too high where mutual information is near the log of the
    number of held-out samples.

  Raises:
    ValueError: if a variable is not valid or of the wrong kind, they differ in
      length or have fewer than 60 rows, or an option is out of its range.
    TypeError: if a variable holds neither numbers nor strings.

  #### Examples

  >>> rng = np.random.default_rng(0)
  >>> x = rng.normal(size=1000)
  >>> y = x + rng.normal(size=1000)  # 1/2 log(2) = .347 nats
  >>> estimate = mi_tf.estimate_mi_from_densities(x, y, max_epochs=5)
  >>> low, high = estimate.interval
  >>> low < .347 < high
  True

  #### References

  [1]: David McAllester, Karl Stratos. Formal Limitations on the Measurement of
       Mutual Information. _Artificial Intelligence and Statistics_, 2020.
       https://arxiv.org/abs/1811.04251

  [2]: Ben Poole, Sherjil Ozair, Aaron van den Oord, Alexander A. Alemi, George
       Tucker. On Variational Bounds of Mutual Information. _International
       Conference on Machine Learning_, 2019. https://arxiv.org/abs/1905.06922
  """
  x = checking.check_table(x, 'x', x_kind)
  y = checking.check_table(y, 'y', y_kind)
  n = len(x)
  _check(x, y, folds, seed, components, batch_size, max_epochs, patience)
  rng = np.random.default_rng(seed)
  order = rng.permutation(n)
  parts = np.array_split(order, folds)
  conditional = density.Learner(
    components, batch_size, learning_rate, max_epochs, patience, seed
  )
  marginal = density.Learner(
    components, batch_size, learning_rate, max_epochs, patience, seed
  )
  pointwise, gains, leave_one_out, epochs = [], [], [], []
  for held_out in parts:
    rest = rng.permutation(np.setdiff1d(order, held_out))
    stop, train = np.split(rest, [max(len(rest) // 6, _MIN_PART // 2)])
    scores = [smooth_scores.SmoothScores(v, train) for v in (x, y)]
    train, stop, held_out = (
      [f(v, rows) for f, v in zip(scores, (x, y), strict=True)]
      for rows in (train, stop, held_out)
    )
    conditional.fit(train, stop)
    marginal.fit(*(_without_x(pairs) for pairs in (train, stop)))
    log_q = conditional.log_prob(*held_out)
    pointwise.append(log_q - marginal.log_prob(*_without_x(held_out)))
    gains.append(conditional.log_prob(*train).mean() - log_q.mean())
    few = [t[:_MAX_PAIRS] for t in held_out]
    leave_one_out.append(
      float(
        bounds.upper_bound_leave_one_out(conditional.log_prob_of_pairs(*few))
      )
    )
    epochs.append([conditional.best_epoch, marginal.best_epoch])

  means = np.array([p.mean() for p in pointwise])
  values = np.concatenate(pointwise)
  mi = float(values.mean())
  sampling = float(values.std(ddof=1)) / math.sqrt(n)
  between, training, width = combination.training_errors(means, sampling)
  half_width = math.hypot(_NORMAL_QUANTILE * sampling, width)
  gain = float(np.mean(gains))
  estimate = mi_estimate.MiEstimate(
    mi=mi,
    stderr=math.hypot(sampling, training),
    interval=(mi - half_width, mi + max(gain, 0.0) + half_width),
    lower_bound=0.0,
    pointwise=values[np.argsort(order, kind='stable')],
    indices=np.arange(n),
    num_samples=n,
    guarantee='none',
    method='densities',
    diagnostics={
      'held_out': mi,
      'upper': mi + gain,
      'leave_one_out': float(np.mean(leave_one_out)),
      'stderr_sampling': sampling,
      'stderr_between_folds': between,
      'fit_gap': gain,
      'n': n,
      'folds': folds,
      'seed': seed,
      'x': x.describe(),
      'y': y.describe(),
      'components': components,
      'batch_size': batch_size,
      'learning_rate': learning_rate,
      'epochs': epochs,
    },
    warnings=_warnings(y, mi, gain),
  )
  return limits.within(estimate, limits.entropy(x))


def _check(x, y, folds, seed, components, batch_size, max_epochs, patience):
  """Raises an error that says which argument is wrong."""
  n = len(x)
  if n != len(y):
    raise ValueError(
      '`x` and `y` must have the same number of rows. '
      f'Received: {n} and {len(y)}.'
    )
  if n < _MIN_SAMPLES:
    raise ValueError(
      f'`x` and `y` must have at least {_MIN_SAMPLES} rows. Received: {n}.'
    )
  if any(column.kind == variable.CLASS for column in y.columns):
    raise ValueError(
      '`y` must be continuous, since classes have no density: exchange `x` and '
      f'`y`, or use `estimate_mi`. Received: {y.describe()}.'
    )
  if len(y.columns) > _MOST_COLUMNS:
    raise ValueError(
      f'`y` must have at most {_MOST_COLUMNS} columns, since its density is '
      f'learned. Received: {len(y.columns)}.'
    )
  checks.integers_at_least(
    {
      'seed': (0, seed),
      'components': (1, components),
      'batch_size': (2, batch_size),
      'max_epochs': (1, max_epochs),
      'patience': (1, patience),
      'folds': (2, folds),
    }
  )
  if folds > n // _MIN_PART:
    raise ValueError(
      f'`folds` must be at most {n // _MIN_PART} for {n} rows. '
      f'Received: folds={folds}.'
    )


def _without_x(pairs):
  """Returns pairs whose x says nothing."""
  x, y = pairs
  return np.zeros((len(x), 1), np.float32), y


def _warnings(y, mi, gain):
  """Returns what looks wrong, in plain words."""
  warnings = []
  distinct = min(len(np.unique(c.values)) / len(y) for c in y.columns)
  if distinct < _DISTINCT:
    warnings.append(
      f'y repeats its values ({distinct:.0%} are distinct in one column): it '
      'has no density there, and the difference of entropies may be far off.'
    )
  if gain > 0.1 + 0.2 * abs(mi):
    warnings.append(
      f'q(y | x) is {gain:.2f} nats likelier on the samples that it was '
      'trained on than on others: more samples would narrow the interval.'
    )
  return tuple(warnings)
