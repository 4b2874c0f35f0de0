"""The conformance suite of streamed scores: each bound against dense scores.

Values and gradients of embeddings and baselines, for each kind of mask, of
graph and of dtype. `layers_test` tests `stream` of each critic.
"""

import functools

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.conformance import cases

_STREAMED = [name for name, case in cases.BOUNDS.items() if case.streams]
_DENSE_ALONE = [
  name
  for name, case in cases.BOUNDS.items()
  if case.has_mask and not case.streams
]
# Rows, columns, rows of a block: one block, whole blocks, an overlapping last
# block, and even blocks with fewer rows than asked for.
_SIZES = ((4, 4, 10), (6, 6, 2), (7, 9, 3), (8, 8, 5))
_EPS = {'float32': 2.0**-23, 'float16': 2.0**-10, 'bfloat16': 2.0**-7}


def _masks(rng, n, m):
  """Returns pairs by name: the mask of streamed scores, and the dense one."""
  columns = rng.integers(0, m, size=n)
  columns[rng.integers(n)] = -1
  several = rng.random((n, m)) < 0.3
  several[0], several[1, :2] = False, True
  row = np.arange(m) == 1

  def block(first_row, num_rows):
    return tf.slice(tf.constant(several), [first_row, 0], [num_rows, m])

  return {
    'none': (None, None),
    'columns': (columns, np.arange(m) == columns[:, np.newaxis]),
    'dense': (several, several),
    'one row': (row, np.broadcast_to(row, (n, m))),
    'block': (block, several),
  }


def _value(name, arguments, mask, block_rows=None, **kwargs):
  """Calls a bound with streamed scores, or with dense ones."""
  x, y, *rest = arguments.values()
  options = dict(cases.BOUNDS[name].options, joint_sample_mask=mask, **kwargs)
  if rest:
    options['log_baseline'] = rest[0]
  if block_rows:
    scores = mi_tf.StreamedScores(x, y, block_rows=block_rows)
  else:
    scores = tf.matmul(x, y, transpose_b=True)
  return getattr(mi_tf, name)(scores, **options)


def _value_and_gradients(name, mask, block_rows=None, **kwargs):
  def call(arguments):
    with tf.GradientTape() as tape:
      tape.watch(arguments)
      value = _value(name, arguments, mask, block_rows, **kwargs)
    gradients = tape.gradient(
      value, arguments, unconnected_gradients=tf.UnconnectedGradients.ZERO
    )
    # The plug-in reads some of the rows alone.
    return value, {k: tf.convert_to_tensor(g) for k, g in gradients.items()}

  return call


def _streamed_table(logu, block_rows=4):
  """Returns scores from a matrix, for the gradient of the matrix."""
  rows, columns = (
    tf.range(size, dtype=logu.dtype)[:, tf.newaxis] for size in logu.shape
  )
  index = lambda x: tf.cast(x[:, 0], tf.int32)
  return mi_tf.StreamedScores(
    rows,
    columns,
    score_pairs=lambda x, y, w: tf.gather(w, index(x)),
    score_aligned=lambda x, y, w: tf.gather_nd(
      w, tf.stack([index(x), index(y)], axis=1)
    ),
    weights=[logu],
    block_rows=block_rows,
  )


