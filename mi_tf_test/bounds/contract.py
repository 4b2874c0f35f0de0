"""What the values of every bound on scores obey, tested by a subclass for each.

A subclass sets `name`, and overrides `extras` and `options` where its function
has more arguments than the scores and the mask. `full_contract.BoundContract`
adds the signature, graphs and errors, which need no second choice of those.
"""

import itertools

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.bounds import oracle

_BATCHES = {'single': (), 'batch': (3,), 'nested': (2, 3)}
_SIZES = {'square': (4, 4), 'wide': (3, 5)}
_MASKS = {
  'single': ('default', 'own'),
  'batch': ('default', 'shared', 'own'),
  'nested': ('default', 'partly_shared', 'own'),
}
_HALF = {'float16': 2.0**-10, 'bfloat16': 2.0**-7}


def random_scores(rng, shape, scale=1.0):
  """Returns scores that are neither symmetric nor constant."""
  *batch, n, m = shape
  rows = rng.normal(size=(*batch, n, 1))
  columns = rng.normal(size=(*batch, 1, m))
  return scale * (rng.normal(size=shape) + 0.5 * rows - 0.7 * columns + 0.2)


def random_mask(rng, shape):
  """Returns masks with several positives in one row, and none in another."""
  *batch, n, m = shape
  mask = np.zeros(shape, bool)
  for b in np.ndindex(*batch):
    # At least two negatives in each row; one in each column, due to the zero.
    counts = [0, 2] + list(rng.integers(1, m - 1, size=n - 2))
    for i, count in zip(rng.permutation(n), counts):
      mask[(*b, i, rng.choice(m, count, replace=False))] = True
  return mask


