"""Tests of estimates and their errors, from readings that are made up."""

import math

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.models import readout
from mi_tf.results import combination
from mi_tf_test import test_util


class JackknifeTest(test_util.TestCase):
  def test_stderr_of_a_mean_is_that_of_its_groups(self):
    values = self.rng().normal(size=(20, 5))
    total = values.sum()
    replicates = (total - values.sum(axis=1)) / (values.size - 5)
    groups = values.mean(axis=1)
    self.assertAllClose(
      combination.jackknife_stderr(replicates),
      groups.std(ddof=1) / math.sqrt(20.0),
      rtol=1e-10,
    )


def _reading(value, n, spread=0.0, **kwargs):
  replicates = value + spread * np.resize([1.0, -1.0], readout.GROUPS)
  fields = dict(
    value=value,
    replicates=replicates,
    clip=5.0,
    contrast=-1.0,
    info_nce=0.0,
    info_nce_replicates=np.zeros(readout.GROUPS),
    contrast_replicates=-1.0 + 0.0 * replicates,
    pointwise=np.full(n, value),
    marginal_scores=np.zeros(3),
    log_columns=math.log(n),
    mean_exp_score=1.0,
    effective_negatives=1000.0,
  )
  return readout.Reading(**{**fields, **kwargs})


def _fitted_log_ratio(x, y):
  """Returns the mean log ratio by a regression of greatest likelihood."""
  n = len(x)
  weights = np.linalg.lstsq(y, x, rcond=None)[0]
  rest = x - y @ weights
  noise, own = rest.T @ rest / n, x.T @ x / n

  def log_density(t, covariance):
    size = np.sum(t @ np.linalg.inv(covariance) * t, axis=1)
    return -0.5 * (size + np.linalg.slogdet(covariance)[1])

  def log_ratio(x, y):
    return np.mean(log_density(x - y @ weights, noise) - log_density(x, own))

  return log_ratio