class StreamingConformanceTest(test_util.TestCase):
  def arguments(self, name, n, m, scale=1.0, dtype=tf.float64):
    rng = self.rng('arguments')
    shapes = {'x': (n, 3), 'y': (m, 3)}
    if 'log_baseline' in cases.BOUNDS[name].tensors:
      shapes['log_baseline'] = (n,)
    return {
      k: tf.cast(tf.constant(scale * rng.normal(size=s)), dtype)
      for k, s in shapes.items()
    }

  def assertSame(self, actual, expected, tolerance=1e-12, msg=None):
    """Fails unless value and gradients agree."""
    for key, a, b in (
      ('value', actual[0], expected[0]),
      *((k, actual[1][k], expected[1][k]) for k in expected[1]),
    ):
      self.assertEqual(a.shape, b.shape, f'{msg}: {key}')
      a, b = cases.to_float64(a), cases.to_float64(b)
      self.assertAllClose(
        a, b, rtol=tolerance, atol=tolerance, msg=f'{msg}: {key}'
      )

  @parameterized.parameters(*_STREAMED)
  def test_value_and_gradients_are_those_of_dense_scores(self, name):
    for n, m, rows in _SIZES:
      arguments = self.arguments(name, n, m)
      for kind, (mask, dense) in _masks(self.rng('mask'), n, m).items():
        expected = _value_and_gradients(name, dense)(arguments)
        self.assertAllFinite(expected)
        actual = _value_and_gradients(name, mask, rows)(arguments)
        self.assertSame(actual, expected, msg=f'{n}, {m}, {rows}, {kind}')

  @parameterized.parameters(*_STREAMED)
  def test_unknown_sizes_and_xla_agree_with_dense_scores(self, name):
    n, m, rows = 7, 9, 3
    arguments = self.arguments(name, n, m)
    xla_kind = ('none', 'block')[_STREAMED.index(name) % 2]
    specs = {
      k: tf.TensorSpec([None] * v.shape.rank, v.dtype)
      for k, v in arguments.items()
    }
    for kind, (mask, dense) in _masks(self.rng('mask'), n, m).items():
      expected = _value_and_gradients(name, dense)(arguments)
      graph = functools.partial(
        tf.function,
        _value_and_gradients(name, mask, rows),
        [specs],
        autograph=False,
      )
      self.assertSame(graph()(arguments), expected, msg=f'graph, {kind}')
      if kind == xla_kind:
        xla = graph(jit_compile=True)(arguments)
        self.assertSame(xla, expected, msg=f'XLA, {kind}')

  @parameterized.product(name=_STREAMED, dtype=list(_EPS))
  def test_result_is_float64s_to_the_precision_of_the_dtype(self, name, dtype):
    dtype = tf.as_dtype(dtype)
    eps = _EPS[dtype.name]
    given = self.arguments(name, 7, 9, dtype=dtype)
    exact = {k: tf.cast(v, tf.float64) for k, v in given.items()}
    for kind in ('none', 'dense'):
      mask, dense = _masks(self.rng('mask'), 7, 9)[kind]
      value, gradients = _value_and_gradients(name, mask, 3)(given)
      expected = _value_and_gradients(name, dense)(exact)
      self.assertEqual(value.dtype, dtype)
      # Only the result is in half precision.
      rtol = (0.51 if dtype.size < 4 else 64) * eps
      self.assertAllClose(
        cases.to_float64(value), expected[0], rtol=rtol, atol=2e-6
      )
      for key, gradient in gradients.items():
        self.assertEqual(gradient.dtype, dtype)
        self.assertAllClose(
          cases.to_float64(gradient),
          expected[1][key],
          rtol=(2 if dtype.size < 4 else 256) * eps,
          atol=2e-6 if dtype.size < 4 else 1e-6,
          msg=f'{kind}: {key}',
        )

  @parameterized.parameters(*_STREAMED)
  def test_huge_scores_are_finite_and_those_of_dense_scores(self, name):
    # From about -10,000 to 10,000.
    given = self.arguments(name, 7, 9, scale=50.0, dtype=tf.float32)
    for kind, (mask, dense) in _masks(self.rng('mask'), 7, 9).items():
      expected = _value_and_gradients(name, dense)(given)
      actual = _value_and_gradients(name, mask, 3)(given)
      self.assertAllFinite(actual)
      self.assertSame(actual[:1] + ({},), expected[:1] + ({},), 1e-4, msg=kind)

  @parameterized.parameters(*_STREAMED)
  def test_scores_of_minus_infinity_drop_out(self, name):
    n, m = 6, 8
    given = self.arguments(name, n, m)
    del given['x'], given['y']
    logu = self.rng('logu').normal(size=(n, m))
    masks = _masks(self.rng('mask'), n, m)
    for kind in ('none', 'dense'):
      mask, dense = masks[kind]
      hidden = ~(np.eye(n, m, dtype=bool) if dense is None else dense)
      hidden &= self.rng('hidden').random((n, m)) < 0.5
      hidden[3] = hidden[3] | ~(np.eye(n, m, dtype=bool)[3])
      if dense is not None:
        hidden &= ~dense
      scores = tf.constant(np.where(hidden, -np.inf, logu))
      options = {**cases.BOUNDS[name].options, **given}
      bound = getattr(mi_tf, name)
      with tf.GradientTape(persistent=True) as tape:
        tape.watch(scores)
        actual = bound(_streamed_table(scores), mask, **options)
        expected = bound(scores, dense, **options)
      self.assertAllClose(actual, expected, rtol=1e-12, atol=1e-12, msg=kind)
      gradients = [
        tf.convert_to_tensor(tape.gradient(v, scores))
        for v in (actual, expected)
      ]
      self.assertAllFinite(gradients)
      self.assertAllClose(*gradients, rtol=1e-12, atol=1e-12, msg=kind)

  @parameterized.parameters(*_STREAMED)
  def test_validate_args_passes_what_is_right_and_finds_nan(self, name):
    given = self.arguments(name, 7, 9)
    for kind, (mask, _) in _masks(self.rng('mask'), 7, 9).items():
      call = functools.partial(_value, name, mask=mask, block_rows=3)
      self.assertAllEqual(call(given, validate_args=True), call(given))
      wrong = {**given, 'x': given['x'] * np.nan}
      with self.assertRaisesRegex(
        tf.errors.InvalidArgumentError,
        r'`logu` must not be NaN or \+inf',
        msg=kind,
      ):
        call(wrong, validate_args=True)

  @parameterized.parameters(*_STREAMED)
  def test_values_alone_are_the_same(self, name):
    given = self.arguments(name, 7, 9)
    x, y, *rest = given.values()
    options = dict(cases.BOUNDS[name].options)
    if rest:
      options['log_baseline'] = rest[0]
    values = [
      getattr(mi_tf, name)(
        mi_tf.StreamedScores(x, y, block_rows=3, gradient=gradient), **options
      )
      for gradient in (True, False)
    ]
    self.assertAllEqual(*values)

  @parameterized.parameters(*_DENSE_ALONE)
  def test_other_bounds_ask_for_dense_scores(self, name):
    x = tf.ones([4, 2])
    case = cases.BOUNDS[name]
    tensors = dict.fromkeys(list(case.tensors)[1:], 0.0)
    with self.assertRaisesRegex(
      TypeError, '^`logu` must be a dense `Tensor` here.*StreamedScores.$'
    ):
      getattr(mi_tf, name)(
        mi_tf.StreamedScores(x, x), **tensors, **case.options
      )


if __name__ == '__main__':
  test_util.main()
