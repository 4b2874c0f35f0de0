"""Tasks that are partly discrete and partly continuous."""

import math

import tensorflow as tf

from mi_tf.tasks import arguments
from mi_tf.tasks import sampling
from mi_tf.tasks import task as task_lib

_LOG2 = math.log(2)


def uniform_classes(num_classes: int, name: str | None = None) -> task_lib.Task:
  """Returns the task of a class X and a Y that is uniform in (X, X + 2) [1].

  `I(X; Y) = log(num_classes) - (1 - 1 / num_classes) log(2)`. Samples of X are
  int32, samples of Y float32.

  Args:
    num_classes: `int`, at least 1.
    name: Python `str`. Default value: `'uniform-classes-{num_classes}'`.

  #### References

  [1]: Weihao Gao, Sreeram Kannan, Sewoong Oh, Pramod Viswanath. Estimating
       Mutual Information for Discrete-Continuous Mixtures. _Neural Information
       Processing Systems_, 2017. https://arxiv.org/abs/1709.06212
  """
  arguments.at_least(1, num_classes=num_classes)
  # Samples may leave the support by rounding to float32.
  rounding = 1e-6 * (num_classes + 2)

  def sample_fn(n, seed):
    class_seed, noise_seed = sampling.split_seed(seed)
    x = tf.cast(sampling.uniform([n, 1], class_seed) * num_classes, tf.int32)
    noise = 2 * sampling.uniform([n, 1], noise_seed)
    return x, tf.cast(x, tf.float64) + noise

  def pointwise_fn(x, y):
    x, y = x[..., 0], y[..., 0]
    possible = (y >= x - rounding) & (y <= x + 2 + rounding)
    # At the ends, y is possible for one class, elsewhere for two.
    alone = (y < 1) | (y > num_classes)
    log_count = tf.where(alone, 0.0 * y, 0.0 * y + _LOG2)
    value = math.log(num_classes) - log_count + 0.0 * x
    return tf.where(possible, value, -math.inf * tf.ones_like(value))

  return task_lib.Task(
    name=name or f'uniform-classes-{num_classes}',
    mutual_information=(math.log(num_classes) - (1 - 1 / num_classes) * _LOG2),
    dim_x=1,
    dim_y=1,
    sample_fn=sample_fn,
    pointwise_fn=pointwise_fn,
  )


def zero_inflated_poisson(
  p: float = 0.15, name: str | None = None
) -> task_lib.Task:
  """Returns the task of a rate X and a Poisson count Y with extra zeros [1].

  `X ~ Exponential(1)`; Y is 0 with probability `p`, and `Poisson(X)` otherwise.
  The probability of Y = 0 is `q = (1 + p) / 2`. The mutual information is

      I(X; Y) = (1 - p) (2 log(2) - gamma - sum_k log(k) / 2**k
                         - log(2) / 2 + 1 / 4)
                + (p**2 / 4 - 1 / 4 - p**2 / 2 log(p)) / (1 - p) - q log(q).

  The paper, and packages that follow it, give only the first line of the
  formula, `(1 - p) .3012`. This is the mutual information if extra zeros are
  marked, and is too high for this task. Samples of X are float32, samples of Y
  int32.

  Args:
    p: `float` in [0, 1), the probability of an extra zero.
    name: Python `str`. Default value: `'zero-inflated-poisson-{p}'`.

  #### References

  [1]: Weihao Gao, Sreeram Kannan, Sewoong Oh, Pramod Viswanath. Estimating
       Mutual Information for Discrete-Continuous Mixtures. _Neural Information
       Processing Systems_, 2017. https://arxiv.org/abs/1709.06212
  """
  arguments.check(0 <= p < 1, 'be in [0, 1)', p=p)
  zero = (1 + p) / 2

  def sample_fn(n, seed):
    import tensorflow_probability as tfp

    extra_seed, count_seed, rate_seed = sampling.split_seed(seed, 3)
    extra = sampling.uniform([n, 1], extra_seed) < p
    # P(Y = k) = 2**-(k + 1), and the rate given k is gamma of shape k + 1.
    draws = sampling.uniform([n, 1], count_seed)
    count = tf.floor(-tf.math.log(draws) / tf.constant(_LOG2, tf.float64))
    count = tf.where(extra, tf.zeros_like(count), count)
    shape = 1 + count
    rate = tf.where(extra, tf.ones_like(shape), 2 * tf.ones_like(shape))
    gamma = tfp.math.igammainv(shape, sampling.uniform([n, 1], rate_seed))
    return gamma / rate, tf.cast(count, tf.int32)

  def pointwise_fn(x, y):
    x, y = x[..., 0], y[..., 0]
    at_zero = tf.math.log((p + (1 - p) * tf.exp(-x)) / zero)
    above = tf.math.xlogy(y, x) - x - tf.math.lgamma(y + 1) + (y + 1) * _LOG2
    return tf.where(y < 0.5, at_zero, above)

  return task_lib.Task(
    name=name or f'zero-inflated-poisson-{p}',
    mutual_information=_zero_inflated_nats(p),
    dim_x=1,
    dim_y=1,
    sample_fn=sample_fn,
    pointwise_fn=pointwise_fn,
  )


