"""Tests of accumulators at extremes: units, shares of zero, infinities."""

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.internal import numerics
from mi_tf.scores import checked_scores
from mi_tf.scores import reductions
from mi_tf_test import test_util


def _reduced(reduction, x, y, mask, dense_mask, block_rows):
  """Returns value and gradients, of streamed and of dense scores."""
  results = []
  for rows in (block_rows, None):
    with tf.GradientTape() as tape:
      tape.watch([x, y])
      if rows:
        s = checked_scores.dense_or_streamed(
          mi_tf.StreamedScores(x, y, block_rows=rows), mask
        )
      else:
        s = checked_scores.dense_or_streamed(
          tf.matmul(x, y, transpose_b=True), dense_mask
        )
      (value,) = s.reduce(reduction)
    results.append((value, *tape.gradient(value, [x, y])))
  return results


def _source(logu, columns, block_rows=2):
  """Returns streamed scores that are those of a matrix."""
  index = lambda x: tf.cast(x[:, 0], tf.int32)
  rows, width = (
    tf.range(k, dtype=logu.dtype)[:, tf.newaxis] for k in logu.shape
  )
  pairs = np.stack([np.arange(len(columns)), np.maximum(columns, 0)], axis=1)
  return mi_tf.StreamedScores(
    rows,
    width,
    score_pairs=lambda x, y, w: tf.gather(w, index(x)),
    score_aligned=lambda x, y, w: tf.gather_nd(w, pairs),
    weights=[logu],
    block_rows=block_rows,
  )


