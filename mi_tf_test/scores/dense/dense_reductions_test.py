"""Tests of the reductions of scores, against loops over pairs."""

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

from mi_tf.scores.dense import dense_reductions
from mi_tf_test import test_util

_INF = np.inf
_CASES = {
  'square': ((), 4, 4, False),
  'wide': ((), 3, 5, False),
  'batch': ((2, 3), 3, 4, False),
  'mask': ((), 4, 5, True),
  'batch_and_mask': ((3,), 4, 5, True),
}


def _log_mean_exp(values):
  values = np.array(list(values), np.longdouble)
  return np.log(np.mean(np.exp(values))) if len(values) else None


class DenseReductionsTest(test_util.TestCase):
  def _example(self, batch, n, m, with_mask):
    """Returns scores, a mask (or None), and all masks as one array."""
    rng = self.rng(str((batch, n, m)))
    logu = rng.normal(size=(*batch, n, m)) + np.arange(m)
    if not with_mask:
      return logu, None, np.broadcast_to(np.eye(n, m, dtype=bool), logu.shape)
    mask = rng.random(logu.shape) < 0.4
    # At least one negative in each row and column, one row without a positive.
    mask[..., 0, :] = False
    mask[..., :, 0] = False
    mask[..., 1, 1], mask[..., -1, -2] = True, True
    return logu, mask, mask

  def _joint_layout(self, fn, logu, mask, masks):
    """Returns what a joint array should hold at joint samples, by a loop."""
    shape = logu.shape if mask is not None else logu.shape[:-1]
    result = np.zeros(shape)
    for *b, i, j in zip(*np.nonzero(masks)):
      place = (*b, i, j) if mask is not None else (*b, i)
      result[place] = fn((*b, i, j))
    return result

  def _assert_joint(self, actual, expected, mask):
    actual = np.broadcast_to(np.asarray(actual), expected.shape)
    if mask is not None:
      actual, expected = actual[mask], expected[mask]
    self.assertAllClose(actual, expected, rtol=1e-12, atol=1e-14)

  @parameterized.named_parameters((k, *v) for k, v in _CASES.items())
  def test_joint_arrays_hold_the_joint_samples(self, *case):
    logu, mask, masks = self._example(*case)
    s = dense_reductions.DenseReductions(tf.constant(logu), mask)
    rng = self.rng('values')
    rows = rng.normal(size=logu.shape[:-1])
    columns = rng.normal(size=(*logu.shape[:-2], logu.shape[-1]))
    pairs = rng.normal(size=logu.shape)
    for actual, fn in (
      (s.joint, lambda p: logu[p]),
      (s.rows(tf.constant(rows)), lambda p: rows[p[:-1]]),
      (s.columns(tf.constant(columns)), lambda p: columns[(*p[:-2], p[-1])]),
      (s.pairs(tf.constant(pairs)), lambda p: pairs[p]),
    ):
      expected = self._joint_layout(fn, logu, mask, masks)
      self._assert_joint(actual, expected, mask)

  @parameterized.named_parameters((k, *v) for k, v in _CASES.items())
  def test_means_over_joint_samples_are_those_of_the_loop(self, *case):
    logu, mask, masks = self._example(*case)
    s = dense_reductions.DenseReductions(tf.constant(logu), mask)
    mean, log_mean = s.joint_mean(s.joint), s.joint_log_mean_exp(s.joint)
    self.assertEqual(mean.shape, logu.shape[:-2])
    for b in np.ndindex(*logu.shape[:-2]):
      joint = [logu[b][p] for p in zip(*np.nonzero(masks[b]))]
      self.assertAllClose(mean[b], np.mean(joint), rtol=1e-12, atol=1e-14)
      expected = float(_log_mean_exp(joint))
      self.assertAllClose(log_mean[b], expected, rtol=1e-12, atol=1e-14)

  @parameterized.named_parameters((k, *v) for k, v in _CASES.items())
  def test_means_over_negatives_are_those_of_the_loop(self, *case):
    logu, mask, masks = self._example(*case)
    s = dense_reductions.DenseReductions(tf.constant(logu), mask)
    for b in np.ndindex(*logu.shape[:-2]):
      negatives = [logu[b][p] for p in zip(*np.nonzero(~masks[b]))]
      for actual, expected in (
        (s.negative_mean(), np.mean(negatives)),
        (s.negative_mean(tf.square), np.mean(np.square(negatives))),
        (s.negative_log_mean_exp(), _log_mean_exp(negatives)),
        (
          s.negative_log_mean_exp(lambda f: 2.0 * f),
          _log_mean_exp(2.0 * np.array(negatives)),
        ),
      ):
        self.assertAllClose(actual[b], float(expected), rtol=1e-12, atol=1e-14)

  @parameterized.named_parameters((k, *v) for k, v in _CASES.items())
  def test_reductions_of_rows_and_columns_are_those_of_the_loop(self, *case):
    logu, mask, masks = self._example(*case)
    s = dense_reductions.DenseReductions(tf.constant(logu), mask)
    everything = s.row_log_sum_exp()
    rows = s.row_negative_log_mean_exp()
    columns = s.column_negative_log_mean_exp()
    n, m = logu.shape[-2:]
    for b in np.ndindex(*logu.shape[:-2]):
      f, negative = logu[b], ~masks[b]
      for i in range(n):
        total = float(_log_mean_exp(f[i]) + np.log(m))
        self.assertAllClose(everything[b][i], total, rtol=1e-12, atol=1e-14)
        expected = float(_log_mean_exp(f[i][negative[i]]))
        self.assertAllClose(rows[b][i], expected, rtol=1e-12, atol=1e-14)
      for j in range(m):
        expected = float(_log_mean_exp(f[:, j][negative[:, j]]))
        self.assertAllClose(columns[b][j], expected, rtol=1e-12, atol=1e-14)
    self.assertAllClose(s.log_num_columns(), np.log(m))

  def test_what_negatives_are_worth_ignores_the_joint_samples(self):
    logu = np.array([[_INF, 1.0], [2.0, -_INF]])
    s = dense_reductions.DenseReductions(tf.constant(logu))
    self.assertAllClose(s.negative_mean(), 1.5)
    self.assertAllClose(s.negative_log_mean_exp(), _log_mean_exp([1.0, 2.0]))

  def test_negatives_of_minus_infinity_count_but_add_nothing(self):
    logu = np.array([[0.0, 1.0, -_INF], [2.0, 0.0, -_INF]])
    s = dense_reductions.DenseReductions(logu)
    expected = np.log((np.exp(1.0) + np.exp(2.0)) / 4.0)
    self.assertAllClose(s.negative_log_mean_exp(), expected)

  @parameterized.parameters('float16', 'bfloat16')
  def test_half_precision_is_reduced_in_single(self, dtype):
    logu = tf.zeros([3, 300], dtype)
    s = dense_reductions.DenseReductions(logu)
    self.assertEqual(s.values.dtype, tf.float32)
    # In half precision, 897 negatives would not be counted to the last one.
    self.assertAllClose(s.negative_log_mean_exp(), 0.0, atol=1e-6)
    self.assertEqual(s.result(s.joint_mean(s.joint)).dtype, dtype)

  def test_means_of_many_pairs_keep_their_digits(self):
    s = dense_reductions.DenseReductions(tf.fill([500, 4000], 3.3))
    self.assertAllClose(s.negative_mean(), 3.3, rtol=2e-6)
    self.assertAllClose(s.negative_log_mean_exp(), 3.3, rtol=2e-6)

  @parameterized.parameters(
    ('any', [[0.0]], None, 'at least one negative pair; a single joint'),
    ('row', [[0.0], [1.0]], [[False], [True]], 'in each row with a joint'),
    ('column', [[0.0, 1.0]], None, 'in each column with a joint sample'),
    ('row', [[0.0, 1.0]], [[True, True]], 'in each row with a joint sample'),
    ('column', [[0.0, 1.0]], [[True, False]], 'in each column with a joint'),
  )
  def test_each_bound_says_where_it_needs_a_negative(
    self, negatives, logu, mask, message
  ):
    with self.assertRaisesRegex(ValueError, message):
      dense_reductions.DenseReductions(logu, mask, negatives=negatives)
    dense_reductions.DenseReductions(logu, mask, negatives=None)

  @parameterized.parameters('any', 'row', 'column')
  def test_unknown_shapes_are_checked_when_asked_for(self, negatives):
    @tf.function(input_signature=[tf.TensorSpec([None, None])])
    def mean(logu):
      s = dense_reductions.DenseReductions(
        logu, validate_args=True, negatives=negatives
      )
      return s.joint_mean(s.joint)

    self.assertAllClose(mean(tf.eye(3)), 1.0)
    with self.assertRaisesRegex(
      tf.errors.InvalidArgumentError, 'at least one negative pair'
    ):
      mean(tf.ones([1, 1]))

  def test_shapes_are_checked(self):
    with self.assertRaisesRegex(
      ValueError, r'`logu` must have shape \[\.\.\., N, M\]\. Received.*\(3,\)'
    ):
      dense_reductions.DenseReductions(tf.zeros([3]))
    with self.assertRaisesRegex(ValueError, r'with M >= N\..*\(4, 3\)'):
      dense_reductions.DenseReductions(tf.zeros([4, 3]))
    with self.assertRaisesRegex(ValueError, 'at least one joint sample'):
      dense_reductions.DenseReductions(tf.zeros([0, 3]))
    with self.assertRaisesRegex(ValueError, 'must mark at least one joint'):
      dense_reductions.DenseReductions(
        tf.zeros([2, 3]), tf.zeros([2, 3], tf.bool)
      )


if __name__ == '__main__':
  test_util.main()
