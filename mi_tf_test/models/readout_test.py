"""Tests of reading estimates off critics, on critics that are known exactly."""

import math
from unittest import mock

from absl.testing import parameterized
import keras
import numpy as np
from scipy import stats
import tensorflow as tf

import mi_tf
from mi_tf import tasks
from mi_tf.models import readout
from mi_tf.results import combination
from mi_tf_test import test_util

_RHO = 0.75
_TRUTH = -0.5 * math.log1p(-(_RHO**2))
# What is added to the log ratio so that the critic is each objective's best.
_BEST = {'dv': 0.0, 'info_nce': 0.0, 'js': 0.0, 'nwj': 1.0}


class LogRatio(keras.layers.Layer):
  """The log ratio of two correlated Gaussians, made worse if asked to."""

  def __init__(self, scale=1.0, offset=0.0):
    super().__init__()
    self._scale, self._offset = scale, offset

  def call(self, x, y):
    y = tf.transpose(y)
    own = -(_RHO**2) * (tf.square(x) + tf.square(y)) + 2.0 * _RHO * x * y
    log_ratio = own / (2.0 * (1.0 - _RHO**2)) + _TRUTH
    return self._scale * log_ratio + self._offset


class PlainInnerProduct(mi_tf.InnerProductCritic):
  """A critic without weights, whose pairs are cheap."""


def _sample(rng, n):
  x, noise = rng.normal(size=(2, n, 1))
  y = _RHO * x + math.sqrt(1.0 - _RHO**2) * noise
  return x.astype(np.float32), y.astype(np.float32)


def _reader(objective, critic=None, **kwargs):
  if critic is None:
    critic = LogRatio(**kwargs)
  estimator = mi_tf.MiEstimator(critic, objective)
  estimator.build((None, 1), (None, 1))
  example = np.zeros((1, 1), np.float32)
  reader = readout.Reader(estimator, example, example)
  return reader, estimator.objective


def _combine(reading, objective):
  n = len(reading.pointwise)
  return combination.combine([reading], [np.arange(n)], objective)


