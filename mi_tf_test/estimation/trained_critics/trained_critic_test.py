"""Tests of critics that users ask for: quick ones, of few updates."""

import random
from unittest import mock

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.estimation import pipeline
from mi_tf.estimation.trained_critics import trained_critic
from mi_tf.estimation.trained_critics import training
from mi_tf.estimation.variables import checking
from mi_tf_test import test_util

_RHO = 0.9


def _gaussian(rng, n, rho=_RHO):
  x, noise = rng.normal(size=(2, n))
  return x, rho * x + np.sqrt(1.0 - rho**2) * noise


def _number(estimate):
  return estimate.diagnostics['unclipped']


class _Count(keras.callbacks.Callback):
  def __init__(self):
    super().__init__()
    self.trainings = self.epochs = 0
    self.logs = []

  def on_train_begin(self, logs=None):
    self.trainings += 1

  def on_epoch_end(self, epoch, logs=None):
    self.epochs += 1
    self.logs.append(dict(logs))


class EstimateTest(test_util.TestCase):
  def test_critic_finds_what_is_there_and_tells_how(self):
    x, y = _gaussian(self.rng(), 900)
    truth = -0.5 * np.log1p(-(_RHO**2))
    estimate = mi_tf.estimate_mi(
      x, y, critic='elliptical', seed=self.seed(), max_epochs=3
    )
    low, high = estimate.interval
    self.assertBetween(truth, low - 0.05, high + 0.05)
    self.assertBetween(estimate.lower_bound, 0.4 * truth, truth)
    self.assertEqual((estimate.method, estimate.candidates), ('critic', ()))
    self.assertAllEqual(estimate.indices, np.arange(900))
    diagnostics = estimate.diagnostics
    self.assertAllClose(
      estimate.pointwise.mean(), diagnostics['held_out'], rtol=1e-4
    )
    self.assertAllClose(diagnostics['correction'], 0.5 * diagnostics['fit_gap'])
    self.assertAllClose(
      estimate.mi, diagnostics['held_out'] + diagnostics['correction']
    )
    # The values are those of the rows: see what an exact critic would say.
    exact = truth - ((_RHO**2) * (x**2 + y**2) - 2.0 * _RHO * x * y) / (
      2.0 * (1.0 - _RHO**2)
    )
    correlation = np.corrcoef(exact, estimate.pointwise)[0, 1]
    self.assertGreater(correlation, 0.9)
    for key, value in {
      'n': 900,
      'folds': 3,
      'seed': self.seed(),
      'critic': 'EllipticalCritic',
      'objective': 'JensenShannon',
      'negative_weight': 1.0,
      'x': '1 number',
      'batch_size': 256,
      'learning_rate': 1e-3,
      'max_epochs': 3,
      'patience': 8,
    }.items():
      self.assertEqual(diagnostics[key], value, key)
    for key in ('epochs', 'best_epochs'):
      self.assertLen(diagnostics[key], 3)
    self.assertBetween(diagnostics['mean_exp_score'], 0.5, 2.0)
    for key in ('loss', 'mi', 'val_loss'):
      self.assertLen(estimate.history[key], diagnostics['epochs'][0])

  @parameterized.parameters(
    ({}, 'EllipticalCritic'),
    ({'objective': 'club', 'critic': 'gaussian'}, 'GaussianCritic'),
    ({'critic': mi_tf.BilinearCritic()}, 'BilinearCritic'),
  )
  def test_what_is_not_asked_for_has_a_default(self, options, expected):
    x, y = _gaussian(self.rng(), 60)
    options = {'objective': 'js', **options}
    estimate = mi_tf.estimate_mi(x, y, folds=2, max_epochs=1, **options)
    self.assertEqual(estimate.diagnostics['critic'], expected)

  def test_images_are_looked_at(self):
    labels = self.rng('y').integers(2, size=150)
    images = self.rng('x').integers(0, 50, (150, 8, 8), dtype=np.uint8)
    images[labels == 1, 2:6, 2:6] += 100
    estimate = mi_tf.estimate_mi(images, labels, folds=1, max_epochs=3)
    self.assertGreater(estimate.mi, 0.4)
    self.assertLessEqual(estimate.mi, estimate.cap)
    self.assertEqual(estimate.diagnostics['x'], 'images 8x8x1')
    self.assertEqual(estimate.diagnostics['critic'], 'SeparableCritic')

  def test_counts_of_few_values_are_seen_as_classes(self):
    labels = checking.check(np.arange(200) % 10, 'x')
    few = training._encoder(labels, np.arange(200))
    self.assertEqual(few(labels, np.arange(5)).shape, (5, 10))
    counts = checking.check(np.arange(2400) % 300, 'x')
    many = training._encoder(counts, np.arange(2400))
    self.assertEqual(many(counts, np.arange(5)).shape, (5, 1))

  def test_same_seed_gives_the_same_number_and_leaves_no_trace(self):
    x, y = _gaussian(self.rng(), 300, 0.5)
    state = random.getstate(), np.random.get_state()  # noqa: NPY002

    def run(seed):
      return mi_tf.estimate_mi(
        x, y, seed=seed, folds=1, critic='separable', max_epochs=2
      )

    first = run(7)
    self.assertEqual(random.getstate(), state[0])
    for before, after in zip(state[1], np.random.get_state()):  # noqa: NPY002
      self.assertAllEqual(before, after)
    random.random()
    tf.random.normal([])
    second, third = run(7), run(8)
    self.assertEqual(_number(first), _number(second))
    self.assertEqual(first.interval, second.interval)
    self.assertEqual(first.lower_bound, second.lower_bound)
    self.assertAllEqual(first.pointwise, second.pointwise)
    self.assertNotEqual(_number(first), _number(third))

  def test_permutations_tell_dependence_from_independence(self):
    x, y = _gaussian(self.rng(), 300)
    kwargs = dict(critic='elliptical', folds=1, max_epochs=1, permutations=99)
    self.assertEqual(mi_tf.estimate_mi(x, y, **kwargs).p_value, 0.01)
    other = self.rng('other').normal(size=300)
    estimate = mi_tf.estimate_mi(x, other, **kwargs)
    self.assertGreater(estimate.p_value, 0.01)

  def test_groups_count_as_one_in_errors_bound_and_test(self):
    x, y = np.repeat(_gaussian(self.rng(), 6), 40, axis=1)
    x, y = x + 0.1 * self.rng('noise').normal(size=(2, 240))
    groups = np.repeat(np.arange(6), 40)
    kwargs = dict(
      critic='elliptical', folds=2, max_epochs=1, permutations=99, seed=1
    )
    with mock.patch.object(trained_critic.p_values, 'of_scores') as p_value:
      alone = mi_tf.estimate_mi(x, y, **kwargs)
      p_value.assert_not_called()
      p_value.return_value = 0.5
      together = mi_tf.estimate_mi(x, y, groups=groups, **kwargs)
    self.assertEqual((alone.p_value, together.p_value), (0.01, 0.5))
    scored, *others = p_value.call_args.args
    self.assertEqual(others, [99, None])
    self.assertAllEqual(scored.pair.groups, groups)
    self.assertLess(together.lower_bound, 0.8 * alone.lower_bound)
    sampling = together.pointwise.std() / np.sqrt(240)
    self.assertGreater(together.diagnostics['stderr_sampling'], 2.0 * sampling)
    self.assertGreater(together.stderr, 2.0 * sampling)

  def test_groups_have_a_test_of_their_own(self):
    x, y = _gaussian(self.rng(), 120)
    groups = np.repeat(np.arange(30), 4)
    estimate = mi_tf.estimate_mi(
      x, y, critic='elliptical', groups=groups, max_epochs=1, permutations=99
    )
    self.assertLess(estimate.p_value, 0.1)

  def test_weights_sample_the_rows_of_the_test(self):
    # Independent in the population; rows of great x + y are more frequent.
    x, y = self.rng().normal(size=(2, 1500))
    chances = 1.0 / (1.0 + np.exp(-2.0 * (x + y)))
    kept = self.rng('kept').random(1500) < chances
    x, y, weights = x[kept], y[kept], 1.0 / chances[kept]
    kwargs = dict(critic='elliptical', max_epochs=1, permutations=99)
    plain = mi_tf.estimate_mi(x, y, **kwargs)
    weighted = mi_tf.estimate_mi(x, y, sample_weight=weights, **kwargs)
    self.assertLess(plain.p_value, 0.05)
    self.assertGreater(weighted.p_value, 0.05)

  def test_each_fold_is_scored_by_its_own_critic(self):
    x, y = _gaussian(self.rng(), 120)
    options = pipeline.Options(
      'bilinear', 'js', batch_size=32, learning_rate=0.01, max_epochs=3, folds=2
    )
    (pair,) = pipeline.check_and_split(
      [[checking.check(t, n) for t, n in ((x, 'x'), (y, 'y'))]],
      None,
      options,
    )
    options = options.completed(pair)
    pool = training.pool_for(options)
    fits, expected = [], []
    for k in (0, 1):
      fits.append(training.train(pair, k, options, pool))
      rows = pair.folds[k][:5]
      expected.append(fits[k].scores(pair, rows, rows))
    scored = trained_critic.CriticFit(pair, fits)
    for k in (0, 1, 0):
      rows = pair.folds[k][:5]
      self.assertAllClose(scored.scores(k, rows, rows), expected[k])
      self.assertNotAllClose(scored.scores(1 - k, rows, rows), expected[k])

  def test_one_fold_holds_out_a_third(self):
    x, y = _gaussian(self.rng(), 190)
    callback = _Count()
    estimate = mi_tf.estimate_mi(
      x,
      y,
      folds=1,
      critic='bilinear',
      max_epochs=2,
      patience=1,
      callbacks=[callback],
    )
    self.assertEqual(estimate.num_samples, 63)
    self.assertLen(set(estimate.indices.tolist()), 63)
    self.assertEqual(estimate.diagnostics['stderr_between_critics'], 0.0)
    self.assertEqual(callback.trainings, 1)
    self.assertIn('val_loss', callback.logs[0])
    self.assertStartsWith(estimate.warnings[-1], '190 rows are few')

  @test_util.full(
    '`test_one_fold_holds_out_a_third` has a callback of one training; '
    'this one counts three.'
  )
  def test_callbacks_see_each_training(self):
    x, y = _gaussian(self.rng(), 120)
    before = x.copy(), y.copy()
    callback = _Count()
    estimate = mi_tf.estimate_mi(
      x, y, objective='js', max_epochs=2, callbacks=[callback], batch_size=32
    )
    self.assertEqual(callback.trainings, 3)
    self.assertEqual(callback.epochs, sum(estimate.diagnostics['epochs']))
    self.assertEqual(estimate.diagnostics['batch_size'], 32)
    self.assertAllEqual((x, y), before)

  def test_critics_that_are_given_are_copied(self):
    x, y = _gaussian(self.rng(), 300)
    critic = mi_tf.SeparableCritic([7], 3, activation='tanh')
    critic.build((None, 1), (None, 1))
    before = critic.get_weights()
    objective = mi_tf.get_objective('mine', ema_decay=0.5)
    estimate = mi_tf.estimate_mi(
      x, y, critic=critic, objective=objective, folds=1, max_epochs=4
    )
    self.assertAllEqual(critic.get_weights()[0], before[0])
    self.assertFalse(objective.built)
    self.assertEqual(estimate.diagnostics['critic'], 'SeparableCritic')
    self.assertEqual(estimate.diagnostics['objective'], 'Mine')
    self.assertGreater(estimate.mi, 0.2)

  @test_util.full(
    'Objectives are passed on in another test; this finds a wrong '
    'guarantee after a training.'
  )
  def test_info_nce_is_a_lower_bound_below_its_cap(self):
    x, y = _gaussian(self.rng(), 600)
    estimate = mi_tf.estimate_mi(
      x, y, critic='separable', objective='info_nce', folds=1, max_epochs=8
    )
    truth = -0.5 * np.log1p(-(_RHO**2))
    self.assertEqual(estimate.guarantee, 'lower bound')
    self.assertLess(estimate.mi, truth + 4.0 * estimate.stderr)
    self.assertGreater(estimate.mi, 0.3 * truth)
    self.assertLess(estimate.lower_bound, estimate.mi)
    self.assertAllClose(estimate.diagnostics['log_columns'], np.log(200.0))

  def test_bad_training_is_said(self):
    x, y = _gaussian(self.rng(), 600)
    estimate = mi_tf.estimate_mi(
      x, y, critic='separable', folds=1, learning_rate=30.0, max_epochs=3
    )
    self.assertAllFinite([estimate.mi, *estimate.interval])
    self.assertIn('Training made the critic worse', estimate.warnings[-1])

  @test_util.full(
    'Several replicas are refused in a test; this one finds a refusal of one.'
  )
  def test_one_replica_is_as_none(self):
    x, y = _gaussian(self.rng(), 100)
    options = dict(critic='bilinear', folds=1, max_epochs=1)
    with tf.distribute.MirroredStrategy(['/cpu:0']).scope():
      estimate = mi_tf.estimate_mi(x, y, **options)
    self.assertEqual(
      _number(estimate), _number(mi_tf.estimate_mi(x, y, **options))
    )


if __name__ == '__main__':
  test_util.main()
