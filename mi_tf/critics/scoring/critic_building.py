"""Builds any critic, and checks the scores that it returns."""

import functools

import tensorflow as tf

from mi_tf.critics import critic as critic_lib
from mi_tf.critics import registry
from mi_tf.critics.scoring import any_critic
from mi_tf.internal import checks
from mi_tf.internal.keras_layers import building
from mi_tf.internal.keras_layers import symbolic_calls
from mi_tf.internal.keras_layers import symbolic_inputs


def check_negative_samples(critic, negative_samples):
  """Raises a `ValueError` unless a critic takes this `negative_samples`."""
  if negative_samples is None:
    return
  checks.integers_at_least({'negative_samples': (1, negative_samples)})
  if not any_critic.takes_negative_samples(critic):
    is_critic = isinstance(critic, critic_lib.Critic)
    raise ValueError(
      '`negative_samples` needs a mi_tf.Critic'
      f'{" whose `call` takes it" if is_critic else ""}. '
      f'Received: critic={critic!r}.'
    )


def build(critic, shapes, dtypes=None):
  """Builds a critic; calls a user-defined one once on symbolic inputs.

  `shapes` and `dtypes` are dicts with the keys 'x_shape' and 'y_shape'. By
  default, inputs are floating. If the dtype or shape of scores is wrong, a
  `ValueError` is raised.
  """
  dtypes = dtypes or {}

  def inputs(num_x=None, num_y=None):
    return [
      symbolic_inputs.of(shapes[key], dtypes.get(key), n)
      for key, n in (('x_shape', num_x), ('y_shape', num_y))
    ]

  score_pairs = functools.partial(any_critic.call, critic)
  if isinstance(critic, building.BuiltByLoading):
    if not critic.built:
      critic.input_dtypes = dtypes or None
      critic.build(**shapes)
  elif not critic.built:
    symbolic_calls.SymbolicCall(score_pairs, *inputs())
  if type(critic) in registry.CRITICS.values():
    return
  # Transposed scores are found where x and y have different numbers of rows.
  any_critic.check_scores(
    critic,
    *_first_trial(score_pairs, inputs, ((3, 2), (3, 3), (None, None))),
  )
  if any_critic.takes_negative_samples(critic):
    score_joint = functools.partial(score_pairs, negative_samples=0)
    scores, n, _ = _first_trial(score_joint, inputs, ((3, 3), (None, None)))
    _check_aligned(critic, scores, n)


def _first_trial(function, inputs, numbers_of_rows):
  """Calls a function on the first numbers of rows that it takes.

  A function may take batches of one size only. If all trials fail, the last
  error is raised, as in training. Returns the outputs and both numbers of rows.
  """
  for n, m in numbers_of_rows[:-1]:
    try:
      return symbolic_calls.SymbolicCall(function, *inputs(n, m)).outputs, n, m
    except Exception:
      continue
  n, m = numbers_of_rows[-1]
  return symbolic_calls.SymbolicCall(function, *inputs(n, m)).outputs, n, m


def _check_aligned(critic, scores, n):
  """Raises a `ValueError` unless the scores of joint samples are `[n, 1]`."""
  shape = scores.shape
  if not tf.TensorShape(shape).is_compatible_with((n, 1)):
    raise ValueError(
      '`score_aligned` must return one score for each pair, shape [n]. '
      f'Received: critic={critic!r}, which returns shape '
      f'{(*shape[:1], *shape[2:])} for n={n}.'
    )
