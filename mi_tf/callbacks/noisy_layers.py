"""What values tell of themselves through Gaussian noise."""

import dataclasses
import math

import numpy as np
import tensorflow as tf

from mi_tf.critics import dot_product
from mi_tf.models import mi_estimator

_T = 1.96


def estimate(values, noisy, noise, seed=0):
  """Returns the estimate of I(values; noisy), `noisy = values + noise Z`.

  No critic is trained, since p(noisy | values) is known: `mi` is InfoNCE with
  that density, the mutual information if there were no values but these [1], at
  most log(n) and in expectation below the truth; the leave-one-out bound, in
  `diagnostics['upper']`, is above it. The interval is from one to the other.

  Args:
    values: array, shape `[n, ...]`.
    noisy: array, shape `[n, ...]`.
    noise: positive `float`, the standard deviation of the noise.
    seed: as for `MiEstimator.estimate`.

  Returns:
    `MiEstimate`.

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
  # A row compares values that may have given one noisy value.
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
  warnings = ()
  if reading.mi > math.log(n) - 1.0:
    warnings = (
      f'I(x; layer) is near log(n) = {math.log(n):.2f} nats, the most that {n} '
      'samples can show: take more noise, or more samples.',
    )
  return dataclasses.replace(
    reading,
    interval=(low, max(high, upper + _T * error)),
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
