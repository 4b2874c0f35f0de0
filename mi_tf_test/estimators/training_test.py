"""Tests of the training of estimate_mi."""

from concurrent import futures
import gc
import pathlib
from unittest import mock

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.critics import elliptical_fit
from mi_tf.critics import registry
from mi_tf.estimators import estimation
from mi_tf.estimators import estimator
from mi_tf.estimators import objectives
from mi_tf.estimators import training
from mi_tf_test import test_util


def _pairs(rng, n, rho=0.8):
  x, noise = rng.normal(size=(2, n, 1))
  y = rho * x + np.sqrt(1.0 - rho**2) * noise
  return [x.astype(np.float32), y.astype(np.float32)]


def _trainer(
  critic='auto', objective='js', learning_rate=1e-3, max_epochs=3, **kwargs
):
  options = dict(images=[], batch_size=64, patience=2, callbacks=())
  return training.Trainer(
    critic,
    objective,
    learning_rate=learning_rate,
    max_epochs=max_epochs,
    **{**options, **kwargs},
  )


class TrainerTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.train, self.stop = (_pairs(self.rng(k), 200) for k in range(2))

  def test_a_chosen_start_is_where_training_starts(self):
    fit = elliptical_fit.fit_elliptical(*self.train)
    trainer = _trainer(learning_rate=0.0)
    history = trainer.train(self.train, self.stop, 1, fit)
    self.assertIsInstance(trainer.model.critic, mi_tf.EllipticalCritic)
    self.assertEqual(history['best_epoch'], [0])
    self.assertAllClose(
      trainer.model.critic(*self.stop), fit.log_ratio(*self.stop), atol=1e-4
    )

  @parameterized.parameters(
    *((name, 'js') for name in registry.CRITICS if name != 'inner_product'),
    *(('separable', name) for name in objectives.OBJECTIVES if name != 'js'),
  )
  def test_names_of_variables_come_again(self, critic, objective):
    # TensorFlow keeps something for each name that a variable ever had.
    if objective in ('club', 'leave_one_out', 'variational'):
      critic = 'gaussian'
    trainer = _trainer(critic, objective=objective)
    models = [trainer.new_model() for _ in range(2)]
    for model in models:
      model.build((None, 1), (None, 1))
    first, second = ([v.path for v in m.variables] for m in models)
    self.assertEqual(first, second)
    self.assertNotEmpty(first)

  def test_names_of_variables_of_images_and_starts_come_again(self):
    fit = elliptical_fit.fit_elliptical(*self.train)
    for options, start, shape in (
      (dict(images=['x', 'y']), (), (None, 8, 8, 1)),
      ({}, (fit, np.dtype('float32'), 3.0), (None, 1)),
    ):
      trainer = _trainer(**options)
      models = [trainer.new_model(*start) for _ in range(2)]
      for model in models:
        model.build(shape, shape)
      first, second = ([v.path for v in m.variables] for m in models)
      self.assertEqual(first, second)
      self.assertNotEmpty(first)

  @test_util.full(
    '`stopping_test` has the rule, with made-up losses; this one trains.'
  )
  def test_what_may_be_chance_does_not_replace_a_start(self):
    # 200 samples of a Gaussian: nothing is left to learn.
    fit = elliptical_fit.fit_elliptical(*self.train)
    trainer = _trainer(learning_rate=1e-4, max_epochs=3)
    for seed in range(3):
      trainer.train(self.train, self.stop, seed, fit)
      self.assertAllClose(
        trainer.model.critic(*self.stop), fit.log_ratio(*self.stop), atol=1e-3
      )

  @test_util.full(
    '`stopping_test` has the rule, with made-up losses; this one trains.'
  )
  def test_what_is_no_chance_replaces_a_start(self):
    # No correlation at all, and much dependence.
    train, stop = (
      [np.float32(x), np.float32(x**2 - 1.0 + 0.1 * noise)]
      for x, noise in self.rng().normal(size=(2, 2, 600, 1))
    )
    fit = elliptical_fit.fit_elliptical(*train)
    trainer = _trainer(learning_rate=5e-3, max_epochs=4)
    history = trainer.train(train, stop, 1, fit)
    self.assertGreater(history['best_epoch'][0], 0)
    self.assertGreater(trainer.value(stop, 600), 0.3)

  def test_weight_of_negatives_is_that_of_js_alone(self):
    fit = elliptical_fit.fit_elliptical(*self.train)
    for objective, expected in (('js', 30.0), ('info_nce', None)):
      trainer = training.Trainer(
        'auto', objective, [], 64, 1e-3, max_epochs=1, patience=1, callbacks=()
      )
      trainer.train(self.train, self.stop, 1, fit, negative_weight=30.0)
      config = trainer.model.objective.get_config()
      self.assertEqual(config.get('negative_weight'), expected)

  @test_util.full('`elliptical_test` adapts; this trains after it.')
  def test_elliptical_critics_adapt_by_themselves(self):
    trainer = _trainer(mi_tf.EllipticalCritic((7,), 3), learning_rate=0.0)
    trainer.train(self.train, self.stop, 1)
    fit = elliptical_fit.fit_elliptical(*self.train)
    self.assertAllClose(
      trainer.model.critic(*self.stop), fit.log_ratio(*self.stop), atol=1e-4
    )

  def test_the_weights_of_the_best_epoch_are_kept(self):
    trainer = _trainer('separable', learning_rate=1e-2, max_epochs=8)
    history = trainer.train(self.train, self.stop, 1)
    losses = history['val_loss']
    best = history['best_epoch'][0]
    self.assertAllClose(losses[best - 1], min(losses))
    self.assertAllClose(
      trainer._evaluate(*self.stop, 200)[0, 0], min(losses), rtol=1e-5
    )

  def test_training_stops_when_it_no_longer_helps(self):
    trainer = _trainer('separable', learning_rate=10.0, max_epochs=50)
    history = trainer.train(self.train, self.stop, 1)
    best = history['best_epoch'][0]
    self.assertLen(history['val_loss'], max(best + 1, 2))
    self.assertLess(len(history['loss']), 50)

  def test_one_model_is_trained_anew(self):
    again, alone = _trainer('separable'), _trainer('separable')
    first = again.train(self.train, self.stop, 1)
    model = again.model
    second = again.train(self.train, self.stop, 2)
    self.assertIs(again.model, model)
    self.assertAllClose(
      alone.train(self.train, self.stop, 2)['loss'], second['loss']
    )
    self.assertNotEqual(first['loss'], second['loss'])

  @test_util.full(
    'Each kind of start has a test of its own; this one finds what is '
    'left of one when another one follows.'
  )
  def test_starts_of_several_kinds_take_turns(self):
    trainer = _trainer(max_epochs=1)
    for dof, dtype in (
      (None, np.float32),
      (3.0, np.float64),
      (None, np.float32),
    ):
      train, stop = (
        [t.astype(dtype) for t in pairs] for pairs in (self.train, self.stop)
      )
      fit = elliptical_fit.fit_elliptical(*train, dof=dof)
      history = trainer.train(train, stop, 1, fit)
      self.assertEqual(trainer.model.critic.dof is None, dof is None)
      self.assertEqual(trainer.model.critic.compute_dtype, np.dtype(dtype).name)
      self.assertAllFinite(history['val_loss'])
      self.assertAllClose(
        trainer.value(train, len(train[0])),
        mi_tf.get_objective('js').value(
          tf.cast(trainer.model.critic(*train), tf.float32)
        ),
        rtol=1e-4,
      )


class ReuseTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    training._TRACED.clear()
    self.traces = 0
    step = estimator.MiEstimator.train_step

    def counted(model, data):
      self.traces += 1
      return step(model, data)

    self.enter_context(
      mock.patch.object(estimator.MiEstimator, 'train_step', counted)
    )

  def estimate(self, x, y, **options):
    options = {'critic': 'bilinear', 'folds': 1, 'max_epochs': 2, **options}
    return estimation.estimate_mi(x, y, **options)

  def test_the_like_is_not_traced_again_and_gives_the_same_number(self):
    x = self.rng('x').normal(size=(60, 2))
    y = x + self.rng('y').normal(size=x.shape)
    first = self.estimate(x, y)
    self.assertEqual(self.traces, 1)
    other = self.estimate(y, x, seed=1)
    self.assertNotEqual(other.mi, first.mi)
    self.assertEqual(self.estimate(x, y).mi, first.mi)
    self.assertEqual(self.traces, 1)
    training._TRACED.clear()
    self.assertEqual(self.estimate(x, y).mi, first.mi)
    self.assertEqual(self.traces, 2)

  def test_dropout_starts_anew(self):
    x = self.rng('x').normal(size=(60, 8, 8, 1)).astype(np.float32)
    y = x.mean(axis=(1, 2, 3)) + 0.1 * self.rng('y').normal(size=60)
    first = self.estimate(x, y)
    self.assertEqual(self.estimate(x, y).mi, first.mi)
    self.assertEqual(self.traces, 1)

  @test_util.full(
    'That the like is not traced again has a test; here, all that is alike.'
  )
  def test_sizes_and_rates_are_not_part_of_a_trace(self):
    x = self.rng('x').normal(size=(80, 2))
    y = x + self.rng('y').normal(size=x.shape)
    each = (
      {},
      {'batch_size': 20},
      {'learning_rate': 0.1},
      {'max_epochs': 1},
      {'folds': 2, 'seed': 3},
    )
    again = [self.estimate(x, y, **options).mi for options in each]
    again.append(self.estimate(x[:50], y[:50]).mi)
    self.assertEqual(self.traces, 1)
    self.assertLen(set(again), len(again))
    for options, mi in zip(each, again, strict=False):
      training._TRACED.clear()
      self.assertEqual(self.estimate(x, y, **options).mi, mi, options)

  @test_util.full(
    'That a reused trace starts anew has tests; this finds the scale of '
    'losses of half precision.'
  )
  def test_half_precision_starts_anew(self):
    x, y = _pairs(self.rng(), 200)
    policy = keras.config.dtype_policy()
    self.addCleanup(keras.config.set_dtype_policy, policy)
    keras.config.set_dtype_policy('mixed_float16')
    first, second = (
      self.estimate(x, y, folds=2, max_epochs=1) for _ in range(2)
    )
    self.assertAllFinite(first.history['loss'])
    self.assertEqual(first.mi, second.mi)
    self.assertEqual(first.diagnostics['best_epochs'], [1, 1])

  def test_other_precision_of_computing_is_not_alike(self):
    # Variables are float32 for both.
    x, y = _pairs(self.rng(), 120)
    policy = keras.config.dtype_policy()
    self.addCleanup(keras.config.set_dtype_policy, policy)
    keras.config.set_dtype_policy('mixed_bfloat16')
    critics = [
      mi_tf.critics.EllipticalCritic(dtype=dtype, name='critic')
      for dtype in (None, 'float32')
    ]
    models = [
      estimator.MiEstimator(c, objectives.JensenShannon()) for c in critics
    ]
    trainer = _trainer()
    for model in models:
      model.build((None, 1), (None, 1))
    first, second = (trainer._key(m, [x, y], 25) for m in models)
    self.assertNotEqual(first, second)

  def test_folds_of_other_sizes_make_their_own_number_of_updates(self):
    x, y = _pairs(self.rng(), 247)
    counts = []

    class Count(keras.callbacks.Callback):
      def on_train_end(self, logs=None):
        counts.append(int(self.model.optimizer.iterations))

    self.estimate(x, y, folds=2, batch_size=4, callbacks=[Count()])
    self.assertEqual(counts, [50, 52])

  def test_checkpoints_hold_the_rate_of_their_own_training(self):
    path = str(pathlib.Path(self.create_tempdir().full_path) / 'model.keras')
    x = self.rng('x').normal(size=(60, 2))
    for rate in (0.1, 0.01):
      callbacks = [keras.callbacks.ModelCheckpoint(path)]
      self.estimate(x, x**2, learning_rate=rate, callbacks=callbacks)
      optimizer = keras.models.load_model(path).optimizer
      decay = optimizer.get_config()['learning_rate']['config']
      self.assertEqual(decay['initial_learning_rate'], rate)
      self.assertEqual(decay['decay_steps'], 50)
    self.assertEqual(self.traces, 2)  # Each model is its callbacks' alone.

  @test_util.full(
    'Checkpoints of two estimates have a test; this finds a model that a '
    'callback keeps and another estimate trains.'
  )
  def test_what_callbacks_see_is_of_their_own_estimate_alone(self):
    class Keep(keras.callbacks.Callback):
      def on_train_begin(self, logs=None):
        self.model.critic.trainable = False

    keep = Keep()
    x = self.rng('x').normal(size=(60, 2))
    first = self.estimate(x, x**2)
    self.estimate(x, x**2, callbacks=[keep])
    kept = keep.model.get_weights()
    self.assertEqual(self.estimate(x, x**2).mi, first.mi)
    self.estimate(x, x**2, seed=3)
    self.assertAllEqual(keep.model.get_weights()[0], kept[0])

  @test_util.full(
    'A number that nobody passes, and that was once an error of TensorFlow.'
  )
  def test_more_epochs_than_fit_a_variable(self):
    x = self.rng('x').normal(size=(60, 2))
    self.assertAllFinite(
      [self.estimate(x, x**2, max_epochs=10**400, patience=1).mi]
    )

  @test_util.full(
    'The same seed gives the same number in a test; this finds what four '
    'threads at once share.'
  )
  def test_threads_do_not_share_seeds(self):
    x = self.rng('x').normal(size=(60, 2))
    run = lambda seed: self.estimate(x, x**2, seed=seed).mi
    alone = [run(seed) for seed in range(4)]
    with futures.ThreadPoolExecutor(4) as pool:
      self.assertEqual(list(pool.map(run, range(4))), alone)

  @test_util.full(
    'A weight of negatives that a reused trace keeps is found every day; '
    'this finds degrees of freedom.'
  )
  def test_degrees_of_freedom_are_not_part_of_a_trace(self):
    pairs, stop = (_pairs(self.rng(k), 200) for k in range(2))
    first, second = (
      elliptical_fit.fit_elliptical(*pairs, dof=dof) for dof in (2.0, 20.0)
    )
    trainer = _trainer(learning_rate=0.0, max_epochs=1)
    for fit in (first, second):
      trainer.train(pairs, stop, 1, fit)
      self.assertAllClose(
        trainer.model.critic(*stop), fit.log_ratio(*stop), atol=1e-4
      )
      trainer.close()
    self.assertEqual(self.traces, 1)

  def test_weights_of_negatives_are_not_part_of_a_trace(self):
    pairs = [_pairs(self.rng(k), 300, rho=1.0 - 1e-5 * k) for k in (1, 2)]
    options = dict(critic='auto', max_epochs=1)
    found = [self.estimate(*p, **options) for p in (*pairs, pairs[0])]
    self.assertEqual(self.traces, 1)
    first, second, again = (f.diagnostics['negative_weight'] for f in found)
    self.assertGreater(first, 2.0)
    self.assertNotEqual(first, second)
    self.assertEqual(first, again)
    self.assertEqual(found[0].mi, found[2].mi)
    training._TRACED.clear()
    self.assertEqual(self.estimate(*pairs[1], **options).mi, found[1].mi)

  def test_another_device_is_not_alike(self):
    x = self.rng('x').normal(size=(60, 2))
    for i in (0, 1):
      with tf.device(f'/cpu:{i}'):
        self.estimate(x, x**2)
      self.assertEqual(self.traces, i + 1)

  @test_util.full('TensorFlow itself fails for most of what is not alike.')
  def test_what_is_not_alike_is_traced(self):
    x = self.rng('x').normal(size=(60, 2))
    for i, (y, options) in enumerate(
      (
        (x**2, {}),
        (x[:, 0] ** 2, {}),
        (x**2, {'objective': 'nwj'}),
        (x**2, {'critic': 'concat'}),
      ),
      start=1,
    ):
      self.estimate(x, y, **options)
      self.assertEqual(self.traces, i, options)

  @test_util.full('The soak sees it, too, over thousands of estimates.')
  def test_graphs_do_not_pile_up(self):
    def graphs():
      gc.collect()
      return sum(type(o).__name__ == 'FuncGraph' for o in gc.get_objects())

    x = self.rng('x').normal(size=(60, 2))
    self.estimate(x, x**2)
    before = graphs()
    for seed in range(3):
      self.estimate(x, x**2, seed=seed)
    self.assertLessEqual(graphs(), before)


if __name__ == '__main__':
  test_util.main()
