"""What holds for every bound on scores, tested for each by a subclass.

A subclass sets `name`, and overrides `extras` and `options` where its function
has more arguments than the scores and the mask. `BoundContract` has all of the
tests; `ValuesContract` is for a second choice of those arguments.
"""

import inspect
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

_NEGATIVE_ERROR = r'`logu` must hold at least one negative pair'
_JOINT_ERROR = r'`joint_sample_mask` must mark at least one joint sample'
_SHAPE_ERROR = r'`logu` must have shape \[\.\.\., N, M\]'
_WIDE_ERROR = _SHAPE_ERROR + r' with M >= N'
_BROADCAST_ERROR = r'`joint_sample_mask` must be broadcastable to `logu`'
_VALUE_ERROR = r'`logu` must not be NaN or \+inf'


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


class BoundContract(ValuesContract):
  """And tests of its signature, its graphs and its errors."""

  # The signature.

  def test_signature_has_the_common_form(self):
    function = getattr(mi_tf, self.name)
    self.assertIs(function, getattr(mi_tf.bounds, self.name))
    parameters = list(inspect.signature(function).parameters.values())
    common = [(p.name, p.default) for p in parameters[:4]]
    self.assertEqual(
      common,
      [
        ('logu', inspect.Parameter.empty),
        ('joint_sample_mask', None),
        ('validate_args', False),
        ('name', None),
      ],
    )
    extra = {p.name: p.kind for p in parameters[4:]}
    expected = {*self.default_extras((2, 2)), *self.options()}
    self.assertContainsSubset(expected, extra)
    for name, kind in extra.items():
      self.assertEqual(kind, inspect.Parameter.KEYWORD_ONLY, name)

  # Types and shapes.

  def test_numpy_scores_keep_their_dtype(self):
    logu = random_scores(self.rng('logu'), (3, 4))
    extras = self.default_extras((3, 4))
    for dtype in (np.float32, np.float64):
      value = getattr(mi_tf, self.name)(
        logu.astype(dtype),
        **{k: v.astype(dtype) for k, v in extras.items()},
        **self.options(),
      )
      self.assertEqual(value.dtype, dtype)

  def test_unknown_shapes_give_the_same_value_and_gradient(self):
    shape = (2, 3, 5)
    logu = random_scores(self.rng('logu'), shape)
    mask = random_mask(self.rng('mask'), shape)
    extras = self.default_extras(shape)
    anything = tf.TensorSpec(None, tf.float64)

    @tf.function(
      input_signature=[
        anything,
        tf.TensorSpec(None, tf.bool),
        dict.fromkeys(extras, anything),
      ]
    )
    def graph(logu, mask, extras):
      with tf.GradientTape() as tape:
        tape.watch(logu)
        value = self.bound(logu, mask, extras)
      return value, tape.gradient(value, logu)

    for b in (slice(None), 0):
      logu_b, mask_b = logu[b], mask[b]
      extras_b = {name: value[b] for name, value in extras.items()}
      value, gradient = graph(
        tf.constant(logu_b),
        tf.constant(mask_b),
        {name: tf.constant(value) for name, value in extras_b.items()},
      )
      expected, gradients = self.value_and_gradients(logu_b, mask_b, extras_b)
      self.assertAllClose(value, expected, rtol=1e-12, atol=1e-12)
      self.assertAllClose(gradient, gradients['logu'], rtol=1e-10, atol=1e-12)

  def test_unknown_batch_gives_the_value_of_the_default_mask(self):
    graph = tf.function(
      lambda logu, extras: self.bound(logu, None, extras),
      input_signature=[
        tf.TensorSpec([None, None], tf.float64),
        {
          name: tf.TensorSpec(None, tf.float64)
          for name in self.default_extras((2, 2))
        },
      ],
    )
    for shape in ((4, 4), (3, 5)):
      logu = random_scores(self.rng(shape), shape)
      extras = self.default_extras(shape)
      self.assertAllClose(
        graph(
          tf.constant(logu), {k: tf.constant(v) for k, v in extras.items()}
        ),
        self.bound(logu, None, extras),
        rtol=1e-12,
        atol=1e-12,
      )

  # Static errors.

  def assertStaticError(self, error, message, logu, mask=None, shape=(3, 3)):
    extras = {
      name: value.astype(np.float32)
      for name, value in self.default_extras(shape).items()
    }
    with self.assertRaisesRegex(error, message):
      getattr(mi_tf, self.name)(logu, mask, **extras, **self.options())

  def test_integer_scores_are_refused(self):
    for logu in (tf.ones([3, 3], tf.int32), np.ones([3, 3], np.int32)):
      self.assertStaticError(
        TypeError,
        r'`logu` must be floating\. Received: logu\.dtype=int32',
        logu,
      )

  @parameterized.parameters(((),), ((3,),))
  def test_scores_without_rows_and_columns_are_refused(self, shape):
    self.assertStaticError(ValueError, _SHAPE_ERROR, tf.ones(shape))

  def test_more_rows_than_columns_are_refused_without_a_mask(self):
    self.assertStaticError(
      ValueError,
      _WIDE_ERROR + r'.* Received: logu\.shape=\(4, 3\)',
      tf.ones([4, 3]),
      shape=(4, 3),
    )
    self.assertStaticError(
      ValueError, _WIDE_ERROR, tf.ones([2, 4, 3]), shape=(2, 4, 3)
    )

  @parameterized.parameters('int32', 'float32')
  def test_mask_of_numbers_is_refused(self, dtype):
    self.assertStaticError(
      TypeError,
      r'`joint_sample_mask` must be bool\. '
      rf'Received: joint_sample_mask\.dtype={dtype}',
      tf.ones([3, 3]),
      tf.eye(3, dtype=dtype),
    )

  @parameterized.parameters(
    ([4, 3], [3, 2]), ([4, 3], [3]), ([4, 3], [2, 4, 3]), ([2, 3, 3], [3, 3, 3])
  )
  def test_mask_of_another_shape_is_refused(self, shape, mask_shape):
    mask = np.zeros(mask_shape, bool)
    mask[..., 0] = True
    if mask_shape == [3]:
      mask = np.ones([5], bool)
    self.assertStaticError(
      ValueError, _BROADCAST_ERROR, tf.ones(shape), mask, shape
    )

  def test_mask_without_a_joint_sample_is_refused(self):
    mask = np.zeros([2, 3, 3], bool)
    self.assertStaticError(ValueError, _JOINT_ERROR, tf.ones([3, 3]), mask[0])
    mask[0, 1, 1] = True
    self.assertStaticError(
      ValueError, _JOINT_ERROR, tf.ones([2, 3, 3]), mask, (2, 3, 3)
    )

  def test_scores_without_a_negative_are_refused(self):
    if not self.uses_negatives:
      for shape in ((1, 1), (2, 3, 3)):
        logu = random_scores(self.rng(), shape)
        mask = np.ones(shape, bool)
        self.assertAllClose(
          self.bound(logu, mask), np.mean(logu, axis=(-2, -1)), rtol=1e-12
        )
      return
    self.assertStaticError(
      ValueError, _NEGATIVE_ERROR, tf.ones([1, 1]), shape=(1, 1)
    )
    self.assertStaticError(
      ValueError, _NEGATIVE_ERROR, tf.ones([5, 1, 1]), shape=(5, 1, 1)
    )
    mask = np.ones([2, 3, 3], bool)
    self.assertStaticError(
      ValueError, _NEGATIVE_ERROR, tf.ones([3, 3]), mask[0]
    )
    mask[0, 1, 2] = False
    self.assertStaticError(
      ValueError, _NEGATIVE_ERROR, tf.ones([2, 3, 3]), mask, (2, 3, 3)
    )

  # Run-time errors.

  def checked_graph(self, with_mask):
    spec = tf.TensorSpec([None, None], tf.float32)
    extras = {
      name: tf.TensorSpec(None, tf.float32)
      for name in self.default_extras((3, 3))
    }
    bound = lambda logu, mask, extras: self.bound(
      logu, mask, extras, tf.float32, validate_args=True
    )
    if with_mask:
      mask_spec = tf.TensorSpec([None, None], tf.bool)
      graph = tf.function(bound, input_signature=[spec, mask_spec, extras])
    else:
      graph = tf.function(
        lambda logu, extras: bound(logu, None, extras),
        input_signature=[spec, extras],
      )

    def call(logu, *mask):
      extras = {
        name: tf.constant(value, tf.float32)
        for name, value in self.default_extras(np.shape(logu)).items()
      }
      return graph(
        tf.constant(logu, tf.float32), *(tf.constant(m) for m in mask), extras
      )

    return call

  def test_validate_args_checks_scores_at_run_time(self):
    graph = self.checked_graph(with_mask=False)
    logu = random_scores(self.rng('logu'), (3, 4))
    expected = self.bound(logu, None, self.default_extras((3, 4)))
    self.assertAllClose(graph(logu), expected, rtol=1e-5, atol=1e-5)
    bad = tf.errors.InvalidArgumentError
    with self.assertRaisesRegex(bad, _WIDE_ERROR):
      graph(np.ones((4, 3)))
    for value in (np.nan, np.inf):
      for index in ((0, 0), (0, 1)):
        wrong = logu.copy()
        wrong[index] = value
        with self.assertRaisesRegex(bad, _VALUE_ERROR):
          graph(wrong)
    logu[0, 1] = -np.inf
    expected = self.bound(logu, None, self.default_extras((3, 4)))
    self.assertAllClose(graph(logu), expected, rtol=1e-5, atol=1e-5)
    if self.uses_negatives:
      with self.assertRaisesRegex(bad, _NEGATIVE_ERROR):
        graph(np.ones((1, 1)))

  def test_validate_args_checks_masks_at_run_time(self):
    graph = self.checked_graph(with_mask=True)
    logu = random_scores(self.rng('logu'), (4, 4))
    mask = random_mask(self.rng('mask'), (4, 4))
    expected = self.bound(logu, mask, self.default_extras((4, 4)))
    self.assertAllClose(graph(logu, mask), expected, rtol=1e-5, atol=1e-5)
    bad = tf.errors.InvalidArgumentError
    with self.assertRaisesRegex(bad, _BROADCAST_ERROR):
      graph(logu, np.eye(3, 4, dtype=bool))
    with self.assertRaisesRegex(bad, _JOINT_ERROR):
      graph(logu, np.zeros((4, 4), bool))
    if self.uses_negatives:
      with self.assertRaisesRegex(bad, _NEGATIVE_ERROR):
        graph(logu, np.ones((4, 4), bool))

  def test_validate_args_checks_the_rank_at_run_time(self):
    extras = {
      name: value.astype(np.float32)
      for name, value in self.default_extras((3, 3)).items()
    }
    graph = tf.function(
      lambda logu: self.bound(
        logu, None, extras, tf.float32, validate_args=True
      ),
      input_signature=[tf.TensorSpec(None, tf.float32)],
    )
    with self.assertRaisesRegex(tf.errors.InvalidArgumentError, _SHAPE_ERROR):
      graph(tf.ones([3]))

  def test_validate_args_checks_values_in_eager_mode(self):
    logu = random_scores(self.rng('logu'), (3, 4))
    extras = self.default_extras((3, 4))
    self.assertAllClose(
      self.bound(logu, None, extras, validate_args=True),
      self.bound(logu, None, extras),
    )
    for value in (np.nan, np.inf):
      logu[2, 2] = value
      with self.assertRaisesRegex(tf.errors.InvalidArgumentError, _VALUE_ERROR):
        self.bound(logu, None, extras, validate_args=True)