class ValuesContract(test_util.TestCase):
  """Tests of the values of `mi_tf.<name>(logu, joint_sample_mask, ...)`."""

  name = None
  uses_negatives = True

  def extras(self, rng, batch, n, m):
    """Returns the tensor arguments of the bound, as a dict of float64."""
    del rng, batch, n, m
    return {}

  def options(self):
    """Returns the scalar arguments of the bound, as a dict."""
    return {}

  # Calls of what is tested, and of its oracle.

  def bound(
    self, logu, mask=None, extras=None, dtype=tf.float64, validate_args=False
  ):
    cast = lambda x: tf.cast(tf.convert_to_tensor(x), dtype)
    return getattr(mi_tf, self.name)(
      cast(logu),
      mask,
      validate_args=validate_args,
      **{name: cast(value) for name, value in (extras or {}).items()},
      **self.options(),
    )

  def oracle(self, logu, mask=None, extras=None):
    return getattr(oracle, self.name)(
      logu, mask, **(extras or {}), **self.options()
    )

  def value_and_gradients(self, logu, mask, extras, dtype=tf.float64):
    variables = {
      name: tf.cast(tf.constant(value), dtype)
      for name, value in {'logu': logu, **extras}.items()
    }
    with tf.GradientTape() as tape:
      tape.watch(variables)
      inputs = dict(variables)
      value = self.bound(inputs.pop('logu'), mask, inputs, dtype)
    return value, tape.gradient(value, variables)

  def default_extras(self, shape, *salt):
    *batch, n, m = shape
    return self.extras(self.rng('extras', *salt), tuple(batch), n, m)

  # Values.

  @parameterized.named_parameters(
    (f'{size}_{batch}', _SIZES[size], batch)
    for size, batch in itertools.product(_SIZES, _BATCHES)
  )
  def test_value_is_the_oracles(self, size, batch):
    shape = (*_BATCHES[batch], *size)
    mask_shapes = {
      'default': None,
      'shared': size,
      'own': shape,
      'partly_shared': (*shape[:-3], 1, *size),
    }
    for mask_kind in _MASKS[batch]:
      # Rounded to single precision, so that both dtypes have the same truth.
      rounded = lambda x: np.asarray(x, np.float32)
      logu = rounded(random_scores(self.rng('logu', mask_kind), shape, 1.5))
      mask = None
      if mask_shapes[mask_kind]:
        mask = random_mask(self.rng('mask'), mask_shapes[mask_kind])
      extras = {k: rounded(v) for k, v in self.default_extras(shape).items()}
      expected = self.oracle(logu, mask, extras).astype(np.float64)
      for dtype, tolerance in ((tf.float64, 1e-10), (tf.float32, 1e-5)):
        value = self.bound(logu, mask, extras, dtype)
        self.assertEqual(value.dtype, dtype)
        self.assertEqual(value.shape, shape[:-2])
        self.assertAllClose(
          value, expected, rtol=tolerance, atol=tolerance, msg=mask_kind
        )

  def test_value_is_the_oracles_for_scores_of_a_wide_range(self):
    shape = (4, 4, 6)
    logu = random_scores(self.rng('logu'), shape, 30.0)
    mask = random_mask(self.rng('mask'), shape)
    extras = {k: 30 * v for k, v in self.default_extras(shape).items()}
    self.assertAllClose(
      self.bound(logu, mask, extras),
      self.oracle(logu, mask, extras).astype(np.float64),
      rtol=1e-10,
      atol=1e-10,
    )

  def test_default_mask_is_the_identity(self):
    for shape in ((4, 4), (3, 5), (2, 3, 5)):
      logu = random_scores(self.rng(shape), shape)
      extras = self.default_extras(shape)
      eye = np.eye(*shape[-2:], dtype=bool)
      self.assertAllClose(
        self.bound(logu, None, extras),
        self.bound(logu, eye, extras),
        rtol=1e-12,
        atol=1e-12,
      )

  def test_mask_of_a_batch_equals_a_loop(self):
    shape = (3, 4, 5)
    logu = random_scores(self.rng('logu'), shape)
    mask = random_mask(self.rng('mask'), shape)
    extras = self.default_extras(shape)
    loop = [
      self.bound(logu[b], mask[b], {k: v[b] for k, v in extras.items()})
      for b in range(3)
    ]
    self.assertAllClose(
      self.bound(logu, mask, extras), loop, rtol=1e-12, atol=1e-12
    )

  def test_more_rows_than_columns_are_fine_with_a_mask(self):
    logu = random_scores(self.rng('logu'), (5, 4))
    mask = np.eye(5, 4, dtype=bool)
    extras = self.default_extras((5, 4))
    self.assertAllClose(
      self.bound(logu, mask, extras),
      self.oracle(logu, mask, extras).astype(np.float64),
      rtol=1e-10,
      atol=1e-10,
    )

  def test_smallest_matrices_have_the_oracles_values(self):
    for shape in ((2, 2), (2, 3)):
      logu = random_scores(self.rng(shape), shape)
      extras = self.default_extras(shape)
      self.assertAllClose(
        self.bound(logu, None, extras),
        self.oracle(logu, None, extras).astype(np.float64),
        rtol=1e-10,
        atol=1e-10,
      )

  @parameterized.parameters(*_HALF)
  def test_only_the_result_is_rounded_to_half_precision(self, dtype):
    dtype = tf.as_dtype(dtype)
    shape = (3, 4, 6)
    rounded = lambda x: tf.cast(tf.cast(x, dtype), tf.float64).numpy()
    logu = rounded(random_scores(self.rng('logu'), shape))
    mask = random_mask(self.rng('mask'), shape)
    extras = {k: rounded(v) for k, v in self.default_extras(shape).items()}
    value = self.bound(logu, mask, extras, dtype)
    self.assertEqual(value.dtype, dtype)
    self.assertAllClose(
      tf.cast(value, tf.float64),
      self.oracle(logu, mask, extras).astype(np.float64),
      rtol=0.51 * _HALF[dtype.name],
      atol=1e-5,
    )

  @parameterized.parameters(*_HALF)
  def test_more_pairs_than_half_precision_counts_are_fine(self, dtype):
    dtype = tf.as_dtype(dtype)
    shape = (257, 257)
    rounded = lambda x: tf.cast(tf.cast(x, dtype), tf.float64).numpy()
    logu = rounded(random_scores(self.rng('logu'), shape))
    extras = {k: rounded(v) for k, v in self.default_extras(shape).items()}
    self.assertAllClose(
      tf.cast(self.bound(logu, None, extras, dtype), tf.float64),
      self.bound(logu, None, extras),
      rtol=0.51 * _HALF[dtype.name],
      atol=1e-4,
    )

  # Gradients.

  @parameterized.named_parameters(
    ('default_mask', False, 1.0),
    ('own_masks', True, 1.0),
    ('wide_range', True, 5.0),
  )
  def test_gradient_is_that_of_central_differences(self, has_mask, scale):
    shape = (2, 3, 4)
    inputs = {
      'logu': random_scores(self.rng('logu'), shape, scale),
      **self.default_extras(shape),
    }
    mask = random_mask(self.rng('mask'), shape) if has_mask else None
    extras = {k: v for k, v in inputs.items() if k != 'logu'}
    _, gradients = self.value_and_gradients(inputs['logu'], mask, extras)
    step = np.longdouble(1e-5)
    for name, array in inputs.items():
      self.assertIsNotNone(gradients[name], name)
      expected = np.zeros(array.shape)
      for b, *k in np.ndindex(*array.shape):
        ends = []
        for sign in (1, -1):
          moved = {n: a[b].astype(np.longdouble) for n, a in inputs.items()}
          moved[name][tuple(k)] += sign * step
          matrix_mask = None if mask is None else mask[b]
          ends.append(self.oracle(moved.pop('logu'), matrix_mask, moved))
        expected[(b, *k)] = (ends[0] - ends[1]) / (2 * step)
      self.assertAllClose(
        gradients[name],
        expected,
        rtol=1e-8,
        atol=1e-9 + 1e-12 * np.max(np.abs(expected)),
        msg=name,
      )

  # Limits.

  @parameterized.named_parameters(('identity', True), ('own_mask', False))
  def test_huge_scores_are_finite_with_finite_gradients(self, is_identity):
    n, m = 4, 5
    mask = np.eye(n, m, dtype=bool)
    if not is_identity:
      mask = random_mask(self.rng('mask'), (n, m))
    spike = np.zeros((n, m))
    spike[1, np.flatnonzero(~mask[1])[0]] = 1.0
    joint_spike = np.zeros((n, m))
    joint_spike[tuple(np.argwhere(mask)[0])] = 1.0
    patterns = {
      'signs': self.rng('signs').choice([-1.0, 1.0], (n, m)),
      'separated': np.where(mask, 1.0, -1.0),
      'inverted': np.where(mask, -1.0, 1.0),
      'high': np.ones((n, m)),
      'low': -np.ones((n, m)),
      'spike': spike,
      'negative_spike': -spike,
      'joint_spike': joint_spike,
      'negative_joint_spike': -joint_spike,
    }
    # One matrix for each, which must not touch each other.
    logu = 1e4 * np.array(list(patterns.values()))
    extras = self.default_extras(logu.shape)
    for size in (1.0, 1e4) if extras else (1.0,):
      value, gradients = self.value_and_gradients(
        logu,
        mask,
        {k: size * np.sign(v) for k, v in extras.items()},
        tf.float32,
      )
      for array in (value, *gradients.values()):
        self.assertIsNotNone(array)
        for name, part in zip(patterns, array.numpy()):
          self.assertTrue(np.all(np.isfinite(part)), f'{name}: {part}')

  @parameterized.named_parameters(('some', 'some'), ('all_of_a_row', 'row'))
  def test_negatives_of_minus_infinity_drop_out(self, which):
    shape = (2, 4, 5)
    logu = random_scores(self.rng('logu'), shape)
    mask = random_mask(self.rng('mask'), shape)
    hit = ~mask
    if which == 'some':
      hit &= self.rng('hit').random(shape) < 0.4
      # Each column keeps a negative, where there are others.
      for b, j in np.ndindex(2, 5):
        hit[b, np.flatnonzero(~mask[b, :, j])[0], j] = False
    else:
      for b in range(2):
        row = np.flatnonzero(mask[b].any(axis=1))[0]
        hit[b, np.arange(4) != row] = False
        # Its columns keep a negative: that of the row without positives.
    logu[hit] = -np.inf
    extras = self.default_extras(shape)
    value, gradients = self.value_and_gradients(logu, mask, extras)
    self.assertAllClose(
      value,
      self.oracle(logu, mask, extras).astype(np.float64),
      rtol=1e-10,
      atol=1e-10,
    )
    self.assertAllFinite(gradients)
