"""Tests of the critic that starts at a Gaussian's log ratio."""

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.critics import reference

_N = 50_000


def _log_ratio(covariance, mean, dx):
  """Returns `log p(x, y) / (p(x) p(y))` of a Gaussian, by its densities."""

  def log_density(v, which):
    block = covariance[which, which]
    difference = v - mean[which]
    _, log_det = np.linalg.slogdet(block)
    quadratic = difference @ np.linalg.solve(block, difference)
    return -0.5 * (quadratic + log_det)  # The constants of all three cancel.

  def log_ratio(x, y):
    joint = log_density(np.concatenate([x, y]), slice(None))
    return (
      joint - log_density(x, slice(None, dx)) - log_density(y, slice(dx, None))
    )

  return log_ratio


def _mutual_information(covariance, dx):
  log_det = lambda matrix: np.linalg.slogdet(matrix)[1]
  return 0.5 * (
    log_det(covariance[:dx, :dx])
    + log_det(covariance[dx:, dx:])
    - log_det(covariance)
  )


class GaussianCriticTest(test_util.TestCase):
  def gaussian(self, dx, dy, n=_N):
    """Returns the log ratio, the MI and samples of a random Gaussian."""
    rng = self.rng('gaussian', dx, dy)
    root = rng.normal(size=(dx + dy, dx + dy)) + np.eye(dx + dy)
    covariance = root @ root.T + 0.5 * np.eye(dx + dy)
    mean = rng.normal(size=dx + dy)
    samples = rng.multivariate_normal(mean, covariance, n).astype(np.float32)
    return (
      _log_ratio(covariance, mean, dx),
      _mutual_information(covariance, dx),
      samples[:, :dx],
      samples[:, dx:],
    )

  def test_scores_are_the_formula_of_the_docstring(self):
    x = self.rng('x').normal(size=(5, 4)).astype(np.float32)
    y = self.rng('y').normal(size=(6, 3)).astype(np.float32)
    critic = mi_tf.GaussianCritic((7, 6), 5, 'tanh')
    critic.build(x.shape, y.shape)
    reference.randomize(critic, self.rng('weights'))
    c, p, q, b = (
      v.numpy()
      for v in (critic.cross, critic.x_square, critic.y_square, critic.offset)
    )

    def side(v, name):
      layer = lambda part: getattr(critic, f'{name}_{part}')
      hidden = np.tanh(reference.tower(layer('tower'), 'tanh', v))
      shifted = v + reference.dense(layer('shift'), hidden)
      return (
        reference.dense(layer('projection'), shifted),
        reference.dense(layer('embedding'), hidden),
      )

    def score(x_i, y_j):
      (u, g), (v, h) = side(x_i, 'x'), side(y_j, 'y')
      return b + np.sum(c * u * v - p * u**2 - q * v**2) + np.sum(g * h)

    self.assertAllClose(
      critic(x, y), reference.all_pairs(score, x, y), rtol=1e-4, atol=1e-4
    )

  def test_scores_are_zero_before_adapt(self):
    critic = mi_tf.GaussianCritic((7,), 3)
    x, y = (self.rng(d).normal(size=(5, d)).astype(np.float32) for d in (2, 3))
    self.assertAllEqual(critic(x, y), np.zeros([5, 5]))

  @parameterized.parameters((1, 1), (2, 3), (4, 2))
  def test_adapt_gives_the_log_ratio_of_a_gaussian(self, dx, dy):
    log_ratio, information, x, y = self.gaussian(dx, dy)
    critic = mi_tf.GaussianCritic((7,), 3, ridge=1e-6)
    critic.adapt(x, y)
    # Of a quadratic form, each coefficient has an error of about n ** -1/2.
    expected = reference.all_pairs(log_ratio, x[:30], y[:30])
    spread = np.std(expected)
    self.assertAllClose(
      critic(x[:30], y[:30]), expected, rtol=0.05, atol=0.05 * (1 + spread)
    )
    pointwise = critic(x, y, negative_samples=0)[:, 0]
    self.assertAllClose(np.mean(pointwise), information, rtol=0.03, atol=0.02)
    self.assertAllClose(
      mi_tf.lower_bound_info_nce(critic(x[:2000], y[:2000])),
      information,
      rtol=0.1,
      atol=0.05,
    )

  def test_adapt_of_few_independent_samples_sees_no_dependence(self):
    values = []
    for trial in range(20):
      x, y = (self.rng(trial, k).normal(size=(40, 3)) for k in range(2))
      critic = mi_tf.GaussianCritic((7,), 3)
      critic.adapt(x.astype(np.float32), y.astype(np.float32))
      fresh = [
        self.rng(trial, k).normal(size=(200, 3)).astype(np.float32)
        for k in (2, 3)
      ]
      values.append(float(mi_tf.estimate_plug_in(critic(*fresh))))
    # Without the correction for chance it would be about -0.25.
    self.assertGreater(np.mean(values), -0.15)

  def test_adapt_is_invariant_to_linear_maps_of_a_side(self):
    _, _, x, y = self.gaussian(2, 2)
    first, second = (mi_tf.GaussianCritic((7,), 3, ridge=0.0) for _ in range(2))
    first.adapt(x, y)
    matrix = np.array([[2.0, 1.0], [-1.0, 0.5]], np.float32)
    second.adapt(x @ matrix + 3.0, y)
    self.assertAllClose(
      first(x[:20], y[:20]),
      second(x[:20] @ matrix + 3.0, y[:20]),
      rtol=1e-2,
      atol=1e-2,
    )

  def test_adapt_of_dependent_and_constant_columns_is_finite(self):
    x = self.rng().normal(size=(100, 1)).astype(np.float32)
    x = np.concatenate([x, 2 * x, np.ones_like(x)], axis=1)
    critic = mi_tf.GaussianCritic((7,), 3)
    critic.adapt(x, x)
    self.assertAllFinite(critic(x, x))

  def test_adapt_of_a_copy_is_finite_and_large(self):
    x = self.rng().normal(size=(1000, 2)).astype(np.float32)
    critic = mi_tf.GaussianCritic((7,), 3)
    critic.adapt(x, x)
    scores = critic(x, x)
    self.assertAllFinite(scores)
    self.assertGreater(float(mi_tf.estimate_plug_in(scores)), 5.0)

  def test_ridge_shrinks_what_adapt_sees(self):
    _, _, x, y = self.gaussian(2, 2, 1000)
    values = []
    for ridge in (0.0, 1.0, 100.0):
      critic = mi_tf.GaussianCritic((7,), 3, ridge=ridge)
      critic.adapt(x, y)
      values.append(float(mi_tf.estimate_plug_in(critic(x, y))))
    self.assertAllLess(np.diff(values), 0.0)

  def test_adapt_flattens_and_passes_the_encoders(self):
    x = self.rng('x').normal(size=(500, 2, 2)).astype(np.float32)
    y = (x[:, 0] + self.rng('y').normal(size=(500, 2))).astype(np.float32)
    plain, encoded = (
      mi_tf.GaussianCritic((7,), 3),
      mi_tf.GaussianCritic((7,), 3, x_encoder=keras.layers.Rescaling(3.0, 1.0)),
    )
    plain.adapt(3.0 * x.reshape(500, 4) + 1.0, y)
    encoded.adapt(x, y)
    self.assertAllClose(
      encoded(x[:20], y[:20]),
      plain(3.0 * x[:20].reshape(20, 4) + 1.0, y[:20]),
      rtol=1e-3,
      atol=1e-3,
    )

  def test_adapt_leaves_the_residual_at_zero(self):
    _, _, x, y = self.gaussian(2, 3, 1000)
    critic = mi_tf.GaussianCritic((7,), 3)
    critic.adapt(x, y)
    before = critic(x[:5], y[:5])
    for tower in (critic.x_tower, critic.y_tower):
      reference.randomize(tower, self.rng('tower'))
    self.assertAllClose(critic(x[:5], y[:5]), before, rtol=1e-5, atol=1e-5)

  def test_adapt_can_be_repeated(self):
    _, _, x, y = self.gaussian(2, 3, 1000)
    once, twice = (mi_tf.GaussianCritic((7,), 3) for _ in range(2))
    once.adapt(x, y)
    twice.adapt(y[:, :2], x[:, [0, 1, 1]])
    twice.adapt(x, y)
    self.assertAllClose(
      twice(x[:9], y[:9]), once(x[:9], y[:9]), rtol=1e-5, atol=1e-5
    )

  def test_adapt_takes_tensors_and_integers(self):
    x = self.rng('x').integers(0, 5, (500, 2))
    y = x + self.rng('y').integers(0, 3, (500, 2))
    critics = []
    for cast in (
      lambda t: t,
      lambda t: tf.constant(t),
      lambda t: t.astype(np.float32),
    ):
      critics.append(mi_tf.GaussianCritic((7,), 3))
      critics[-1].adapt(cast(x), cast(y))
    expected = critics[-1](x[:9], y[:9])
    for critic in critics:
      self.assertAllClose(critic(x[:9], y[:9]), expected, rtol=1e-4, atol=1e-4)


if __name__ == '__main__':
  test_util.main()
