"""Tests of traces and their moving averages."""

import io

from absl.testing import parameterized
import numpy as np

from mi_tf import plotting
from mi_tf.plotting import figures
from mi_tf_test import test_util


class MovingAverageTest(test_util.TestCase):
  @parameterized.parameters(0.01, 0.5, 1.0)
  def test_average_is_that_of_a_loop(self, rate):
    values = self.rng().normal(size=(3, 40)) + 2.0
    expected = values.copy()
    for t in range(1, 40):
      expected[:, t] = (1 - rate) * expected[:, t - 1] + rate * values[:, t]
    self.assertAllClose(plotting.moving_average(values, rate), expected)
    self.assertAllClose(plotting.moving_average(values[0], rate), expected[0])

  def test_of_a_constant_it_is_that(self):
    self.assertAllClose(plotting.moving_average([3.0] * 5), [3.0] * 5)
    self.assertEqual(plotting.moving_average([]).shape, (0,))

  @parameterized.parameters(0.0, 1.1, float('nan'))
  def test_rate_is_checked(self, rate):
    with self.assertRaisesRegex(ValueError, r'^`rate` must be in \(0, 1\]'):
      plotting.moving_average([1.0], rate)


class TraceTest(test_util.TestCase):
  def lines(self, figure):
    figure.savefig(io.BytesIO(), format='png')
    return {line.get_label(): line for line in figure.axes[0].lines}

  def test_all_that_is_asked_for_is_drawn(self):
    values = self.rng().normal(size=50)
    lines = self.lines(
      plotting.trace(values, truth=4.0, rate=0.1, share=0.8, cap=6.0)
    )
    self.assertAllEqual(lines['each batch'].get_ydata(), values)
    self.assertAllEqual(lines['each batch'].get_xdata(), np.arange(1, 51))
    self.assertAllClose(
      lines['moving average (rate 0.1)'].get_ydata(),
      plotting.moving_average(values, 0.1),
    )
    self.assertAllEqual(lines['truth'].get_ydata(), [4.0, 4.0])
    self.assertAllClose(lines['80 % of the truth'].get_ydata(), [3.2, 3.2])
    self.assertAllEqual(lines['cap, 6.00'].get_ydata(), [6.0, 6.0])

  def test_nothing_else_is(self):
    _, axes = figures.panels(1)
    figure = plotting.trace([1.0, 2.0], steps=[10, 20], axes=axes)
    self.assertIs(figure, axes.figure)
    lines = self.lines(figure)
    self.assertLen(lines, 2)
    self.assertAllEqual(lines['each batch'].get_xdata(), [10, 20])


if __name__ == '__main__':
  test_util.main()
