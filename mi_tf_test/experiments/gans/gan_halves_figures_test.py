"""Tests of the figure of GANs on halves, on records that are made up."""

import numpy as np

from mi_tf.experiments.gans import gan_halves_figures
from mi_tf_test import test_util
from mi_tf_test.experiments import made_up


class GanHalvesFiguresTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.runs = made_up.runs('gan_halves')

  def test_table_has_the_classifiers_beside_coverage(self):
    header, rows = gan_halves_figures.table(self.runs)
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
    axes = gan_halves_figures.draw(self.runs).axes
    self.assertLen(axes, 6)
    (image,) = axes[3].images
    array = np.asarray(image.get_array())
    self.assertEqual(array.shape, (64, 96))
    # The eighth is the second one of the second row, inside its frame.
    self.assertEqual(np.argwhere(array == 1.0).tolist(), [[17, 16 + 14]])
    self.assertEqual(axes[0].get_ylabel(), 'modes covered, of 100')


if __name__ == '__main__':
  test_util.main()
