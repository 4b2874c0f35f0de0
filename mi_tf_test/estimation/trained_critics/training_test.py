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
from mi_tf.estimation.methods import method
from mi_tf.estimation.trained_critics import options as options_lib
from mi_tf.estimation.trained_critics import reusable_model
from mi_tf.estimation.trained_critics import training
from mi_tf.estimation.variables import checking
from mi_tf.models import mi_estimator
from mi_tf.objectives import score_objectives
from mi_tf_test import test_util


def _pairs(rng, n, rho=0.8):
  x, noise = rng.normal(size=(2, n, 1))
  y = rho * x + np.sqrt(1.0 - rho**2) * noise
  return [x.astype(np.float32), y.astype(np.float32)]


def _options(
  critic='elliptical',
  objective='js',
  learning_rate=1e-3,
  max_epochs=3,
  batch_size=64,
  patience=2,
):
  return options_lib.Options(
    critic, objective, batch_size, learning_rate, max_epochs, patience
  )


def _train(options, train, stop, seed=1, reusable=None):
  """Returns the history of a training, and the model that was trained."""
  model = training.initial_model(options, [], train, seed)
  if reusable is None:
    twin = training.initial_model(options, [], train, seed)
    reusable = reusable_model.ReusableModel(twin, train, updates=25)
  history = reusable.train(
    model, train, stop, options, options.batch_size, seed
  )
  return history, reusable


def _number(estimate):
  """Returns the number before it is clipped: zeros would hide differences."""
  return estimate.diagnostics['unclipped']


class TrainTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.train, self.stop = (_pairs(self.rng(k), 200) for k in range(2))

  @parameterized.parameters(
    *((name, 'js') for name in registry.CRITICS if name != 'inner_product'),
    *(
      ('separable', name)
      for name in score_objectives.OBJECTIVES
      if name != 'js'
    ),
  )
  def test_names_of_variables_come_again(self, critic, objective):
    # TensorFlow keeps something for each name that a variable ever had.
    if objective in ('club', 'leave_one_out', 'variational'):
      critic = 'gaussian'
    options = _options(critic, objective)
    first, second = (
      [
        v.path
        for v in training.initial_model(options, [], self.train, k).variables
      ]
      for k in range(2)
    )
    self.assertEqual(first, second)
    self.assertNotEmpty(first)

  def test_names_of_variables_of_images_come_again(self):
    example = [np.ones((30, 8, 8, 1), np.float32)] * 2
    options = _options('separable')
    first, second = (
      [
        v.path
        for v in training.initial_model(
          options, ['x', 'y'], example, 0
        ).variables
      ]
      for _ in range(2)
    )
    self.assertEqual(first, second)
    self.assertNotEmpty(first)

  @test_util.full('`elliptical_test` adapts; this trains after it.')
  def test_elliptical_critics_adapt_by_themselves(self):
    options = _options(mi_tf.EllipticalCritic((7,), 3), learning_rate=0.0)
    _, reusable = _train(options, self.train, self.stop)
    fit = elliptical_fit.fit_elliptical(*self.train)
    self.assertAllClose(
      reusable.model.critic(*self.stop), fit.log_ratio(*self.stop), atol=1e-4
    )

  def test_a_trained_critic_has_weights_of_its_own(self):
    x, y = _pairs(self.rng(), 90)
    sides = [checking.check(t[:, 0], n) for t, n in ((x, 'x'), (y, 'y'))]
    folds = np.array_split(np.arange(90), 2)
    pair = method.Pair(*sides, tuple(folds))
    options = _options('bilinear').completed(pair)
    pool = training.pool_for(options)
    rows = np.arange(5)
    first = training.train(pair, 0, options, pool)
    before = first.scores(pair, rows, rows)
    second = training.train(pair, 1, options, pool)
    self.assertAllEqual(first.scores(pair, rows, rows), before)
    self.assertNotAllClose(second.scores(pair, rows, rows), before)


class ReuseTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    training.SHARED_MODELS.clear()
    self.traces = 0
    step = mi_estimator.MiEstimator.train_step

    def counted(model, data):
      self.traces += 1
      return step(model, data)

    self.enter_context(
      mock.patch.object(mi_estimator.MiEstimator, 'train_step', counted)
    )

  def estimate(self, x, y, **options):
    options = {'critic': 'bilinear', 'folds': 1, 'max_epochs': 2, **options}
    return mi_tf.estimate_mi(x, y, **options)

  def test_the_like_is_not_traced_again_and_gives_the_same_number(self):
    x = self.rng('x').normal(size=(60, 2))
    y = x + self.rng('y').normal(size=x.shape)
    first = self.estimate(x, y)
    self.assertEqual(self.traces, 1)
    other = self.estimate(y, x, seed=1)
    self.assertNotEqual(_number(other), _number(first))
    self.assertEqual(_number(self.estimate(x, y)), _number(first))
    self.assertEqual(self.traces, 1)
    training.SHARED_MODELS.clear()
    self.assertEqual(_number(self.estimate(x, y)), _number(first))
    self.assertEqual(self.traces, 2)

  def test_dropout_starts_anew(self):
    x = self.rng('x').normal(size=(60, 8, 8, 1)).astype(np.float32)
    y = x.mean(axis=(1, 2, 3)) + 0.1 * self.rng('y').normal(size=60)
    first = self.estimate(x, y)
    self.assertEqual(_number(self.estimate(x, y)), _number(first))
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
    again = [_number(self.estimate(x, y, **options)) for options in each]
    again.append(_number(self.estimate(x[:64], y[:64])))
    self.assertEqual(self.traces, 1)
    self.assertLen(set(again), len(again))
    for options, mi in zip(each, again, strict=False):
      training.SHARED_MODELS.clear()
      self.assertEqual(_number(self.estimate(x, y, **options)), mi, options)

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
    self.assertEqual(_number(first), _number(second))
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
      mi_estimator.MiEstimator(c, score_objectives.JensenShannon())
      for c in critics
    ]
    for model in models:
      model.build((None, 1), (None, 1))
    first, second = (training.trace_key(m, [x, y], 25) for m in models)
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
        self.model.trainable = False

    keep = Keep()
    x = self.rng('x').normal(size=(60, 2))
    first = self.estimate(x, x**2)
    self.estimate(x, x**2, callbacks=[keep])
    kept = keep.model.get_weights()
    self.assertEqual(_number(self.estimate(x, x**2)), _number(first))
    self.estimate(x, x**2, seed=3)
    self.assertAllEqual(keep.model.get_weights()[0], kept[0])

  @test_util.full(
    'A number that nobody passes, and that was once an error of TensorFlow.'
  )
  def test_more_epochs_than_fit_a_variable(self):
    x = self.rng('x').normal(size=(60, 2))
    self.assertAllFinite(
      [_number(self.estimate(x, x**2, max_epochs=10**400, patience=1))]
    )

  @test_util.full(
    'The same seed gives the same number in a test; this finds what four '
    'threads at once share.'
  )
  def test_threads_do_not_share_seeds(self):
    x = self.rng('x').normal(size=(60, 2))
    run = lambda seed: _number(self.estimate(x, x**2, seed=seed))
    alone = [run(seed) for seed in range(4)]
    with futures.ThreadPoolExecutor(4) as pool:
      self.assertEqual(list(pool.map(run, range(4))), alone)

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
