"""Tests of the objectives."""

import functools

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf import critics
from mi_tf.bounds import facts
from mi_tf.objectives import baseline_objectives
from mi_tf.objectives import objective as objective_lib
from mi_tf.objectives import score_objectives
from mi_tf_test import test_util
from mi_tf_test import two_replicas
from mi_tf_test.models import batches


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
  'smile': (mi_tf.lower_bound_jensen_shannon, mi_tf.mi_smile),
}


class ObjectivesTest(batches.BatchCase):
  @parameterized.parameters(*_BOUNDS)
  def test_loss_and_value_are_those_of_the_bounds(self, name):
    trained, reported = _BOUNDS[name]
    objective = batches.built(name, self.x, self.y)
    for logu, mask in self.both():
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
    objective = score_objectives.get_objective(name)
    self.assertAllClose(objective.loss(self.logu), -_BOUNDS[name][0](self.logu))
    self.assertAllClose(objective.value(self.logu), _BOUNDS[name][1](self.logu))

  def test_weighted_negatives_are_told_from_joint_samples(self):
    f = self.rng().normal(size=(5, 7))
    k = 30.0
    joint, total = 0.0, 0.0
    for i in range(5):
      for j in range(7):
        chance = np.exp(f[i, j]) / (np.exp(f[i, j]) + k)
        if i == j:
          joint -= np.log(chance) / 5
        else:
          total -= k * np.log(1.0 - chance) / 30
    loss = score_objectives.get_objective('js', negative_weight=k).loss(f)
    self.assertAllClose(loss, joint + total, rtol=1e-12)

  def test_log_ratio_is_the_best_critic_for_any_weight_of_negatives(self):
    # Of 4 classes, x is 1.6 times as often the same as y.
    log_ratio = np.where(np.eye(4), np.log(1.6), np.log(0.8))
    same = np.eye(4, dtype=bool)

    def loss(f, objective):
      # Joint samples by their probabilities, .4 and .6 / 3; independent ones
      # are equally likely.
      parts = []
      for mask, share in ((same, 0.4), (~same, 0.6)):
        rows = tf.concat([f[mask], tf.reshape(f, [-1])], axis=0)[tf.newaxis]
        joint = np.arange(rows.shape[1]) < mask.sum()
        parts.append(share * objective.loss(rows, joint[np.newaxis]))
      return tf.add_n(parts)

    f = tf.constant(log_ratio)
    other = f + 0.1 * self.rng().normal(size=(4, 4))
    for k in (0.1, 1.0, 100.0):
      objective = score_objectives.get_objective('js', negative_weight=k)
      with tf.GradientTape() as tape:
        tape.watch(f)
        value = loss(f, objective)
      self.assertAllClose(tape.gradient(value, f), np.zeros((4, 4)), atol=1e-12)
      self.assertGreater(loss(other, objective), value)

  @parameterized.product(streams=(False, True), jit_compile=(False, True))
  def test_weight_of_negatives_may_be_a_variable(self, streams, jit_compile):
    critic = mi_tf.SeparableCritic((4,), 3)
    batch = self.rng().normal(size=(2, 6, 2)).astype(np.float32)
    critic.build(*((None, 2),) * 2)
    variable = tf.Variable(1.0, trainable=False, dtype=tf.float64)
    objective = score_objectives.get_objective('js', negative_weight=variable)
    self.assertTrue(objective.streams)
    traces = []

    @tf.function(autograph=False, jit_compile=jit_compile)
    def run():
      traces.append(0)
      return loss_and_gradients(objective)

    def loss_and_gradients(objective):
      with tf.GradientTape() as tape:
        scores = critic.stream(*batch, block_rows=2) if streams else None
        loss = objective.loss(critic(*batch) if scores is None else scores)
      return [loss, *tape.gradient(loss, critic.trainable_variables)]

    for k in (1.0, 30.0):
      variable.assign(k)
      fixed = score_objectives.get_objective('js', negative_weight=k)
      self.assertAllClose(run(), loss_and_gradients(fixed), atol=1e-5)
      self.assertEqual(objective.get_config()['negative_weight'], k)
    self.assertLen(traces, 1)

  def test_weight_of_negatives_must_be_a_number_or_a_scalar_variable(self):
    for weight in (
      'a',
      None,
      tf.constant(3.0),
      tf.Variable(3),
      tf.Variable([3.0]),
      tf.Variable('a'),
      tf.Variable(3.0 + 0.0j),
      keras.Variable(3.0),
    ):
      with self.assertRaisesRegex(
        TypeError, r'`negative_weight` must be a number or a scalar, floating '
      ):
        score_objectives.get_objective('js', negative_weight=weight)

  def test_weight_of_negatives_may_be_a_variable_of_a_strategy(self):
    with two_replicas.strategy().scope():
      objective = score_objectives.get_objective(
        'js', negative_weight=tf.Variable(3.0)
      )
    self.assertEqual(objective.get_config()['negative_weight'], 3.0)

  def test_weight_of_negatives_must_be_positive(self):
    for weight in (0.0, -1.0, float('nan'), float('inf')):
      for value in (weight, tf.Variable(weight)):
        with self.assertRaisesRegex(
          ValueError,
          r'`negative_weight` must be positive and finite\. Received: negative',
        ):
          score_objectives.get_objective('js', negative_weight=value)

  @parameterized.parameters(-3.0, -0.5, 0.0, 2.0)
  def test_js_adds_what_the_plug_in_is_certainly_too_low(self, offset):
    objective = score_objectives.get_objective('js')
    logu = tf.constant(self.rng().normal(size=(60, 60)), tf.float32) + offset
    value = objective.value(logu)
    self.assertAllClose(value, _read_js(logu), rtol=1e-5)
    plug_in = mi_tf.mi_plug_in(logu)
    if offset > 0.0:
      self.assertAllClose(value, plug_in)
    else:
      dv = mi_tf.lower_bound_donsker_varadhan(logu)
      self.assertAllGreaterEqual(value - plug_in, -1e-6)
      self.assertAllGreaterEqual(tf.maximum(dv, plug_in) - value, -1e-6)

  def test_smile_clips_where_it_is_told(self):
    objective = score_objectives.get_objective('smile', clip=0.5)
    self.assertAllClose(
      objective.value(self.logu), mi_tf.mi_smile(self.logu, clip=0.5)
    )
    self.assertNotAllClose(
      objective.value(self.logu), mi_tf.mi_smile(self.logu)
    )


