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

  @parameterized.parameters('float16', 'bfloat16')
  def test_half_precision_is_reduced_in_single(self, dtype):
    logu = tf.zeros([3, 300], dtype)
    s = dense_reductions.DenseReductions(logu)
    self.assertEqual(s.values.dtype, tf.float32)
    # In half precision, 897 negatives would not be counted to the last one.
    self.assertAllClose(s.negative_log_mean_exp(), 0.0, atol=1e-6)
    self.assertEqual(s.result(s.joint_mean(s.joint)).dtype, dtype)


if __name__ == '__main__':
  test_util.main()
