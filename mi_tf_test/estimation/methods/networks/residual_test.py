"""Tests of the network that starts at an elliptical distribution."""

import dataclasses

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

from mi_tf.critics import elliptical_fit
from mi_tf.estimation.methods.networks import initialization
from mi_tf.estimation.methods.networks import residual
from mi_tf_test import test_util

_N, _FOLDS = 40, 3


def _fits(rng, dx, dy, dof):
  """Returns x, y, and fits to parts of them."""
  x = rng.normal(size=(_N, dx))
  y = rng.normal(size=(_N, dy))
  y[:, 0] += 2.0 * x[:, -1]
  if dof:
    scale = np.sqrt(dof / rng.chisquare(dof, size=(_N, 1)))
    x, y = scale * x, scale * y
  fits = [
    elliptical_fit.fit_elliptical(x[k::_FOLDS], y[k::_FOLDS], dof)
    for k in range(_FOLDS)
  ]
  return x, y, fits


def _start(x, y, fits):
  return initialization.Initialization(
    u=np.stack([(x - f.x_mean) @ f.x_directions for f in fits]),
    v=np.stack([(y - f.y_mean) @ f.y_directions for f in fits]),
    correlations=np.stack([f.correlations for f in fits]),
    dof=[f.dof for f in fits],
  )


def _features(rng, t):
  """Returns a norm, the columns and another feature, of each fold."""
  norm = np.square(t).mean(axis=1, keepdims=True)
  t = np.concatenate([norm, t, rng.normal(size=(_N, 1))], axis=1)
  return np.broadcast_to(t, (_FOLDS, *t.shape))


class _Case:
  """Weights and data of all folds."""

  def __init__(self, rng, dx, dy, dof, maps, dtype):
    x, y, self.fits = _fits(rng, dx, dy, dof)
    self.x, self.y = x, y
    self.start = _start(x, y, self.fits)
    self.form = maps, dof is not None, dtype
    self.data = [
      _features(rng, x),
      self.start.u,
      _features(rng, y),
      self.start.v,
    ]
    self.data = [t.astype(dtype) for t in self.data]
    self.weights, self.sizes, self.columns = residual.initial(
      rng, (dx + 2, dy + 2), (dx, dy), self.start, 16, 4, maps, dtype
    )

  def scores(self, weights=None, folds=slice(None), all_pairs=True):
    embed, score = residual.functions(*self.form)
    weights = self.weights if weights is None else weights
    data = [t[folds] for t in self.data]
    parts = embed(weights[folds], self.sizes, self.columns, *data)
    return score(*parts, all_pairs=all_pairs).numpy()


class ResidualTest(test_util.TestCase):
  def test_outliers_mix_the_density_ratio_with_independence(self):
    case = _Case(self.rng(), 2, 2, None, 0, 'float64')
    start = dataclasses.replace(case.start, log_odds=[-1.0] * _FOLDS)
    weights, case.sizes, case.columns = residual.initial(
      self.rng(), (4, 4), (2, 2), start, 16, 4, 0, 'float64'
    )
    case.form = *case.form, True
    share = 1.0 / (1.0 + np.exp(1.0))
    for k, fit in enumerate(case.fits):
      ratio = np.exp(fit.log_ratio(case.x, case.y))
      expected = np.log(share + (1.0 - share) * ratio)
      self.assertAllClose(case.scores(weights)[k], expected)

  @parameterized.product(
    dims=((1, 1), (3, 2)),
    dof=(None, 3.0),
    maps=(0, 2),
    dtype=('float32', 'float64'),
  )
  def test_starts_at_the_closed_form(self, dims, dof, maps, dtype):
    case = _Case(self.rng(), *dims, dof, maps, dtype)
    scores = case.scores()
    self.assertEqual(scores.shape, (_FOLDS, _N, _N))
    self.assertEqual(scores.dtype, dtype)
    tolerance = 1e-3 if dtype == 'float32' else 1e-9
    for found, fit in zip(scores, case.fits, strict=True):
      expected = fit.log_ratio(case.x, case.y)
      self.assertAllClose(found, expected, rtol=tolerance, atol=tolerance)

  @parameterized.product(dof=(None, 3.0), maps=(0, 2))
  def test_aligned_scores_are_the_diagonal_wherever_weights_are(
    self, dof, maps
  ):
    case = _Case(self.rng(), 3, 2, dof, maps, 'float64')
    weights = case.weights + 0.1 * self.rng('w').normal(size=case.weights.shape)
    scores = case.scores(weights)
    self.assertNotAllClose(scores, case.scores(), atol=0.1)
    aligned = case.scores(weights, all_pairs=False)[..., 0]
    self.assertAllClose(aligned, np.diagonal(scores, axis1=1, axis2=2))

  @parameterized.parameters(None, 3.0)
  def test_stacked_folds_score_as_single_ones(self, dof):
    case = _Case(self.rng(), 2, 3, dof, 2, 'float64')
    weights = case.weights + 0.1 * self.rng('w').normal(size=case.weights.shape)
    scores = case.scores(weights)
    for k in range(_FOLDS):
      single = case.scores(weights, slice(k, k + 1))
      self.assertAllClose(single[0], scores[k])

  def test_the_weights_of_a_row_are_all_there_are(self):
    case = _Case(self.rng(), 3, 2, None, 2, 'float32')
    self.assertEqual(case.weights.shape, (_FOLDS, case.sizes.sum()))
    self.assertAllEqual(case.sizes % case.columns, 0 * case.sizes)

  @parameterized.product(dof=(None, 3.0), maps=(0, 2))
  def test_each_kind_of_weight_can_be_learned(self, dof, maps):
    case = _Case(self.rng(), 3, 2, dof, maps, 'float64')
    embed, score = residual.functions(*case.form)
    noise = 0.1 * self.rng('w').normal(size=case.weights.shape)
    weights = tf.constant(case.weights + noise)

    def loss(w):
      parts = embed(w, case.sizes, case.columns, *case.data)
      return tf.reduce_sum(tf.math.softplus(score(*parts)))

    with tf.GradientTape() as tape:
      tape.watch(weights)
      value = loss(weights)
    gradient = tape.gradient(value, weights).numpy()
    self.assertAllFinite(gradient)
    ends = np.cumsum(case.sizes)
    names = len(case.sizes)
    for i, (end, size) in enumerate(zip(ends, case.sizes, strict=True)):
      part = gradient[:, end - size : end]
      if i == names - 1 and dof is None:
        self.assertAllEqual(part, 0.0 * part)  # A Gaussian has none.
        continue
      self.assertGreater(np.abs(part).max(), 0.0, i)
      # Against a finite difference in the direction of the gradient.
      step = np.zeros_like(gradient)
      step[:, end - size : end] = part / np.linalg.norm(part)
      finite = (
        loss(weights + 1e-5 * step) - loss(weights - 1e-5 * step)
      ) / 2e-5
      self.assertAllClose(finite, np.linalg.norm(part), rtol=1e-4)

  def test_correlations_near_1_stay_finite(self):
    rng = self.rng()
    x = rng.normal(size=(_N, 1))
    fits = [
      elliptical_fit.fit_elliptical(x[k::_FOLDS], x[k::_FOLDS])
      for k in range(_FOLDS)
    ]
    start = _start(x, x, fits)
    for dtype in ('float32', 'float64'):
      weights, *_ = residual.initial(rng, (3, 3), (1, 1), start, 8, 4, 0, dtype)
      self.assertAllFinite(weights)


if __name__ == '__main__':
  test_util.main()