class PointwiseTest(batches.BatchCase):
  """The mean of the pointwise values, where it must be the value or not."""

  @parameterized.parameters('dv', 'info_nce', 'js', 'mine')
  def test_mean_is_the_value(self, name):
    objective = batches.built(name, self.x, self.y)
    for logu, mask in self.both():
      pointwise, value = self.pointwise(objective, logu, mask)
      self.assertAllClose(pointwise.mean(), value, rtol=1e-5)

  def test_nwj_differs_from_its_value_by_what_the_critic_is_off(self):
    objective = score_objectives.get_objective('nwj')
    pointwise, value = self.pointwise(objective, self.logu, None)
    off = ~np.eye(batches.N, dtype=bool)
    partition = np.mean(np.exp(self.logu.numpy()[off] - 1.0))
    self.assertAllClose(pointwise.mean() + 1.0 - partition, value, rtol=1e-5)
    normalized = self.logu - np.log(partition)
    pointwise, value = self.pointwise(objective, normalized, None)
    self.assertAllClose(pointwise.mean(), value, rtol=1e-4)

  def test_smile_reads_the_scores_themselves(self):
    objective = score_objectives.get_objective('smile')
    pointwise, _ = self.pointwise(objective, self.logu - 5.0, None)
    self.assertAllClose(pointwise, np.diag(self.logu) - 5.0)

  def test_the_exact_log_ratio_is_found_whatever_the_objective_leaves_free(
    self,
  ):
    log_ratio = np.diag(self.logu)
    off = ~np.eye(batches.N, dtype=bool)
    log_mean = np.log(np.mean(np.exp(self.logu.numpy()[off])))
    ratio = self.logu - log_mean
    for name, offset in (('dv', 7.0), ('js', 0.0), ('nwj', 1.0)):
      pointwise = score_objectives.get_objective(name).pointwise(ratio + offset)
      self.assertAllClose(pointwise, log_ratio - log_mean, rtol=1e-4)


