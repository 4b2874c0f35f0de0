"""Tests of critics of representations."""

import os

import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.critics import encoded
from mi_tf_test import test_util


@keras.saving.register_keras_serializable('mi_tf_test')
class Called(mi_tf.Critic):
  """A critic that defines `call` alone."""

  def build(self, x_shape, y_shape):
    self.net = keras.layers.Dense(y_shape[-1])
    self.net.build(x_shape)

  def call(self, x, y):
    return tf.matmul(self.net(x), y, transpose_b=True)


class EncodedCriticTest(test_util.TestCase):
  def sides(self):
    rng = self.rng('sides')
    return [np.float32(rng.normal(size=(6, d))) for d in (3, 2)]

  def saved_and_loaded(self, model):
    path = os.path.join(self.create_tempdir().full_path, 'model.keras')
    model.save(path)
    return keras.models.load_model(path)

  def critic(self, scorer):
    return encoded.with_encoders(
      scorer, keras.layers.Dense(5, 'tanh'), mi_tf.encoders.Mlp((4, 5))
    )

  def test_scores_are_those_of_the_representations(self):
    x, y = self.sides()
    for scorer in (
      mi_tf.SeparableCritic((7,), 3),
      mi_tf.ConcatCritic((7,)),
      mi_tf.GaussianCritic((7,)),
      Called(),
    ):
      critic = self.critic(scorer)
      scores = critic(x, y)
      u, v = critic.x_encoder(x), critic.y_encoder(y)
      self.assertAllClose(scores, scorer(u, v), rtol=1e-5, atol=1e-6)
      self.assertEqual(critic.pairs_are_cheap, scorer.pairs_are_cheap)
      self.assertEqual(critic.is_log_density, scorer.is_log_density)

  def test_some_pairs_and_streams_are_those_of_all_pairs(self):
    x, y = self.sides()
    for scorer in (mi_tf.SeparableCritic((7,), 3), mi_tf.ConcatCritic((7,))):
      critic = self.critic(scorer)
      scores = critic(x, y).numpy()
      few = critic(x, y, negative_samples=1)
      self.assertAllClose(few[:, 0], np.diag(scores), rtol=1e-5, atol=1e-6)
      self.assertAllClose(
        few[:, 1], scores[np.arange(6), (np.arange(6) + 1) % 6], atol=1e-5
      )
      bound = mi_tf.lower_bound_info_nce
      self.assertAllClose(bound(critic.stream(x, y)), bound(scores), atol=1e-5)

  def test_weights_are_those_of_encoders_and_scorer(self):
    x, y = self.sides()
    scorer = mi_tf.BilinearCritic()
    config = scorer.get_config()
    critic = self.critic(scorer)
    critic(x, y)
    self.assertLen(critic.trainable_weights, 2 + 4 + 1)
    self.assertEqual(scorer.get_config(), config)

  def test_scores_have_the_precision_of_the_scorer(self):
    x, y = self.sides()
    critic = self.critic(mi_tf.InnerProductCritic(dtype='mixed_bfloat16'))
    self.assertEqual(critic(x, y).dtype, tf.bfloat16)

  def test_inputs_are_cast_only_if_the_scorer_casts_its_own(self):
    x, y = self.sides()
    x, y = x + 1000.0, y + 1000.0

    def center():
      return keras.layers.Rescaling(1.0, offset=-1000.0, dtype='float32')

    for dtype in ('mixed_float16', 'mixed_bfloat16'):
      scorer = mi_tf.GaussianCritic((7,), dtype=dtype)
      model = mi_tf.infomax.TwoViewInfoMax(
        center(), center(), scorer, 'club', dtype=dtype
      )
      model.build((None, 3), (None, 2))
      scores = model.critic(x, y)
      self.assertEqual(scores.dtype, tf.float32)
      # The first layer of the scorer rounds its own inputs.
      expected = scorer(tf.constant(x - 1000.0), tf.constant(y - 1000.0))
      self.assertAllClose(scores, expected, rtol=1e-5, atol=1e-6)

  def scorers(self):
    return (
      mi_tf.SeparableCritic((7,), 3, 'tanh'),
      mi_tf.ConcatCritic((7, 4), 'tanh'),
      mi_tf.GaussianCritic((7,), min_scale=0.5, dtype='mixed_bfloat16'),
      Called(),
    )

  def test_a_trained_critic_is_saved_in_other_models(self):
    x, y = self.sides()
    for scorer in self.scorers():
      model = mi_tf.infomax.TwoViewInfoMax(
        mi_tf.encoders.Mlp((4, 5), activation='tanh'),
        mi_tf.encoders.Mlp((3, 5)),
        scorer,
        'js',
      )
      critic = model.critic
      estimator = mi_tf.MiEstimator(critic, 'js')
      estimator.compile('adam')
      estimator.fit(x, y, verbose=0)
      expected = critic(x, y)
      loaded = self.saved_and_loaded(estimator).critic
      self.assertIs(type(loaded), type(critic))
      self.assertLen(loaded.weights, len(critic.weights))
      self.assertEqual(loaded.dtype_policy, critic.dtype_policy)
      self.assertEqual(loaded.autocast, critic.autocast)
      self.assertAllClose(loaded(x, y), expected, rtol=1e-5, atol=1e-6)
      inputs = [keras.Input((3,)), keras.Input((2,))]
      functional = keras.Model(inputs, critic(*inputs))
      self.assertAllClose(
        self.saved_and_loaded(functional)([x, y]),
        expected,
        rtol=1e-5,
        atol=1e-6,
      )

  def test_a_shared_encoder_is_still_shared_after_loading(self):
    x, _ = self.sides()
    encoder = mi_tf.encoders.Mlp((4, 5))
    critic = encoded.with_encoders(mi_tf.BilinearCritic(), encoder, encoder)
    inputs = [keras.Input((3,)), keras.Input((3,))]
    model = keras.Model(inputs, critic(*inputs))
    loaded = self.saved_and_loaded(model)
    self.assertLen(loaded.weights, len(model.weights))
    self.assertAllClose(loaded([x, x]), model([x, x]), rtol=1e-5, atol=1e-6)
    copy = encoded.EncodedCritic.from_config(critic.get_config())
    self.assertIs(copy.y_encoder, copy.x_encoder)
    self.assertFalse(copy.scorer.built)


if __name__ == '__main__':
  test_util.main()
