"""Tests of the published figures."""

from mi_tf.benchmarks.accuracy import published
from mi_tf_test import test_util


class PublishedTest(test_util.TestCase):
  def test_each_method_has_a_figure_for_each_size_and_a_paper(self):
    for method, (figures, paper) in published.BEYOND_NORMAL.items():
      self.assertLen(figures, len(published.SIZES), method)
      self.assertRegex(paper, '^arXiv:')
      for figure in figures:
        self.assertBetween(figure, 0.0, 1.0)

  def test_the_best_published_figures(self):
    columns = zip(*(figures for figures, _ in published.BEYOND_NORMAL.values()))
    best = [min(column) for column in columns]
    self.assertEqual(best, [0.092, 0.063, 0.060])


if __name__ == '__main__':
  test_util.main()