class GetObjectiveTest(test_util.TestCase):
  @parameterized.parameters(*score_objectives.OBJECTIVES.items())
  def test_names_give_their_classes(self, name, cls):
    objective = score_objectives.get_objective(name)
    self.assertIs(type(objective), cls)
    self.assertIsInstance(objective, mi_tf.Objective)

  def test_no_class_is_without_a_name(self):
    defined = {
      cls
      for module in (objective_lib, score_objectives, baseline_objectives)
      for cls in vars(module).values()
      if isinstance(cls, type) and issubclass(cls, objective_lib.Objective)
    }
    named = set(score_objectives.OBJECTIVES.values())
    self.assertEqual(
      defined - named,
      {objective_lib.Objective, score_objectives.FunctionObjective},
    )

  def test_docstring_lists_all_names(self):
    for name in score_objectives.OBJECTIVES:
      self.assertIn(f"'{name}'", score_objectives.get_objective.__doc__)
      self.assertIn(f"'{name}'", mi_tf.MiEstimator.__init__.__doc__)

  def test_unknown_names_are_answered_by_the_known_ones(self):
    with self.assertRaisesRegex(
      ValueError,
      r"^`objective` must be one of \['club', 'dv', 'flo', .*\], an "
      "Objective or a function. Received: objective='infonce'.$",
    ):
      score_objectives.get_objective('infonce')

  def test_objectives_are_returned_as_they_are(self):
    objective = baseline_objectives.Mine(0.5)
    self.assertIs(score_objectives.get_objective(objective), objective)

  def test_functions_are_maximized_and_reported(self):
    calls = []

    def bound(logu, joint_sample_mask):
      calls.append(joint_sample_mask)
      return mi_tf.lower_bound_info_nce(logu, joint_sample_mask) / 2.0

    objective = score_objectives.get_objective(bound)
    logu = tf.constant(self.rng().normal(size=(4, 5)), tf.float32)
    mask = tf.constant([True] + [False] * 4)
    expected = mi_tf.lower_bound_info_nce(logu, mask) / 2.0
    self.assertAllClose(objective.value(logu, mask), expected)
    self.assertAllClose(objective.loss(logu, mask, training=True), -expected)
    self.assertAllEqual(calls[0], np.broadcast_to(mask, [4, 5]))
    self.assertEqual(objective.guarantee, 'none')

  @parameterized.parameters(
    score_objectives.Smile(clip=1.5),
    baseline_objectives.Mine(ema_decay=0.25),
    baseline_objectives.Interpolated(0.3, mi_tf.MovingAverageBaseline(0.5)),
    baseline_objectives.Tuba(mi_tf.LearnedBaseline([7])),
    baseline_objectives.FenchelLegendre(critics.SeparableCritic([5], 3)),
    score_objectives.FunctionObjective(mi_tf.lower_bound_info_nce),
  )
  def test_config_tells_everything(self, objective):
    config = keras.saving.serialize_keras_object(objective)
    copy = keras.saving.deserialize_keras_object(config)
    self.assertIs(type(copy), type(objective))
    self.assertIsNot(copy, objective)
    self.assertEqual(keras.saving.serialize_keras_object(copy), config)


