"""Tests of colors and lines."""

from absl.testing import absltest

from mi_tf.plotting import style


class StyleTest(absltest.TestCase):
  def test_curves_that_share_a_color_do_not_share_a_line(self):
    pairs = [
      (style.of(i)['color'], style.of(i)['linestyle']) for i in range(12)
    ]
    self.assertLen(set(pairs), 12)

  def test_colors_differ_in_brightness_too(self):
    # What is left of them in print, of 255.
    gray = sorted(
      sum(
        weight * int(color[i : i + 2], 16)
        for weight, i in ((0.299, 1), (0.587, 3), (0.114, 5))
      )
      for color in style.COLORS[:2]
    )
    self.assertGreater(gray[1] - gray[0], 20.0)


if __name__ == '__main__':
  absltest.main()
