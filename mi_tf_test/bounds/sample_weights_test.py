"""Tests of `sample_weight`, for every bound of the conformance suite."""

import inspect

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.bounds import weighted_oracle
from mi_tf_test.conformance import cases

_OF_PAIRS = [name for name, case in cases.BOUNDS.items() if case.has_mask]
_MASK = np.zeros([4, 6], bool)  # Rows of 1, 2, 1 and 1 joint samples.
_MASK[[0, 1, 1, 2, 3], [1, 0, 2, 5, 3]] = True
_WHOLE = np.array([0, 2, 1, 3])
_FRACTIONS = np.array([0.0, 2.5, 0.4, 1.0])
_COLUMNS = np.array([1.5, 0.3, 0.0, 1.0, 2.5, 0.7])
_BY_ROW = np.array([[1.0, 0.5, 2.0, 0.0, 1.0, 3.0]] * 4) + np.eye(4, 6)


def _value(name, arguments, **kwargs):
  """Calls a bound; the first of the dict `arguments` is the scores."""
  first, *rest = arguments.items()
  options = {**cases.BOUNDS[name].options, **kwargs}
  return getattr(mi_tf, name)(first[1], **dict(rest), **options)


def _masks(name):
  return [{}, {'joint_sample_mask': _MASK}] if name in _OF_PAIRS else [{}]


def _repeated(name, arguments, counts, m=6):
  """Returns the arguments with rows and columns repeated; and the numbers."""
  numbers = {
    'n': np.repeat(np.arange(4), counts),
    'm': np.repeat(np.arange(m), [*counts, *[1] * (m - 4)]),
  }
  return {
    key: _repeat(value, cases.BOUNDS[name].tensors[key], numbers)
    for key, value in arguments.items()
  }, numbers


def _repeat(value, letters, numbers):
  for axis, letter in enumerate(letters):
    value = tf.gather(value, numbers[letter], axis=axis)
  return value


