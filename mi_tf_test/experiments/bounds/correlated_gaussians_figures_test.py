"""Tests of the figures of correlated Gaussians, on made-up records."""

from mi_tf.experiments.bounds import correlated_gaussians_figures as figures
from mi_tf_test import test_util
from mi_tf_test.experiments import made_up


class CorrelatedGaussiansFiguresTest(test_util.TestCase):
  def rows(self, runs):
    header, rows = figures.table(runs)
    return {row[0]: dict(zip(header, row, strict=True)) for row in rows}

  def test_table_shows_ends_errors_and_intervals(self):
    rows = self.rows(made_up.runs('correlated_gaussians'))
    mine = rows['Gaussian, MINE']
    self.assertEqual(mine['runs'], '40')
    self.assertEqual(mine['truth'], '23.28')
    self.assertEqual(mine['at the greatest truth'], '11.64 +- 0.00')
    self.assertEqual(mine['new samples'], '9.31 +- 0.00')
    self.assertEqual(mine['largest error (%)'], '50.0')
    self.assertEqual(mine['truth in the interval'], '-')
    ours = rows['cubed Gaussian, estimate_mi']
    self.assertEqual(ours['truth in the interval'], '40 of 40')

  def test_errors_are_those_of_single_runs(self):
    runs = made_up.runs('correlated_gaussians')
    found = [r for r in runs if r['config']['method'] == 'nwj']
    found[3]['mi'] = 3.0 * found[3]['truth']
    rows = self.rows(runs)
    self.assertEqual(rows['Gaussian, NWJ']['largest error (%)'], '200.0')

  def test_what_is_not_finite_has_an_infinite_error(self):
    runs = made_up.runs('correlated_gaussians')
    found = [r for r in runs if r['config']['method'] == 'nwj']
    found[3]['mi'] = None  # As records have it.
    rows = self.rows(runs)
    self.assertEqual(rows['Gaussian, NWJ']['largest error (%)'], 'inf')
    names = figures.draw(runs).axes[0].get_legend_handles_labels()[1]
    self.assertIn('NWJ (below the panel)', names)

  def test_published_numbers_stand_beside_what_they_are_of(self):
    rows = self.rows(made_up.runs('correlated_gaussians'))
    shown = {
      name: row['as published']
      for name, row in rows.items()
      if row['as published'] != '-'
    }
    self.assertEqual(
      shown,
      {
        'Gaussian, MINE': '8.5',
        'Gaussian, NWJ': '7.5',
        'Gaussian, InfoNCE': '4.9',
      },
    )
    quick = made_up.runs('correlated_gaussians')
    quick = [r for r in quick if abs(r['config']['rho']) < 0.9]
    self.assertEqual(
      {r['as published'] for r in self.rows(quick).values()}, {'-'}
    )

  def test_figure_has_all_methods_for_each_source(self):
    figure = figures.draw(made_up.runs('correlated_gaussians'))
    self.assertLen(figure.axes, 4)
    names = figure.axes[0].get_legend_handles_labels()[1]
    self.assertContainsSubset(
      ['truth', 'MINE', 'NWJ', 'InfoNCE', 'estimate_mi', 'MINE, as published'],
      names,
    )
    self.assertNotIn(
      'MINE, as published', figure.axes[1].get_legend_handles_labels()[1]
    )


if __name__ == '__main__':
  test_util.main()
