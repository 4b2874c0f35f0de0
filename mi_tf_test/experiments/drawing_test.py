"""Tests of what figures have in common."""

from mi_tf.experiments import drawing
from mi_tf_test import test_util


def _run(name, values):
  return {'config': {'name': name}, 'history': {'step': [0, 5], 'a': values}}


class DrawingTest(test_util.TestCase):
  def test_curves_are_means_with_the_range_of_seeds(self):
    _, (axes,) = drawing.panels(1)
    runs = [_run('x', [1.0, 2.0]), _run('x', [3.0, 6.0]), _run('y', [0.0, 0.0])]
    drawing.curves(axes, runs, 'a', lambda r: r['config']['name'])
    drawing.finish(axes, 'value')
    first, second = axes.lines
    self.assertAllClose(first.get_ydata(), [2.0, 4.0])
    self.assertAllClose(second.get_ydata(), [0.0, 0.0])
    (band,) = axes.collections
    edges = band.get_paths()[0].vertices[:, 1]
    self.assertEqual((edges.min(), edges.max()), (1.0, 6.0))
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    self.assertEqual(names, ['x', 'y'])

  def test_groups_differ_in_their_seeds_alone(self):
    runs = [
      {'config': {'name': 'x', 'steps': steps, 'seed': seed}}
      for steps in (5, 60)
      for seed in (0, 1)
    ]
    found = drawing.groups(runs, lambda r: r['config']['name'])
    self.assertEqual(found, {'x, steps 5': runs[:2], 'x, steps 60': runs[2:]})
    found = drawing.groups(runs[:2], lambda r: r['config']['name'])
    self.assertEqual(found, {'x': runs[:2]})

  def test_what_was_not_finite_is_left_out(self):
    _, (axes,) = drawing.panels(1)
    drawing.curves(axes, [_run('x', [1.0, None])], 'a', lambda r: 'x')
    self.assertAllEqual(axes.lines[0].get_ydata(), [1.0, float('nan')])
    self.assertEqual(drawing.mean([1.0, None]), '-')

  def test_a_label_has_one_color_in_all_panels(self):
    _, panels = drawing.panels(2)
    label = lambda r: r['config']['name']
    drawing.curves(panels[0], [_run('x', [1, 2])], 'a', label, ['x', 'y'])
    drawing.curves(panels[1], [_run('y', [1, 2])], 'a', label, ['x', 'y'])
    self.assertEqual(panels[0].lines[0].get_color(), drawing.COLORS[0])
    self.assertEqual(panels[1].lines[0].get_color(), drawing.COLORS[1])

  def test_means_have_deviations_where_there_are_several(self):
    self.assertEqual(drawing.mean([0.5]), '0.500')
    self.assertEqual(drawing.mean([0.0, 1.0], 2), '0.50 +- 0.71')

  def test_panels_are_in_two_columns(self):
    for count in (1, 2, 4):
      figure, panels = drawing.panels(count)
      self.assertLen(panels, count)
      self.assertLen(figure.axes, count)


if __name__ == '__main__':
  test_util.main()
