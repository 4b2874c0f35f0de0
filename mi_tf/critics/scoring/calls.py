"""How critics of every kind are called, and traced functions of arrays."""

import functools

import keras
import tensorflow as tf

from mi_tf.critics import critic as critic_lib
from mi_tf.critics import registry
from mi_tf.critics.scoring import joint_scores as joint_scores_lib
from mi_tf.internal import checks
from mi_tf.internal.keras_layers import building
from mi_tf.internal.keras_layers import symbolic_inputs
from mi_tf.internal.keras_layers import trials
from mi_tf.scores.streamed import streamed_scores

_RULE = (
  '`critic` must return the scores of all pairs, `scores[i, j] = f(x[i], y[j])`'
  ', shape [n, m].'
)


def traced(signature):
  """Returns a decorator: a function that is traced once, and quickly.

  Autograph takes as long as the tracing, and finds nothing to convert. The
  concrete function is called, since TensorFlow would warn of retracing where
  several critics are read one after the other.

  Args:
    signature: list of `tf.TensorSpec`s.
  """

  def decorate(fn):
    function = tf.function(fn, autograph=False, input_signature=signature)

    def call(*args):
      tensors = keras.tree.map_structure(
        lambda arg, spec: tf.convert_to_tensor(arg, spec.dtype),
        list(args),
        list(signature),
      )
      return function.get_concrete_function()(*tensors)

    return call

  return decorate


def batch_spec(array):
  """Returns the `tf.TensorSpec` of batches of any size, like `array`."""
  return tf.TensorSpec([None, *array.shape[1:]], array.dtype)


def check_negative_samples(critic, negative_samples):
  """Raises a `ValueError` unless a critic can score so many negatives.

  Args:
    critic: as for `MiEstimator`.
    negative_samples: `int`, or `None` for all.
  """
  if negative_samples is None:
    return
  checks.integers_at_least({'negative_samples': (1, negative_samples)})
  if not critic_lib.takes_negative_samples(critic):
    is_critic = isinstance(critic, critic_lib.Critic)
    raise ValueError(
      '`negative_samples` needs a mi_tf.Critic'
      f'{" whose `call` takes it" if is_critic else ""}. '
      f'Received: critic={critic!r}.'
    )


def build(critic, shapes, dtypes=None):
  """Builds a critic, and tries one of a user's own.

  Args:
    critic: as for `score`.
    shapes: dict, 'x_shape' and 'y_shape', structures of shapes.
    dtypes: dict of the same keys, structures of dtypes; or `None`, if all are
      floating.

  Raises:
    ValueError: if scores are not as they must be.
  """
  dtypes = dtypes or {}

  def inputs(num_x=None, num_y=None):
    return [
      symbolic_inputs.of(shapes[key], dtypes.get(key), n)
      for key, n in (('x_shape', num_x), ('y_shape', num_y))
    ]

  if isinstance(critic, building.BuiltByLoading):
    if not critic.built:
      critic.input_dtypes = dtypes or None
      critic.build(**shapes)
  elif not critic.built:
    trials.Trial(functools.partial(_call, critic), *inputs())
  if type(getattr(critic, 'scorer', critic)) in registry.CRITICS.values():
    return
  # At different numbers, scores that are transposed are seen.
  of_pairs = functools.partial(_call, critic)
  _check_pairs(
    critic, *_tried(of_pairs, inputs, ((3, 2), (3, 3), (None, None)))
  )
  if critic_lib.takes_negative_samples(critic):
    aligned = functools.partial(_call, critic, negative_samples=0)
    _check_aligned(critic, *_tried(aligned, inputs, ((3, 3), (None, None))))


def _tried(function, inputs, numbers):
  """Returns what a function returns, a `KerasTensor`, and for which numbers.

  The first numbers that it takes are those: it may take batches of one size
  alone. If it takes none, it fails as it would in training.
  """
  for n, m in numbers[:-1]:
    try:
      return trials.Trial(function, *inputs(n, m)).outputs, n, m
    except Exception:
      continue
  n, m = numbers[-1]
  return trials.Trial(function, *inputs(n, m)).outputs, n, m


def _check_pairs(critic, scores, n, m):
  shape, dtype = scores.shape, tf.as_dtype(scores.dtype)
  if not dtype.is_floating:
    raise ValueError(
      f'{_RULE} They must be floating. Received: critic={critic!r}, which '
      f'returns {dtype.name}.'
    )
  if not tf.TensorShape(shape).is_compatible_with((n, m)):
    raise ValueError(
      f'{_RULE} Received: critic={critic!r}, which returns shape '
      f'{tuple(shape)} for n={n} and m={m}.'
    )


def _check_aligned(critic, scores, n, m):
  del m
  shape = scores.shape
  if not tf.TensorShape(shape).is_compatible_with((n, 1)):
    raise ValueError(
      '`score_aligned` must return one score for each pair, shape [n]. '
      f'Received: critic={critic!r}, which returns shape '
      f'{(*shape[:1], *shape[2:])} for n={n}.'
    )


def score(critic, x, y, training=None, negative_samples=None):
  """Returns `critic`'s scores, whatever kind of critic it is.

  Args:
    critic: `Critic`, layer or function of two arguments, or a functional
      `keras.Model` with two inputs.
    x: structure of `Tensor`s, shapes `[n, ...]`.
    y: structure of `Tensor`s, shapes `[m, ...]`.
    training: Python `bool`.
    negative_samples: as for `Critic.call`.

  Returns:
    Floating `Tensor`, shape `[n, m]`; float32, or float64 if the critic's is.

  Raises:
    ValueError: if scores are seen to have another shape.
  """
  logu = _call(critic, x, y, training, negative_samples)
  n, m = (keras.tree.flatten(side)[0].shape[0] for side in (x, y))
  _check_pairs(critic, logu, n, m if negative_samples is None else None)
  return single_or_double(logu)


def _call(critic, x, y, training=None, negative_samples=None):
  """Calls a critic; returns a `Tensor`."""
  kwargs = {'training': training}
  if negative_samples is not None:
    kwargs['negative_samples'] = negative_samples
  with tf.name_scope('critic'):  # At the root, not all names are valid.
    if not isinstance(critic, keras.layers.Layer):
      scores = critic(x, y)
    elif isinstance(critic, keras.Model) and getattr(critic, 'inputs', None):
      scores = critic([x, y], **kwargs)
    else:
      scores = critic(x, y, **kwargs)
    if scores is None or isinstance(scores, dict):
      raise ValueError(
        f'{_RULE} Received: critic={critic!r}, which returns {scores}.'
      )
    return tf.convert_to_tensor(scores)


def single_or_double(logu):
  """Returns scores in float32, or in float64 if that is what they are."""
  if logu.dtype == tf.float64:
    return logu
  if isinstance(logu, streamed_scores.StreamedScores):
    return streamed_scores.altered(logu, dtype=tf.float32)
  return tf.cast(logu, tf.float32)


def joint_scores(critic, x, y):
  """Returns `f(x[i], y[i])`, shape `[n]`."""
  if critic_lib.takes_negative_samples(critic):
    return score(critic, x, y, negative_samples=0)[:, 0]
  return joint_scores_lib.diagonal(functools.partial(score, critic), x, y)
