"""Tests of the fit of intervals' constants."""

import numpy as np

from mi_tf.benchmarks.calibration import fit
from mi_tf.estimation.readout import half_widths
from mi_tf_test import test_util


def _runs(rng, number, kind='table', scale=1.5, **parts):
  """Returns runs whose errors are normal, `scale` times the sampling error."""
  found = []
  for i in range(number):
    sampling = rng.uniform(0.01, 0.1)
    doubts = half_widths.Doubts(sampling, **parts)
    found.append(
      fit.Run(
        task=str(i % 20),
        kind=kind,
        error=scale * sampling * rng.normal(),
        terms=half_widths.terms(doubts.describe(), 0.5, 10_000),
      )
    )
  return found


class FitTest(test_util.TestCase):
  def test_normal_errors_give_the_quantiles_of_a_normal(self):
    runs = _runs(np.random.default_rng(0), 3000)
    below, above = fit.fit(runs)
    for side in (below, above):
      sampling = 0.05
      terms = half_widths.terms(
        half_widths.Doubts(sampling).describe(), 0.5, 10_000
      )
      width = sum(c * terms[name] for name, c in side['table'].items())
      self.assertAllClose(width, 1.96 * 1.5 * sampling, rtol=0.12)

  def test_errors_that_come_from_the_gap_are_found_in_it(self):
    rng = np.random.default_rng(1)
    runs = []
    for gap in rng.uniform(0.1, 1.0, 1500):
      (run,) = _runs(rng, 1, 'classifier', 0.0, fit_gap=gap)
      runs.append(fit.Run(run.task, run.kind, gap * rng.uniform(), run.terms))
    _, above = fit.fit(runs)
    self.assertBetween(above['classifier']['fit_gap'], 0.9, 1.0)

  def test_half_widths_of_other_tasks_hold_most_errors(self):
    runs = _runs(np.random.default_rng(2), 1000)
    below, above = fit.cross_validated(runs).T
    errors = np.array([run.error for run in runs])
    inside = np.mean((-below <= errors) & (errors <= above))
    self.assertBetween(inside, 0.92, 0.97)

  def test_open_ends_are_infinite_and_not_fitted(self):
    rng = np.random.default_rng(4)
    closed = _runs(rng, 300)
    opened = [
      fit.Run(run.task, run.kind, 5.0, run.terms, is_open=True)
      for run in _runs(rng, 100)
    ]
    above = fit.fit(closed + opened)[1]
    self.assertEqual(above, fit.fit(closed)[1])
    widths = fit.cross_validated(closed + opened)
    self.assertTrue(np.all(np.isinf(widths[300:, 1])))
    self.assertAllFinite(widths[:300])

  def test_kinds_without_runs_have_no_constants(self):
    below, above = fit.fit(_runs(np.random.default_rng(3), 50))
    self.assertEqual(below['learned'], {})
    self.assertEqual(above['independence'], {})
    self.assertIn('stderr_sampling', below['table'])


if __name__ == '__main__':
  test_util.main()
