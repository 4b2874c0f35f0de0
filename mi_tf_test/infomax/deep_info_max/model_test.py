"""Tests of Deep InfoMax."""

import itertools
import json
import math
import pathlib

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test import two_replicas

_SHAPE = (8, 8, 1)
_LOCATIONS = 16


def _softplus(x):
  return np.logaddexp(0.0, x)


def _value_by_hand(name, joint, negatives):
  """Returns the value of rows of scores, by hand."""
  if name == 'js':
    return (
      2.0 * math.log(2.0)
      - _softplus(-joint).mean()
      - _softplus(negatives).mean()
    )
  if name == 'dv':
    return joint.mean() - np.log(np.exp(negatives).mean())
  both = np.concatenate([joint[:, None], negatives], axis=1)
  return (joint - np.log(np.exp(both).mean(axis=1))).mean()


class DeepInfoMaxTest(test_util.TestCase):
  def encoders(self, activation=None, size=3, normalized=False, **kwargs):
    if normalized:
      return mi_tf.encoders.conv_stages(
        _SHAPE, size, activation, (8, 16), 32, **kwargs
      )
    local = keras.Sequential(
      [keras.layers.Conv2D(5, 2, strides=2, activation='relu', **kwargs)]
    )
    summary = keras.Sequential(
      [
        keras.layers.Flatten(dtype=kwargs.get('dtype')),
        keras.layers.Dense(size, activation, **kwargs),
      ]
    )
    return local, summary

  def model(self, noise=None, **kwargs):
    options = {
      'local_critic': mi_tf.infomax.EncodeAndDotCritic(8),
      'global_critic': mi_tf.ConcatCritic((8,)),
      'discriminator': mi_tf.encoders.Mlp((8, 1)),
      **kwargs,
    }
    local, summary = self.encoders()
    if noise is not None:
      summary.add(noise)
    model = mi_tf.infomax.DeepInfoMax(local, summary, **options)
    model.build((None, *_SHAPE))
    return model

  def images(self, n, *salt):
    return np.float32(self.rng('images', *salt).uniform(size=(n, *_SHAPE)))

  def values(self, model, images, batch_size=None):
    if not model.compiled:
      model.compile(run_eagerly=True)
    return model.evaluate(
      images, batch_size=batch_size or len(images), verbose=0, return_dict=True
    )

  @parameterized.parameters('dv', 'info_nce', 'js')
  def test_values_are_means_over_locations(self, objective):
    model = self.model(objective=objective, weights=(0.5, 2.0, 0.0))
    images = self.images(7)
    scores, mask = model.scores(images)['local']
    self.assertEqual(scores.shape, (_LOCATIONS, 7, 7))
    self.assertIsNone(mask)
    off = ~np.eye(7, dtype=bool)
    local = np.mean(
      [
        _value_by_hand(objective, np.diag(s), s[off].reshape([7, 6]))
        for s in np.float64(scores)
      ]
    )
    # Shifted by one, as there is a network of pairs.
    (scores, mask) = model.scores(images)['global']
    self.assertEqual(scores.shape, (7, 2))
    self.assertAllEqual(mask, [True, False])
    scores = np.float64(scores)
    whole = _value_by_hand(objective, scores[:, 0], scores[:, 1:])
    found = self.values(model, images)
    suffix = 'jsd' if objective == 'js' else 'mi'
    self.assertAllClose(found[f'local_{suffix}'], local, rtol=1e-4, atol=1e-5)
    self.assertAllClose(found[f'global_{suffix}'], whole, rtol=1e-4, atol=1e-5)
    self.assertAllClose(
      found['loss'], -0.5 * whole - 2.0 * local, rtol=1e-4, atol=1e-5
    )

  def test_divergence_is_reported_with_the_information_that_it_implies(self):
    model = self.model(weights=(0.0, 1.0, 0.0))
    images = self.images(7)
    scores, _ = model.scores(images)['local']
    expected = np.mean(mi_tf.lower_bound_from_jensen_shannon(scores))
    found = self.values(model, images)
    self.assertAllClose(found['local_mi'], expected, rtol=1e-5)
    self.assertNotAllClose(found['local_mi'], found['local_jsd'])

  @parameterized.parameters('dv', 'info_nce', 'js')
  def test_constant_critics_see_nothing(self, objective):
    model = self.model(objective=objective, weights=(1.0, 1.0, 0.0))
    for critic in (model.local_critic, model.global_critic):
      for v in critic.weights:
        v.assign(tf.zeros_like(v))
    found = self.values(model, self.images(5))
    for name, value in found.items():
      self.assertAllClose(value, 0.0, atol=1e-6, msg=name)

  def test_settings_have_names(self):
    model = self.model()
    self.assertEqual((model.alpha, model.beta, model.gamma), (0.0, 1.0, 0.1))
    self.assertIsNone(model.global_critic)
    model = self.model(weights='reconstruction')
    self.assertEqual((model.alpha, model.beta, model.gamma), (0.5, 1.0, 0.1))
    model = self.model(weights=(1, 0, 0))
    self.assertIsNone(model.local_critic)
    self.assertIsNone(model.discriminator)
    self.assertEqual(
      [m.name for m in model.metrics], ['loss', 'global_mi', 'global_jsd']
    )

  def test_negatives_are_other_images(self):
    # The critic's score tells which image each side is of.
    class Equal(mi_tf.infomax.LocalCritic):
      def build_critic(self, map_shape, summary_shape):
        pass

      def embed_map(self, feature_map):
        return feature_map[..., :1]

      def embed_summary(self, summary):
        return summary[..., :1]

      def score_aligned(self, u, v):
        return tf.squeeze(tf.cast(tf.abs(u - v) < 1e-4, tf.float32), -1)

    values = np.arange(6, dtype=np.float32)
    images = np.broadcast_to(values[:, None, None, None], (6, *_SHAPE))
    model = mi_tf.infomax.DeepInfoMax(
      keras.layers.Lambda(lambda t: t[:, ::4, ::4]),
      keras.layers.Lambda(lambda t: t[:, 0, 0]),
      local_critic=Equal(),
      negative_samples=3,
      weights=(0.0, 1.0, 0.0),
    )
    for training in (False, True):
      for _ in range(4):
        scores, mask = model.scores(tf.constant(images), training)['local']
        self.assertAllEqual(mask, [True, False, False, False])
        self.assertAllEqual(scores[..., 0], tf.ones([4, 6]))
        self.assertAllEqual(scores[..., 1:], tf.zeros([4, 6, 3]))

  def test_negatives_differ_by_location_and_update(self):
    images = tf.constant(self.images(40))
    model = self.model(
      local_critic=mi_tf.infomax.ConcatAndConvolveCritic((7,)),
      weights=(0.0, 1.0, 0.0),
    )
    model.build(images.shape)

    def negatives(training):
      # A map that is the same everywhere: scores differ by the negative alone.
      y = model(images)
      same = tf.ones_like(model.local_encoder(images))
      seed = model._seeds(training)[0]
      return model._scores(same, y, training, seed)['local'][0][..., 1].numpy()

    first, second = negatives(True), negatives(True)
    self.assertNotAllClose(first, second)
    self.assertNotAllClose(first[0], first[1])
    self.assertAllEqual(negatives(False), negatives(False))

  @parameterized.parameters(
    *itertools.product(['dv', 'info_nce', 'js'], [None, 2], [True]),
    ('info_nce', None, False),
  )
  def test_single_image_tells_nothing(self, objective, negatives, run_eagerly):
    images = self.images(9)
    model = self.model(
      objective=objective, weights='reconstruction', negative_samples=negatives
    )
    model.compile(keras.optimizers.Adam(1e-2), run_eagerly=run_eagerly)
    history = model.fit(
      images, batch_size=8, shuffle=False, verbose=0, epochs=2
    ).history
    for values in history.values():
      self.assertAllFinite(values)
    for v in model.trainable_variables:
      self.assertAllFinite(v)
    self.assertAllClose(
      self.values(model, images, batch_size=8),
      self.values(model, images[:8], batch_size=8),
    )

  def test_evaluation_does_not_change_what_follows(self):
    images = self.images(16)
    outputs = []
    for evaluations in (0, 2):
      keras.utils.set_random_seed(0)
      model = self.model(negative_samples=2)
      model.compile(keras.optimizers.Adam(1e-2), run_eagerly=True)
      values = [self.values(model, images) for _ in range(evaluations)]
      self.assertEqual(values[:1], values[1:])
      model.fit(images, batch_size=8, shuffle=False, verbose=0)
      outputs.append(model(images))
    self.assertAllEqual(*outputs)

  def test_loss_has_what_regularizers_of_encoders_and_critics_add(self):
    images = self.images(8)
    found = []
    for scale in (0.0, 10.0):
      keras.utils.set_random_seed(0)
      local, summary = self.encoders(
        kernel_regularizer=keras.regularizers.L2(scale)
      )
      model = mi_tf.infomax.DeepInfoMax(
        local,
        summary,
        weights=(0, 1, 0),
        local_critic=mi_tf.infomax.EncodeAndDotCritic(8),
      )
      model.compile(keras.optimizers.SGD(0.0), run_eagerly=True)
      history = model.fit(images, verbose=0).history
      found.append([history['loss'][0], self.values(model, images)['loss']])
    kernels = [v for v in model.encoder.trainable_weights if v.ndim > 1]
    penalty = 10.0 * sum(np.sum(np.square(v)) for v in kernels)
    self.assertAllClose(
      found[1], np.array(found[0]) + penalty, rtol=1e-5, atol=1e-5
    )

  def test_prior_losses_are_cross_entropies(self):
    model = self.model(weights=(0.0, 1.0, 1.0), prior='normal')
    for v in model.discriminator.weights:
      v.assign(tf.zeros_like(v))
    found = self.values(model, self.images(9))
    self.assertAllClose(found['prior_loss'], math.log(2.0))
    self.assertAllClose(found['discriminator_loss'], 2.0 * math.log(2.0))

  @test_util.full(
    'That the prior is learned and moves its own weights has tests; this '
    'one trains until the representation has moved.'
  )
  def test_representation_nears_its_prior(self):
    images = np.float32(self.rng().normal(size=(400, 1, 1, 2)))
    means = []
    for gamma in (0.0, 1.0):
      summary = keras.Sequential(
        [
          keras.layers.Flatten(),
          keras.layers.Dense(
            2, kernel_initializer='identity', bias_initializer='ones'
          ),
        ]
      )
      model = mi_tf.infomax.DeepInfoMax(
        keras.layers.Identity(),
        summary,
        weights=(0.0, 1e-3, gamma),
        local_critic=mi_tf.infomax.EncodeAndDotCritic(8),
        discriminator=mi_tf.encoders.Mlp((32, 1)),
        prior='normal',
      )
      model.build((None, 1, 1, 2))
      summary.layers[-1].bias.assign([2.0, -2.0])
      model.compile(keras.optimizers.Adam(1e-2, beta_1=0.5))
      model.fit(images, batch_size=50, epochs=60, verbose=0)
      y = model.predict(images, verbose=0)
      means.append(np.abs(y.mean(axis=0)).max())
    self.assertLess(means[1], 0.5 * means[0])

  @parameterized.parameters('dv', 'info_nce', 'js')
  @test_util.full(
    'Values and steps of objectives have tests; this trains until the '
    'objective is higher.'
  )
  def test_training_raises_the_objective_on_new_images(self, objective):
    def images(*salt):
      rng = self.rng(*salt)
      brightness = rng.uniform(size=(512, 1, 1, 1))
      noise = rng.uniform(size=(512, *_SHAPE))
      return np.float32(0.7 * brightness + 0.3 * noise)

    model = self.model(objective=objective)
    model.compile(keras.optimizers.Adam(3e-3))
    before = self.values(model, images('test'))['local_mi']
    model.fit(images('train'), batch_size=32, epochs=8, verbose=0)
    after = self.values(model, images('test'))
    self.assertGreater(after['local_mi'], max(0.3, before + 0.2))
    self.assertAllFinite(list(after.values()))

  @test_util.full(
    '`conformance.models_test` saves and loads; this has two optimizers, '
    'and trains on.'
  )
  def test_saved_and_loaded_model_goes_on_as_the_first(self):
    images = self.images(32)
    local, summary = self.encoders('sigmoid', normalized=True)
    model = mi_tf.infomax.DeepInfoMax(
      local,
      summary,
      objective='info_nce',
      weights=(0.3, 0.7, 0.2),
      local_critic=mi_tf.infomax.ConcatAndConvolveCritic((7,)),
      global_critic=mi_tf.SeparableCritic((7,), 4),
      discriminator=mi_tf.encoders.Mlp((6, 1)),
      prior='normal',
      negative_samples=2,
      seed=5,
    )
    model.compile(
      keras.optimizers.Adam(1e-2), prior_optimizer=keras.optimizers.SGD(1e-1)
    )
    model.fit(images, batch_size=16, verbose=0)
    path = pathlib.Path(self.create_tempdir().full_path) / 'model.keras'
    model.save(path)
    loaded = keras.saving.load_model(path)
    self.assertAllEqual(loaded(images), model(images))
    configs = [json.dumps(m.get_config()) for m in (loaded, model)]
    self.assertEqual(*configs)
    self.assertIsInstance(loaded.prior_optimizer, keras.optimizers.SGD)
    for m in (model, loaded):
      m.fit(images, batch_size=32, shuffle=False, verbose=0)
    self.assertAllClose(loaded(images), model(images), rtol=1e-5, atol=1e-5)

  def test_loaded_model_goes_on_with_the_noise_of_the_first(self):
    images = self.images(16)

    def model():
      keras.utils.set_random_seed(4)
      model = self.model(noise=keras.layers.GaussianNoise(1.0))
      model.compile(keras.optimizers.Adam(1e-2), run_eagerly=True)
      return model

    def fit(model, epochs, start=0):
      model.fit(
        *(images, None, 8),
        epochs=epochs,
        initial_epoch=start,
        shuffle=False,
        verbose=0,
      )
      return model(images)

    expected = fit(model(), 3)
    first = model()
    fit(first, 1)
    path = pathlib.Path(self.create_tempdir().full_path) / 'model.keras'
    first.save(path)
    loaded = keras.saving.load_model(path)
    loaded.run_eagerly = True
    self.assertAllClose(fit(loaded, 3, 1), expected, rtol=1e-5, atol=1e-6)

  def test_model_inside_of_a_step_is_built_when_it_is_loaded(self):
    images = self.images(8)

    class Outer(keras.Model):
      def __init__(self, inner):
        super().__init__()
        self.inner = inner
        self.head = keras.layers.Dense(1)

      def build(self, shape):
        self.head.build(shape)
        self.built = True

      def call(self, x):
        return self.head(x)

    def outer(build):
      local, summary = self.encoders()
      inner = mi_tf.infomax.DeepInfoMax(
        local,
        summary,
        local_critic=mi_tf.infomax.EncodeAndDotCritic(8),
        discriminator=mi_tf.encoders.Mlp((8, 1)),
      )
      inner.compile(run_eagerly=True)
      model = Outer(inner)
      model.build((None, 3))
      if build:
        inner.train_on_batch(images)
      return model

    path = self.create_tempdir().full_path + '/model.weights.h5'
    first, second = outer(True), outer(False)
    first.save_weights(path)
    second.load_weights(path)
    self.assertAllEqual(second.inner(images), first.inner(images))
    states = [
      [
        *model.inner.weights,
        *model.inner.optimizer.variables,
        *model.inner.prior_optimizer.variables,
      ]
      for model in (first, second)
    ]
    for v, w in zip(*states, strict=True):
      self.assertAllEqual(v, w)

  @parameterized.parameters('mixed_bfloat16', 'mixed_float16')
  @test_util.full(
    '`conformance.models_test` trains in half precision; this has '
    'encoders that normalize.'
  )
  def test_mixed_precision_trains(self, policy):
    images = self.images(64)
    local, summary = self.encoders('sigmoid', normalized=True, dtype=policy)
    model = mi_tf.infomax.DeepInfoMax(
      local, summary, weights='reconstruction', dtype=policy
    )
    model.build((None, *_SHAPE))
    model.compile(keras.optimizers.Adam(1e-3))
    before = [v.numpy() for v in model.representation_weights]
    history = model.fit(images, batch_size=16, epochs=2, verbose=0).history
    for values in history.values():
      self.assertAllFinite(values)
    self.assertEqual(model(images).dtype.name, policy[len('mixed_') :])
    moved = [
      not np.allclose(v, w)
      for v, w in zip(model.representation_weights, before, strict=True)
    ]
    self.assertTrue(any(moved))

  @test_util.full('Terms are bounds, whose replicas have tests; this steps.')
  def test_two_replicas_take_the_step_of_one_device(self):
    self.assertReplicasStepAsOneDevice('dv', 2, (0.5, 1.0, 0.5))

  @parameterized.parameters(
    ('info_nce', None, (0.0, 1.0, 0.0)), ('js', None, (0.0, 1.0, 0.5))
  )
  @test_util.full(
    'One objective with all terms steps so every day, and bounds across '
    'replicas have tests; this finds what objectives or all pairs do otherwise.'
  )
  def test_two_replicas_take_the_step_of_other_objectives(self, *args):
    self.assertReplicasStepAsOneDevice(*args)

  def assertReplicasStepAsOneDevice(self, objective, negative_samples, weights):
    images = self.images(12)

    def train():
      keras.utils.set_random_seed(3)
      model = self.model(
        objective=objective, weights=weights, negative_samples=negative_samples
      )
      model.compile(keras.optimizers.SGD(0.1), jit_compile=False)
      data = tf.data.Dataset.from_tensor_slices(images).batch(12)
      history = model.fit(data, epochs=2, shuffle=False, verbose=0).history
      return history, [v.numpy() for v in model.trainable_variables]

    expected = train()
    with two_replicas.strategy().scope():
      found = train()
    self.assertAllClose(found[0], expected[0], rtol=1e-5, atol=1e-6)
    for v, w in zip(found[1], expected[1], strict=True):
      self.assertAllClose(v, w, rtol=1e-5, atol=1e-6)

  def test_labels_are_not_looked_at(self):
    images = self.images(16)
    values = []
    for args in ((images,), (images, np.arange(16))):
      keras.utils.set_random_seed(0)
      model = self.model()
      model.compile(keras.optimizers.SGD(0.1), run_eagerly=True)
      history = model.fit(*args, batch_size=8, shuffle=False, verbose=0)
      values.append(history.history['loss'])
    self.assertAllClose(values[0], values[1])

  @parameterized.parameters(
    (dict(objective='jsd'), '`objective` must be one of'),
    (dict(weights='none'), '`weights` must be one of'),
    (dict(weights=(0.0, 0.0, 1.0)), '`weights` must be one of'),
    (dict(weights=(1.0, -1.0, 0.0)), '`weights` must be one of'),
    (dict(weights=(0.0, float('inf'), 0.1)), '`weights` must be one of'),
    (dict(weights=('a', 1.0, 0.1)), '`weights` must be one of'),
    (dict(negative_samples=0), '`negative_samples` must be an integer'),
    (dict(negative_samples=1.5), '`negative_samples` must be an integer'),
    (dict(negative_samples='all'), '`negative_samples` must be an integer'),
    (dict(prior='beta'), "`prior` must be 'uniform'"),
  )
  def test_mistakes_are_told(self, kwargs, message):
    with self.assertRaisesRegex(ValueError, message):
      self.model(**kwargs)

  def test_flat_feature_maps_are_refused(self):
    model = mi_tf.infomax.DeepInfoMax(
      mi_tf.encoders.Mlp((4,)), mi_tf.encoders.Mlp((3,))
    )
    with self.assertRaisesRegex(
      ValueError, r'must return shape \[n, h, w, c\]'
    ):
      model.build((None, *_SHAPE))


if __name__ == '__main__':
  test_util.main()
