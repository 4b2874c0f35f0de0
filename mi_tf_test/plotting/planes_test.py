"""Tests of information planes."""

import io

from mi_tf import plotting
from mi_tf_test import test_util

_HISTORY = {
  'epoch': [0, 2, 4],
  'mi_x_hidden': [3.0, 4.0, 5.0],
  'mi_hidden_y': [0.5, 1.0, 2.0],
  'mi_x_code': [1.0, 2.0, 1.5],
  'mi_code_y': [0.1, 0.5, 1.9],
  'mi_output_y': [0.0, 0.0, 0.0],
}


class InformationPlaneTest(test_util.TestCase):
  def paths(self, figure):
    figure.savefig(io.BytesIO(), format='png')
    handles, labels = figure.axes[0].get_legend_handles_labels()
    self.assertLen(handles, len(labels))
    points = len(figure.axes[0].lines) // len(labels)
    # Of each layer: the path, its points, and the line of the legend.
    return dict(zip(labels, figure.axes[0].lines[::points], strict=True))

  def test_layers_that_have_both_are_paths(self):
    figure = plotting.information_plane(_HISTORY)
    paths = self.paths(figure)
    self.assertEqual(list(paths), ['hidden', 'code'])
    self.assertAllEqual(paths['code'].get_xdata(), [1.0, 2.0, 1.5])
    self.assertAllEqual(paths['code'].get_ydata(), [0.1, 0.5, 1.9])
    self.assertIn('epochs 0 (hollow) to 4', figure.axes[0].get_title())

  def test_layers_may_be_chosen(self):
    figure = plotting.information_plane(_HISTORY, ['code'])
    self.assertEqual(list(self.paths(figure)), ['code'])

  def test_one_point_is_drawn(self):
    history = {k: v[:1] for k, v in _HISTORY.items()}
    self.assertLen(self.paths(plotting.information_plane(history)), 2)

  def test_layers_without_both_are_told(self):
    history = {'epoch': [1], 'mi_code_y': [1.0]}
    with self.assertRaisesRegex(ValueError, '^`history` must have mi_x_NAME'):
      plotting.information_plane(history)


if __name__ == '__main__':
  test_util.main()