class SampleWeightsTest(test_util.TestCase):
  def arguments(self, name, batch=()):
    return cases.BOUNDS[name].arguments(self.rng('arguments'), batch, 4, 6)

  def value_and_gradients(self, name, arguments, convert=None, **kwargs):
    tensors = {k: tf.constant(v) for k, v in arguments.items()}
    with tf.GradientTape() as tape:
      tape.watch(tensors)
      given = tensors if convert is None else convert(tensors)
      value = _value(name, given, **kwargs)
    gradients = tape.gradient(value, tensors)
    return value, {k: tf.convert_to_tensor(g) for k, g in gradients.items()}

  @parameterized.parameters(*cases.BOUNDS)
  def test_every_bound_takes_them_by_keyword_alone(self, name):
    parameters = inspect.signature(getattr(mi_tf, name)).parameters
    self.assertEqual(list(parameters)[-1], 'sample_weight')
    parameter = parameters['sample_weight']
    self.assertEqual(parameter.kind, inspect.Parameter.KEYWORD_ONLY)
    self.assertIsNone(parameter.default)

  @parameterized.parameters(*_OF_PAIRS)
  def test_mask_that_is_the_identity_is_the_same_as_none(self, name):
    arguments = self.arguments(name)
    expected = _value(name, arguments, sample_weight=_FRACTIONS)
    value = _value(
      name,
      arguments,
      joint_sample_mask=np.eye(4, 6),
      sample_weight=_FRACTIONS,
    )
    self.assertAllClose(value, expected, rtol=1e-12)
    if cases.BOUNDS[name].streams and 'log_baseline' not in arguments:
      rows, columns = np.eye(4), np.transpose(arguments['logu'])
      for mask in (np.arange(4), np.eye(4, 6)):
        scores = mi_tf.StreamedScores(rows, columns, block_rows=3)
        streamed = _value(
          name,
          {'logu': scores},
          joint_sample_mask=mask,
          sample_weight=_FRACTIONS,
        )
        self.assertAllClose(streamed, expected, rtol=1e-9)

  @parameterized.parameters(*cases.BOUNDS)
  def test_whole_weights_equal_repeated_rows_and_columns(self, name):
    arguments = self.arguments(name)
    for mask in _masks(name):
      value, gradients = self.value_and_gradients(
        name, arguments, sample_weight=_WHOLE, **mask
      )
      _, numbers = _repeated(name, arguments, _WHOLE)
      if mask:
        repeated = _repeat(_MASK, 'nm', numbers)
        mask = {'joint_sample_mask': repeated}
      expected, of_repeated = self.value_and_gradients(
        name,
        arguments,
        lambda tensors: _repeated(name, tensors, _WHOLE)[0],
        **mask,
      )
      self.assertAllClose(value, expected, rtol=1e-12, atol=1e-13)
      for key, gradient in gradients.items():
        self.assertAllClose(
          gradient, of_repeated[key], rtol=1e-10, atol=1e-13, msg=key
        )

  @parameterized.parameters(*cases.BOUNDS)
  def test_weights_of_one_equal_none(self, name):
    arguments = self.arguments(name)
    for mask in _masks(name):
      expected = self.value_and_gradients(name, arguments, **mask)
      for ones in (1, np.ones(4, bool), [1.0] * 4):
        self.assertAllClose(
          self.value_and_gradients(name, arguments, sample_weight=ones, **mask),
          expected,
          rtol=1e-12,
          atol=1e-13,
        )

  @parameterized.parameters(*cases.BOUNDS)
  def test_equal_weights_below_one_equal_none(self, name):
    arguments = cases.BOUNDS[name].arguments(self.rng(), (), 5, 5)
    self.assertAllClose(
      self.value_and_gradients(name, arguments, sample_weight=[0.2] * 5),
      self.value_and_gradients(name, arguments),
      rtol=1e-12,
      atol=1e-13,
    )

  @parameterized.parameters(*cases.BOUNDS)
  def test_fractions_are_those_of_loops_over_numbers(self, name):
    arguments = self.arguments(name)
    first, *rest = arguments
    scores = arguments[first].astype(np.longdouble)
    options = cases.BOUNDS[name].options  # Python numbers are float32.
    extras = {k: arguments[k] for k in rest}
    extras |= {k: np.float32(v) for k, v in options.items()}
    oracle = getattr(weighted_oracle, name)
    for mask in _masks(name):
      for columns in (None, _COLUMNS, _BY_ROW):
        weights = given = _FRACTIONS
        if name in _OF_PAIRS:
          given = weights if columns is None else (weights, columns)
          weights = weighted_oracle.Weights(
            (4, 6), mask.get('joint_sample_mask'), weights, columns
          )
        self.assertAllClose(
          _value(name, arguments, sample_weight=given, **mask),
          np.float64(oracle(scores, weights, **extras)),
          rtol=1e-11,
          atol=1e-12,
        )

  @parameterized.parameters(*_OF_PAIRS)
  def test_fewer_columns_than_rows_are_no_rows_own(self, name):
    arguments = cases.BOUNDS[name].arguments(self.rng(), (), 5, 3)
    mask = np.zeros([5, 3], bool)
    mask[[0, 2, 3], [1, 0, 2]] = True
    weights = np.array([1.0, 2.0, 0.5, 3.0, 0.0])
    lone, pair = (
      _value(name, arguments, joint_sample_mask=mask, sample_weight=w)
      for w in (weights, (weights, np.ones(3)))
    )
    self.assertAllClose(lone, pair, rtol=1e-12)

  @parameterized.parameters(*cases.BOUNDS)
  def test_batch_equals_a_loop(self, name):
    arguments = self.arguments(name, (2,))
    own = np.stack([_FRACTIONS, _WHOLE])
    for mask in _masks(name):
      kinds = [(own,), (_FRACTIONS,)]
      if name in _OF_PAIRS:
        kinds += [(own, _COLUMNS), (own, np.stack([_BY_ROW, 0.5 * _BY_ROW]))]
      for kind in kinds:
        batch = _value(
          name, arguments, sample_weight=_one_or_pair(kind), **mask
        )
        for b in range(2):
          weights = [
            w[b] if np.ndim(w) == rank + 2 else w for rank, w in enumerate(kind)
          ]
          self.assertAllClose(
            batch[b],
            _value(
              name,
              {k: v[b] for k, v in arguments.items()},
              sample_weight=_one_or_pair(weights),
              **mask,
            ),
            rtol=1e-12,
          )

  @parameterized.parameters(*cases.BOUNDS)
  def test_graphs_of_unknown_shapes_and_xla_give_the_same(self, name):
    arguments = self.arguments(name, (2,))
    tensors = {k: tf.constant(v) for k, v in arguments.items()}
    mask = _masks(name)[-1]
    kinds = [(_FRACTIONS,), (_FRACTIONS, _COLUMNS)]
    for kind in kinds[: len(_masks(name))]:
      own = {} if len(kind) == 1 else mask
      expected = _value(
        name, arguments, sample_weight=_one_or_pair(kind), **own
      )

      def call(tensors, weights, own=own):
        return _value(name, tensors, sample_weight=_one_or_pair(weights), **own)

      weights = [tf.constant(w) for w in kind]
      anything = tf.TensorSpec(None, tf.float64)
      graph = tf.function(
        call,
        autograph=False,
        input_signature=[
          dict.fromkeys(tensors, anything),
          [tf.TensorSpec([None], tf.float64)] * len(kind),
        ],
      )
      self.assertAllClose(graph(tensors, weights), expected, rtol=1e-12)
      compiled = tf.function(call, autograph=False, jit_compile=True)
      self.assertAllClose(compiled(tensors, weights), expected, rtol=1e-9)

  @parameterized.parameters(*cases.BOUNDS)
  def test_result_has_the_dtype_and_precision_of_scores(self, name):
    arguments = self.arguments(name)
    expected = _value(name, arguments, sample_weight=_FRACTIONS)
    for dtype, tolerance in (
      (tf.float32, 1e-5),
      (tf.float16, 1e-2),
      (tf.bfloat16, 0.08),
    ):
      tensors = {k: tf.cast(v, dtype) for k, v in arguments.items()}
      value = _value(name, tensors, sample_weight=_FRACTIONS)
      self.assertEqual(value.dtype, dtype)
      self.assertAllClose(
        tf.cast(value, tf.float64), expected, rtol=tolerance, atol=tolerance
      )

  @parameterized.parameters(*cases.BOUNDS)
  def test_weights_of_zero_give_zero_without_a_gradient(self, name):
    arguments = self.arguments(name)
    for mask in _masks(name):
      value, gradients = self.value_and_gradients(
        name, arguments, sample_weight=np.zeros(4), **mask
      )
      self.assertEqual(float(value), 0.0)
      for gradient in gradients.values():
        self.assertAllEqual(gradient, tf.zeros_like(gradient))
      with self.assertRaisesRegex(
        tf.errors.InvalidArgumentError,
        '`sample_weight` must be positive at one joint sample at least',
      ):
        _value(
          name, arguments, sample_weight=np.zeros(4), validate_args=True, **mask
        )

  @parameterized.parameters(*(n for n in _OF_PAIRS if n != 'mi_plug_in'))
  def test_one_sample_left_has_no_negatives_but_its_copies(self, name):
    arguments = cases.BOUNDS[name].arguments(self.rng(), (), 4, 4)
    lone = [0.0, 1.0, 0.0, 0.0]
    value, gradients = self.value_and_gradients(
      name, arguments, sample_weight=lone
    )
    self.assertEqual(float(value), 0.0)
    for gradient in gradients.values():
      self.assertAllEqual(gradient, tf.zeros_like(gradient))
    with self.assertRaisesRegex(
      tf.errors.InvalidArgumentError,
      '`sample_weight` must be positive at one negative pair at least',
    ):
      _value(name, arguments, sample_weight=lone, validate_args=True)
    twice = np.array([0, 2, 0, 0])
    repeated, _ = _repeated(name, arguments, twice, 4)
    self.assertAllClose(
      _value(name, arguments, sample_weight=twice, validate_args=True),
      _value(name, repeated),
      rtol=1e-12,
    )

  @parameterized.parameters(*cases.BOUNDS)
  def test_errors(self, name):
    arguments = self.arguments(name)
    for weights, error, rule in (
      (np.ones(3), ValueError, r'must be broadcastable to \[\.\.\., N\]'),
      (np.ones([4, 1]), ValueError, r'must be broadcastable to \[\.\.\., N\]'),
      ([1.0, -0.5, 1.0, 1.0], ValueError, r'must be nonnegative and finite\. '
       r'Received: sample_weight\[1\]=-0.5'),
      ([1.0, np.nan, 1.0, 1.0], ValueError, 'must be nonnegative and finite'),
      ([1.0, np.inf, 1.0, 1.0], ValueError, 'must be nonnegative and finite'),
      (['a'] * 4, TypeError, 'must be numbers'),
    ):  # fmt: skip
      with self.assertRaisesRegex(error, f'`sample_weight` {rule}'):
        _value(name, arguments, sample_weight=weights)
    graph = tf.function(
      lambda w: _value(name, arguments, sample_weight=w, validate_args=True),
      autograph=False,
      input_signature=[tf.TensorSpec([4], tf.float64)],
    )
    self.assertAllClose(
      graph(tf.constant(_FRACTIONS)),
      _value(name, arguments, sample_weight=_FRACTIONS),
    )
    for wrong in (-0.5, np.nan, np.inf):
      with self.assertRaisesRegex(
        tf.errors.InvalidArgumentError,
        '`sample_weight` must be nonnegative and finite',
      ):
        graph(tf.constant([1.0, wrong, 1.0, 1.0], tf.float64))
    if name in _OF_PAIRS:
      for columns in (np.ones(5), np.ones([3, 6])):
        with self.assertRaisesRegex(
          ValueError, r'`sample_weight\[1\]` must be broadcastable to'
        ):
          _value(name, arguments, sample_weight=(np.ones(4), columns))


def _one_or_pair(weights):
  return weights[0] if len(weights) == 1 else tuple(weights)


if __name__ == '__main__':
  test_util.main()
