"""Tests of conditional densities."""

import math

import numpy as np

from mi_tf.estimation.densities import density
from mi_tf_test import test_util


class NormalMixtureTest(test_util.TestCase):
  def _model(self, dim_x=2, dim_y=3, components=3):
    """Returns a density, none of whose weights is as it was at the start."""
    rng = self.rng('model')
    model = density.NormalMixture(dim_y, components, width=8, seed=1)
    model.build((None, dim_x))
    model.adapt(
      rng.normal(size=(50, dim_x)), rng.normal(size=(50, dim_y)), seed=2
    )
    for v in model.trainable_variables:
      v.assign_add(0.3 * rng.normal(size=v.shape).astype(np.float32))
    return model

  def _parameters(self, dim_x=2, dim_y=3):
    model = self._model(dim_x, dim_y)
    x = self.rng('x').normal(size=(1, dim_x)).astype(np.float32)
    return model, model(x)

  def test_its_integral_is_one(self):
    model, parameters = self._parameters(dim_y=1)
    y = np.linspace(-30.0, 30.0, 20001, dtype=np.float32)[:, np.newaxis]
    log_q = model.log_prob(np.repeat(parameters, len(y), axis=0), y)
    self.assertAllClose(np.sum(np.exp(log_q)) * 60.0 / 20000, 1.0, rtol=1e-3)

  def test_its_integral_is_one_in_two_dimensions(self):
    model, parameters = self._parameters(dim_y=2)
    line = np.linspace(-20.0, 20.0, 601, dtype=np.float32)
    y = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    log_q = model.log_prob_of_pairs(parameters, y)
    self.assertAllClose(
      np.sum(np.exp(log_q)) * (40.0 / 600) ** 2, 1.0, rtol=1e-2
    )

  def test_pairs_are_scored_as_one_by_one(self):
    model = self._model()
    x, y = self.rng().normal(size=(2, 5, 3)).astype(np.float32)
    parameters = model(x[:, :2])
    pairs = model.log_prob_of_pairs(parameters, y)
    for i in range(5):
      expected = model.log_prob(np.repeat(parameters[i : i + 1], 5, axis=0), y)
      self.assertAllClose(pairs[i], expected, rtol=1e-4)

  def test_one_normal_starts_as_linear_regression(self):
    rng = self.rng()
    x = rng.normal(size=(400, 2))
    mixed = rng.normal(size=(400, 2)) @ [[1.0, 0.8], [0.0, 0.5]]
    y = 3.0 + x @ [[1.0, -1.0], [0.5, 2.0]] + mixed
    model = density.NormalMixture(2, components=1)
    model.build((None, 2))
    model.adapt(x, y, seed=0)
    design = np.column_stack([x, np.ones(400)])
    residual = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    covariance = residual.T @ residual / 400
    expected = (
      -0.5 * np.sum(residual @ np.linalg.inv(covariance) * residual, axis=1)
      - 0.5 * np.linalg.slogdet(covariance)[1]
      - math.log(2.0 * math.pi)
    )
    x, y = (t.astype(np.float32) for t in (x, y))
    self.assertAllClose(model.log_prob(model(x), y), expected, atol=5e-3)


class LearnerTest(test_util.TestCase):
  def _learner(self, **changes):
    options = {
      'components': 2,
      'batch_size': 64,
      'learning_rate': 3e-3,
      'max_epochs': 15,
      'patience': 5,
      'seed': 3,
      **changes,
    }
    return density.Learner(1, 1, density.Options(**options))

  def _pairs(self, salt, n=600):
    """Returns pairs, of which x says how far y spreads."""
    rng = self.rng(salt)
    x = rng.normal(size=(n, 1))
    y = np.exp(x) * rng.normal(size=(n, 1))
    return [t.astype(np.float32) for t in (x, y)]

  def test_a_scale_that_depends_on_x_is_learned(self):
    fitted = self._learner().fit(self._pairs('train'), self._pairs('stop', 200))
    self.assertGreater(fitted.best_epoch, 0)
    x, y = self._pairs('test', 2000)
    exact = -0.5 * (y / np.exp(x)) ** 2 - x - 0.5 * math.log(2.0 * math.pi)
    loss = exact.mean() - fitted.log_prob(x, y).mean()
    self.assertBetween(loss, -0.05, 0.1)

  def test_a_second_fit_does_not_know_the_first(self):
    train, stop = self._pairs('train', 200), self._pairs('stop', 100)
    options = {'max_epochs': 2}
    once, twice = self._learner(**options), self._learner(**options)
    alone = once.fit(train, stop)
    other = twice.fit(self._pairs('other', 300), self._pairs('more', 100))
    before = other.log_prob(*stop)
    second = twice.fit(train, stop)
    self.assertAllClose(alone.log_prob(*stop), second.log_prob(*stop), 1e-4)
    self.assertAllEqual(other.log_prob(*stop), before)

  def test_training_that_never_helps_leaves_the_start(self):
    train, stop = self._pairs('train', 100), self._pairs('stop', 50)
    learner = self._learner(learning_rate=30.0, max_epochs=2)
    fitted = learner.fit(train, stop)
    self.assertEqual(fitted.best_epoch, 0)
    start = density.NormalMixture(1, 2, seed=3)
    start.build((None, 1))
    start.adapt(*train, 3)
    self.assertAllClose(
      fitted.log_prob(*stop), start.log_prob(start(stop[0]), stop[1])
    )


if __name__ == '__main__':
  test_util.main()
