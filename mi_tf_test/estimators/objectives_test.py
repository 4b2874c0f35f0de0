"""Tests of the objectives."""

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf import critics
from mi_tf.estimators import baseline_objectives
from mi_tf.estimators import objective as objective_lib
from mi_tf.estimators import objectives
from mi_tf_test import test_util
from mi_tf_test.bounds import oracle

_N, _NEGATIVES = 6, 3


def _read_js(logu, mask=None):
  """Returns the plug-in, or Donsker-Varadhan so far as it can be relied on."""
  f = np.asarray(logu, np.longdouble)
  mask = np.eye(*f.shape, dtype=bool) if mask is None else mask
  mask = np.broadcast_to(mask, f.shape)
  ratios = np.exp(f[~mask])
  effective = ratios.sum() ** 2 / np.square(ratios).sum()
  weight = effective / (effective + 1000.0)
  shortfall = max(-np.log(ratios.mean()), 0.0)
  return np.float32(f[mask].mean() + weight * shortfall)


# What each objective is trained by (with its sign changed), and reports.
_BOUNDS = {
  'dv': (mi_tf.lower_bound_donsker_varadhan,) * 2,
  'info_nce': (mi_tf.lower_bound_info_nce,) * 2,
  'js': (mi_tf.lower_bound_jensen_shannon, _read_js),
  'nwj': (mi_tf.lower_bound_nguyen_wainwright_jordan,) * 2,
  'smile': (mi_tf.lower_bound_jensen_shannon, mi_tf.estimate_smile),
}


def _built(objective, x, y, **kwargs):
  objective = objectives.get_objective(objective, **kwargs)
  objective.build((None, *x.shape[1:]), (None, *y.shape[1:]))
  return objective


class _BatchCase(test_util.TestCase):
  """A batch and its scores."""

  def setUp(self):
    super().setUp()
    rng = self.rng('batch')
    self.x = tf.constant(rng.normal(size=(_N, 2)), tf.float32)
    self.y = tf.constant(rng.normal(size=(_N, 3)), tf.float32)
    self.logu = tf.constant(2.0 * rng.normal(size=(_N, _N)), tf.float32)
    self.few = tf.constant(rng.normal(size=(_N, 1 + _NEGATIVES)), tf.float32)
    self.mask = tf.constant([True] + [False] * _NEGATIVES)

  def _both(self):
    """Returns all pairs, and joint samples in the first column."""
    return ((self.logu, None), (self.few, self.mask))


