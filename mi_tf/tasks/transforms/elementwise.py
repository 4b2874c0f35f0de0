"""Tasks whose coordinates are mapped one by one by invertible functions."""

import tensorflow as tf

from mi_tf.tasks import task as task_lib
from mi_tf.tasks.continuous import gaussians
from mi_tf.tasks.transforms import bijectors


def cubed(task: task_lib.Task) -> task_lib.Task:
  """Returns `task` with each coordinate cubed, `x -> x**3`."""
  return _elementwise(task, 'cubed', _signed_power(3.0))


def half_cube(task: task_lib.Task) -> task_lib.Task:
  """Returns `task` with each coordinate mapped by `x -> x sqrt(|x|)` [1].

  The map lengthens the tails. The name is `'half_cube-{task.name}'`.

  #### References

  [1]: Pawel Czyz et al. Beyond Normal: On the Evaluation of Mutual Information
       Estimators. _Neural Information Processing Systems_, 2023.
       https://arxiv.org/abs/2306.11078
  """
  return _elementwise(task, 'half_cube', _signed_power(1.5))


def asinh(task: task_lib.Task) -> task_lib.Task:
  """Returns `task` with each coordinate mapped by `asinh`.

  The map shortens heavy tails. The name is `'asinh-{task.name}'`. The map is
  from Beyond Normal (see `half_cube`).
  """
  import tensorflow_probability as tfp

  asinh_bijector = tfp.bijectors.Invert(tfp.bijectors.Sinh())
  return _elementwise(task, 'asinh', asinh_bijector)


def normal_cdf(task: task_lib.Task) -> task_lib.Task:
  """Returns `task` with each coordinate mapped by the normal CDF.

  Normal marginals become uniform. The name is `'normal_cdf-{task.name}'`. The
  map is from Beyond Normal (see `half_cube`).
  """
  return _elementwise(task, 'normal_cdf', _normal_cdf())


def wiggly(task: task_lib.Task) -> task_lib.Task:
  """Returns `task` with each coordinate mapped by a sum of sines.

  `x -> x + .4 sin(x) + .2 sin(1.7 x + 1) + .03 sin(3.3 x - 2.5)` and
  `y -> y - .4 sin(.4 y) + .17 sin(1.3 y + 3.5) + .02 sin(4.3 y - 2.5)`.

  The name is `'wiggly-{task.name}'`. The map is from Beyond Normal (see
  `half_cube`).
  """

  def wiggle_x(x):
    return (
      x
      + 0.4 * tf.sin(x)
      + 0.2 * tf.sin(1.7 * x + 1.0)
      + 0.03 * tf.sin(3.3 * x - 2.5)
    )

  def wiggle_y(y):
    return (
      y
      - 0.4 * tf.sin(0.4 * y)
      + 0.17 * tf.sin(1.3 * y + 3.5)
      + 0.02 * tf.sin(4.3 * y - 2.5)
    )

  # The sines add up to less than 0.63.
  return bijectors.transform(
    task,
    bijectors.inline(wiggle_x, lambda v: _solve(wiggle_x, v, v - 0.7, v + 0.7)),
    bijectors.inline(wiggle_y, lambda v: _solve(wiggle_y, v, v - 0.7, v + 0.7)),
    name=f'wiggly-{task.name}',
  )


def bimodal(rho: float = 0.75, name: str | None = None) -> task_lib.Task:
  """Returns the task of two correlated variables with two modes each.

  The density of X is `.3 N(0, 1) + .7 N(5, 1)`, and the density of Y is
  `.5 N(-1, 1) + .5 N(3, 1)`. The copula is normal with correlation `rho`, and
  `I(X; Y)` is `-1/2 log(1 - rho**2)`. This is a task of Beyond Normal (see
  `half_cube`).

  Args:
    rho: `float` in (-1, 1).
    name: Python `str`. Default value: `'1v1-bimodal-{rho}'`.
  """
  return bijectors.transform(
    gaussians.correlated_gaussian(1, rho=rho),
    _to_mixture([0.3, 0.7], [0.0, 5.0]),
    _to_mixture([0.5, 0.5], [-1.0, 3.0]),
    name=name or f'1v1-bimodal-{rho}',
  )


def _elementwise(task, prefix, bijector):
  return bijectors.transform(
    task, bijector, bijector, name=f'{prefix}-{task.name}'
  )


def _signed_power(power):
  """Returns the bijector `x -> sign(x) |x|**power`."""
  return bijectors.inline(
    lambda x: tf.sign(x) * tf.abs(x) ** power,
    lambda v: tf.sign(v) * tf.abs(v) ** (1 / power),
  )


def _normal_cdf():
  """Returns the bijector from the real line to (0, 1)."""
  # The float32 below 1 is 1 - 2**-24: numbers nearer to 1 are rounded.
  top = 1.0 - 2.0**-26
  return bijectors.inline(
    lambda x: 0.5 * tf.math.erfc(-x / tf.sqrt(tf.constant(2.0, x.dtype))),
    lambda v: tf.math.ndtri(tf.minimum(v, top)),
  )


def _to_mixture(weights, means):
  """Returns the bijector from N(0, 1) to a mixture of unit normals."""
  cdf = _normal_cdf()

  def mixture_cdf(v):
    parts = [w * cdf.forward(v - m) for w, m in zip(weights, means)]
    return tf.add_n(parts)

  # The mixture's quantile lies between its components' quantiles.
  return bijectors.inline(
    lambda x: _solve(
      mixture_cdf, cdf.forward(x), x + min(means), x + max(means)
    ),
    lambda v: tf.math.ndtri(mixture_cdf(v)),
  )


def _solve(fn, target, low, high):
  """Returns the x in [low, high] with fn(x) = target; `fn` must increase."""
  import tensorflow_probability as tfp

  return tfp.math.find_root_chandrupatla(
    lambda x: fn(x) - target, low, high, position_tolerance=1e-12
  ).estimated_root