class ReaderTest(test_util.TestCase):
  def test_the_critic_of_these_tests_is_exact(self):
    task = tasks.correlated_gaussian(1, rho=_RHO)
    x, y = _sample(self.rng(), 7)
    expected = task.pointwise(x[:, np.newaxis], y)
    self.assertAllClose(LogRatio()(x, y), expected, rtol=1e-4, atol=1e-5)

  def test_value_and_stderr_are_right_over_repeated_samples(self):
    self.assertRightOverRepeatedSamples('js')

  @parameterized.parameters(*(name for name in _BEST if name != 'js'))
  @test_util.full(
    'Every objective has its value tested, and one its standard error; this '
    'finds replicates of another that are wrong.'
  )
  def test_those_of_other_objectives_are_right_too(self, name):
    self.assertRightOverRepeatedSamples(name)

  def assertRightOverRepeatedSamples(self, name):
    reader, _ = _reader(name, offset=_BEST[name])
    values, stderrs = [], []
    for i in range(64):
      reading = reader.read(*_sample(self.rng(i), 400))
      values.append(reading.value)
      stderrs.append(combination.jackknife_stderr(reading.replicates))
    self.assertMeanClose(values, _TRUTH, num_stderrs=4.0)
    self.assertAllClose(np.mean(stderrs), np.std(values, ddof=1), rtol=0.25)

  @parameterized.product(name=['dv', 'info_nce', 'nwj', 'js'], n=[400, 30, 133])
  def test_stderr_of_a_critic_that_sees_nothing_is_zero(self, name, n):
    reader, _ = _reader(name, scale=0.0, offset=_BEST[name])
    reading = reader.read(*_sample(self.rng(), n))
    self.assertAllClose(reading.value, 0.0, atol=1e-5)
    stderr = combination.jackknife_stderr(reading.replicates)
    self.assertAllClose(stderr, 0.0, atol=1e-4)
    stderr = combination.jackknife_stderr(reading.contrast_replicates)
    self.assertAllClose(stderr, 0.0, atol=1e-4)

  def test_samples_without_a_group_count_in_the_stderr(self):
    x, y = _sample(self.rng(), 59)
    reader, objective = _reader('smile')
    order = np.random.default_rng(4).permutation(59)[:40]
    values = []
    for group in range(readout.GROUPS):
      rest = order[np.arange(40) % readout.GROUPS != group]
      values.append(float(objective.value(LogRatio()(x[rest], y[rest]))))
    self.assertAllClose(
      combination.jackknife_stderr(reader.read(x, y, seed=4).replicates),
      combination.jackknife_stderr(np.array(values)) * math.sqrt(40 / 59),
      rtol=1e-3,
    )

  @parameterized.product(
    name=['dv', 'info_nce', 'js', 'nwj'],
    n=[400, 60],
    offset=[0.0, 0.06],
  )
  def test_stderr_is_that_of_leaving_groups_out(self, name, n, offset):
    x, y = _sample(self.rng(), n)
    reader, objective = _reader(name, offset=offset + _BEST[name])
    reading = reader.read(x, y, seed=4)
    order = np.random.default_rng(4).permutation(n)
    values, contrasts = [], []
    for group in range(readout.GROUPS):
      rest = order[np.arange(n) % readout.GROUPS != group]
      logu = LogRatio(offset=offset + _BEST[name])(x[rest], y[rest])
      values.append(objective.value(logu))
      shift = offset if objective.shift_free else 0.0
      clip = math.log(n)
      clipped = tf.clip_by_value(logu - shift, -clip, clip)
      contrasts.append(mi_tf.lower_bound_jensen_shannon(clipped))
    for actual, expected in (
      (reading.replicates, values),
      (reading.contrast_replicates, contrasts),
    ):
      self.assertAllClose(
        combination.jackknife_stderr(actual),
        combination.jackknife_stderr(np.array(expected, np.float64)),
        rtol=0.05,
      )

  @parameterized.parameters(
    ('js', 0.5, 0.0),
    ('js', 1.5, 0.3),
    ('dv', 1.5, 0.0),
    ('nwj', 0.5, 1.0),
    ('info_nce', 0.4, 0.0),
  )
  def test_lower_bound_of_a_bad_critic_is_below_the_truth(
    self, name, scale, offset
  ):
    reader, objective = _reader(name, scale=scale, offset=offset)
    bounds = []
    for i in range(60):
      reading = reader.read(*_sample(self.rng(i), 200))
      bounds.append(_combine(reading, objective).lower_bound)
    self.assertLessEqual(np.mean(np.array(bounds) > _TRUTH), 0.1)
    self.assertAllGreaterEqual(bounds, 0.0)
    # Nor is it a bound that says nothing.
    self.assertGreater(np.mean(bounds), 0.02)

  @parameterized.parameters((20_000, 100), (10**6, 1000))
  def test_lower_bound_does_not_exceed_what_the_samples_can_show(self, k, n):
    # No two of the samples are the same, so that nothing looks wrong.
    x = self.rng().choice(k, size=(n, 1), replace=False).astype(np.float32)

    def same(x, y):
      return tf.where(tf.equal(x, tf.transpose(y)), 30.0, -30.0)

    bound = mi_tf.MiEstimator(same, 'js').estimate(x, x).lower_bound
    self.assertLess(bound, math.log(n))
    self.assertGreater(bound, 1.0)

  def test_lower_bound_of_nwj_is_not_fooled_by_a_steep_critic(self):
    rho = math.sqrt(1.0 - math.exp(-1.5))
    x, noise = self.rng().normal(size=(2, 300, 20))
    y = rho * x + math.sqrt(1.0 - rho**2) * noise

    def steep(x, y):
      square = lambda t: tf.reduce_sum(t**2, axis=-1)
      cross = tf.matmul(x, y, transpose_b=True)
      log_ratio = 15.0 - (
        0.5 * rho**2 * (square(x)[:, tf.newaxis] + square(y)) - rho * cross
      ) / (1.0 - rho**2)
      return 1.0 + 1.3 * log_ratio

    estimate = mi_tf.MiEstimator(steep, 'nwj').estimate(x, y)
    self.assertLess(estimate.lower_bound, 15.0)
    self.assertIn('rests on only', ' '.join(estimate.warnings))

  @parameterized.parameters('js', 'nwj')
  def test_lower_bound_at_independence_is_rarely_above_zero(self, name):
    reader, objective = _reader(name, scale=0.3, offset=_BEST[name])
    bounds = []
    for i in range(60):
      x, y = _sample(self.rng(i), 200)
      reading = reader.read(x, y[::-1].copy())
      bounds.append(_combine(reading, objective).lower_bound)
    self.assertLessEqual(np.mean(np.array(bounds) > 0.0), 0.1)

  def test_pointwise_values_come_in_the_order_of_the_samples(self):
    x, y = _sample(self.rng(), 50)
    reading = _reader('smile')[0].read(x, y, seed=5)
    full = LogRatio()(x, y)
    self.assertAllClose(reading.pointwise, np.diag(full), rtol=1e-5, atol=1e-6)
    self.assertAllClose(reading.value, mi_tf.mi_smile(full), atol=1e-5)

  def test_what_else_is_read_are_means_over_all_pairs(self):
    x, y = _sample(self.rng(), 60)
    reading = _reader('js')[0].read(x, y)
    logu = np.asarray(LogRatio()(x, y), np.float64)
    off = logu[~np.eye(60, dtype=bool)]
    ratios = np.exp(off)
    self.assertAllClose(reading.mean_exp_score, ratios.mean(), rtol=1e-5)
    self.assertAllClose(
      reading.effective_negatives,
      ratios.sum() ** 2 / np.square(ratios).sum(),
      rtol=1e-4,
    )
    self.assertAllClose(reading.log_columns, math.log(60.0))
    self.assertAllClose(
      reading.contrast,
      mi_tf.lower_bound_jensen_shannon(
        np.clip(logu, -math.log(60.0), math.log(60.0))
      ),
      rtol=1e-5,
    )
    self.assertAllInSet(
      np.round(reading.marginal_scores, 3), np.round(np.float32(off), 3)
    )

  @parameterized.parameters('dv', 'mine')
  def test_a_constant_that_training_leaves_free_changes_nothing(self, name):
    x, y = _sample(self.rng(), 100)
    readings = [
      _reader(name, offset=offset)[0].read(x, y) for offset in (0.0, 40.0)
    ]
    for field in ('value', 'contrast', 'pointwise', 'marginal_scores'):
      first, second = (getattr(reading, field) for reading in readings)
      self.assertAllClose(first, second, atol=1e-4)
    first, second = (
      combination.jackknife_stderr(r.replicates) for r in readings
    )
    self.assertAllClose(first, second, rtol=1e-3)

  def test_few_samples_are_refused(self):
    reader, _ = _reader('js')
    with self.assertRaisesRegex(
      ValueError, '^`x` must hold at least 20 held-out samples. Received: 19.$'
    ):
      reader.read(*_sample(self.rng(), 19))
    self.assertAllFinite(reader.read(*_sample(self.rng(), 20)).replicates)

  def test_the_smallest_sample_has_an_interval(self):
    for name in ('js', 'dv', 'info_nce', 'nwj'):
      reader, objective = _reader(name, offset=_BEST[name])
      estimate = _combine(reader.read(*_sample(self.rng(), 20)), objective)
      self.assertAllFinite(
        [estimate.mi, estimate.stderr, estimate.interval, estimate.lower_bound]
      )
      self.assertGreater(estimate.stderr, 0.0)

  def test_a_real_critic_that_is_off_is_warned_of(self):
    reader, objective = _reader('js', offset=2.0)
    estimate = _combine(reader.read(*_sample(self.rng(), 200)), objective)
    (warning,) = estimate.warnings
    self.assertIn('not normalized', warning)


