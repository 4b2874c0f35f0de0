"""Tests of the pictures of estimates."""

import io
import math

from absl.testing import parameterized
import numpy as np

from mi_tf import plotting
from mi_tf_test import test_util
from mi_tf_test.plotting import made_up


def _area(axes):
  """Returns the area of each histogram."""
  return [
    sum(bar.get_width() * bar.get_height() for bar in bars)
    for bars in axes.containers
  ]


class DrawTest(test_util.TestCase):
  def _draw(self, **kwargs):
    figure = plotting.estimate(made_up.estimate(self.rng(), **kwargs))
    # Warnings are errors: the layout must fit.
    figure.savefig(io.BytesIO(), format='png')
    return figure.axes

  def test_the_three_parts_show_their_numbers(self):
    left, middle, right = self._draw()
    self.assertEqual(left.get_title(), '0.500 nats')
    self.assertEqual(left.get_ylabel(), 'mutual information (nats)')
    (segments,) = left.containers[0][2]
    self.assertAllClose(segments.get_segments()[0][:, 1], [0.29, 0.71])
    lines = {line.get_label(): line for line in left.lines}
    self.assertAllClose(lines['lower bound (95 %)'].get_ydata(), [0.25])

    lines = {line.get_label(): line for line in middle.lines}
    self.assertAllClose(lines['training'].get_ydata(), [1.5, 1.25, 1.125])
    self.assertAllClose(lines['held out'].get_ydata(), [1.75, 1.5, 1.625])
    self.assertAllEqual(lines['training'].get_xdata(), [1, 2, 3])

    labels = [text.get_text() for text in right.get_legend().get_texts()]
    self.assertEqual(labels, ['joint', 'independent'])
    self.assertAllClose(_area(right), [1.0, 1.0], rtol=1e-6)

  def test_an_arrow_leads_to_an_infinite_end(self):
    left = self._draw(mi=2.0, interval=(1.0, np.inf))[0]
    (segments,) = left.containers[0][2]
    self.assertAllClose(segments.get_segments()[0][:, 1], [1.0, 2.0])
    (arrow,) = left.texts
    self.assertGreater(arrow.xy[1], 2.0)
    self.assertGreater(left.get_ylim()[1], arrow.xy[1])
    labels = left.get_legend_handles_labels()[1]
    self.assertIn('95 % interval, open above', labels)

  def test_methods_that_were_compared_show_their_numbers(self):
    candidates = tuple(
      {'method': name, 'mi': mi, 'loss': 1.0, 'seconds': 0.1}
      for name, mi in (('independence', 0.0), ('neighbors', 0.4))
    )
    _, middle, _ = self._draw(candidates=candidates, method='neighbors')
    names = [text.get_text() for text in middle.get_yticklabels()]
    self.assertEqual(names, ['independence', 'neighbors'])
    self.assertAllClose([p.get_xdata()[0] for p in middle.lines], [0.0, 0.4])
    filled = [p.get_fillstyle() == 'full' for p in middle.lines]
    self.assertEqual(filled, [False, True])

  def test_bits_are_drawn_in_bits(self):
    estimate = made_up.estimate(self.rng())
    left, _, right = plotting.estimate(estimate.to('bits')).axes
    self.assertEqual(left.get_title(), '0.721 bits')
    self.assertEqual(right.get_xlabel(), 'log density ratio (bits)')
    _, _, nats = plotting.estimate(estimate).axes
    self.assertAllClose(
      np.array(right.dataLim.intervalx) * math.log(2.0),
      nats.dataLim.intervalx,
      rtol=1e-6,
    )

  @parameterized.parameters(
    {'history': {}},
    {'history': {'loss': [1.0]}},
    {'marginal_scores': None},
    {'pointwise': np.full(300, 0.7)},
    {'pointwise': np.full(300, 0.7), 'marginal_scores': np.full(5, 0.7)},
    {'pointwise': np.array([-np.inf, 0.1, 0.2]), 'num_samples': 3},
    {'interval': (0.5, 0.5), 'stderr': 0.0},
    {'mi': -0.2, 'interval': (-0.5, 0.1), 'lower_bound': 0.0},
    {'history': {'loss': [1.0, float('nan')], 'val_loss': [float('nan')] * 2}},
  )
  def test_unusual_estimates_are_drawn(self, **kwargs):
    self.assertLen(self._draw(**kwargs), 3)


if __name__ == '__main__':
  test_util.main()
