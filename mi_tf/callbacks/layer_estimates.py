"""Estimates of the mutual information of a layer's held-out values."""

import dataclasses
import inspect
import math
from typing import Any

import numpy as np
import tensorflow as tf

from mi_tf.critics import dot_product
from mi_tf.estimation.estimate_mi import estimate_mi
from mi_tf.estimation.variables import checking
from mi_tf.internal import checks
from mi_tf.models import mi_estimator
from mi_tf.results import mi_estimate

_NORMAL_QUANTILE = 1.96  # Of a two-sided interval of 95 %.
_OPTIONS_OF_Y = {'kind': 'y_kind', 'missing': 'missing'}
_OPTIONS_OF_CRITIC = (
  'critic',
  'objective',
  'batch_size',
  'learning_rate',
  'max_epochs',
  'patience',
  'callbacks',
)


def through_noise(
  values: np.ndarray, noisy: np.ndarray, noise: float, seed: int = 0
) -> mi_estimate.MiEstimate:
  """Returns the estimate of I(values; noisy), `noisy = values + noise Z`.

  Both arrays have shape `[n, ...]`. `noise` is the standard deviation. The
  density p(noisy | values) is known, so no critic is trained. `mi` is InfoNCE
  with this density, which is at most log(n), and is a lower bound in
  expectation. The expectation of `mi` is the mutual information of a variable
  that takes these n values with equal probability [1]. `diagnostics['upper']`
  is the leave-one-out upper bound. The interval includes both bounds.

  #### References

  [1]: Ziv Goldfeld, Ewout van den Berg, Kristjan Greenewald, Igor Melnyk, Nam
       Nguyen, Brian Kingsbury, Yury Polyanskiy. Estimating Information Flow in
       Deep Neural Networks. _International Conference on Machine Learning_,
       2019. https://arxiv.org/abs/1810.05728
  """
  from scipy import special

  values, noisy = (
    np.reshape(t, [len(t), -1]).astype(np.float64) for t in (values, noisy)
  )
  center = values.mean(axis=0)  # Nearer to 0 there is less rounding.
  values, noisy = values - center, noisy - center
  critic = _LogDensity(noise, dtype='float64', name='log_density')
  # Each row compares the values that may have produced one noisy value.
  reading = mi_estimator.MiEstimator(critic, 'info_nce').estimate(
    noisy, values, seed
  )
  logu = critic(tf.constant(noisy), tf.constant(values)).numpy()
  joint = np.diag(logu).copy()
  np.fill_diagonal(logu, -np.inf)
  n = len(values)
  above = joint - special.logsumexp(logu, axis=1) + math.log(n - 1)
  upper, error = float(above.mean()), float(above.std()) / math.sqrt(n)
  low, high = reading.interval
  warnings: tuple[str, ...] = ()
  if reading.mi > math.log(n) - 1.0:
    warnings = (
      f'I(x; layer) is near log(n) = {math.log(n):.2f} nats, the most that {n} '
      'samples can show: take more noise, or more samples.',
    )
  return dataclasses.replace(
    reading,
    interval=(low, max(high, upper + _NORMAL_QUANTILE * error)),
    diagnostics={**reading.diagnostics, 'upper': upper, 'noise': noise},
    warnings=warnings,
  )


class _LogDensity(dot_product.DotProductCritic):
  """Scores `log p(x | y)` of `x = y + noise Z`, up to a constant."""

  def __init__(self, noise, **kwargs):
    super().__init__(**kwargs)
    self.noise = noise

  def build_critic(self, x_shape, y_shape):
    """Makes nothing: there are no weights."""

  def embed_x(self, x):
    x = x / self.noise
    square = -tf.reduce_sum(x**2, axis=-1, keepdims=True) / 2
    return tf.concat([x, square, tf.ones_like(square)], axis=-1)

  def embed_y(self, y):
    y = y / self.noise
    square = -tf.reduce_sum(y**2, axis=-1, keepdims=True) / 2
    return tf.concat([y, tf.ones_like(square), square], axis=-1)


def of_constant(n: int) -> mi_estimate.MiEstimate:
  """Returns the estimate for a layer that is constant on all n samples."""
  return mi_estimate.MiEstimate(
    mi=0.0,
    stderr=0.0,
    interval=(0.0, 0.0),
    lower_bound=0.0,
    pointwise=np.zeros(n),
    indices=np.arange(n),
    num_samples=n,
    guarantee='none',
    diagnostics={},
    warnings=('The layer is constant.',),
  )


def principal_components(
  values: np.ndarray, components: int | None, weights: np.ndarray | None = None
) -> np.ndarray:
  """Returns the first principal components of a layer's values `[n, ...]`.

  The values are returned unchanged if `components` is `None` or not below the
  number of coordinates, or if all rows are equal. `weights` are the positive
  counts of the rows.
  """
  from mi_tf.estimation.methods.canonical_correlations import (
    principal_components,
  )

  flat = values.reshape([len(values), -1]).astype(np.float64)
  if components is None or flat[0].size <= components:
    return values
  if np.all(flat == flat[0]):
    return values
  centered = flat - np.average(flat, axis=0, weights=weights)
  return principal_components.components(centered, components, weights).values


def check_options(y: np.ndarray, **options: Any) -> None:
  """Raises the errors of `estimate_mi(layer, y, **options)` in advance."""
  from mi_tf.estimation import pipeline
  from mi_tf.estimation.trained_critics import options as critic_options

  known = list(inspect.signature(estimate_mi).parameters)[2:]
  unknown = sorted({*options} - {*known})
  if unknown:
    raise TypeError(
      f'Options must be among those of `estimate_mi`, {known}. '
      f'Received: {unknown}.'
    )
  n = len(y)
  if n < pipeline.MIN_SAMPLES:
    raise ValueError(
      f'`data` must have at least {pipeline.MIN_SAMPLES} rows. Received: {n}.'
    )
  given = {key: value for key, value in options.items() if value is not None}
  of_y = {key: given[o] for key, o in _OPTIONS_OF_Y.items() if o in given}
  checking.check(y, 'y', **of_y)
  method = options.get('method', 'auto')
  if method not in pipeline.METHODS:
    raise ValueError(
      f'`method` must be one of {list(pipeline.METHODS)}. '
      f'Received: method={method!r}.'
    )
  least = {'seed': 0, 'folds': 1, 'permutations': 0}
  checks.integers_at_least(
    {key: (low, given[key]) for key, low in least.items() if key in given}
  )
  groups = options.get('groups')
  if groups is not None and len(groups) != n:
    raise ValueError(
      f'`groups` must have {n} rows, as `data`. Received: {len(groups)}.'
    )
  critic_options.Options(
    **{key: options[key] for key in _OPTIONS_OF_CRITIC if key in options}
  ).check()
