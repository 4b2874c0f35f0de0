"""The conformance suite of large batches: streamed and dense steps agree.

Compared are the loss and its gradients for each objective and critic, and `fit`
and `evaluate` for `cases.REPRESENTATIVES`.
"""

import contextlib
from unittest import mock

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.critics.scoring import any_critic
from mi_tf.critics.scoring import batch_scores
from mi_tf_test import test_util
from mi_tf_test import two_replicas
from mi_tf_test.conformance import cases

_STREAMING = [n for n in cases.OBJECTIVES if cases.make_objective(n).streams]
_DENSE_ALONE = [n for n in cases.OBJECTIVES if n not in _STREAMING]
# The representatives among them.
_FITTED = [name for name in _STREAMING if name in cases.REPRESENTATIVES]
_N = 13  # In batches of 6, the last one is a single sample.
_SIZE = 6
_POLICIES = {'mixed_float16': 2.0**-10, 'mixed_bfloat16': 2.0**-7}
_SIDES = ('streamed', 'dense')


class _OfAUsersOwn(type(mi_tf.get_objective('nwj'))):
  """An objective whose value needs a tensor."""

  def value(self, logu, joint_sample_mask=None, x=None, y=None):
    return super().value(logu + 0.0, joint_sample_mask, x, y)


class LargeBatchesConformanceTest(test_util.TestCase):
  @contextlib.contextmanager
  def scores(self, side):
    """A context in which all scores are streamed, or all are 'dense'."""
    threshold = 1 if side == 'streamed' else 2**60
    with (
      mock.patch.object(batch_scores, 'LARGE', threshold),
      mock.patch.object(any_critic, 'score', wraps=any_critic.score) as dense,
    ):
      yield dense

  def estimator(self, objective, critic=None, **kwargs):
    """Returns a compiled estimator, always with the same weights."""
    if isinstance(objective, str):
      objective = cases.make_objective(objective)
    estimator = mi_tf.MiEstimator(
      critic or cases.DensityCritic((7,), 4, 'tanh'), objective
    )
    estimator.build((None, *cases.X_SHAPE), (None, *cases.Y_SHAPE))
    rng = self.rng('weights')
    for v in estimator.trainable_weights:
      v.assign(0.3 * rng.normal(size=v.shape))
    estimator.compile(keras.optimizers.SGD(0.05), **kwargs)
    return estimator

  def assertAlike(self, streamed, dense, tolerance=1e-5):
    self.assertEqual(list(streamed), list(dense))
    for key, value in dense.items():
      self.assertAllClose(
        streamed[key], value, tolerance, 0.1 * tolerance, msg=key
      )

  def samples(self, n=_N):
    return cases.samples(self.rng('xy'), n)

  def trained(self, estimator):
    """Returns the history of a training, and the weights."""
    x, y = self.samples()
    before = [v.numpy() for v in estimator.trainable_weights]
    history = estimator.fit(
      x,
      y,
      batch_size=_SIZE,
      epochs=2,
      shuffle=False,
      verbose=0,
      validation_data=(x[:9], y[:9]),
    ).history
    after = [v.numpy() for v in estimator.trainable_weights]
    moved = [np.max(np.abs(a - b)) for a, b in zip(after, before, strict=True)]
    self.assertGreater(np.median(moved), 1e-5)
    return {
      **history,
      'evaluated': estimator.evaluate(x, y, batch_size=_SIZE, verbose=0),
      'weights': np.concatenate([np.ravel(v) for v in estimator.variables]),
    }

  @parameterized.parameters(*_STREAMING)
  def test_gradients_and_values_are_those_of_dense_scores(self, objective):
    x, y = (tf.constant(t) for t in self.samples(_SIZE))
    results = {}
    for side in _SIDES:
      estimator = self.estimator(objective)
      with self.scores(side) as dense, tf.GradientTape() as tape:
        loss, value, weight = estimator._loss(x, y, None, training=True)
      self.assertEqual(dense.called, side == 'dense')
      gradients = tape.gradient(
        loss, [v.value for v in estimator.trainable_weights]
      )
      self.assertEqual(loss.dtype, tf.float32)
      results[side] = {
        'loss': loss,
        'value': value,
        'weight': weight,
        'gradients': np.concatenate(
          [np.ravel(tf.convert_to_tensor(g)) for g in gradients]
        ),
        'state': [
          v.numpy() for v in estimator.objective.non_trainable_variables
        ],
      }
    self.assertAlike(*results.values())

  # To save time, the two kinds of sizes take turns.
  @parameterized.parameters(('mine', 'unknown'), ('tuba', 'static'))
  def test_fit_and_evaluate_are_those_of_dense_scores(self, objective, size):
    self.assertFitsAsWithDenseScores(objective, size)

  @parameterized.parameters(('js', 'static'), ('variational', 'unknown'))
  @test_util.full(
    'Objectives with a state and with weights have a daily test; this finds '
    'errors of a loss of its own, and of log densities.'
  )
  def test_other_objectives_fit_as_with_dense_scores(self, objective, size):
    self.assertFitsAsWithDenseScores(objective, size)

  def assertFitsAsWithDenseScores(self, objective, size):
    jit_compile = size == 'static'
    results = []
    for side in _SIDES:
      estimator = self.estimator(objective, jit_compile=jit_compile)
      if size == 'unknown':  # Keras's own loop.
        estimator._device_loop.takes = lambda **_: False
      with self.scores(side) as dense:
        results.append(self.trained(estimator))
      if side == 'streamed' and size == 'unknown':
        self.assertFalse(dense.called)
    self.assertAlike(*results)

  # Streams of all critics are compared with dense scores among the layers.
  @parameterized.parameters('ConcatCritic', 'EllipticalCritic')
  @test_util.full(
    'Streams of all critics have their gradients compared; this trains on.'
  )
  def test_critics_with_and_without_dot_products_train_alike(self, critic):
    results = []
    for side in _SIDES:
      estimator = self.estimator('js', cases.make_layer(critic))
      with self.scores(side):
        results.append(self.trained(estimator))
    self.assertAlike(*results)

  @parameterized.parameters(
    *((name, list(_POLICIES)[i % 2]) for i, name in enumerate(cases.CRITICS))
  )
  def test_mixed_precision_is_near_single_precision(self, critic, policy):
    x, y = self.samples(_SIZE)
    steps = []
    for own, side in (('float32', 'dense'), (policy, 'streamed')):
      keras.config.set_dtype_policy(own)
      self.addCleanup(keras.config.set_dtype_policy, 'float32')
      layer = cases.make_layer(critic)
      estimator = self.estimator('mine', layer, run_eagerly=True)
      before = [v.numpy() for v in estimator.trainable_weights]
      with self.scores(side) as dense:
        for _ in range(12):  # Steps are skipped until the scale is low enough.
          logs = estimator.train_on_batch(x, y, return_dict=True)
          after = [v.numpy() for v in estimator.trainable_weights]
          step = np.concatenate(
            [np.ravel(a - b) for a, b in zip(after, before, strict=True)]
          )
          if np.any(step):
            break
      self.assertEqual(dense.called, side == 'dense')
      self.assertAllFinite(logs)
      steps.append(step)
    size = np.linalg.norm(steps[0])
    self.assertGreater(size, 1e-4)
    error = np.linalg.norm(steps[1] - steps[0])
    self.assertLess(error, 16 * _POLICIES[policy] * size)

  @parameterized.parameters(*_FITTED)
  def test_lone_sample_changes_nothing(self, objective):
    x, y = self.samples()
    estimator = self.estimator(objective)
    estimator._device_loop.takes = lambda **_: False
    with self.scores('streamed'):
      estimator.fit(x[:7], y[:7], batch_size=_SIZE, shuffle=False, verbose=0)
      after = [v.numpy() for v in estimator.variables]
      twin = self.estimator(objective)
      twin._device_loop.takes = lambda **_: False
      twin.fit(x[:6], y[:6], batch_size=_SIZE, shuffle=False, verbose=0)
    for v, value in zip(twin.variables, after, strict=True):
      self.assertAllClose(v.numpy(), value, rtol=1e-6, msg=v.path)

  @test_util.full(
    'Streamed bounds and steps across replicas each have tests; this '
    'trains by both.'
  )
  def test_replicas_train_as_one_device_does(self):
    with self.scores('dense'):
      one = self.trained(self.estimator('mine'))
    with self.scores('streamed') as dense:
      with two_replicas.strategy().scope():
        two = self.estimator('mine')
      with mock.patch.object(
        mi_tf.Critic,
        'across_replicas',
        autospec=True,
        side_effect=mi_tf.Critic.across_replicas,
      ) as across:
        results = self.trained(two)
      self.assertTrue(all(call.args[-1] for call in across.call_args_list))
      self.assertTrue(across.called)
    self.assertFalse(dense.called)
    self.assertAlike(results, one)

  @parameterized.parameters(
    *((name, (_SIZE, None)[i % 2]) for i, name in enumerate(cases.CRITICS))
  )
  def test_call_has_the_gradients_of_dense_scores(self, critic, size):
    layer = cases.build_layer(cases.make_layer(critic), self.rng('critic'))
    estimator = self.estimator('info_nce', layer)
    x, y = (tf.constant(t) for t in self.samples(_SIZE))

    def call(x, y):
      with tf.GradientTape() as tape:
        tape.watch([x, y])
        value = estimator(x, y, training=True)
      weights = [v.value for v in estimator.trainable_weights]
      gradients = tape.gradient(value, [x, y, *weights])
      self.assertEqual(gradients[2:], [None] * len(weights))
      return value, gradients[:2]

    results = []
    for side in _SIDES:
      with self.scores(side) as dense:
        results.append(call(x, y))
        self.assertEqual(dense.called, side == 'dense')
        specs = [tf.TensorSpec([size, *t.shape[1:]]) for t in (x, y)]
        results.append(tf.function(call, specs, autograph=False)(x, y))
    for result in results[1:]:
      self.assertAllClose(result, results[0], rtol=1e-5, atol=1e-6)

  @parameterized.parameters(*_DENSE_ALONE, 'own function', 'own objective')
  def test_other_objectives_and_negative_samples_stay_dense(self, objective):
    if objective == 'own function':
      objective = mi_tf.get_objective(lambda logu, _: tf.reduce_mean(logu))
    elif objective == 'own objective':
      objective = _OfAUsersOwn()
    estimator = self.estimator(objective)
    x, y = self.samples(_SIZE)
    self.assertFalse(estimator.objective.streams)
    with self.scores('streamed') as dense:
      estimator.train_on_batch(x, y)
      self.assertTrue(dense.called)

  def test_negative_samples_and_functions_stay_dense(self):
    x, y = self.samples(_SIZE)
    few = mi_tf.MiEstimator('separable', 'js', negative_samples=2)
    function = mi_tf.MiEstimator(
      lambda x, y: tf.matmul(x[:, :3], y, transpose_b=True)
    )
    for estimator in (few, function):
      with self.scores('streamed') as dense:
        self.assertAllFinite(estimator(x, y))
        self.assertTrue(dense.called)


if __name__ == '__main__':
  test_util.main()
