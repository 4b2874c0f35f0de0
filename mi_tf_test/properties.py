"""Strategies and settings of the property tests.

Hypothesis draws the same examples in each run, and keeps no database.
"""

import functools

import hypothesis
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test.conformance import cases

# Random scores, tied scores, and scores far away from one of them.
_SCORES = st.one_of(
  st.floats(-5.0, 5.0), st.integers(-3, 3).map(float), st.floats(-1e4, 1e4)
)


def examples(max_examples, shrink=True):
  """Returns a decorator that sets the number of examples of a property.

  Args:
    max_examples: `int`.
    shrink: Python `bool`; whether to look for the simplest failing example,
      which tries many more.
  """
  phases = [p for p in hypothesis.Phase if shrink or p.name == 'generate']
  return hypothesis.settings(
    phases=phases,
    max_examples=max_examples,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
  )


def sizes():
  """Returns a strategy of `(n, m)`, `2 <= n <= m`."""
  return st.tuples(st.integers(2, 5), st.integers(0, 2)).map(
    lambda s: (s[0], s[0] + s[1])
  )


def arrays(shape, elements=_SCORES):
  """Returns a strategy of float64 arrays of a shape."""
  return hnp.arrays(np.float64, shape, elements=elements)


def masks(n, m):
  """Returns a strategy of masks with a joint sample and negatives everywhere.

  Rows and columns with no joint sample, and with several, are among them.
  """

  def is_fit(mask):
    return mask.any() and not mask.all(0).any() and not mask.all(1).any()

  return hnp.arrays(bool, (n, m), elements=st.booleans()).filter(is_fit)


def arguments(name, n, m):
  """Returns a strategy of the tensor arguments of a bound, in float64."""
  shapes = {
    key: tuple({'n': n, 'm': m}[letter] for letter in letters)
    for key, letters in cases.BOUNDS[name].tensors.items()
  }
  return st.fixed_dictionaries(
    {key: arrays(shape) for key, shape in shapes.items()}
  )


@functools.cache
def _graph(name, has_mask, options):
  """Returns a `tf.function` of a bound for any shapes."""
  specs = {
    k: tf.TensorSpec(None, tf.float64) for k in cases.BOUNDS[name].tensors
  }
  options = {**cases.BOUNDS[name].options, **dict(options)}
  if has_mask:
    specs['joint_sample_mask'] = tf.TensorSpec(None, tf.bool)
  call = lambda tensors: getattr(mi_tf, name)(**tensors, **options)
  return tf.function(call, input_signature=[specs], autograph=False)


def value(name, given, mask=None, **options):
  """Returns the value of a bound for a dict of arrays, as NumPy's float64."""
  given = dict(given)
  if mask is not None:
    given['joint_sample_mask'] = mask
  graph = _graph(name, mask is not None, tuple(sorted(options.items())))
  return graph({k: tf.constant(v) for k, v in given.items()}).numpy()


def tolerance(*values):
  """Returns the tolerance for rounding of numbers as large as `values`."""
  return 1e-11 * max([1.0, *(float(np.max(np.abs(v))) for v in values)])
