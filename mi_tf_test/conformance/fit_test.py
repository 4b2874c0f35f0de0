"""The conformance suite of `MiEstimator.fit`: the ways to train it.

The same batches in the same order must give the same losses, for any kind of
data and of step. Each objective is trained in a graph and eagerly, and
`cases.REPRESENTATIVES` in all other ways. Tests share compiled models, and with
them traces.
"""

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.conformance import cases

# A whole batch, a partial one, and a last one of a single sample.
_SIZES = (4, 4, 1)
_STEPS = len(_SIZES)
_POLICIES = {'mixed_float16': 2.0**-10, 'mixed_bfloat16': 2.0**-7}
_TURNS = parameterized.parameters(*cases.TURNS)
_NEGATIVE_SAMPLES = dict(cases.TURNS)


class _Batches(keras.utils.PyDataset):
  def __init__(self, batches):
    super().__init__()
    self._batches = batches

  def __len__(self):
    return len(self._batches)

  def __getitem__(self, index):
    return self._batches[index]


class FitConformanceTest(test_util.TestCase):
  _models: dict = {}

  @classmethod
  def tearDownClass(cls):
    cls._models.clear()
    super().tearDownClass()

  def setUp(self):
    super().setUp()
    self.x, self.y = cases.samples(self.rng('xy'), sum(_SIZES))
    ends = np.cumsum(_SIZES)
    self.batches = [
      (self.x[end - size : end], self.y[end - size : end])
      for end, size in zip(ends, _SIZES)
    ]

  def estimator(self, objective, negative_samples=None, critic=None, **kwargs):
    """Returns a compiled estimator, always with the same weights."""
    estimator = mi_tf.MiEstimator(
      critic or cases.DensityCritic((7,), 4, 'tanh'),
      cases.make_objective(objective),
      negative_samples,
    )
    estimator.build((None, *cases.X_SHAPE), (None, *cases.Y_SHAPE))
    self.reset(estimator)
    estimator.compile(keras.optimizers.SGD(0.01), **kwargs)
    return estimator

  def shared(self, objective, negative_samples=None, **kwargs):
    """Returns the compiled estimator that all tests of a kind share."""
    key = objective, negative_samples, *sorted(kwargs.items())
    if key not in self._models:
      self._models[key] = self.estimator(objective, negative_samples, **kwargs)
    estimator = self._models[key]
    self.reset(estimator)
    return estimator

  def reset(self, estimator):
    rng = self.rng('weights')
    for v in estimator.trainable_weights:
      v.assign(0.3 * rng.normal(size=v.shape))
    for v in estimator.non_trainable_weights:
      v.assign(tf.zeros_like(v))

  def fit(self, estimator, *data, **kwargs):
    """Returns the history of two epochs from the same weights."""
    self.reset(estimator)
    history = estimator.fit(
      *data, epochs=2, shuffle=False, verbose=0, **kwargs
    ).history
    self.assertEqual(set(history) - {'val_loss', 'val_mi'}, {'loss', 'mi'})
    self.assertAllFinite(history)
    self.assertNotEqual(history['loss'][0], history['loss'][1])
    return history

  @_TURNS
  def test_graphs_train_like_eager_steps(self, objective, negative_samples):
    histories = [
      self.fit(
        self.shared(objective, negative_samples, **kwargs),
        self.x,
        self.y,
        batch_size=_SIZES[0],
      )
      for kwargs in ({}, {'run_eagerly': True})
    ]
    self.assertAllClose(*histories, rtol=1e-4, atol=1e-5)

  @parameterized.parameters(*cases.REPRESENTATIVES)
  def test_arrays_and_all_kinds_of_batches_train_alike(self, objective):
    estimator = self.shared(objective, _NEGATIVE_SAMPLES[objective])
    specs = tuple(
      tf.TensorSpec([None, *t.shape[1:]], t.dtype) for t in (self.x, self.y)
    )
    arrays = self.fit(
      estimator,
      self.x,
      self.y,
      batch_size=_SIZES[0],
      validation_data=(self.x, self.y),
      validation_batch_size=_SIZES[0],
    )
    # `evaluate` uses the weights after the epoch.
    self.assertNotAllClose(arrays['val_mi'], arrays['mi'])
    expected = {k: arrays[k] for k in ('loss', 'mi')}
    # Keras warns that data of an unknown length end.
    dataset = tf.data.Dataset.from_generator(
      lambda: iter(self.batches), output_signature=specs
    ).apply(tf.data.experimental.assert_cardinality(_STEPS))

    def endless():
      while True:
        yield from self.batches

    for kind, data, kwargs in (
      ('tf.data', dataset, {}),
      ('PyDataset', _Batches(self.batches), {}),
      ('generator', endless(), {'steps_per_epoch': _STEPS}),
    ):
      history = self.fit(estimator, data, **kwargs)
      self.assertAllClose(history, expected, rtol=1e-4, msg=kind)

  @parameterized.product(
    objective=['flo', 'mine', 'variational'],
    step=[{'steps_per_execution': 3}, {'jit_compile': True}],
  )
  def test_steps_of_every_kind_train_alike(self, objective, step):
    histories = [
      self.fit(
        self.shared(objective, _NEGATIVE_SAMPLES[objective], **kwargs),
        self.x,
        self.y,
        batch_size=_SIZES[0],
      )
      for kwargs in (step, {'run_eagerly': True})
    ]
    self.assertAllClose(*histories, rtol=1e-4, atol=1e-5)

  @_TURNS
  def test_lone_sample_changes_no_trainable_weight(
    self, objective, negative_samples
  ):
    estimator = self.shared(objective, negative_samples, run_eagerly=True)
    before = [v.numpy() for v in estimator.trainable_weights]
    estimator.train_step((self.x[:1], self.y[:1]))
    for v, value in zip(estimator.trainable_weights, before, strict=True):
      self.assertAllEqual(v.numpy(), value)

  @parameterized.parameters(
    *((name, 'mixed_float16') for name in cases.OBJECTIVES),
    *((name, 'mixed_bfloat16') for name in cases.REPRESENTATIVES),
  )
  def test_mixed_precision_steps_like_single_precision(self, objective, policy):
    negative_samples = _NEGATIVE_SAMPLES[objective]
    single = self.shared(objective, negative_samples, run_eagerly=True)
    initial = [v.numpy() for v in single.trainable_weights]
    keras.config.set_dtype_policy(policy)
    self.addCleanup(keras.config.set_dtype_policy, 'float32')
    mixed = self.estimator(objective, negative_samples, run_eagerly=True)
    is_scaled = policy == 'mixed_float16'
    self.assertEqual(
      isinstance(mixed.optimizer, keras.optimizers.LossScaleOptimizer),
      is_scaled,
    )
    self.assertEqual(mixed.critic.compute_dtype, policy.split('_')[1])
    eps = _POLICIES[policy]
    values = [model.train_on_batch(self.x, self.y) for model in (single, mixed)]
    self.assertAllClose(*values, rtol=16 * eps, atol=16 * eps)

    def step(model):
      return np.concatenate(
        [
          np.ravel(v.numpy() - w)
          for v, w in zip(model.trainable_weights, initial, strict=True)
        ]
      )

    for _ in range(10):  # Steps are skipped until the scale is low enough.
      if is_scaled and not np.any(step(mixed)):
        mixed.train_on_batch(self.x, self.y)
    size = np.linalg.norm(step(single))
    self.assertGreater(size, 1e-4)
    error = np.linalg.norm(step(mixed) - step(single))
    self.assertLess(error, 16 * eps * size)
    if is_scaled:
      self.assertGreater(float(mixed.optimizer.dynamic_scale), 1.0)
    history = self.fit(mixed, self.x, self.y, batch_size=_SIZES[0])
    self.assertAllFinite(history)

  @parameterized.parameters(*_POLICIES)
  def test_estimators_policy_is_that_of_a_critic_that_is_named(self, policy):
    estimator = mi_tf.MiEstimator('separable', dtype=policy)
    self.assertEqual(estimator.critic.dtype_policy.name, policy)
    estimator.compile('sgd')
    self.fit(estimator, self.x, self.y, batch_size=_SIZES[0])
    self.assertEqual(
      isinstance(estimator.optimizer, keras.optimizers.LossScaleOptimizer),
      policy == 'mixed_float16',
    )

  @parameterized.parameters(
    *((name, (2, None)[i % 2]) for i, name in enumerate(cases.CRITICS))
  )
  @test_util.full(
    '`conformance.layers_test` compares gradients of critics in graphs; '
    'this takes their steps.'
  )
  def test_every_critic_trains_in_a_graph_like_eagerly(
    self, critic, negative_samples
  ):
    histories = [
      self.fit(
        self.estimator(
          'js', negative_samples, cases.make_layer(critic), run_eagerly=eager
        ),
        self.x,
        self.y,
        batch_size=_SIZES[0],
      )
      for eager in (False, True)
    ]
    self.assertAllClose(*histories, rtol=1e-4, atol=1e-5)


if __name__ == '__main__':
  test_util.main()
