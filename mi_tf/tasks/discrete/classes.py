"""Tasks with one class or two."""

import math

import numpy as np
import tensorflow as tf

from mi_tf.internal import types
from mi_tf.tasks import arguments
from mi_tf.tasks import sampling
from mi_tf.tasks import task as task_lib


def categorical(
  joint: types.TensorLike, name: str | None = None
) -> task_lib.Task:
  """Returns the task of two classes with the given joint probabilities.

  `I(X; Y) = sum_ij joint[i, j] log(joint[i, j] / (p(x=i) p(y=j)))`. Samples are
  int32, X in [0, num_x) and Y in [0, num_y).

  Args:
    joint: real array, shape `[num_x, num_y]`; `joint[i, j]` is the probability
      of x = i and y = j, or the number of such pairs.
    name: Python `str`. Default value: `'categorical-{num_x}-{num_y}'`.

  Raises:
    ValueError: if `joint` is not a matrix, has a negative or infinite entry, or
      has a row or column of zeros.
  """
  joint = np.asarray(joint, np.float64)
  if joint.ndim != 2:
    raise ValueError(
      '`joint` must have shape [num_x, num_y]. '
      f'Received: joint.shape={joint.shape}.'
    )
  arguments.check(
    np.all(joint >= 0) and np.all(np.isfinite(joint)),
    'be finite and not negative',
    joint=joint,
  )
  arguments.check(
    joint.any(axis=0).all() and joint.any(axis=1).all(),
    'have a positive number in each row and each column',
    joint=joint,
  )
  joint = joint / joint.sum()
  num_x, num_y = joint.shape
  independent = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
  with np.errstate(divide='ignore'):
    log_ratio = np.log(joint / independent)
  present = joint > 0
  # Rounding is left to the last possible cell; impossible ones get nothing.
  upper = np.cumsum(joint)
  upper[np.flatnonzero(present)[-1] :] = 1.0

  def sample_fn(n, seed):
    draws = sampling.uniform([n, 1], seed)
    cell = tf.searchsorted(upper, tf.reshape(draws, [-1]), side='right')
    cell = cell[:, tf.newaxis]
    return cell // num_y, cell % num_y

  def pointwise_fn(x, y):
    x, y = tf.cast(x[..., 0], tf.int32), tf.cast(y[..., 0], tf.int32)
    return tf.gather(np.ravel(log_ratio), x * num_y + y)

  return task_lib.Task(
    name=name or f'categorical-{num_x}-{num_y}',
    mutual_information=max(
      0.0, float(np.sum(joint[present] * log_ratio[present]))
    ),
    dim_x=1,
    dim_y=1,
    sample_fn=sample_fn,
    pointwise_fn=pointwise_fn,
  )


def noisy_labels(
  num_classes: int, keep: float, name: str | None = None
) -> task_lib.Task:
  """Returns the task of a class and its noisy copy.

  X is uniform over the classes. Y equals X with probability `keep`, and is
  otherwise uniform over the classes. With q = keep + (1 - keep) / num_classes,

      I(X; Y) = log(num_classes) + q log(q)
                + (1 - q) log((1 - keep) / num_classes).

  Args:
    num_classes: `int`, at least 2.
    keep: `float` in [0, 1].
    name: Python `str`. Default value: `'noisy-labels-{num_classes}-{keep}'`.
  """
  arguments.at_least(2, num_classes=num_classes)
  arguments.check(0 <= keep <= 1, 'be in [0, 1]', keep=keep)
  return categorical(
    keep * np.eye(num_classes) + (1 - keep) / num_classes,
    name or f'noisy-labels-{num_classes}-{keep}',
  )


def gaussian_classes(
  num_classes: int, separation: float, name: str | None = None
) -> task_lib.Task:
  """Returns the task of a class X and a normal Y whose mean depends on X.

  X is uniform over the classes, and `Y ~ Normal(separation * X, 1)`. `I(X; Y)`
  is computed by numerical integration, with an error below 1e-12. Samples of X
  are int32, samples of Y float32.

  Args:
    num_classes: `int`, at least 2.
    separation: finite `float`, the distance between the means of adjacent
      classes.
    name: Python `str`. Default value:
      `'gaussian-classes-{num_classes}-{separation}'`.
  """
  arguments.at_least(2, num_classes=num_classes)
  arguments.check(math.isfinite(separation), 'be finite', separation=separation)

  def sample_fn(n, seed):
    class_seed, noise_seed = sampling.split_seed(seed)
    x = tf.cast(sampling.uniform([n, 1], class_seed) * num_classes, tf.int32)
    mean = separation * tf.cast(x, tf.float64)
    return x, mean + sampling.normal([n, 1], noise_seed)

  def pointwise_fn(x, y):
    import tensorflow_probability as tfp

    noise = tfp.distributions.Normal(tf.constant(0.0, tf.float64), 1.0)
    means = separation * tf.range(num_classes, dtype=tf.float64)
    mixture = tf.reduce_logsumexp(noise.log_prob(y - means), axis=-1)
    given_class = noise.log_prob(y - separation * x)[..., 0]
    return given_class - mixture + math.log(num_classes)

  return task_lib.Task(
    name=name or f'gaussian-classes-{num_classes}-{separation}',
    mutual_information=_gaussian_classes_nats(num_classes, separation),
    dim_x=1,
    dim_y=1,
    sample_fn=sample_fn,
    pointwise_fn=pointwise_fn,
  )


def _gaussian_classes_nats(num_classes, separation):
  """Integrates the mutual information of `gaussian_classes`."""
  # The trapezoidal rule converges exponentially for functions like these.
  noise, step = np.linspace(-12.0, 12.0, 1201, retstep=True)
  weight = np.exp(-0.5 * noise**2) / math.sqrt(2 * math.pi) * step
  classes = np.arange(num_classes)
  total = 0.0
  for i in classes:
    # log p(y | other class) / p(y | i) at y = separation * i + noise.
    shift = separation * (i - classes)[:, np.newaxis]
    log_ratios = -0.5 * shift * (shift + 2 * noise)
    total -= np.sum(weight * np.logaddexp.reduce(log_ratios, axis=0))
  return max(0.0, math.log(num_classes) + float(total) / num_classes)
