"""Tests of the figures of the staircase, on made-up records."""

from mi_tf.experiments.bounds import staircase_figures
from mi_tf_test import test_util
from mi_tf_test.experiments import made_up


class StaircaseFiguresTest(test_util.TestCase):
  def test_table_has_bias_variance_and_error_of_each_truth(self):
    header, rows = staircase_figures.table(made_up.runs('staircase'))
    row = dict(zip(header, rows[0], strict=True))
    self.assertEqual(row['estimator'], 'InfoNCE, separable')
    self.assertEqual((row['seeds'], row['updates']), ('2', '4000'))
    for truth in (2, 4, 6, 8, 10):
      self.assertEqual(
        row[f'{truth} nats: bias, variance, MSE'], '-0.50, 0.25, 0.50'
      )

  def test_each_estimator_has_its_panel_beside_the_truth(self):
    figure = staircase_figures.draw(made_up.runs('staircase'))
    titles = {axes.get_title() for axes in figure.axes}
    self.assertLen(titles, 9)
    self.assertContainsSubset({'NWJ, concat', 'SMILE, separable'}, titles)
    for axes in figure.axes:
      truth = next(l for l in axes.lines if l.get_label() == 'truth')
      self.assertAllEqual(truth.get_ydata()[[0, 49, 50, 249]], [2, 2, 4, 10])


if __name__ == '__main__':
  test_util.main()
