"""The whole contract of a bound on scores: signature, graphs and errors."""

import inspect

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test.bounds import contract

_NEGATIVE_ERROR = r'`logu` must hold at least one negative pair'
_JOINT_ERROR = r'`joint_sample_mask` must mark at least one joint sample'
_SHAPE_ERROR = r'`logu` must have shape \[\.\.\., N, M\]'
_WIDE_ERROR = _SHAPE_ERROR + r' with M >= N'
_BROADCAST_ERROR = r'`joint_sample_mask` must be broadcastable to `logu`'
_NUMBERS_ERROR = r'`joint_sample_mask` must be bool, or 0 and 1\.'
_VALUE_ERROR = r'`logu` must not be NaN or \+inf'


class BoundContract(contract.ValuesContract):
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
    logu = contract.random_scores(self.rng('logu'), (3, 4))
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
    logu = contract.random_scores(self.rng('logu'), shape)
    mask = contract.random_mask(self.rng('mask'), shape)
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
      logu = contract.random_scores(self.rng(shape), shape)
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

  @parameterized.parameters('complex64', 'string')
  def test_mask_that_is_not_bool_like_is_refused(self, dtype):
    mask = np.eye(3).astype(str) if dtype == 'string' else np.eye(3)
    self.assertStaticError(
      TypeError,
      rf'{_NUMBERS_ERROR} Received: joint_sample_mask\.dtype={dtype}',
      tf.ones([3, 3]),
      tf.constant(mask, dtype),
    )

  @parameterized.parameters('int32', 'float32')
  def test_mask_of_other_numbers_is_refused(self, dtype):
    mask = np.eye(3, dtype=dtype)
    mask[1, 2] = 2
    for given in (mask, tf.constant(mask), mask.tolist()):
      self.assertStaticError(
        ValueError,
        rf'{_NUMBERS_ERROR} Received: joint_sample_mask\[1, 2\]=2',
        tf.ones([3, 3]),
        given,
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
        logu = contract.random_scores(self.rng(), shape)
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
      mask_spec = tf.TensorSpec([None, None], tf.float32)  # Of 0 and 1.
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
        tf.constant(logu, tf.float32),
        *(tf.constant(m, tf.float32) for m in mask),
        extras,
      )

    return call

  def test_validate_args_checks_scores_at_run_time(self):
    graph = self.checked_graph(with_mask=False)
    logu = contract.random_scores(self.rng('logu'), (3, 4))
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
    logu = contract.random_scores(self.rng('logu'), (4, 4))
    mask = contract.random_mask(self.rng('mask'), (4, 4))
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
    for value in (2.0, 0.5, -1.0, np.nan):
      with self.assertRaisesRegex(bad, _NUMBERS_ERROR):
        graph(logu, np.where(np.eye(4), value, mask))

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
    logu = contract.random_scores(self.rng('logu'), (3, 4))
    extras = self.default_extras((3, 4))
    self.assertAllClose(
      self.bound(logu, None, extras, validate_args=True),
      self.bound(logu, None, extras),
    )
    for value in (np.nan, np.inf):
      logu[2, 2] = value
      with self.assertRaisesRegex(tf.errors.InvalidArgumentError, _VALUE_ERROR):
        self.bound(logu, None, extras, validate_args=True)
