"""Mutual information from two densities: a route without critics."""

import dataclasses
import math
from typing import Literal

import numpy as np

from mi_tf import bounds
from mi_tf.estimation.densities import density
from mi_tf.estimation.readout import limits
from mi_tf.estimation.variables import checking
from mi_tf.estimation.variables import encoder
from mi_tf.estimation.variables import margins
from mi_tf.estimation.variables import variable
from mi_tf.internal import checks
from mi_tf.internal import types
from mi_tf.results import combination
from mi_tf.results import mi_estimate

_MIN_SAMPLES = 60
_MOST_COLUMNS = 64
_MIN_PART = 20
_MAX_PAIRS = 2048  # Rows and columns of the leave-one-out bound, at most.
_DISTINCT = 0.9  # The share of values, below which there is no density.
_NORMAL_QUANTILE = 1.96


def estimate_mi_from_densities(
  x: types.Rows,
  y: types.Rows,
  *,
  folds: int = 3,
  seed: int = 0,
  x_kind: Literal['auto', 'categorical', 'continuous'] = 'auto',
  y_kind: Literal['auto', 'continuous'] = 'auto',
  components: int = 4,
  batch_size: int = 128,
  learning_rate: float = 1e-3,
  max_epochs: int = 100,
  patience: int = 8,
) -> mi_estimate.MiEstimate:
  """Returns an estimate of mutual information as a difference of entropies.

  Use this function to check `estimate_mi`. For each held-out fold, two mixtures
  of normals are fitted to the other folds by maximum likelihood: `q(y | x)`,
  whose parameters are the output of a network on x, and `m(y)`. The results are

  ```none
  mi    = mean_held_out[log q(y | x) - log m(y)]
  upper = mean_train[log q(y | x)] - mean_held_out[log m(y)]
  ```

  Neither is a bound for all distributions: samples can't give an upper bound.
  But usually `mi` is too low and `upper` is too high. On held-out samples, the
  mean of `log q(y | x)` is at most the mean of `log p(y | x)`, so `mi` is too
  low unless `m(y)` has a greater error. On training samples, the mean of
  `log q(y | x)` exceeds the mean of `log p(y | x)` if the model is rich enough;
  then `upper` is too high. The interval reaches from below `mi` to above
  `upper`, and is *not* symmetric. The interval is too low if mixtures of
  normals can't follow `p(y | x)`, for example its edges or fine structure. Let
  y be the variable with fewer columns.

  Guarantee: none for `mi`. `diagnostics['upper']` is an upper bound in
  expectation if the mean of `log q(y | x)` over training samples is at least
  the mean of `log p(y | x)`. `diagnostics['leave_one_out']` is an upper bound
  if `q(y | x)` is `p(y | x)`. `lower_bound` is always 0. `0 <= mi <= cap`,
  where the cap is the entropy of `x` if `x` is discrete.
  `diagnostics['held_out']` is `mi` before clipping.   Units: nats.

  Args:
    x: array, `Tensor`, `DataFrame` or list, as for `estimate_mi`, but not
      images.
    y: like `x`, but without classes.
    folds: `int`, at least 2, the number of parts that are held out in turn.
    seed: `int`, at least 0; equal seeds give equal estimates.
    x_kind: 'continuous', 'categorical' or 'auto'.
    y_kind: 'continuous' or 'auto'.
    components: `int`, the number of normals in both mixtures.
    batch_size: `int`, at least 2, the number of samples in each update.
    learning_rate: `float`, the learning rate of Adam.
    max_epochs: `int`, the greatest number of epochs. An epoch is a pass over
      the training samples, but has at least 40 updates.
    patience: `int`, the number of epochs after which training ends if the
      likelihood of validation samples has not risen.

  Returns:
    `MiEstimate`, in nats. `diagnostics` has 'upper' and 'leave_one_out'. The
    value of 'leave_one_out' is far too high if mutual information is near the
    log of the number of held-out samples.

  Raises:
    ValueError: if a variable is not valid or has the wrong kind, if the
      variables differ in length or have fewer than 60 rows, or if an option is
      out of its range.
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
  options = density.Options(
    components, batch_size, learning_rate, max_epochs, patience, seed
  )
  _check(x, y, folds, options)
  rng = np.random.default_rng(seed)
  order = rng.permutation(len(x))
  learners: dict[str, density.Learner] = {}
  fits = []
  for held_out in np.array_split(order, folds):
    rest = rng.permutation(np.setdiff1d(order, held_out))
    stop, train = np.split(rest, [max(len(rest) // 6, _MIN_PART // 2)])
    fits.append(_read_fold(x, y, (train, stop, held_out), learners, options))
  estimate = _combine(x, y, order, fits, options)
  return limits.clip(estimate, limits.entropy(x))


@dataclasses.dataclass(frozen=True)
class _Fold:
  """The log ratios of one held-out fold, and numbers in nats.

  `gain` is the mean log q(y | x) on training samples minus the mean on the
  fold, and `leave_one_out` is an upper bound. `epochs` has the best epochs
  of both densities.
  """

  pointwise: np.ndarray
  gain: float
  leave_one_out: float
  epochs: list


def _read_fold(x, y, rows, learners, options):
  """Fits both densities and returns the `_Fold`.

  `rows` holds training rows, early-stopping rows and held-out rows. `learners`
  is a dict that stores the `Learner`s for the next folds.
  """
  encoders = [encoder.Encoder(v, rows[0], margins.SMOOTH) for v in (x, y)]
  train, stop, held_out = (
    [e(v, part) for e, v in zip(encoders, (x, y), strict=True)] for part in rows
  )
  dim_x, dim_y = (t.shape[1] for t in train)
  if not learners:
    learners['conditional'] = density.Learner(dim_x, dim_y, options)
    learners['marginal'] = density.Learner(1, dim_y, options)
  conditional = learners['conditional'].fit(train, stop)
  marginal = learners['marginal'].fit(*(_without_x(t) for t in (train, stop)))
  log_q = conditional.log_prob(*held_out)
  few = [t[:_MAX_PAIRS] for t in held_out]
  return _Fold(
    pointwise=log_q - marginal.log_prob(*_without_x(held_out)),
    gain=conditional.log_prob(*train).mean() - log_q.mean(),
    leave_one_out=float(
      bounds.upper_bound_leave_one_out(conditional.log_prob_of_pairs(*few))
    ),
    epochs=[conditional.best_epoch, marginal.best_epoch],
  )


def _combine(x, y, order, fits, options):
  """Returns the `MiEstimate` of the folds, before it is clipped."""
  n = len(order)
  values = np.concatenate([f.pointwise for f in fits])
  mi = float(values.mean())
  sampling = float(values.std(ddof=1)) / math.sqrt(n)
  means = np.array([f.pointwise.mean() for f in fits])
  between, training, width = combination.training_errors(means, sampling)
  half_width = math.hypot(_NORMAL_QUANTILE * sampling, width)
  gain = float(np.mean([f.gain for f in fits]))
  return mi_estimate.MiEstimate(
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
      'leave_one_out': float(np.mean([f.leave_one_out for f in fits])),
      'stderr_sampling': sampling,
      'stderr_between_folds': between,
      'fit_gap': gain,
      'n': n,
      'folds': len(fits),
      'seed': options.seed,
      'x': x.describe(),
      'y': y.describe(),
      'components': options.components,
      'batch_size': options.batch_size,
      'learning_rate': options.learning_rate,
      'epochs': [f.epochs for f in fits],
    },
    warnings=_warnings(y, mi, gain),
  )


def _check(x, y, folds, options):
  """Raises a `ValueError` for arguments out of range."""
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
      'seed': (0, options.seed),
      'components': (1, options.components),
      'batch_size': (2, options.batch_size),
      'max_epochs': (1, options.max_epochs),
      'patience': (1, options.patience),
      'folds': (2, folds),
    }
  )
  if folds > n // _MIN_PART:
    raise ValueError(
      f'`folds` must be at most {n // _MIN_PART} for {n} rows. '
      f'Received: folds={folds}.'
    )


def _without_x(pairs):
  """Returns pairs with a constant x."""
  x, y = pairs
  return np.zeros((len(x), 1), np.float32), y


def _warnings(y, mi, gain):
  """Returns warnings of ties and of overfitting."""
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
