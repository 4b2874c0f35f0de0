"""Tests of bounds while the mutual information rises."""

import io

from absl.testing import parameterized
import numpy as np

from mi_tf import plotting
from mi_tf.plotting import figures
from mi_tf_test import test_util


class StaircaseTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.truth = np.repeat([2.0, 4.0], 30)

  def lines(self, axes):
    return {line.get_label(): line for line in axes.lines}

  def test_one_run_is_drawn_with_its_average(self):
    values = self.truth + self.rng().normal(size=60)
    figure = plotting.staircase(
      {'InfoNCE': values}, self.truth, rate=0.1, cap=3.0
    )
    figure.savefig(io.BytesIO(), format='png')
    (axes,) = figure.axes
    lines = self.lines(axes)
    self.assertAllEqual(axes.lines[0].get_ydata(), values)
    self.assertAllClose(
      lines['moving average'].get_ydata(),
      plotting.moving_average(values, 0.1),
    )
    self.assertAllEqual(lines['truth'].get_ydata(), self.truth)
    self.assertAllEqual(lines['cap, 3.00'].get_ydata(), [3.0, 3.0])
    self.assertAllClose(axes.get_ylim(), [-0.4, 5.6])

  def test_runs_are_drawn_with_their_band(self):
    runs = np.arange(11.0)[:, np.newaxis] + self.truth
    (axes,) = plotting.staircase({'js': runs}, self.truth).axes
    self.assertAllClose(
      self.lines(axes)['median of runs'].get_ydata(), self.truth + 5.0
    )
    (band,) = axes.collections
    edges = band.get_paths()[0].vertices[:, 1]
    self.assertAllClose([edges.min(), edges.max()], [3.0, 13.0])

  @parameterized.parameters(1, 2, 4, 5, 9)
  def test_each_has_its_panel(self, count):
    values = {f'bound {i}': self.truth for i in range(count)}
    figure = plotting.staircase(values, self.truth)
    figure.savefig(io.BytesIO(), format='png')
    self.assertEqual([axes.get_title() for axes in figure.axes], list(values))
    self.assertLen([a for a in figure.axes if a.get_legend()], 1)

  def test_given_axes_are_drawn_into(self):
    figure, axes = figures.panels(2)
    values = {'a': self.truth, 'b': self.truth}
    self.assertIs(plotting.staircase(values, self.truth, axes=axes), figure)
    self.assertEqual(axes[1].get_title(), 'b')

  @parameterized.parameters(((59,),), ((2, 3, 60),), ((60, 2),))
  def test_shapes_are_checked(self, shape):
    with self.assertRaisesRegex(ValueError, r'^`values` must have shape \['):
      plotting.staircase({'a': np.zeros(shape)}, self.truth)


if __name__ == '__main__':
  test_util.main()
