"""Gamma-exponential pairs, with heavy tails."""

import math

import tensorflow as tf

from mi_tf.tasks import sampling
from mi_tf.tasks import task as task_lib
from mi_tf.tasks.continuous import calibration
from mi_tf.tasks.transforms import products

# Numbers below exp(-87) do not fit into float32: at 1 nat, a fraction exp(-26)
# of the samples. Logarithms have no such limit.
_MAX_NATS_PER_DIM = 1.0
_MAX_LOG_NATS_PER_DIM = 12.0


def gamma_exponential(
  dim: int, mutual_information: float, name: str | None = None
) -> task_lib.Task:
  """Returns the task of exponential times Y with gamma-distributed rates X.

  There are `dim` independent pairs, `X ~ Gamma(a, 1)` and `Y ~ Exponential(X)`.
  The equation `I(X; Y) = dim (digamma(a) - log(a) + 1 / a)` [1] is solved for
  `a`. The marginal of Y has the heavy tail `(1 + y)**-(a + 1)`.

  Args:
    dim: `int`, at least 1.
    mutual_information: `float`, nats, in (0, dim]. Above this limit, samples
      are too small for float32: use `log_gamma_exponential`.
    name: Python `str`. Default value: for example, `'3v3-gamma-2.0-nats'`.

  #### References

  [1]: Georges A. Darbellay, Igor Vajda. Entropy expressions for multivariate
       continuous distributions. _IEEE Transactions on Information Theory_,
       46(2), 2000. https://doi.org/10.1109/18.825848
  """
  nats = calibration.per_dim(
    dim, mutual_information, _MAX_NATS_PER_DIM, positive=True
  )
  shape = _shape(nats)
  log_sample_fn = _log_sample_fn(shape)
  log_pointwise_fn = _log_pointwise_fn(shape)

  def sample_fn(n, seed):
    x, y = log_sample_fn(n, seed)
    return tf.exp(x), tf.exp(y)

  return products.copies(
    task_lib.Task(
      name='1v1-gamma',
      mutual_information=nats,
      dim_x=1,
      dim_y=1,
      sample_fn=sample_fn,
      pointwise_fn=lambda x, y: log_pointwise_fn(
        tf.math.log(x), tf.math.log(y)
      ),
    ),
    dim,
    name or f'{dim}v{dim}-gamma-{mutual_information}-nats',
  )


def log_gamma_exponential(
  dim: int, mutual_information: float, name: str | None = None
) -> task_lib.Task:
  """Returns the task of the logarithms of a gamma-exponential pair.

  X and Y are the logarithms of the variables of `gamma_exponential`, so more
  nats are possible. Both have long tails, of scale
  `exp(mutual_information / dim)`.

  Args:
    dim: `int`, at least 1.
    mutual_information: `float`, nats, in (0, 12 dim].
    name: Python `str`. Default value: for example, `'3v3-log-gamma-2.0-nats'`.
  """
  nats = calibration.per_dim(
    dim, mutual_information, _MAX_LOG_NATS_PER_DIM, positive=True
  )
  shape = _shape(nats)
  return products.copies(
    task_lib.Task(
      name='1v1-log-gamma',
      mutual_information=nats,
      dim_x=1,
      dim_y=1,
      sample_fn=_log_sample_fn(shape),
      pointwise_fn=_log_pointwise_fn(shape),
    ),
    dim,
    name or f'{dim}v{dim}-log-gamma-{mutual_information}-nats',
  )


def _shape(nats):
  """Returns the shape of the gamma distribution of a pair with these nats."""

  def nats_of(log_shape):
    shape = math.exp(log_shape)
    return calibration.digamma(shape) - log_shape + 1 / shape

  # digamma(a) is between log(a) - 1 / a and log(a) - 1 / (2 a): the nats are
  # between 0 and 1 / a, and below -log(a) for a < 1.
  log_shape = calibration.solve_increasing(
    lambda v: nats_of(-v), nats, math.log(nats), nats + 2.0
  )
  return math.exp(-log_shape)


def _log_sample_fn(shape):
  def sample_fn(n, seed):
    import tensorflow_probability as tfp

    gamma_seed, power_seed, noise_seed = sampling.split_seed(seed, 3)
    # Gamma(a) is Gamma(a + 1) times U**(1 / a), which may be tiny.
    gamma = tfp.math.igammainv(
      tf.constant(shape + 1, tf.float64), sampling.uniform([n, 1], gamma_seed)
    )
    power = tf.math.log(sampling.uniform([n, 1], power_seed)) / shape
    x = tf.math.log(gamma) + power
    exponential = -tf.math.log(sampling.uniform([n, 1], noise_seed))
    return x, tf.math.log(exponential) - x

  return sample_fn


def _log_pointwise_fn(shape):
  def pointwise_fn(x, y):
    x, y = x[..., 0], y[..., 0]
    # log p(y | x) minus the log of the Lomax density of exp(Y). The Jacobians
    # cancel.
    marginal = math.log(shape) - (shape + 1) * tf.math.softplus(y)
    return x - tf.exp(x + y) - marginal

  return pointwise_fn
