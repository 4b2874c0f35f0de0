"""Tests of independence as a method."""

import numpy as np

from mi_tf.estimation.methods import independence
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up


class IndependenceTest(test_util.TestCase):
  def test_tells_nothing_of_any_two_variables(self):
    x, y = self.rng().normal(size=(2, 40))
    pair = made_up.pair(made_up.side('x', x), made_up.side('y', y))
    self.assertTrue(independence.applies(pair))
    fit = independence.fit(pair)
    self.assertAllEqual(fit.log_ratio(0, np.arange(3), np.arange(3)), [0.0] * 3)
    self.assertAllEqual(
      fit.scores(1, np.arange(3), np.arange(2)), np.zeros([3, 2])
    )
    reading = fit.read()
    self.assertEqual((reading.mi, reading.gap), (0.0, 0.0))
    self.assertEqual(fit.method, independence.NAME)


if __name__ == '__main__':
  test_util.main()
