"""Tasks made from others by maps that keep the mutual information."""

import tensorflow as tf

from mi_tf.tasks import task as task_lib
from mi_tf.tasks.continuous import gaussians


def independent(task, name=None):
  """Returns the task of an X and a Y that are independent of each other.

  Each is distributed as in `task`; `I(X; Y) = 0`. An estimate that is not near
  zero here is an artifact.

  Args:
    task: `Task`.
    name: Python `str`. Default value: `'independent-{task.name}'`.

  Returns:
    `Task`.
  """

  def sample_fn(n, seed):
    seed_x, seed_y = task_lib.split_seed(seed)
    return task.sample_fn(n, seed_x)[0], task.sample_fn(n, seed_y)[1]

  def pointwise_fn(x, y):
    return tf.zeros_like(x[..., 0] + y[..., 0])

  return task_lib.Task(
    name=name or f'independent-{task.name}',
    mutual_information=0.0,
    dim_x=task.dim_x,
    dim_y=task.dim_y,
    sample_fn=sample_fn,
    pointwise_fn=pointwise_fn,
    shape_x=task.shape_x,
    shape_y=task.shape_y,
  )


def transform(task, bijector_x=None, bijector_y=None, name=None):
  """Returns the task of `bijector_x(X)` and `bijector_y(Y)`.

  Maps that can be inverted change neither the mutual information nor its
  pointwise values.

  Args:
    task: `Task`.
    bijector_x: `tfb.Bijector` of scalars or vectors, in float64; may change the
      size of the vector. An image is a vector to it, and stays one. Default
      value: `None`, the identity.
    bijector_y: likewise.
    name: Python `str`. Default value: `'transformed-{task.name}'`.

  Returns:
    `Task`.

  #### Examples

  >>> from mi_tf import tasks
  >>> import tensorflow_probability as tfp
  >>> task = tasks.correlated_gaussian(1, rho=.75)
  >>> exp = tasks.transform(task, tfp.bijectors.Exp())
  >>> exp.mutual_information == task.mutual_information
  True
  """

  def sample_fn(n, seed):
    x, y = task.sample_fn(n, seed)
    return (
      x if bijector_x is None else bijector_x.forward(x),
      y if bijector_y is None else bijector_y.forward(y),
    )

  def pointwise_fn(x, y):
    return task.pointwise_fn(
      x if bijector_x is None else bijector_x.inverse(x),
      y if bijector_y is None else bijector_y.inverse(y),
    )

  return task_lib.Task(
    name=name or f'transformed-{task.name}',
    mutual_information=task.mutual_information,
    mi_stderr=task.mi_stderr,
    shape_x=task.shape_x if bijector_x is None else None,
    shape_y=task.shape_y if bijector_y is None else None,
    dim_x=_dim_after(bijector_x, task.dim_x),
    dim_y=_dim_after(bijector_y, task.dim_y),
    sample_fn=sample_fn,
    pointwise_fn=pointwise_fn,
  )


def cubed(task):
  """Returns `task` with each coordinate cubed, `x -> x**3`."""
  return _elementwise(task, 'cubed', _signed_power(3.0))


def half_cube(task):
  """Returns `task` with each coordinate mapped by `x -> x sqrt(|x|)` [1].

  It lengthens the tails.

  Args:
    task: `Task`.

  Returns:
    `Task`, named `'half_cube-{task.name}'`.

  #### References

  [1]: Pawel Czyz et al. Beyond Normal: On the Evaluation of Mutual Information
       Estimators. _Neural Information Processing Systems_, 2023.
       https://arxiv.org/abs/2306.11078
  """
  return _elementwise(task, 'half_cube', _signed_power(1.5))


def asinh(task):
  """Returns `task` with each coordinate mapped by `asinh`.

  It shortens heavy tails; a task of Beyond Normal, see `half_cube`.

  Args:
    task: `Task`.

  Returns:
    `Task`, named `'asinh-{task.name}'`.
  """
  import tensorflow_probability as tfp

  tfb = tfp.bijectors
  return _elementwise(task, 'asinh', tfb.Invert(tfb.Sinh()))


