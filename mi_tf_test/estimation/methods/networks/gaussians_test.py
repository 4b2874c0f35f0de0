"""Tests of Gaussians of both sides."""

import dataclasses

import numpy as np

from mi_tf.estimation.methods.networks import gaussians
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up


class GaussiansTest(test_util.TestCase):
  def test_the_least_loss_has_the_rank_of_the_dependence(self):
    rng = self.rng()
    x, y = rng.normal(size=(2, 2000, 4))
    y[:, :2] = 0.9 * x[:, :2] + np.sqrt(1.0 - 0.81) * y[:, :2]
    pair = made_up.pair(made_up.side('x', x), made_up.side('y', y))
    rows = np.arange(1500)
    fits = gaussians.fit(pair, (x, y), [rows])
    self.assertAllClose(fits[0].correlations[:2], [0.9, 0.9], atol=0.03)
    stop = [np.arange(1500, 2000)]
    losses = gaussians.losses(pair, (x, y), fits, stop)
    # Correlations of 0 are left out.
    self.assertLen(losses, 2)
    self.assertLess(losses[1], losses[0] - 0.1)
    # The loss by its formula, with other rows 1 to 8 places further.
    fit = gaussians.of_rank(fits[0], 1)
    self.assertEqual(fit.x_directions.shape, (4, 1))
    a, b = x[stop[0]], y[stop[0]]
    expected = np.logaddexp(0, -fit.log_ratio_aligned(a, b)).mean()
    for shift in range(1, gaussians.NEGATIVES + 1):
      ratios = fit.log_ratio_aligned(a, np.roll(b, shift, axis=0))
      expected += np.logaddexp(0, ratios).mean() / gaussians.NEGATIVES
    self.assertAllClose(losses[0], expected)

  def test_fits_of_folds_may_have_other_numbers_of_columns(self):
    x, y = self.rng().normal(size=(2, 900, 5))
    y += 2.0 * x
    pair = made_up.pair(made_up.side('x', x), made_up.side('y', y))
    rows = [np.arange(600)]
    fits = gaussians.fit(pair, (x, y), rows)
    stop = [np.arange(600, 900)] * 2
    expected = gaussians.losses(pair, (x, y), fits, stop[:1])
    few = gaussians.fit(pair, (x[:, :2], y), rows)[0]
    padded = dataclasses.replace(
      few,
      x_mean=np.pad(few.x_mean, (0, 3)),
      x_directions=np.pad(few.x_directions, ((0, 3), (0, 0))),
    )
    found = gaussians.losses(pair, (x, y), [padded, *fits], stop)
    self.assertLen(found, 2)
    other = gaussians.losses(pair, (x, y), [padded], stop[:1])
    self.assertAllClose(found, 0.5 * (expected[:2] + other))


if __name__ == '__main__':
  test_util.main()