class PermutationTest(test_util.TestCase):
  def test_p_value_of_dependent_samples_is_the_least_there_is(self):
    reader, _ = _reader('js')
    x, y = _sample(self.rng(), 200)
    self.assertEqual(reader.p_value(x, y, 99), 0.01)
    self.assertEqual(reader.p_value(x, -y, 99), 1.0)

  @parameterized.parameters(LogRatio, lambda: LogRatio(scale=0.0))
  def test_p_value_of_independent_samples_is_uniform(self, critic):
    reader, _ = _reader('js', critic=critic())
    values = []
    for trial in range(200):
      x, y = self.rng(trial).normal(size=(2, 40, 1)).astype(np.float32)
      values.append(reader.p_value(x, y, 39, seed=trial))
    self.assertGreater(stats.kstest(values, 'uniform').pvalue, 1e-3)
    self.assertAllInRange(values, 1.0 / 40.0, 1.0)

  def test_same_seed_gives_the_same_p_value(self):
    reader, _ = _reader('js')
    x, y = self.rng().normal(size=(2, 50, 1)).astype(np.float32)
    values = [reader.p_value(x, y, 99, seed) for seed in (1, 1, 2)]
    self.assertEqual(values[0], values[1])
    self.assertNotEqual(values[0], values[2])


