"""Tests of the objectives with weights of their own."""

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.objectives import baseline_objectives
from mi_tf.objectives import registry
from mi_tf_test import test_util
from mi_tf_test.bounds import oracle
from mi_tf_test.models import batches


class BaselineObjectivesTest(batches.BatchCase):
  def test_tuba_uses_the_baseline_of_the_batch(self):
    objective = batches.built('tuba', self.x, self.y)
    baseline = objective.baseline(self.x)
    self.assertEqual(baseline.shape, [batches.N])
    for logu, mask in self.both():
      full = np.broadcast_to(
        np.eye(batches.N, dtype=bool) if mask is None else mask, logu.shape
      )
      expected = oracle.lower_bound_tuba(
        logu.numpy(), full, log_baseline=baseline.numpy()
      )
      value = objective.value(logu, mask, self.x, self.y)
      self.assertAllClose(value, np.float32(expected), rtol=1e-5)
      loss = objective.loss(logu, mask, self.x, self.y, training=True)
      self.assertAllClose(loss, -value)

  @parameterized.parameters('tuba', 'interpolated')
  def test_learned_baselines_are_trained_by_the_loss(self, name):
    objective = batches.built(name, self.x, self.y)
    with tf.GradientTape() as tape:
      loss = objective.loss(self.logu, None, self.x, self.y, training=True)
    weights = objective.trainable_variables
    self.assertNotEmpty(weights)
    self.assertAllFinite(tape.gradient(loss, [w.value for w in weights]))

  @parameterized.parameters(0.0, 0.01, 0.5, 1.0)
  def test_interpolated_is_the_bound_at_its_alpha(self, alpha):
    objective = batches.built('interpolated', self.x, self.y, alpha=alpha)
    baseline = objective.baseline(self.x)
    expected = mi_tf.lower_bound_interpolated(
      self.logu, alpha=alpha, log_baseline=baseline
    )
    self.assertAllClose(
      objective.value(self.logu, None, self.x, self.y), expected
    )
    self.assertAllClose(
      objective.loss(self.logu, None, self.x, self.y), -expected
    )

  @parameterized.parameters(('tuba', {}), ('interpolated', {'alpha': 0.0}))
  def test_tuba_differs_by_what_the_baseline_is_off(self, name, kwargs):
    objective = batches.built(name, self.x, self.y, **kwargs)
    pointwise, value = self.pointwise(objective, self.logu, None)
    baseline = objective.baseline(self.x).numpy()
    off = ~np.eye(batches.N, dtype=bool)
    ratio = np.exp(self.logu.numpy() - baseline[:, np.newaxis])[off].mean()
    self.assertAllClose(pointwise, np.diag(self.logu) - baseline, rtol=1e-5)
    self.assertAllClose(pointwise.mean() + 1.0 - ratio, value, rtol=1e-4)

  def test_interpolated_at_one_is_info_nce(self):
    objective = batches.built('interpolated', self.x, self.y, alpha=1.0)
    pointwise, _ = self.pointwise(objective, self.logu, None)
    info_nce = registry.get_objective('info_nce')
    self.assertAllClose(pointwise, info_nce.pointwise(self.logu), rtol=1e-5)

  def test_moving_average_is_a_baseline_of_tuba_too(self):
    objective = batches.built(
      'tuba',
      self.x,
      self.y,
      baseline=mi_tf.MovingAverageBaseline(0.5),
    )
    objective.loss(self.logu, None, self.x, self.y, training=True)
    off = ~np.eye(batches.N, dtype=bool)
    average = np.log(np.mean(np.exp(self.logu.numpy()[off])))
    self.assertAllClose(objective.baseline.log_average, average, rtol=1e-5)
    pointwise, _ = self.pointwise(objective, self.logu, None)
    shift = np.diag(self.logu) - pointwise
    self.assertAllClose(shift, np.full(batches.N, average), rtol=1e-5)


class MineTest(batches.BatchCase):
  """MINE's corrected gradient, and its moving average."""

  def _log_mean(self, logu):
    off = ~np.eye(batches.N, dtype=bool)
    return np.log(np.mean(np.exp(np.asarray(logu, np.float64)[off])))

  def _gradient(self, objective, logu, training=True):
    with tf.GradientTape() as tape:
      tape.watch(logu)
      loss = objective.loss(logu, None, self.x, self.y, training=training)
    return tape.gradient(loss, logu).numpy()

  def _expected_gradient(self, logu, log_average):
    """Returns `E[grad f] - E[e^f grad f] / EMA`, its sign changed."""
    eye = np.eye(batches.N)
    weight = np.exp(np.asarray(logu, np.float64) - log_average) * (1.0 - eye)
    return -(eye / batches.N - weight / (batches.N * (batches.N - 1)))

  def test_gradient_has_the_moving_average_in_its_denominator(self):
    objective = batches.built('mine', self.x, self.y, ema_decay=0.7)
    average = np.exp(self._log_mean(self.logu))
    self.assertAllClose(
      self._gradient(objective, self.logu),
      self._expected_gradient(self.logu, np.log(average)),
      rtol=1e-5,
    )
    second = 0.5 * self.logu[::-1] + 1.0
    average = 0.7 * average + 0.3 * np.exp(self._log_mean(second))
    self.assertAllClose(
      objective.baseline.log_average,
      np.log(np.exp(self._log_mean(self.logu))),
      rtol=1e-5,
    )
    self.assertAllClose(
      self._gradient(objective, second),
      self._expected_gradient(second, np.log(average)),
      rtol=1e-5,
    )
    self.assertAllClose(
      objective.baseline.log_average, np.log(average), rtol=1e-5
    )

  def test_without_a_past_the_gradient_is_donsker_varadhans(self):
    objective = batches.built('mine', self.x, self.y, ema_decay=0.0)
    other = registry.get_objective('dv')
    for scale in (1.0, 0.3):
      logu = scale * self.logu
      self.assertAllClose(
        self._gradient(objective, logu), self._gradient(other, logu), rtol=1e-5
      )

  def test_average_is_updated_in_training_alone(self):
    objective = batches.built('mine', self.x, self.y)
    objective.loss(self.logu, None, self.x, self.y, training=True)
    before = objective.baseline.log_average.numpy()
    other = 3.0 + self.logu
    objective.loss(other, None, self.x, self.y)
    objective.loss(other, None, self.x, self.y, training=False)
    objective.value(other, None, self.x, self.y)
    objective.pointwise(other, None, self.x, self.y)
    self.assertEqual(objective.baseline.log_average.numpy(), before)
    objective.loss(other, None, self.x, self.y, training=True)
    self.assertGreater(objective.baseline.log_average.numpy(), before)

  def test_value_is_donsker_varadhans_whatever_the_average(self):
    objective = batches.built('mine', self.x, self.y)
    for _ in range(2):
      self.assertAllClose(
        objective.value(self.logu, None, self.x, self.y),
        mi_tf.lower_bound_donsker_varadhan(self.logu),
      )
      objective.loss(10.0 * self.logu, None, self.x, self.y, training=True)


class StreamsTest(test_util.TestCase):
  def test_baselines_of_others_get_dense_scores(self):
    class Baseline(mi_tf.LearnedBaseline):
      pass

    self.assertTrue(mi_tf.get_objective('tuba').streams)
    self.assertFalse(baseline_objectives.Tuba(Baseline()).streams)
    self.assertFalse(mi_tf.get_objective('interpolated').streams)


if __name__ == '__main__':
  test_util.main()