class ObjectivesTest(_BatchCase):
  @parameterized.parameters(*_BOUNDS)
  def test_loss_and_value_are_those_of_the_bounds(self, name):
    trained, reported = _BOUNDS[name]
    objective = _built(name, self.x, self.y)
    for logu, mask in self._both():
      for training in (True, False):
        self.assertAllClose(
          objective.loss(logu, mask, self.x, self.y, training=training),
          -trained(logu, mask),
        )
      self.assertAllClose(
        objective.value(logu, mask, self.x, self.y), reported(logu, mask)
      )

  @parameterized.parameters(*_BOUNDS)
  def test_batch_need_not_be_given_where_there_is_no_baseline(self, name):
    objective = objectives.get_objective(name)
    self.assertAllClose(objective.loss(self.logu), -_BOUNDS[name][0](self.logu))
    self.assertAllClose(objective.value(self.logu), _BOUNDS[name][1](self.logu))

  @parameterized.parameters(-3.0, -0.5, 0.0, 2.0)
  def test_js_adds_what_the_plug_in_is_certainly_too_low(self, offset):
    objective = objectives.get_objective('js')
    logu = tf.constant(self.rng().normal(size=(60, 60)), tf.float32) + offset
    value = objective.value(logu)
    self.assertAllClose(value, _read_js(logu), rtol=1e-5)
    plug_in = mi_tf.estimate_plug_in(logu)
    if offset > 0.0:
      self.assertAllClose(value, plug_in)
    else:
      dv = mi_tf.lower_bound_donsker_varadhan(logu)
      self.assertAllGreaterEqual(value - plug_in, -1e-6)
      self.assertAllGreaterEqual(tf.maximum(dv, plug_in) - value, -1e-6)

  def test_smile_clips_where_it_is_told(self):
    objective = objectives.get_objective('smile', clip=0.5)
    self.assertAllClose(
      objective.value(self.logu), mi_tf.estimate_smile(self.logu, clip=0.5)
    )
    self.assertNotAllClose(
      objective.value(self.logu), mi_tf.estimate_smile(self.logu)
    )

  def test_tuba_uses_the_baseline_of_the_batch(self):
    objective = _built('tuba', self.x, self.y)
    baseline = objective.baseline(self.x)
    self.assertEqual(baseline.shape, [_N])
    for logu, mask in self._both():
      full = np.broadcast_to(
        np.eye(_N, dtype=bool) if mask is None else mask, logu.shape
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
    objective = _built(name, self.x, self.y)
    with tf.GradientTape() as tape:
      loss = objective.loss(self.logu, None, self.x, self.y, training=True)
    weights = objective.trainable_variables
    self.assertNotEmpty(weights)
    self.assertAllFinite(tape.gradient(loss, [w.value for w in weights]))

  @parameterized.parameters(0.0, 0.01, 0.5, 1.0)
  def test_interpolated_is_the_bound_at_its_alpha(self, alpha):
    objective = _built('interpolated', self.x, self.y, alpha=alpha)
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

  def test_flo_uses_a_critic_of_its_own(self):
    objective = _built('flo', self.x, self.y)
    dual = objective.dual(self.x, self.y, negative_samples=0)
    for logu, mask in self._both():
      expected = mi_tf.lower_bound_fenchel_legendre(logu, mask, dual=dual)
      value = objective.value(logu, mask, self.x, self.y)
      self.assertAllClose(value, expected)
      loss = objective.loss(logu, mask, self.x, self.y)
      self.assertAllClose(loss, -expected)
    pointwise = objective.pointwise(self.logu, None, self.x, self.y)
    self.assertAllClose(
      pointwise, -tf.linalg.diag_part(objective.dual(self.x, self.y))
    )


class PointwiseTest(_BatchCase):
  """The mean of the pointwise values, where it must be the value or not."""

  def _pointwise(self, objective, logu, mask):
    pointwise = objective.pointwise(logu, mask, self.x, self.y)
    self.assertEqual(pointwise.shape, [_N])
    return pointwise.numpy(), objective.value(logu, mask, self.x, self.y)

  @parameterized.parameters('dv', 'info_nce', 'js', 'mine')
  def test_mean_is_the_value(self, name):
    objective = _built(name, self.x, self.y)
    for logu, mask in self._both():
      pointwise, value = self._pointwise(objective, logu, mask)
      self.assertAllClose(pointwise.mean(), value, rtol=1e-5)

  def test_nwj_differs_from_its_value_by_what_the_critic_is_off(self):
    objective = objectives.get_objective('nwj')
    pointwise, value = self._pointwise(objective, self.logu, None)
    off = ~np.eye(_N, dtype=bool)
    partition = np.mean(np.exp(self.logu.numpy()[off] - 1.0))
    self.assertAllClose(pointwise.mean() + 1.0 - partition, value, rtol=1e-5)
    normalised = self.logu - np.log(partition)
    pointwise, value = self._pointwise(objective, normalised, None)
    self.assertAllClose(pointwise.mean(), value, rtol=1e-4)

  @parameterized.parameters(('tuba', {}), ('interpolated', {'alpha': 0.0}))
  def test_tuba_differs_by_what_the_baseline_is_off(self, name, kwargs):
    objective = _built(name, self.x, self.y, **kwargs)
    pointwise, value = self._pointwise(objective, self.logu, None)
    baseline = objective.baseline(self.x).numpy()
    off = ~np.eye(_N, dtype=bool)
    ratio = np.exp(self.logu.numpy() - baseline[:, np.newaxis])[off].mean()
    self.assertAllClose(pointwise, np.diag(self.logu) - baseline, rtol=1e-5)
    self.assertAllClose(pointwise.mean() + 1.0 - ratio, value, rtol=1e-4)

  def test_interpolated_at_one_is_info_nce(self):
    objective = _built('interpolated', self.x, self.y, alpha=1.0)
    pointwise, _ = self._pointwise(objective, self.logu, None)
    info_nce = objectives.get_objective('info_nce')
    self.assertAllClose(pointwise, info_nce.pointwise(self.logu), rtol=1e-5)

  def test_moving_average_is_a_baseline_of_tuba_too(self):
    objective = _built(
      'tuba',
      self.x,
      self.y,
      baseline=critics.MovingAverageBaseline(0.5),
    )
    objective.loss(self.logu, None, self.x, self.y, training=True)
    pointwise, _ = self._pointwise(objective, self.logu, None)
    shift = np.diag(self.logu) - pointwise
    self.assertAllClose(shift, np.full(_N, shift[0]), rtol=1e-5)

  def test_smile_reads_the_scores_themselves(self):
    objective = objectives.get_objective('smile')
    pointwise, _ = self._pointwise(objective, self.logu - 5.0, None)
    self.assertAllClose(pointwise, np.diag(self.logu) - 5.0)

  def test_the_exact_log_ratio_is_found_whatever_the_objective_leaves_free(
    self,
  ):
    log_ratio = np.diag(self.logu)
    off = ~np.eye(_N, dtype=bool)
    log_mean = np.log(np.mean(np.exp(self.logu.numpy()[off])))
    ratio = self.logu - log_mean
    for name, offset in (('dv', 7.0), ('js', 0.0), ('nwj', 1.0)):
      pointwise = objectives.get_objective(name).pointwise(ratio + offset)
      self.assertAllClose(pointwise, log_ratio - log_mean, rtol=1e-4)


class MineTest(_BatchCase):
  """MINE's corrected gradient, and its moving average."""

  def _log_mean(self, logu):
    off = ~np.eye(_N, dtype=bool)
    return np.log(np.mean(np.exp(np.asarray(logu, np.float64)[off])))

  def _gradient(self, objective, logu, training=True):
    with tf.GradientTape() as tape:
      tape.watch(logu)
      loss = objective.loss(logu, None, self.x, self.y, training=training)
    return tape.gradient(loss, logu).numpy()

  def _expected_gradient(self, logu, log_average):
    """Returns `E[grad f] - E[e^f grad f] / EMA`, its sign changed."""
    eye = np.eye(_N)
    weight = np.exp(np.asarray(logu, np.float64) - log_average) * (1.0 - eye)
    return -(eye / _N - weight / (_N * (_N - 1)))

  def test_gradient_has_the_moving_average_in_its_denominator(self):
    objective = _built('mine', self.x, self.y, ema_decay=0.7)
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
    objective = _built('mine', self.x, self.y, ema_decay=0.0)
    other = objectives.get_objective('dv')
    for scale in (1.0, 0.3):
      logu = scale * self.logu
      self.assertAllClose(
        self._gradient(objective, logu), self._gradient(other, logu), rtol=1e-5
      )

  def test_average_is_updated_in_training_alone(self):
    objective = _built('mine', self.x, self.y)
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
    objective = _built('mine', self.x, self.y)
    for _ in range(2):
      self.assertAllClose(
        objective.value(self.logu, None, self.x, self.y),
        mi_tf.lower_bound_donsker_varadhan(self.logu),
      )
      objective.loss(10.0 * self.logu, None, self.x, self.y, training=True)


class GetObjectiveTest(test_util.TestCase):
  @parameterized.parameters(*objectives.OBJECTIVES.items())
  def test_names_give_their_classes(self, name, cls):
    objective = objectives.get_objective(name)
    self.assertIs(type(objective), cls)
    self.assertIsInstance(objective, mi_tf.Objective)
    self.assertIn(objective.guarantee, ('lower bound', 'none'))

  def test_no_class_is_without_a_name(self):
    defined = {
      cls
      for module in (objective_lib, objectives, baseline_objectives)
      for cls in vars(module).values()
      if isinstance(cls, type) and issubclass(cls, objective_lib.Objective)
    }
    named = set(objectives.OBJECTIVES.values())
    self.assertEqual(
      defined - named, {objective_lib.Objective, objectives.FunctionObjective}
    )

  def test_docstring_lists_all_names(self):
    for name in objectives.OBJECTIVES:
      self.assertIn(f"'{name}'", objectives.get_objective.__doc__)
      self.assertIn(f"'{name}'", mi_tf.MiEstimator.__init__.__doc__)

  def test_unknown_names_are_answered_by_the_known_ones(self):
    with self.assertRaisesRegex(
      ValueError,
      r"^`objective` must be one of \['dv', 'flo', 'info_nce', .*\], an "
      "Objective or a function. Received: objective='infonce'.$",
    ):
      objectives.get_objective('infonce')

  def test_objectives_are_returned_as_they_are(self):
    objective = baseline_objectives.Mine(0.5)
    self.assertIs(objectives.get_objective(objective), objective)

  def test_functions_are_maximised_and_reported(self):
    calls = []

    def bound(logu, joint_sample_mask):
      calls.append(joint_sample_mask)
      return mi_tf.lower_bound_info_nce(logu, joint_sample_mask) / 2.0

    objective = objectives.get_objective(bound)
    logu = tf.constant(self.rng().normal(size=(4, 5)), tf.float32)
    mask = tf.constant([True] + [False] * 4)
    expected = mi_tf.lower_bound_info_nce(logu, mask) / 2.0
    self.assertAllClose(objective.value(logu, mask), expected)
    self.assertAllClose(objective.loss(logu, mask, training=True), -expected)
    self.assertIs(calls[0], mask)
    self.assertEqual(objective.guarantee, 'none')
    self.assertFalse(objective.holds_in_batches)

  def test_subclasses_must_define_their_value(self):
    class Nothing(mi_tf.Objective):
      pass

    for fn in (Nothing().value, Nothing().loss):
      with self.assertRaisesRegex(
        NotImplementedError, '^Nothing must define `value`.$'
      ):
        fn(tf.eye(3))

  @parameterized.parameters(
    objectives.Smile(clip=1.5),
    baseline_objectives.Mine(ema_decay=0.25),
    baseline_objectives.Interpolated(0.3, critics.MovingAverageBaseline(0.5)),
    baseline_objectives.Tuba(critics.LearnedBaseline([7])),
    baseline_objectives.FenchelLegendre(critics.SeparableCritic([5], 3)),
    objectives.FunctionObjective(mi_tf.lower_bound_info_nce),
  )
  def test_config_tells_everything(self, objective):
    config = keras.saving.serialize_keras_object(objective)
    copy = keras.saving.deserialize_keras_object(config)
    self.assertIs(type(copy), type(objective))
    self.assertIsNot(copy, objective)
    self.assertEqual(keras.saving.serialize_keras_object(copy), config)


if __name__ == '__main__':
  test_util.main()