class BlocksTest(test_util.TestCase):
  def _patch(self, **constants):
    for name, value in constants.items():
      self.enter_context(mock.patch.object(readout, name, value))

  def _direct(self, name, logu, size):
    """Returns the value over blocks of `size` columns, by a loop over rows."""
    n = len(logu)
    columns = np.zeros((n, size), int)
    for i in range(n):
      first = min(i // size * size, n - size)
      columns[i] = np.arange(first, first + size)
    scores = np.take_along_axis(logu, columns, axis=1)
    joint = columns == np.arange(n)[:, np.newaxis]
    mean = np.diag(logu).mean()
    if name == 'js':
      ratios = np.exp(scores[~joint])
      effective = ratios.sum() ** 2 / np.square(ratios).sum()
      shortfall = max(-np.log(ratios.mean()), 0.0)
      return mean + shortfall * effective / (effective + 1000.0)
    if name == 'dv':
      return mean - np.log(np.exp(scores[~joint]).mean())
    if name == 'nwj':
      return mean - np.exp(scores[~joint] - 1.0).mean()
    return mean - np.log(np.exp(scores).mean(axis=1)).mean()

  @parameterized.product(
    name=['dv', 'info_nce', 'js', 'nwj'], cheap=[False, True]
  )
  def test_n_need_not_be_a_multiple_of_the_block(self, name, cheap):
    n, few, many = 50, 20, 24
    self._patch(
      _FEW_COLUMNS=few, _MANY_COLUMNS=many, _MAX_PAIRS=1, _MAX_JACKKNIFE_PAIRS=1
    )
    if cheap:
      self._patch(_MAX_PAIRS=many * n)
    x, y = _sample(self.rng(), n)
    critic = PlainInnerProduct() if cheap else LogRatio()
    reading = _reader(name, critic)[0].read(x, y, seed=2)
    order = np.random.default_rng(2).permutation(n)
    logu = np.asarray(critic(x, y), np.float64)[order][:, order]
    size = many if cheap else few
    self.assertAllClose(
      reading.value, self._direct(name, logu, size), rtol=1e-5
    )
    self.assertAllClose(reading.log_columns, math.log(size))
    self.assertEqual(reading.pointwise.shape, (n,))
    self.assertAllFinite(reading.pointwise)

  def test_rows_of_a_block_are_scored_in_parts(self):
    # More than the 1024 rows that are scored at once.
    self._patch(
      _FEW_COLUMNS=2**11, _MAX_JACKKNIFE_PAIRS=1, _MAX_PAIRS=1, GROUPS=2
    )
    x, y = _sample(self.rng(), 1100)
    reading = _reader('dv')[0].read(x, y)
    logu = np.asarray(LogRatio()(x, y), np.float64)
    self.assertAllClose(
      reading.value, self._direct('dv', logu, 1100), rtol=1e-4
    )

  @parameterized.parameters((50, 16), (64, 16), (33, 32), (20, 20))
  def test_every_row_meets_its_own_column_once(self, n, size):
    x, y = _sample(self.rng(), n)
    reader, _ = _reader('js')
    logu, joint = reader._score_blocks(x, y, size)
    full = np.asarray(LogRatio()(x, y))
    self.assertEqual(joint.shape, (n, size))
    self.assertAllEqual(joint.sum(axis=1), np.ones(n))
    self.assertAllClose(logu[joint], np.diag(full), rtol=1e-5, atol=1e-5)
    for i in range(n):
      first = min(i // size * size, n - size)
      self.assertAllClose(
        logu[i], full[i, first : first + size], rtol=1e-5, atol=1e-5
      )

  def test_blocks_have_the_stderr_of_all_pairs(self):
    x, y = _sample(self.rng(), 400)
    reader, _ = _reader('dv')
    whole = reader.read(x, y)
    self._patch(_FEW_COLUMNS=100, _MAX_PAIRS=1, _MAX_JACKKNIFE_PAIRS=1)
    blocks = reader.read(x, y)
    self.assertAllClose(
      combination.jackknife_stderr(blocks.replicates),
      combination.jackknife_stderr(whole.replicates),
      rtol=0.25,
    )
    self.assertAllClose(blocks.value, whole.value, atol=0.05)


if __name__ == '__main__':
  test_util.main()
