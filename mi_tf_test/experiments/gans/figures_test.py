"""Tests of the figures of GANs, on records that are made up."""

import numpy as np

from mi_tf.experiments.gans import figures
from mi_tf_test import test_util
from mi_tf_test.experiments import made_up


class FiguresOfMixturesTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.runs = made_up.runs('gan_25_gaussians')

  def test_table_has_means_and_the_worst_seed(self):
    header, rows = figures.table(self.runs)
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
    header, rows = figures.table(self.runs)
    found = [dict(zip(header, row, strict=True)) for row in rows]
    self.assertEqual([row['highest'] for row in found].count('-'), 1)
    self.assertEqual([row['KL (nats)'] for row in found].count('-'), 1)

  def test_figure_has_curves_above_and_samples_below(self):
    axes = figures.draw(self.runs).axes
    self.assertLen(axes, 8)
    self.assertEqual([len(a.lines) for a in axes], [5, 5, 5, *5 * [0]])
    points = [c.get_offsets() for c in axes[3].collections]
    self.assertEqual([len(p) for p in points], [25, 2])
    self.assertAllClose(points[1], [[-4.0, 2.0], [0.1, 0.2]])
    self.assertEqual(axes[5].get_title(), 'MI, clipped, seed 0')

  def test_animation_has_an_epoch_per_picture_in_order(self):
    made = figures.animate(self.runs)
    self.assertEqual(list(made.new_frame_seq()), ['1', '5', '20'])
    path = self.create_tempdir().full_path + '/samples.gif'
    made.save(path, writer='pillow', dpi=30)
    with open(path, 'rb') as file:
      self.assertEqual(file.read(3), b'GIF')


class FiguresOfDigitsTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.runs = made_up.runs('gan_halves')

  def test_table_has_the_classifiers_beside_coverage(self):
    header, rows = figures.table(self.runs)
    self.assertLen(rows, 3)
    row = dict(zip(header, rows[1], strict=True))
    self.assertEqual(row['run'], 'mnist, MI')
    self.assertEqual(row['modes, of 100'], '24.5 +- 0.7')
    self.assertEqual(row["classifiers' accuracy above"], '0.900')
    self.assertEqual(row['below'], '0.800')
    self.assertEqual(row['high quality of data'], '0.500')

  def test_samples_are_beside_each_other(self):
    for i, record in enumerate(self.runs):
      pixels = np.zeros([24, 14, 14])
      pixels[7, 0, 13] = 100.0 * (i == 0)
      record['samples'] = {'20': pixels.reshape([24, -1]).tolist()}
    axes = figures.draw(self.runs).axes
    self.assertLen(axes, 6)
    (image,) = axes[3].images
    array = np.asarray(image.get_array())
    self.assertEqual(array.shape, (64, 96))
    # The eighth is the second one of the second row, inside its frame.
    self.assertEqual(np.argwhere(array == 1.0).tolist(), [[17, 16 + 14]])
    self.assertEqual(axes[0].get_ylabel(), 'modes covered, of 100')


if __name__ == '__main__':
  test_util.main()