def _zero_inflated_nats(p):
  euler = 0.57721566490153286061
  poisson = 2 * _LOG2 - euler
  poisson -= sum(math.log(k) / 2.0**k for k in range(2, 100))
  # exp(-X) is uniform. First the counts above zero, then all zeros.
  above_zero = poisson - _LOG2 / 2 + 0.25
  plog2 = p * p * math.log(p) if p else 0.0
  at_zero = ((p * p - 1) / 4 - plog2 / 2) / (1 - p)
  zero = (1 + p) / 2
  return (1 - p) * above_zero + at_zero - zero * math.log(zero)


def partly_discrete(
  rho: float = 0.9,
  keep: float = 0.8,
  weight: float = 0.5,
  name: str | None = None,
) -> task_lib.Task:
  """Returns the task of X and Y that are both normal, or both signs (+-1) [1].

  With probability `weight`, X and Y are signs, which are equal with probability
  `(1 + keep) / 2`. Otherwise, X and Y are normals with correlation `rho`. With
  `w = weight`,

      I(X; Y) = (1 - w) I(normals) + w I(signs) - w log(w)
                - (1 - w) log(1 - w).

  X is not a class, and has no density. Standardizing or jittering samples
  changes the mutual information.

  Args:
    rho: `float` in (-1, 1).
    keep: `float` in (-1, 1), the correlation of the signs.
    weight: `float` in (0, 1), the probability of signs.
    name: Python `str`. Default value:
      `'partly-discrete-{rho}-{keep}-{weight}'`.

  #### References

  [1]: Weihao Gao, Sreeram Kannan, Sewoong Oh, Pramod Viswanath. Estimating
       Mutual Information for Discrete-Continuous Mixtures. _Neural Information
       Processing Systems_, 2017. https://arxiv.org/abs/1709.06212
  """
  arguments.check(-1 < rho < 1, 'be in (-1, 1)', rho=rho)
  arguments.check(-1 < keep < 1, 'be in (-1, 1)', keep=keep)
  arguments.check(0 < weight < 1, 'be in (0, 1)', weight=weight)
  equal = (1 + keep) / 2
  signs = _LOG2 + equal * math.log(equal) + (1 - equal) * math.log(1 - equal)
  normals = -0.5 * math.log1p(-(rho**2))
  which = -weight * math.log(weight) - (1 - weight) * math.log(1 - weight)

  def sample_fn(n, seed):
    sign_seed, normal_seed = sampling.split_seed(seed)
    draws = sampling.uniform([n, 3], sign_seed)
    sign_x = tf.sign(draws[:, :1] - 0.5)
    sign_y = tf.where(draws[:, 1:2] < equal, sign_x, -sign_x)
    x, noise = tf.split(sampling.normal([n, 2], normal_seed), 2, axis=-1)
    y = rho * x + math.sqrt(1 - rho**2) * noise
    is_sign = draws[:, 2:] < weight
    return tf.where(is_sign, sign_x, x), tf.where(is_sign, sign_y, y)

  def pointwise_fn(x, y):
    x, y = x[..., 0], y[..., 0]
    sign_x, sign_y = (tf.equal(tf.abs(side), 1.0) for side in (x, y))
    quadratic = rho * (rho * (x * x + y * y) - 2 * x * y) / (1 - rho**2)
    normal = normals - 0.5 * quadratic - math.log(1 - weight)
    one = tf.ones_like(normal)
    discrete = tf.where(
      tf.equal(x, y),
      one * math.log(2 * equal),
      one * math.log(2 * (1 - equal)),
    ) - math.log(weight)
    value = tf.where(sign_x & sign_y, discrete, normal)
    return tf.where(tf.equal(sign_x, sign_y), value, -math.inf * one)

  return task_lib.Task(
    name=name or f'partly-discrete-{rho}-{keep}-{weight}',
    mutual_information=(1 - weight) * normals + weight * signs + which,
    dim_x=1,
    dim_y=1,
    sample_fn=sample_fn,
    pointwise_fn=pointwise_fn,
  )