def normal_cdf(task):
  """Returns `task` with each coordinate mapped by the normal CDF.

  Normal marginals become uniform; a task of Beyond Normal, see `half_cube`.

  Args:
    task: `Task`.

  Returns:
    `Task`, named `'normal_cdf-{task.name}'`.
  """
  return _elementwise(task, 'normal_cdf', _normal_cdf())


def wiggly(task):
  """Returns `task` with each coordinate mapped by a sum of sines.

  `x -> x + .4 sin(x) + .2 sin(1.7 x + 1) + .03 sin(3.3 x - 2.5)` and
  `y -> y - .4 sin(.4 y) + .17 sin(1.3 y + 3.5) + .02 sin(4.3 y - 2.5)`;
  a task of Beyond Normal, see `half_cube`.

  Args:
    task: `Task`.

  Returns:
    `Task`, named `'wiggly-{task.name}'`.
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
  return transform(
    task,
    _inline(wiggle_x, lambda v: _solve(wiggle_x, v, v - 0.7, v + 0.7)),
    _inline(wiggle_y, lambda v: _solve(wiggle_y, v, v - 0.7, v + 0.7)),
    name=f'wiggly-{task.name}',
  )


def bimodal(rho=0.75, name=None):
  """Returns the task of two correlated variables with two modes each.

  X is distributed as .3 N(0, 1) + .7 N(5, 1), Y as .5 N(-1, 1) + .5 N(3, 1),
  and their normal scores have correlation `rho`, so that `I(X; Y)` is
  `-1/2 log(1 - rho**2)`; a task of Beyond Normal, see `half_cube`.

  Args:
    rho: `float` in (-1, 1).
    name: Python `str`. Default value: `'1v1-bimodal-{rho}'`.

  Returns:
    `Task`.

  Raises:
    ValueError: if `rho` is out of its range.
  """
  return transform(
    gaussians.correlated_gaussian(1, rho=rho),
    _to_mixture([0.3, 0.7], [0.0, 5.0]),
    _to_mixture([0.5, 0.5], [-1.0, 3.0]),
    name=name or f'1v1-bimodal-{rho}',
  )


def _elementwise(task, prefix, bijector):
  return transform(task, bijector, bijector, name=f'{prefix}-{task.name}')


def _dim_after(bijector, dim):
  return dim if bijector is None else bijector.forward_event_shape([dim])[-1]


def _inline(forward, inverse):
  """Returns an elementwise bijector; its volume change is not needed."""
  import tensorflow_probability as tfp

  return tfp.bijectors.Inline(
    forward_fn=forward, inverse_fn=inverse, forward_min_event_ndims=0
  )


def _signed_power(power):
  """Returns the bijector `x -> sign(x) |x|**power`."""
  return _inline(
    lambda x: tf.sign(x) * tf.abs(x) ** power,
    lambda v: tf.sign(v) * tf.abs(v) ** (1 / power),
  )


def _normal_cdf():
  """Returns the bijector from the real line to (0, 1)."""
  # The float32 below 1 is 1 - 2**-24: what is nearer to 1 was rounded.
  top = 1.0 - 2.0**-26
  return _inline(
    lambda x: 0.5 * tf.math.erfc(-x / tf.sqrt(tf.constant(2.0, x.dtype))),
    lambda v: tf.math.ndtri(tf.minimum(v, top)),
  )


def _to_mixture(weights, means):
  """Returns the bijector from N(0, 1) to a mixture of unit normals."""
  cdf = _normal_cdf()

  def mixture_cdf(v):
    parts = [w * cdf.forward(v - m) for w, m in zip(weights, means)]
    return tf.add_n(parts)

  # The quantile of the mixture lies between those of its components.
  return _inline(
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
