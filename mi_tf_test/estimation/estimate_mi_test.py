"""Tests of estimate_mi: quick ones, of few samples and epochs."""

import math
import random

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.estimators import estimation
from mi_tf.estimators import variables
from mi_tf_test import test_util
from mi_tf_test import two_replicas

_RHO = 0.9
_TRUTH = -0.5 * math.log1p(-(_RHO**2))


def _gaussian(rng, n, rho=_RHO):
  x, noise = rng.normal(size=(2, n))
  return x, rho * x + math.sqrt(1.0 - rho**2) * noise


def _noisy_labels(rng, n, classes=3, kept=0.8):
  """Returns classes, classes of which some are redrawn, and their MI."""
  x = rng.integers(classes, size=n)
  y = np.where(rng.random(n) < kept, x, rng.integers(classes, size=n))
  same = (kept + (1.0 - kept) / classes) / classes
  other = (1.0 - same * classes) / (classes * (classes - 1))
  joint = np.where(np.eye(classes) == 1, same, other)
  return x, y, float(np.sum(joint * np.log(joint * classes**2)))


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


class EstimateMiTest(test_util.TestCase):
  def _assert_near(self, estimate, truth):
    self.assertAllFinite([estimate.mi, estimate.stderr, *estimate.interval])
    self.assertGreater(estimate.stderr, 0.0)
    self.assertLess(abs(estimate.mi - truth), 5.0 * estimate.stderr)
    self.assertLess(estimate.stderr, 0.1)
    self.assertGreaterEqual(estimate.lower_bound, 0.0)
    self.assertLess(estimate.lower_bound, truth + 2.0 * estimate.stderr)

  def test_strong_dependence_is_found(self):
    x, y = _gaussian(self.rng(), 1200)
    estimate = mi_tf.estimate_mi(x, y, seed=self.seed(), max_epochs=10)
    self._assert_near(estimate, _TRUTH)
    self.assertGreater(estimate.lower_bound, 0.5 * _TRUTH)
    self.assertEqual((estimate.units, estimate.guarantee), ('nats', 'none'))
    found = estimate.diagnostics
    self.assertNotEqual(found['fit_gap'], 0.0)
    self.assertAllClose(found['correction'], 0.5 * found['fit_gap'])
    self.assertAllClose(estimate.mi, found['held_out'] + found['correction'])
    self.assertEqual(estimate.num_samples, 1200)
    self.assertAllEqual(estimate.indices, np.arange(1200))
    self.assertAllClose(
      estimate.pointwise.mean(), estimate.diagnostics['held_out'], rtol=1e-4
    )
    # The values are those of the rows: see what an exact critic would say.
    exact = _TRUTH - ((_RHO**2) * (x**2 + y**2) - 2.0 * _RHO * x * y) / (
      2.0 * (1.0 - _RHO**2)
    )
    correlation = np.corrcoef(exact, estimate.pointwise)[0, 1]
    self.assertGreater(correlation, 0.9)

    diagnostics = estimate.diagnostics
    for key, value in {
      'n': 1200,
      'folds': 3,
      'seed': self.seed(),
      'critic': 'EllipticalCritic',
      'objective': 'JensenShannon',
      'x': '1 continuous column',
      'y': '1 continuous column',
      'dropped_x': [],
      'dropped_y': [],
      'batch_size': 256,
      'learning_rate': 5e-3,
      'start': ['Gaussian'] * 3,
      'dtype': ['float32'] * 3,
    }.items():
      self.assertEqual(diagnostics[key], value, key)
    self.assertLen(diagnostics['epochs'], 3)
    for key in (
      'stderr_sampling',
      'stderr_between_critics',
      'log_columns',
      'mean_exp_score',
      'effective_negatives',
      'fit_gap',
      'best_epochs',
    ):
      self.assertAllFinite(diagnostics[key])
    self.assertBetween(diagnostics['mean_exp_score'], 0.5, 2.0)
    for key in ('loss', 'mi', 'val_loss'):
      self.assertLen(estimate.history[key], diagnostics['epochs'][0])

  @test_util.full(
    'The benchmarks have independent pairs, and `readout_test` the '
    'reading; this one finds a critic that learns noise.'
  )
  def test_independence_gives_about_zero(self):
    x, y = _gaussian(self.rng(), 900, rho=0.0)
    estimate = mi_tf.estimate_mi(x, y, seed=self.seed(), max_epochs=8)
    self.assertAllClose(estimate.mi, 0.0, atol=0.05)
    self.assertLess(estimate.lower_bound, 0.05)

  @test_util.full(
    'Strong dependence is found in a test of its own; this one finds a '
    'critic that never leaves its start.'
  )
  def test_dependence_without_correlation_is_found(self):
    x = self.rng('x').normal(size=1200)
    y = np.abs(x) + 0.3 * self.rng('y').normal(size=1200)
    estimate = mi_tf.estimate_mi(x, y, folds=1, max_epochs=20)
    self.assertLess(abs(np.corrcoef(x, y)[0, 1]), 0.2)
    self.assertGreater(estimate.lower_bound, 0.2)

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
    self.assertEqual(first.mi, second.mi)
    self.assertEqual(first.interval, second.interval)
    self.assertEqual(first.lower_bound, second.lower_bound)
    self.assertAllEqual(first.pointwise, second.pointwise)
    self.assertNotEqual(first.mi, third.mi)

  def test_classes_are_classes_by_any_name(self):
    x, y, truth = _noisy_labels(self.rng(), 1200)
    names = np.array(['oak', 'pine', 'yew'])
    kwargs = dict(seed=1, folds=1, max_epochs=5)
    integers = mi_tf.estimate_mi(x, y, **kwargs)
    self._assert_near(integers, truth)
    self.assertEqual(integers.diagnostics['x'], '1 categorical column')
    strings = mi_tf.estimate_mi(names[x], names[y], **kwargs)
    self.assertEqual(strings.mi, integers.mi)

  def test_images_are_looked_at(self):
    labels = self.rng('y').integers(2, size=150)
    images = self.rng('x').integers(0, 50, (150, 8, 8), dtype=np.uint8)
    images[labels == 1, 2:6, 2:6] += 100
    estimate = mi_tf.estimate_mi(images, labels, folds=1, max_epochs=3)
    self.assertGreater(estimate.mi, 0.4)
    self.assertEqual(estimate.diagnostics['x'], 'images 8x8x1')
    self.assertEqual(estimate.diagnostics['critic'], 'SeparableCritic')

  def test_permutations_tell_dependence_from_independence(self):
    x, y = _gaussian(self.rng(), 300)
    kwargs = dict(folds=1, max_epochs=2, permutations=99)
    self.assertEqual(mi_tf.estimate_mi(x, y, **kwargs).p_value, 0.01)
    other = self.rng('other').normal(size=300)
    estimate = mi_tf.estimate_mi(x, other, **kwargs)
    self.assertGreater(estimate.p_value, 0.01)

  @test_util.full('The warning has a test with made-up losses; this trains.')
  def test_few_samples_give_a_wide_interval_and_a_warning(self):
    x, y = _gaussian(self.rng(), 50, rho=0.5)
    estimate = mi_tf.estimate_mi(x, y, max_epochs=5)
    self.assertEqual(estimate.diagnostics['folds'], 2)
    self.assertIn('50 samples are few', estimate.warnings[-1])
    low, high = estimate.interval
    self.assertGreater(high - low, 0.1)
    self.assertLess(estimate.lower_bound, 0.15)

  @parameterized.parameters((40, 1), (40, None))
  @test_util.full('Fewer are refused in a test; this trains on the fewest.')
  def test_the_fewest_samples_will_do(self, n, folds):
    x, y = _gaussian(self.rng(), n)
    estimate = mi_tf.estimate_mi(x, y, folds=folds, max_epochs=1)
    self.assertAllFinite([estimate.mi, *estimate.interval])

  @test_util.full(
    'Intervals of few samples have a test; this finds one that is too '
    'narrow in many dimensions.'
  )
  def test_weak_dependence_of_few_samples_is_not_excluded(self):
    rng = self.rng()
    x = rng.normal(size=(50, 20))
    y = 0.2 * x + math.sqrt(0.96) * rng.normal(size=(50, 20))
    low, high = mi_tf.estimate_mi(x, y, max_epochs=2).interval
    self.assertBetween(-10.0 * math.log(0.96), low, high)

  @test_util.full(
    '`variables_test` and the table of bad input have odd columns; this '
    'trains on all at once.'
  )
  def test_odd_columns_are_finite(self):
    rng = self.rng()
    x, y = _gaussian(rng, 400)
    rare = np.zeros(400)
    rare[7] = 1.0
    table = np.stack([x, rare, 2.0 * x, 1e-200 * x, 1e30 * x], axis=1)
    estimate = mi_tf.estimate_mi(table, y, folds=2, max_epochs=2)
    self.assertAllFinite([estimate.mi, *estimate.interval])
    self.assertAllClose(estimate.mi, _TRUTH, atol=0.3)

  def test_one_fold_holds_out_a_third(self):
    x, y = _gaussian(self.rng(), 200)
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
    self.assertEqual(estimate.num_samples, 66)
    self.assertLen(set(estimate.indices.tolist()), 66)
    self.assertAllInRange(estimate.indices, 0, 199)
    self.assertEqual(estimate.diagnostics['stderr_between_critics'], 0.0)
    self.assertEqual(estimate.diagnostics['critic'], 'BilinearCritic')
    self.assertEqual(callback.trainings, 1)
    self.assertIn('val_loss', callback.logs[0])
    self.assertStartsWith(estimate.warnings[-2], '200 samples are few')

  @test_util.full(
    '`test_one_fold_holds_out_a_third` has a callback of one training; '
    'this one counts three.'
  )
  def test_callbacks_see_each_training(self):
    x, y = _gaussian(self.rng(), 120)
    before = x.copy(), y.copy()
    callback = _Count()
    estimate = mi_tf.estimate_mi(
      x, y, folds=3, max_epochs=2, callbacks=[callback], batch_size=32
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
    self.assertEqual(estimate.guarantee, 'lower bound')
    self.assertLess(estimate.mi, _TRUTH + 4.0 * estimate.stderr)
    self.assertGreater(estimate.mi, 0.3 * _TRUTH)
    self.assertLess(estimate.lower_bound, estimate.mi)
    self.assertAllClose(estimate.diagnostics['log_columns'], math.log(200.0))

  @test_util.full('`stopping_test` has the rule; this one trains.')
  def test_bad_training_does_not_undo_a_good_start(self):
    x, y = _gaussian(self.rng(), 900)
    estimate = mi_tf.estimate_mi(
      x, y, folds=1, learning_rate=3.0, patience=1, max_epochs=5
    )
    self.assertLess(estimate.diagnostics['epochs'][0], 5)
    self._assert_near(estimate, _TRUTH)

  def test_bad_training_of_a_critic_without_a_start_is_said(self):
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
    with tf.distribute.MirroredStrategy(['/cpu:0']).scope():
      estimate = mi_tf.estimate_mi(x, y, folds=1, max_epochs=1)
    self.assertEqual(
      estimate.mi, mi_tf.estimate_mi(x, y, folds=1, max_epochs=1).mi
    )


class WarningsTest(test_util.TestCase):
  """The sentences about training, from what it left behind."""

  def _warnings(
    self,
    n=1000,
    gap=0.0,
    losses=(3.0, 2.0, 2.5),
    max_epochs=9,
    start_loss=4.0,
    val_losses=None,
    has_start=False,
  ):
    class _Reading:
      value = 1.0

    found = list(losses) if val_losses is None else val_losses
    history = {
      'loss': list(losses),
      'val_loss': found,
      'start_loss': [start_loss],
      'best_epoch': [int(np.nanargmin([start_loss, *found]))],
    }
    return estimation._warnings(
      n, [gap], [_Reading], [history], max_epochs, has_start
    )

  def test_columns_that_were_left_out_are_named_up_to_ten(self):
    sides = [
      variables.Variable(name, 'table', [], [], dropped=tuple(dropped))
      for name, dropped in (('x', ''), ('y', 'ab'), ('z', '0123456789cd'))
    ]
    self.assertEqual(
      estimation._of_dropped(*sides),
      [
        'Columns of y that do not vary were left out: a, b.',
        'Columns of z that do not vary were left out: '
        '0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more.',
      ],
    )

  def test_nothing_wrong_nothing_said(self):
    self.assertEmpty(self._warnings())

  def test_few_samples(self):
    self.assertEmpty(self._warnings(n=500))
    (warning,) = self._warnings(n=499)
    self.assertStartsWith(warning, '499 samples are few')

  def test_noise_that_was_learned(self):
    self.assertEmpty(self._warnings(gap=0.29))
    (warning,) = self._warnings(gap=0.31)
    self.assertStartsWith(warning, 'The critic does 0.31 nats better')

  def test_training_that_was_cut_off(self):
    (warning,) = self._warnings(losses=[3.0, 2.0, 1.0], max_epochs=3)
    self.assertIn('still improving after 3 epochs', warning)

  def test_losses_that_are_not_finite(self):
    (warning,) = self._warnings(losses=[3.0, np.nan, np.nan])
    self.assertStartsWith(warning, 'Losses were not finite in some epochs')

  def test_training_that_diverged(self):
    losses = dict(losses=[9.0, 8.0, 7.0], start_loss=1.4)
    (warning,) = self._warnings(**losses)
    self.assertStartsWith(warning, 'Training made the critic worse')
    # A good start is kept, and is no failure.
    self.assertEmpty(self._warnings(**losses, has_start=True))

  def test_noise_alone_is_no_divergence(self):
    # What can't be learned is learned by heart, or left.
    for losses in ([1.4, 1.3, 1.2], [1.45, 1.44, 1.46]):
      self.assertEmpty(
        self._warnings(losses=losses, start_loss=1.4, val_losses=[2.0] * 3)
      )

  def test_training_that_got_worse_was_not_still_improving(self):
    self.assertEmpty(self._warnings(losses=[1.0, 2.0, 3.0], max_epochs=3))


class OptionsTest(test_util.TestCase):
  @parameterized.parameters(
    ('seed', None, 0),
    ('folds', 2.5, 1),
    ('folds', 0, 1),
    ('folds', -1, 1),
    ('seed', -1, 0),
    ('batch_size', 1, 2),
    ('batch_size', 0, 2),
    ('max_epochs', 0, 1),
    ('patience', 0.5, 1),
    ('permutations', -1, 0),
  )
  def test_options_are_checked(self, name, value, least):
    x = self.rng().normal(size=100)
    with self.assertRaisesRegex(
      ValueError, f'^`{name}` must be an integer, at least {least}. Received'
    ):
      mi_tf.estimate_mi(x, x, **{name: value})


class ErrorsTest(test_util.TestCase):
  def _assert_refused(
    self, message, x=None, y=None, error=ValueError, **kwargs
  ):
    x = self.rng('x').normal(size=200) if x is None else x
    y = self.rng('y').normal(size=200) if y is None else y
    with self.assertRaisesRegex(error, message):
      mi_tf.estimate_mi(x, y, max_epochs=1, **kwargs)

  def test_lengths_must_match(self):
    self._assert_refused(
      '^`x` and `y` must have the same number of rows. Received: 199 and 200.$',
      np.arange(199.0),
    )

  def test_few_rows_are_refused(self):
    self._assert_refused(
      '^`x` and `y` must have at least 40 rows. Received: 39.$',
      np.arange(39.0),
      np.arange(39.0),
    )

  @parameterized.parameters(11, 200)
  def test_folds_must_hold_twenty_rows_each(self, folds):
    self._assert_refused(
      f'^`folds` must be from 1 to 10 for 200 rows. Received: folds={folds}.$',
      folds=folds,
    )

  def test_kinds_are_checked_for_each_side(self):
    self._assert_refused('^`x_kind` must be one of', x_kind='numeric')
    self._assert_refused('^`y_kind` must be one of', y_kind='numeric')
    self._assert_refused('^`y` must repeat its classes', y_kind='categorical')
    self._assert_refused(
      '^`y` must hold numbers to be continuous',
      y=['a', 'b'] * 100,
      y_kind='continuous',
      error=TypeError,
    )

  def test_sides_are_told_apart(self):
    bad = np.full(200, np.nan)
    self._assert_refused('^`x` must not have missing values', x=bad)
    self._assert_refused('^`y` must not have missing values', y=bad)
    self._assert_refused('^`y` must vary', y=np.ones(200))

  @parameterized.parameters(
    ('mlp', "^`critic` must be one of .* Received: critic='mlp'.$"),
    (3, '^`critic` must be a name or a mi_tf.Critic. Received: critic=3.$'),
    (
      lambda x, y: x @ y,
      '^`critic` must be a name or a mi_tf.Critic. Received: critic=<function',
    ),
  )
  def test_critics_must_be_known(self, critic, message):
    self._assert_refused(message, critic=critic)

  def test_several_replicas_are_refused(self):
    with two_replicas.strategy().scope():
      self._assert_refused('^`estimate_mi` must .* Received: 2 replicas.$')

  def test_objectives_must_be_known(self):
    self._assert_refused("^`objective` must .*objective='kl'.$", objective='kl')


if __name__ == '__main__':
  test_util.main()