class CombineTest(test_util.TestCase):
  def _combine(self, readings, objective='js', indices=None, **kwargs):
    if indices is None:
      sizes = [len(r.pointwise) for r in readings]
      indices = np.split(np.arange(sum(sizes)), np.cumsum(sizes)[:-1])
    objective = mi_tf.get_objective(objective)
    return combination.combine(readings, indices, objective, **kwargs)

  def test_readings_count_by_their_samples(self):
    estimate = self._combine(
      [
        _reading(1.0, 30, mean_exp_score=0.9),
        _reading(2.0, 90, mean_exp_score=1.1),
      ]
    )
    self.assertAllClose(estimate.mi, 1.75)
    self.assertEqual(estimate.num_samples, 120)
    self.assertAllClose(estimate.diagnostics['mean_exp_score'], 1.05)
    self.assertAllClose(estimate.diagnostics['effective_negatives'], 1000.0)

  def test_stderr_is_the_greater_one_of_samples_and_critics(self):
    one = combination.jackknife_stderr(_reading(0.0, 10, 0.1).replicates)
    estimate = self._combine([_reading(1.0, 50, 0.1), _reading(1.0, 50, 0.1)])
    sampling = estimate.diagnostics['stderr_sampling']
    self.assertAllClose(sampling, one / math.sqrt(2.0))
    self.assertAllClose(estimate.stderr, sampling)
    estimate = self._combine([_reading(1.0, 50, 0.01), _reading(3.0, 50, 0.01)])
    self.assertAllClose(estimate.diagnostics['stderr_between_critics'], 1.0)
    self.assertAllClose(estimate.stderr, 1.0)
    # With two critics, Student's t has one degree of freedom.
    self.assertAllClose(
      estimate.interval, (2.0 - 12.71, 2.0 + 12.71), rtol=0.01
    )

  def test_what_was_not_learned_is_above_the_interval(self):
    reading = _reading(1.0, 100, 0.1)
    plain, short = (self._combine([reading], fit_gap=g) for g in (0.0, 0.2))
    self.assertAllClose(
      short.interval, (plain.interval[0], plain.interval[1] + 0.6)
    )

  def test_half_of_the_fit_gap_is_added_to_what_has_no_side(self):
    reading = _reading(1.0, 100, 0.1)
    for gap in (0.2, -0.02):
      estimate = self._combine([reading], fit_gap=gap)
      self.assertAllClose(estimate.mi, 1.0 + 0.5 * gap)
      self.assertAllClose(estimate.diagnostics['held_out'], 1.0)
      self.assertAllClose(estimate.diagnostics['correction'], 0.5 * gap)
      low, high = estimate.interval
      self.assertBetween(estimate.mi, low, high)
    # A lower bound stays one.
    bound = self._combine([reading], 'info_nce', fit_gap=0.2)
    self.assertAllClose(bound.mi, 1.0)
    self.assertEqual(bound.diagnostics['correction'], 0.0)

  def test_half_of_the_fit_gap_is_what_a_regression_falls_short_of(self):
    # Gaussians of 2 + 20 dimensions: the log ratio of the fit of greatest
    # likelihood, on its own samples and on others; the truth is between.
    rng, n, dim = self.rng(), 400, 20
    gaps, held_out = [], []
    for _ in range(40):
      x, y, new_x, new_y = (rng.normal(size=(n, d)) for d in (2, dim, 2, dim))
      y[:, :1] += x[:, :1]
      new_y[:, :1] += new_x[:, :1]
      log_ratio = _fitted_log_ratio(x, y)
      held_out.append(log_ratio(new_x, new_y))
      gaps.append(log_ratio(x, y) - held_out[-1])
    reading = _reading(float(np.mean(held_out)), 400)
    corrected = self._combine([reading], fit_gap=float(np.mean(gaps))).mi
    truth = 0.5 * math.log(2.0)
    self.assertLess(np.mean(held_out), truth - 0.03)
    self.assertAllClose(corrected, truth, atol=0.015)

  def test_a_ratio_that_is_certainly_not_normalised_widens_the_interval(self):
    plain = self._combine([_reading(1.0, 100)]).interval
    mean = math.exp(-0.2)
    for negatives, share in ((1e9, 1.0), (400.0, 0.5), (99.0, 0.0), (9.0, 0.0)):
      reading = _reading(
        1.0, 100, mean_exp_score=mean, effective_negatives=negatives
      )
      low, high = self._combine([reading]).interval
      self.assertAllClose(plain[0] - low, 0.2 * share, atol=1e-3)
      self.assertAllClose(high - plain[1], 0.2 * share, atol=1e-3)
    nwj = [_reading(1.0, 100, mean_exp_score=m) for m in (0.2, 1.0)]
    self.assertEqual(*(self._combine([r], 'nwj').interval for r in nwj))

  def test_estimates_beyond_log_n_are_warned_of(self):
    (warning,) = self._combine([_reading(5.0, 100)]).warnings
    self.assertIn('above log(n) = 4.61 nats', warning)
    self.assertEmpty(self._combine([_reading(4.5, 100)]).warnings)

  def test_p_value_is_passed_on(self):
    self.assertIsNone(self._combine([_reading(1.0, 9)]).p_value)
    estimate = self._combine([_reading(1.0, 9)], p_value=0.03)
    self.assertEqual(estimate.p_value, 0.03)
    self.assertIn('p-value of independence 0.03', str(estimate))
    self.assertIn('"p_value": 0.03', estimate.to_json())

  def test_pointwise_values_are_put_in_the_order_of_the_rows(self):
    estimate = self._combine(
      [
        _reading(1.0, 3, pointwise=np.array([5.0, 0.0, 4.0])),
        _reading(1.0, 2, pointwise=np.array([9.0, 1.0])),
      ],
      indices=[np.array([5, 0, 4]), np.array([9, 1])],
    )
    self.assertAllEqual(estimate.indices, [0, 1, 4, 5, 9])
    self.assertAllClose(estimate.pointwise, [0.0, 1.0, 4.0, 5.0, 9.0])

  def test_lower_bound_is_that_of_the_contrast_less_what_is_rare(self):
    logu = tf.constant(self.rng().normal(size=(5, 5)) + 8.0 * np.eye(5) - 3.0)
    contrast = float(mi_tf.lower_bound_jensen_shannon(logu))
    same = np.full(readout.GROUPS, contrast)
    wide = same + np.resize([0.01, -0.01], readout.GROUPS)
    last = float(mi_tf.lower_bound_from_jensen_shannon(logu))
    for n, replicates in ((10**7, same), (10**4, same), (10**4, wide)):
      reading = _reading(
        9.0, n, contrast=contrast, contrast_replicates=replicates
      )
      bound = self._combine([reading]).lower_bound
      self.assertLess(bound, last)
      self.assertGreater(bound, 0.0)
      if n == 10**7:
        self.assertAllClose(bound, last, rtol=1e-4)
      last = bound

  def test_lower_bound_is_that_of_info_nce_where_it_is_greater(self):
    replicates = 2.0 + np.resize([0.01, -0.01], readout.GROUPS)
    reading = _reading(9.0, 10**7, info_nce=2.0, info_nce_replicates=replicates)
    stderr = combination.jackknife_stderr(replicates)
    self.assertAllClose(
      self._combine([reading]).lower_bound, 2.0 - 2.093 * stderr, rtol=1e-4
    )

  def test_lower_bound_is_never_negative(self):
    for name, contrast in (('js', -5.0), ('info_nce', -4.0)):
      reading = _reading(-0.3, 100, contrast=contrast)
      self.assertEqual(self._combine([reading], name).lower_bound, 0.0)

  def test_what_the_caller_adds_is_kept(self):
    estimate = self._combine(
      [_reading(1.0, 100)],
      diagnostics={'n': 7},
      warnings=['Own.'],
      history={'loss': [1.0]},
    )
    self.assertEqual(estimate.diagnostics['n'], 7)
    self.assertEqual(estimate.warnings, ('Own.',))
    self.assertEqual(estimate.history, {'loss': [1.0]})

  @parameterized.parameters(
    ('nwj', 'lower bound'),
    (mi_tf.lower_bound_nguyen_wainwright_jordan, 'lower bound'),
    ('js', 'none'),
    (mi_tf.lower_bound_jensen_shannon, 'none'),
    # Whose density may not be the true one.
    ('leave_one_out', 'none'),
    (mi_tf.upper_bound_leave_one_out, 'none'),
    (lambda logu, joint_sample_mask: tf.reduce_mean(logu), 'none'),
  )
  def test_guarantee_is_that_of_the_bound(self, objective, guarantee):
    estimate = self._combine([_reading(1.0, 100)], objective)
    self.assertEqual(estimate.guarantee, guarantee)

  def test_few_negatives_are_warned_of_by_name_and_by_function(self):
    readings = [_reading(1.0, 100, effective_negatives=7.0)]
    for objective in ('nwj', mi_tf.lower_bound_nguyen_wainwright_jordan):
      (warning,) = self._combine(readings, objective).warnings
      self.assertIn('rests on only 7 pairs', warning)

  def test_info_nce_near_its_cap_is_warned_of(self):
    cap = math.log(100.0)
    for objective in ('info_nce', mi_tf.lower_bound_info_nce):
      near = self._combine([_reading(cap - 0.9, 100)], objective)
      self.assertLen(near.warnings, 1)
      self.assertStartsWith(near.warnings[0], 'InfoNCE is near its cap, ')
      self.assertIn('= 4.61 nats', near.warnings[0])
    far = self._combine([_reading(cap - 1.1, 100)], 'info_nce')
    self.assertEmpty(far.warnings)
    self.assertEmpty(self._combine([_reading(cap, 100)], 'js').warnings)

  @parameterized.parameters(0.3, 5.0, 1e9)
  def test_critics_that_are_not_normalised_are_warned_of(self, mean):
    reading = _reading(1.0, 100, mean_exp_score=mean)
    for name in ('js', 'smile'):
      (warning,) = self._combine([reading], name).warnings
      self.assertStartsWith(warning, 'The critic is not normalized: E[exp(f)]')
      self.assertIn(f' pairs is {mean:.3g}, and should be 1.', warning)
    self.assertEmpty(self._combine([reading], 'info_nce').warnings)
    reading = _reading(1.0, 100, mean_exp_score=1.2)
    self.assertEmpty(self._combine([reading], 'js').warnings)

  def test_means_that_rest_on_few_pairs_are_warned_of(self):
    reading = _reading(1.0, 100, effective_negatives=12.3)
    for name in ('dv', 'mine', 'nwj', 'tuba', 'interpolated', 'flo'):
      (warning,) = self._combine([reading], name).warnings
      self.assertIn('rests on only 12 pairs', warning)
    self.assertEmpty(self._combine([reading], 'js').warnings)
    self.assertNotEmpty(self._combine([reading] * 3, 'dv').warnings)


if __name__ == '__main__':
  test_util.main()
