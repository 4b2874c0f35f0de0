"""Tests of the figures of GANs, on records that are made up."""

from mi_tf.experiments.gans import gan_figures
from mi_tf.experiments.gans import mixtures
from mi_tf_test import test_util
from mi_tf_test.experiments import made_up


class GanFiguresTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.runs = made_up.runs('gan_25_gaussians')

  def test_table_has_means_and_the_worst_seed(self):
    header, rows = gan_figures.table(self.runs)
    row = dict(zip(header, rows[0], strict=True))
    self.assertEqual(row['run'], 'no MI')
    self.assertEqual(row['modes, of 25'], '24.5 +- 0.7')
    self.assertEqual(row['fewest'], '24')
    self.assertEqual(row['lowest'], '0.800')
    self.assertEqual(row['highest'], '0.300')
    self.assertEqual(
      [r[0] for r in rows],
      [
        'no MI',
        'MI',
        'MI, clipped',
        'no MI, no penalty',
        'MI, no penalty',
      ],
    )

  def test_a_seed_without_a_good_sample_is_not_hidden(self):
    self.runs[-1]['history']['divergence'][-1] = None
    header, rows = gan_figures.table(self.runs)
    found = [dict(zip(header, row, strict=True)) for row in rows]
    self.assertEqual([row['highest'] for row in found].count('-'), 1)
    self.assertEqual([row['KL (nats)'] for row in found].count('-'), 1)

  def test_figure_has_curves_above_and_samples_below(self):
    axes = gan_figures.draw(self.runs).axes
    self.assertLen(axes, 8)
    self.assertEqual([len(a.lines) for a in axes], [5, 5, 5, *5 * [0]])
    points = [c.get_offsets() for c in axes[3].collections]
    self.assertEqual([len(p) for p in points], [25, 2])
    self.assertAllClose(points[1], [[-4.0, 2.0], [0.1, 0.2]])
    self.assertEqual(axes[5].get_title(), 'MI, clipped, seed 0')

  def test_samples_of_the_spiral_are_on_its_modes(self):
    for record in self.runs:
      record['config']['data'] = 'spiral'
    axes = gan_figures.draw(self.runs).axes
    self.assertEqual(axes[5].get_title(), 'spiral, MI, clipped, seed 0')
    means = axes[3].collections[0].get_offsets()
    self.assertAllClose(means, mixtures.MEANS['spiral'])

  def test_animation_has_an_epoch_per_picture_in_order(self):
    made = gan_figures.animate(self.runs)
    self.assertEqual(list(made.new_frame_seq()), ['1', '5', '20'])
    path = self.create_tempdir().full_path + '/samples.gif'
    made.save(path, writer='pillow', dpi=30)
    with open(path, 'rb') as file:
      self.assertEqual(file.read(3), b'GIF')


if __name__ == '__main__':
  test_util.main()
