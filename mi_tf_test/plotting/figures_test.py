"""Tests of what figures have in common."""

from mi_tf.plotting import figures
from mi_tf_test import test_util


class FiguresTest(test_util.TestCase):
  def test_notebooks_are_shown_a_picture(self):
    figure, _ = figures.panels(1)
    self.assertEqual(figure._repr_png_()[:4], b'\x89PNG')

  def test_panels_have_the_size_of_each(self):
    figure, axes = figures.panels(3, 2, width=2.0, height=1.5)
    self.assertEqual(axes.shape, (2, 3))
    self.assertAllClose(figure.get_size_inches(), [6.0, 3.0])

  def test_given_axes_are_drawn_into(self):
    _, axes = figures.panels(1)
    self.assertIs(figures.axes_or_new(axes), axes)
    self.assertIsNot(figures.axes_or_new(None), axes)

  def test_panels_have_names_and_a_legend_where_there_is_one(self):
    _, axes = figures.panels(1)
    figures.finish(axes, 'x', 'y')
    self.assertIsNone(axes.get_legend())
    figures.level(axes, 2.0, 'cap')
    figures.finish(axes, 'epoch', 'nats')
    self.assertEqual((axes.get_xlabel(), axes.get_ylabel()), ('epoch', 'nats'))
    (text,) = axes.get_legend().get_texts()
    self.assertEqual(text.get_text(), 'cap')
    self.assertAllEqual(axes.lines[0].get_ydata(), [2.0, 2.0])


if __name__ == '__main__':
  test_util.main()