# The bound that each objective reports.
_REPORTED = {
  'club': mi_tf.mi_club,
  'dv': mi_tf.lower_bound_donsker_varadhan,
  'flo': mi_tf.lower_bound_fenchel_legendre,
  'info_nce': mi_tf.lower_bound_info_nce,
  'interpolated': mi_tf.lower_bound_interpolated,
  'js': mi_tf.mi_plug_in,
  'leave_one_out': mi_tf.upper_bound_leave_one_out,
  'mine': mi_tf.lower_bound_donsker_varadhan,
  'nwj': mi_tf.lower_bound_nguyen_wainwright_jordan,
  'smile': mi_tf.mi_smile,
  'tuba': mi_tf.lower_bound_tuba,
  'variational': mi_tf.upper_bound_barber_agakov,
}
_NEED_DENSITIES = ('club', 'leave_one_out', 'variational')


class FactsTest(test_util.TestCase):
  @parameterized.parameters(*score_objectives.OBJECTIVES)
  def test_facts_are_those_of_the_bound_that_is_reported(self, name):
    objective, fn = score_objectives.get_objective(name), _REPORTED[name]
    self.assertIs(objective.facts, facts.of(fn))
    of_function = score_objectives.FunctionObjective(fn)
    for key in objective_lib.OF_THE_BOUND:
      if (name, key) != ('variational', 'streams'):
        expected = getattr(of_function, key)
        self.assertEqual(getattr(objective, key), expected, key)

  def test_guarantees_are_of_mutual_information(self):
    guarantee = lambda o: mi_tf.get_objective(o).guarantee
    for lower in (
      'info_nce',
      'nwj',
      'dv',
      'mine',
      'tuba',
      'interpolated',
      'flo',
    ):
      self.assertEqual(guarantee(lower), 'lower bound')
    for upper in ('leave_one_out', 'variational'):
      self.assertEqual(guarantee(upper), 'upper bound')
    for none in (
      *('js', 'smile', 'club'),
      mi_tf.mi_plug_in,
      mi_tf.jensen_shannon_divergence,
      mi_tf.lower_bound_jensen_shannon,
    ):
      self.assertEqual(guarantee(none), 'none')
    self.assertEqual(
      guarantee(mi_tf.lower_bound_from_jensen_shannon), 'lower bound'
    )

  def test_functions_of_densities_stand_for_what_reports_them(self):
    for name in score_objectives.OBJECTIVES:
      objective = score_objectives.get_objective(_REPORTED[name])
      needs_density = name in _NEED_DENSITIES
      self.assertEqual(objective.needs_density, needs_density)
      expected = type(score_objectives.get_objective(name))
      if not needs_density:
        expected = score_objectives.FunctionObjective
      self.assertIs(type(objective), expected)

  def test_functions_of_others_have_no_facts(self):
    class Callable:
      """A function that has no hash."""

      def __eq__(self, other):
        return self is other

      def __call__(self, logu, joint_sample_mask):
        return mi_tf.lower_bound_info_nce(logu, joint_sample_mask)

    def lower_bound_own(logu, joint_sample_mask):
      return tf.reduce_mean(logu)

    wrapped = functools.wraps(mi_tf.lower_bound_info_nce)(lower_bound_own)
    for fn in (Callable(), lower_bound_own, wrapped):
      objective = mi_tf.get_objective(fn)
      self.assertEqual(objective.guarantee, 'none')
      self.assertFalse(objective.streams)
      self.assertFalse(objective.needs_density)


class StreamsTest(test_util.TestCase):
  def test_baselines_of_others_get_dense_scores(self):
    class Baseline(mi_tf.mi_tf.LearnedBaseline):
      pass

    self.assertTrue(mi_tf.get_objective('tuba').streams)
    self.assertFalse(baseline_objectives.Tuba(Baseline()).streams)
    self.assertFalse(mi_tf.get_objective('interpolated').streams)


if __name__ == '__main__':
  test_util.main()