class AccumulatorsTest(test_util.TestCase):
  @parameterized.product(
    over=['joint', 'negative'], kind=['mean', 'log_mean_exp', 'fn', 'softplus']
  )
  def test_reductions_are_those_of_dense_scores(self, over, kind):
    rng = self.rng()
    x, y = (tf.constant(rng.normal(size=(n, 3))) for n in (7, 9))
    mask = rng.random((7, 9)) < 0.3
    mask[0, 0] = True
    shift = tf.constant(rng.normal(size=7))
    reduction = {
      'mean': reductions.Mean(over, row_shift=shift),
      'log_mean_exp': reductions.LogMeanExp(over, row_shift=shift),
      'fn': reductions.LogMeanExp(over, tf.math.tanh, shift),
      'softplus': reductions.Mean(over, numerics.softplus),
    }[kind]
    actual, expected = _reduced(reduction, x, y, mask, mask, 3)
    self.assertAllClose(actual, expected, rtol=1e-12, atol=1e-12)

  @parameterized.parameters('rising', 'falling', 'spike')
  def test_log_mean_exp_is_exact_over_a_wide_range_of_rows(self, order):
    x = 1.0 + self.rng().random((12, 1))
    scale = np.linspace(0.0, 3000.0, 12)[:, np.newaxis]
    if order == 'falling':
      scale = scale[::-1]
    if order == 'spike':
      scale = np.where(np.arange(12) == 7, 3000.0, 1.0)[:, np.newaxis]
    x = tf.constant(x * scale, tf.float32)
    y = tf.constant(self.rng('y').random((12, 1)), tf.float32)
    actual, expected = _reduced(
      reductions.LogMeanExp('negative'), x, y, None, None, 3
    )
    self.assertAllClose(actual, expected, rtol=1e-5, atol=1e-5)

  @parameterized.parameters('none', 'columns', 'block')
  def test_shares_that_underflow_are_read_off_the_scores(self, kind):
    x = tf.constant([[0.0], [1.0], [300.0], [-400.0]])
    y = tf.constant([[1.0], [-1.0], [-2.0], [3.0], [1.5]])
    eye = np.eye(4, 5, dtype=bool)
    mask = {'none': None, 'columns': np.arange(4), 'block': eye}[kind]
    actual, expected = _reduced(reductions.LogSoftmax(), x, y, mask, eye, 2)
    self.assertLess(float(actual[0]), -800.0)
    self.assertAllClose(actual, expected, rtol=1e-6, atol=1e-6)

  def test_nothing_but_minus_infinity_has_that_mean_and_zero_gradient(self):
    low = tf.fill([4, 5], -np.inf)
    logu = tf.linalg.set_diag(low, tf.zeros([4]))
    with tf.GradientTape() as tape:
      tape.watch(logu)
      s = checked_scores.dense_or_streamed(_source(logu, np.arange(4)))
      (value,) = s.reduce(reductions.LogMeanExp('negative'))
    self.assertEqual(float(value), -np.inf)
    self.assertAllEqual(tape.gradient(value, logu), tf.zeros([4, 5]))

  @parameterized.product(
    # Rows 3 and 5 alone are in one block; the last two blocks share row 4.
    place=[(1, 1), (3, 0), (4, 2), (5, 3)],
    block=[True, False],
    over=['joint', 'negative'],
  )
  def test_scores_of_minus_infinity_are_those_of_dense_scores(
    self, place, block, over
  ):
    rng = self.rng()
    scores = rng.normal(size=(7, 4))
    columns = np.array([3, 1, -1, 2, 0, 2, 1])
    if over == 'joint':
      columns[place[0]] = place[1]
    else:
      columns[place[0]] = (place[1] + 1) % 4
    scores[place] = -np.inf
    mask = columns[:, np.newaxis] == np.arange(4)
    wanted = (
      reductions.Mean('joint'),
      reductions.Mean('negative'),
      reductions.Mean('negative', numerics.softplus),
      reductions.LogMeanExp('negative'),
      reductions.LogSoftmax(),
    )
    results = []
    for streams in (True, False):
      logu = tf.constant(scores)
      with tf.GradientTape(persistent=True) as tape:
        tape.watch(logu)
        if streams:
          s = checked_scores.dense_or_streamed(
            _source(logu, columns, 3), mask if block else columns
          )
        else:
          s = checked_scores.dense_or_streamed(logu, mask)
        values = s.reduce(*wanted)
      results.append([(v, tape.gradient(v, logu)) for v in values])
    self.assertEqual(results[1][0 if over == 'joint' else 1][0], -np.inf)
    for (value, gradient), (expected, dense) in zip(*results, strict=True):
      self.assertAllClose(value, expected, rtol=1e-12)
      self.assertAllClose(gradient, dense, rtol=1e-12, atol=1e-12)

  @parameterized.product(
    bad=[np.nan, np.inf], place=[(1, 3), (2, 0), (4, 1)], block=[True, False]
  )
  def test_scores_that_are_no_numbers_are_not_hidden(self, bad, place, block):
    scores = self.rng().normal(size=(5, 4))
    scores[place] = bad
    columns = np.array([3, 1, -1, 2, 0])
    mask = columns[:, np.newaxis] == np.arange(4)
    wanted = (
      reductions.LogMeanExp('negative'),
      reductions.LogMeanExp('negative', row_shift=tf.zeros([5], tf.float64)),
      reductions.LogMeanExp('negative', tf.math.softplus),
      reductions.Mean('negative'),
    )
    source = _source(tf.constant(scores), columns)
    values = checked_scores.dense_or_streamed(
      source, mask if block else columns
    ).reduce(*wanted)
    self.assertAllEqual(np.isfinite(values), [False] * len(wanted))

  @parameterized.parameters('block', 'columns')
  def test_mean_of_nothing_is_nan_without_such_a_gradient(self, kind):
    mask = [-1] * 3 if kind == 'columns' else np.zeros([3, 4], bool)
    x, y = tf.ones([3, 2]), tf.ones([4, 2])

    @tf.function(autograph=False)
    def reduced(mask):
      with tf.GradientTape() as tape:
        tape.watch(x)
        s = checked_scores.dense_or_streamed(
          mi_tf.StreamedScores(x, y, block_rows=2), mask
        )
        values = s.reduce(reductions.Mean('joint'), reductions.LogSoftmax())
      return values, tape.gradient(values, x)

    values, gradient = reduced(tf.constant(mask))
    self.assertAllEqual(np.isnan(values), [True, True])
    self.assertAllFinite(gradient)


if __name__ == '__main__':
  test_util.main()
