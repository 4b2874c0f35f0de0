"""Tests of the figures of the accuracy benchmark."""

import io
import sys

from absl.testing import parameterized
import numpy as np

from mi_tf.benchmarks.accuracy import families
from mi_tf.benchmarks.accuracy import figure as figure_lib
from mi_tf_test import test_util
from mi_tf_test.benchmarks import made_up


def _lines(axes):
  return {line.get_label(): line.get_xydata() for line in axes.lines}


class DrawTest(test_util.TestCase):
  def _draw(self, found):
    figures = figure_lib.draw(found)
    self.assertEqual(list(figures), ['reliability', 'by_n'])
    for figure in figures.values():
      picture = io.BytesIO()
      # Warnings are errors: the layout must fit.
      figure.savefig(picture, format='png')
      self.assertLess(len(picture.getvalue()), 200_000)
    return [figure.axes for figure in figures.values()]

  def test_coverage_is_drawn_by_size_and_kind(self):
    found = [
      *made_up.all_tasks(0.0, 10, n=300, family='counts'),
      *made_up.all_tasks(0.2, 10, width=0.1),
      *made_up.all_tasks(0.2, 6, n=400),
    ]
    (by_size, by_kind), _ = self._draw(found)
    lines = _lines(by_size)
    self.assertAllClose(lines['n = 300 (30)'][:, 1], np.full([50], 100.0))
    self.assertAllClose(lines['n = 10,000 (30)'][:, 1], np.zeros([50]))
    self.assertAllClose(lines['all runs (78)'][0], [50.0, 100 * 30 / 78])
    self.assertNotIn('n = 400 (18)', lines)  # Too few.
    lines = _lines(by_kind)
    self.assertAllClose(
      lines['counts and classes (30)'][:, 1], np.full([50], 100.0)
    )

  def test_medians_are_drawn_by_size(self):
    found = [
      made_up.record(0.1, width=0.2, n=100, seed=0),
      made_up.record(-0.2, width=0.2, n=100, seed=1),
      made_up.record(0.4, width=0.9, n=100, seed=2),
      made_up.record(0.0, width=0.1, n=1000),
      made_up.record(0.0, n=5000, interval=[0.5, None]),
      made_up.peer(0.3, n=100),
      made_up.record(0.1, family='flow'),  # One size only.
    ]
    _, axes = self._draw(found)
    lines = _lines(axes[0])
    self.assertAllClose(
      lines['mi_tf: median error'], [[100, 0.2], [1000, 1e-4], [5000, 1e-4]]
    )
    self.assertAllClose(
      lines['mi_tf: median width'], [[100, 0.2], [1000, 0.1], [5000, np.nan]]
    )
    self.assertAllClose(lines['cca: median error'], [[100, 0.3]])
    self.assertEqual(axes[0].get_title(), 'beyond_normal')
    self.assertEqual([a.get_visible() for a in axes], [True, *3 * [False]])

  def test_normal_errors_are_on_the_diagonal(self):
    errors = np.random.default_rng(0).normal(size=5000)
    found = [made_up.record(error, width=1.96, truth=9.0) for error in errors]
    for level in (0.5, 0.8, 0.95, 0.99):
      self.assertAllClose(
        figure_lib.coverage_at(found, level), level, atol=0.02
      )

  def test_the_full_run_fits(self):
    rng = np.random.default_rng(0)
    found = [
      record
      for family, made in families.FAMILIES.items()
      for n in made.sizes
      for name in ('mi_tf', 'gcmi', 'ksg', 'sklearn_knn', 'cca')
      for record in made_up.all_tasks(
        rng.normal() / n**0.5, 2, family=family, n=n, estimator=name
      )
    ]
    _, axes = self._draw(found)
    self.assertLen(axes, 16)

  @parameterized.parameters(
    ([],),
    ([made_up.failure()],),
    ([made_up.refusal()],),
    ([made_up.record(width=0.0)],),
    ([made_up.peer(1e6)],),
    ([made_up.record(n=n) | {'interval': [0.0, None]} for n in (100, 300)],),
  )
  def test_unusual_records_are_drawn(self, found):
    self._draw(found)

  def test_pyplot_is_not_needed(self):
    before = 'matplotlib.pyplot' in sys.modules
    self._draw([made_up.record()])
    self.assertEqual('matplotlib.pyplot' in sys.modules, before)


if __name__ == '__main__':
  test_util.main()
