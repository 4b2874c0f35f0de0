"""Tests of figures of estimates against the truth."""

import io

import numpy as np

import mi_tf
from mi_tf import plotting
from mi_tf_test import test_util
from mi_tf_test.plotting import made_up


class AccuracyTest(test_util.TestCase):
  def test_estimates_have_their_intervals_and_numbers_have_none(self):
    estimates = [
      made_up.estimate(self.rng(), mi=mi, interval=(mi - 0.2, mi + 0.3))
      for mi in (1.0, 2.0)
    ]
    self.assertIsInstance(estimates[0], mi_tf.MiEstimate)
    figure = plotting.accuracy(
      [1.1, 2.1], {'js': estimates, 'plain': [0.9, 1.5]}, cap=3.0
    )
    figure.savefig(io.BytesIO(), format='png')
    (axes,) = figure.axes
    js, plain = axes.containers
    for container, values, below, above in (
      (js, [1.0, 2.0], 0.2, 0.3),
      (plain, [0.9, 1.5], 0.0, 0.0),
    ):
      self.assertAllClose(container[0].get_xdata(), [1.1, 2.1])
      self.assertAllClose(container[0].get_ydata(), values)
      for segment, value in zip(container[2][0].get_segments(), values):
        self.assertAllClose(segment[:, 1], [value - below, value + above])
    labels = {line.get_label(): line for line in axes.lines}
    self.assertAllClose(labels['truth'].get_ydata(), [0.0, 2.1])
    self.assertAllClose(labels['cap, 3.00'].get_ydata(), [3.0, 3.0])

  def test_infinite_ends_are_drawn_up_to_the_greatest_number(self):
    estimates = [
      made_up.estimate(self.rng(), mi=mi, interval=(mi - 0.2, high))
      for mi, high in ((1.0, np.inf), (2.0, 2.5))
    ]
    (axes,) = plotting.accuracy([1.1, 2.1], {'auto': estimates}).axes
    segments = axes.containers[0][2][0].get_segments()
    self.assertAllClose([s[1, 1] for s in segments], [2.5, 2.5])

  def test_other_units_are_refused(self):
    bits = made_up.estimate(self.rng()).to('bits')
    with self.assertRaisesRegex(ValueError, r"^`estimates\['a'\]` must be in"):
      plotting.accuracy([1.0], {'a': [bits]})


if __name__ == '__main__':
  test_util.main()
