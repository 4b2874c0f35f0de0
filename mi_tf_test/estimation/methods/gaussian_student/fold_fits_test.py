"""Tests of elliptical distributions of folds."""

from absl.testing import parameterized
import numpy as np

from mi_tf.estimation.methods import elliptical
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up


class EllipticalFitTest(test_util.TestCase):
  @parameterized.parameters((2, 3, 400), (40, 30, 300), (300, 200, 300))
  def test_aligned_log_ratios_are_the_diagonal_of_the_scores(self, dx, dy, n):
    x, y, _ = made_up.gaussian(self.rng(), n, [0.95, 0.9], dx, dy)
    pair = made_up.tables(x, y)
    fitted = elliptical.fit(pair)
    i, j = pair.folds[1][:20], pair.folds[1][20:40]
    scores = fitted.scores(1, i, j)
    self.assertEqual(scores.shape, (20, 20))
    self.assertAllClose(np.diag(scores), fitted.log_ratio(1, i, j))
    for encoder, table in zip(
      fitted.encoders[1], (pair.x, pair.y), strict=True
    ):
      self.assertLen(encoder(table, i, np.float64), 20)

  def test_reads_its_value_beside_held_out_rows(self):
    x, y, _ = made_up.gaussian(self.rng(), 300, [0.8], 1, 1)
    fitted = elliptical.fit(made_up.tables(x, y))
    reading = fitted.read()
    self.assertEqual(reading.mi, fitted._value[0])
    self.assertEqual(reading.stderr, fitted._value[1])
    held_out = np.concatenate(fitted.held_out())
    self.assertAllClose(reading.held_out, held_out.mean())


if __name__ == '__main__':
  test_util.main()
