"""Tests of masks of 0 and 1: in every function and mode what bools give."""

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import two_replicas
from mi_tf_test.bounds import contract
from mi_tf_test.conformance import cases
from mi_tf_test.models import batches

_HAS_MASK = [name for name, case in cases.BOUNDS.items() if case.has_mask]
_STREAMED = [name for name in _HAS_MASK if cases.BOUNDS[name].streams]
_DTYPES = ('uint8', 'int32', 'int64', 'float16', 'float32', 'float64')
# One that reads dense and streamed scores, and one that reads dense ones alone.
_OF_A_KIND = ('lower_bound_donsker_varadhan', 'upper_bound_leave_one_out')


def _value(name, scores, mask, rest=(), **kwargs):
  """Calls the function of a name."""
  options = {**cases.BOUNDS[name].options, **dict(rest), **kwargs}
  return getattr(mi_tf, name)(scores, mask, **options)


class BoolLikeMasksTest(batches.BatchCase):
  def given(self, name, *batch):
    """Returns the scores, the other tensors, and a mask of bools."""
    scores, *rest = cases.BOUNDS[name].arguments(self.rng(), batch).items()
    mask = contract.random_mask(self.rng('mask'), (*batch, 3, 5))
    return scores[1], rest, mask

  @parameterized.parameters(*_HAS_MASK)
  def test_dense_and_batched_values_are_those_of_bools(self, name):
    for batch in ((), (2,)):
      scores, rest, mask = self.given(name, *batch)
      expected = _value(name, scores, mask, rest)
      for i, dtype in enumerate(_DTYPES):
        array = mask.astype(dtype)
        given = (array, tf.constant(array), array.tolist())[i % 3]
        value = _value(name, scores, given, rest, validate_args=bool(i % 2))
        self.assertAllEqual(value, expected, dtype)
      bfloat16 = tf.cast(mask, tf.bfloat16)
      self.assertAllEqual(_value(name, scores, bfloat16, rest), expected)

  @parameterized.product(name=_OF_A_KIND, jit_compile=[False, True])
  def test_unknown_shapes_give_those_of_bools(self, name, jit_compile):
    shape = [None, None] if jit_compile else None
    scores, _, mask = self.given(name)
    for dtype in (tf.int32, tf.bfloat16):
      graph = tf.function(
        lambda scores, mask: _value(name, scores, mask),
        [tf.TensorSpec(shape, tf.float64), tf.TensorSpec(shape, dtype)],
        autograph=False,
        jit_compile=jit_compile,
      )
      self.assertAllClose(
        graph(tf.constant(scores), tf.cast(mask, dtype)),
        _value(name, scores, mask),
        rtol=1e-12,
      )

  @parameterized.parameters(*_STREAMED)
  def test_streamed_values_are_those_of_bools(self, name):
    rng = self.rng('embeddings')
    x, y = tf.constant(rng.normal(size=(2, 6, 3)))
    several = contract.random_mask(rng, (6, 6))
    several[1, 0], several[2] = True, several[2] | several[1]
    rest = [] if name != 'lower_bound_tuba' else [('log_baseline', 0.2)]
    masks = [several, several[1], several[:, :1]]
    for i, dtype in enumerate(('float32', 'float16', 'int64')):
      array = several.astype(dtype)
      block = lambda first, rows, array=array: array[first : first + rows]
      pairs = [(m, m.astype(dtype)) for m in masks] + [(several, block)]
      if dtype == 'int64':
        del pairs[1]  # The column of each row.
      for mask, given in pairs:
        scores = mi_tf.StreamedScores(x, y, block_rows=2)
        self.assertAllEqual(
          _value(name, scores, given, rest, validate_args=bool(i % 2)),
          _value(name, scores, mask, rest),
        )

  @parameterized.parameters('int32', 'int64')
  def test_vectors_of_integers_are_columns_of_streamed_scores(self, dtype):
    x, y = tf.constant(self.rng().normal(size=(2, 6, 3)))
    columns = np.array([1, 0, 0, 1, 1, 0], dtype)
    self.assertAllClose(
      mi_tf.lower_bound_info_nce(mi_tf.StreamedScores(x, y), columns),
      mi_tf.lower_bound_info_nce(x @ tf.transpose(y), np.eye(6)[columns]),
    )

  @parameterized.parameters('dense', 'streamed')
  def test_values_across_replicas_are_those_of_bools(self, kind):
    x, y = self.rng().normal(size=(2, 6, 3))
    mask = self.rng('mask').random((6, 6)) < 0.4

    def bound(x, mask):
      if kind == 'dense':
        scores = tf.matmul(x, y, transpose_b=True)
      else:
        scores = mi_tf.StreamedScores(x, y)
      scores = mi_tf.ReplicaScores(scores, is_shared=False)
      return mi_tf.lower_bound_donsker_varadhan(
        scores, mask, validate_args=True
      )

    expected = mi_tf.lower_bound_donsker_varadhan(x @ y.T, mask)
    sides = np.split(x, [4]), np.split(np.float32(mask), [4])
    self.assertAllClose(two_replicas.run(bound, *sides), [expected] * 2)

  @parameterized.parameters(*cases.OBJECTIVES)
  def test_objectives_take_them(self, name):
    objective = cases.make_objective(name)
    objective.build((None, 2), (None, 3))
    batch, eye = (self.x, self.y), np.eye(6, dtype=bool)
    calls = [(fn, self.logu, eye) for fn in (objective.loss, objective.value)]
    calls.append((objective.pointwise, self.logu, eye))
    if name != 'flo':  # Whose dual scores all pairs.
      calls.append((objective.value, self.few, self.mask))
    for fn, logu, mask in calls:
      expected = fn(logu, mask, *batch)
      for given in (np.float32(mask), np.int64(mask), np.array(mask)):
        self.assertAllEqual(fn(logu, given, *batch), expected)

  def test_what_tfp_tests_with_passes(self):
    scores = self.rng().normal(1.0, 2.0, size=(13, 17))
    for name in (
      'lower_bound_info_nce',
      'lower_bound_jensen_shannon',
      'lower_bound_nguyen_wainwright_jordan',
    ):
      bound = getattr(mi_tf, name)
      value = bound(scores)
      self.assertAllClose(
        bound(scores, np.eye(13, 17), validate_args=True), value
      )
      self.assertAllClose(bound(np.tile(scores, (3, 1, 1))), [value] * 3)


if __name__ == '__main__':
  batches.test_util.main()
