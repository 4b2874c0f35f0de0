"""Tests of the critic that starts at a closed-form log ratio."""

import math

from absl.testing import parameterized
import keras
import numpy as np
from scipy import stats
import tensorflow as tf

import mi_tf
from mi_tf.critics import elliptical_fit
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


class EllipticalCriticTest(test_util.TestCase):
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

  @parameterized.parameters((None, 2), (None, 0), (3.5, 2), (0.5, 0))
  def test_scores_are_the_formula_of_the_docstring(self, dof, radial_maps):
    dx, dy = 4, 3
    x = self.rng('x').normal(size=(5, dx)).astype(np.float32)
    y = self.rng('y').normal(size=(6, dy)).astype(np.float32)
    critic = mi_tf.EllipticalCritic(
      (7, 6), 5, 'tanh', radial_maps=radial_maps, dof=dof
    )
    critic.build(x.shape, y.shape)
    reference.randomize(critic, self.rng('weights'))
    angles, b = critic.angles.numpy(), critic.offset.numpy()

    def side(v, layer):
      inputs = np.arcsinh(v)
      norm = (np.mean(inputs**2) - 1.0) * math.sqrt(0.5 * len(v))
      hidden = np.tanh(
        reference.tower(layer.tower, 'tanh', np.append(inputs, norm))
      )
      u = reference.dense(
        layer.projection, v + reference.dense(layer.shift, hidden)
      )
      if radial_maps:
        weights = reference.tower(layer.radial, 'silu', [norm])
        turned = reference.dense(layer.turn, inputs)
        for k in range(radial_maps):
          u = u + weights[k] * turned[k * len(u) : (k + 1) * len(u)]
      return u, reference.dense(layer.embedding, hidden)

    def score(x_i, y_j):
      (u, g), (v, h) = side(x_i, critic.x_side), side(y_j, critic.y_side)
      size_u, size_v = np.sum(u**2), np.sum(v**2)
      q = 0.0
      for k, a in enumerate(angles):
        s, c = math.sinh(a), math.cosh(a)
        q += (s * u[k]) ** 2 + (s * v[k]) ** 2 - 2.0 * s * c * u[k] * v[k]
      result = b + np.sum(np.log(np.cosh(angles))) + np.sum(g * h)
      if dof is None:
        return result - 0.5 * q
      nu = math.exp(critic.log_dof.numpy())
      power = lambda d, size: 0.5 * (nu + d) * math.log1p(size / nu)
      gamma = lambda d: math.lgamma(0.5 * (nu + d))
      result += power(dx, size_u) + power(dy, size_v)
      result -= power(dx + dy, size_u + size_v + q)
      return result + gamma(dx + dy) + gamma(0) - gamma(dx) - gamma(dy)

    self.assertAllClose(
      critic(x, y), reference.all_pairs(score, x, y), rtol=1e-4, atol=1e-4
    )

  @parameterized.parameters((1, 1, 2.0), (2, 3, 1.0), (3, 2, 5.0))
  def test_adapt_gives_the_log_ratio_of_a_student(self, dx, dy, dof):
    log_ratio, _, x, y = self.student(dx, dy, dof)
    critic = mi_tf.EllipticalCritic((7,), 3, dof=dof)
    critic.adapt(x, y)
    expected = reference.all_pairs(log_ratio, x[:30], y[:30])
    self.assertAllClose(critic(x[:30], y[:30]), expected, rtol=0.05, atol=0.05)

  def test_many_degrees_of_freedom_are_a_gaussian(self):
    _, _, x, y = self.gaussian(2, 3, 1000)
    scores = []
    for kwargs in ({}, {'dof': 1e5}):
      critic = mi_tf.EllipticalCritic((7,), 3, dtype='float64', **kwargs)
      critic.adapt(x, y)
      scores.append(critic(x[:20], y[:20]))
    self.assertAllClose(*scores, rtol=1e-2, atol=1e-2)

  def test_start_must_be_of_the_same_kind(self):
    _, _, x, y = self.gaussian(2, 3, 100)
    fit = elliptical_fit.fit_elliptical(x, y, dof=3.0)
    critic = mi_tf.EllipticalCritic((7,), 3)
    critic.build(x.shape, y.shape)
    with self.assertRaisesRegex(
      ValueError,
      '^`fit` must have degrees of freedom if the critic has. '
      'Received: fit.dof=3.0, critic.dof=None.$',
    ):
      critic.start_at(fit)

  def test_start_is_the_fit(self):
    _, _, x, y = self.gaussian(3, 2, 500)
    for dof in (None, 4.0):
      fit = elliptical_fit.fit_elliptical(x, y, dof=dof)
      critic = mi_tf.EllipticalCritic((7,), 3, dof=dof)
      critic.build(x.shape, y.shape)
      critic.start_at(fit)
      self.assertAllClose(
        critic(x[:9], y[:9]), fit.log_ratio(x[:9], y[:9]), rtol=1e-4, atol=1e-4
      )

  def student(self, dx, dy, dof):
    """Returns the log ratio, the scatter and samples of a Student."""
    rng = self.rng('student', dx, dy)
    scale = np.sqrt(dof / rng.chisquare(dof, size=(_N, 1)))
    root = rng.normal(size=(dx + dy, dx + dy)) + np.eye(dx + dy)
    scatter = root @ root.T + 0.5 * np.eye(dx + dy)
    samples = scale * rng.multivariate_normal(np.zeros(dx + dy), scatter, _N)
    densities = [
      stats.multivariate_t(shape=scatter[which, which], df=dof)
      for which in (slice(None), slice(dx), slice(dx, None))
    ]

    def log_ratio(x, y):
      joint, of_x, of_y = densities
      return (
        joint.logpdf(np.concatenate([x, y])) - of_x.logpdf(x) - of_y.logpdf(y)
      )

    samples = samples.astype(np.float32)
    return log_ratio, scatter, samples[:, :dx], samples[:, dx:]

  def test_scores_are_zero_before_adapt(self):
    critic = mi_tf.EllipticalCritic((7,), 3)
    x, y = (self.rng(d).normal(size=(5, d)).astype(np.float32) for d in (2, 3))
    self.assertAllEqual(critic(x, y), np.zeros([5, 5]))

  @parameterized.parameters((1, 1), (2, 3), (4, 2))
  def test_adapt_gives_the_log_ratio_of_a_gaussian(self, dx, dy):
    log_ratio, information, x, y = self.gaussian(dx, dy)
    critic = mi_tf.EllipticalCritic((7,), 3)
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
      critic = mi_tf.EllipticalCritic((7,), 3)
      critic.adapt(x.astype(np.float32), y.astype(np.float32))
      fresh = [
        self.rng(trial, k).normal(size=(200, 3)).astype(np.float32)
        for k in (2, 3)
      ]
      values.append(float(mi_tf.mi_plug_in(critic(*fresh))))
    # Without the correction for chance it would be about -0.25.
    self.assertGreater(np.mean(values), -0.15)

  def test_adapt_is_invariant_to_linear_maps_of_a_side(self):
    _, _, x, y = self.gaussian(2, 2)
    first, second = (mi_tf.EllipticalCritic((7,), 3) for _ in range(2))
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
    critic = mi_tf.EllipticalCritic((7,), 3)
    critic.adapt(x, x)
    self.assertAllFinite(critic(x, x))

  def test_adapt_of_a_copy_is_finite_and_large(self):
    x = self.rng().normal(size=(1000, 2)).astype(np.float32)
    critic = mi_tf.EllipticalCritic((7,), 3)
    critic.adapt(x, x)
    scores = critic(x, x)
    self.assertAllFinite(scores)
    self.assertGreater(float(mi_tf.mi_plug_in(scores)), 5.0)

  def test_adapt_flattens_and_passes_the_encoders(self):
    x = self.rng('x').normal(size=(500, 2, 2)).astype(np.float32)
    y = (x[:, 0] + self.rng('y').normal(size=(500, 2))).astype(np.float32)
    plain, encoded = (
      mi_tf.EllipticalCritic((7,), 3),
      mi_tf.EllipticalCritic(
        (7,), 3, x_encoder=keras.layers.Rescaling(3.0, 1.0)
      ),
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
    critic = mi_tf.EllipticalCritic((7,), 3)
    critic.adapt(x, y)
    before = critic(x[:5], y[:5])
    for side in (critic.x_side, critic.y_side):
      reference.randomize(side.tower, self.rng('tower'))
      reference.randomize(side.radial, self.rng('radial'))
    self.assertAllClose(critic(x[:5], y[:5]), before, rtol=1e-5, atol=1e-5)

  def test_adapt_can_be_repeated(self):
    _, _, x, y = self.gaussian(2, 3, 1000)
    once, twice = (mi_tf.EllipticalCritic((7,), 3) for _ in range(2))
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
      critics.append(mi_tf.EllipticalCritic((7,), 3))
      critics[-1].adapt(cast(x), cast(y))
    expected = critics[-1](x[:9], y[:9])
    for critic in critics:
      self.assertAllClose(critic(x[:9], y[:9]), expected, rtol=1e-4, atol=1e-4)


if __name__ == '__main__':
  test_util.main()
