"""Tests of TwoViewInfoMax."""

import pathlib

import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util


class TwoViewInfoMaxTest(test_util.TestCase):
  def views(self, n, size=6, noise=0.3):
    """Returns two views of two hidden variables, among others of their own."""
    rng = self.rng('views', n)
    common = rng.normal(size=(n, 2))
    parts = [
      np.concatenate(
        [common + noise * rng.normal(size=(n, 2)), rng.normal(size=(n, size))],
        axis=1,
      )
      for _ in range(2)
    ]
    mix = 0.4 * np.random.default_rng(0).normal(size=(2 + size, 2 + size))
    return [np.float32(part @ mix) for part in parts]

  def model(self, **kwargs):
    options = {
      'x_encoder': mi_tf.encoders.Mlp((16, 4)),
      'y_encoder': mi_tf.encoders.Mlp((16, 4)),
      **kwargs,
    }
    return mi_tf.infomax.TwoViewInfoMax(**options)

  def built(self, **kwargs):
    model = self.model(**kwargs)
    model.build((None, 8), (None, 8))
    return model

  def saved_and_loaded(self, model):
    path = pathlib.Path(self.create_tempdir().full_path) / 'model.keras'
    model.save(path)
    return keras.saving.load_model(path)

  def test_value_is_the_bound_of_the_representations(self):
    x, y = self.views(20)
    model = self.built()
    u, v = (
      np.float64(e(t))
      for e, t in zip((model.x_encoder, model.y_encoder), (x, y), strict=True)
    )
    scores = u @ np.float64(model.critic.dense.kernel) @ v.T
    rows = [
      scores[i, i] - np.log(np.mean(np.exp(scores[i]))) for i in range(20)
    ]
    self.assertAllClose(model(x, y), np.mean(rows), rtol=1e-5, atol=1e-5)

  def test_representations_learn_what_views_have_in_common(self):
    x, y = self.views(4000)
    model = self.model()
    model.compile(keras.optimizers.Adam(1e-2))
    history = model.fit(x, y, batch_size=100, epochs=6, verbose=0).history
    _, mi = model.evaluate(*self.views(2000), batch_size=100, verbose=0)
    # Two pairs of variables with a correlation of 1 / 1.09 have 1.84 nats.
    self.assertBetween(mi, 0.7, 1.84)
    self.assertGreater(history['mi'][-1], history['mi'][0])

  @test_util.full(
    'The loss of a target has a test; this trains until it is reached.'
  )
  def test_target_is_reached_and_not_passed(self):
    x, y = self.views(4000)
    for objective in ('info_nce', 'nwj', 'mine'):
      model = self.model(objective=objective, target=0.4)
      model.compile(keras.optimizers.Adam(3e-3))
      model.fit(x, y, batch_size=100, epochs=8, verbose=0)
      loss, mi = model.evaluate(*self.views(2000), batch_size=100, verbose=0)
      self.assertNear(mi, 0.4, 0.12, msg=objective)
      self.assertLess(loss, 0.2, msg=objective)

  def test_loss_is_the_distance_to_the_target(self):
    x, y = self.views(50)
    for target in (-1.0, 3.0):
      model = self.built(target=target)
      model.compile()
      loss, mi = model.evaluate(x, y, batch_size=50, verbose=0)
      self.assertAllClose(loss, abs(mi - target))

  def test_one_encoder_for_both_views_has_one_set_of_weights(self):
    x, y = self.views(30)
    model = self.model(y_encoder=None)
    model.compile(keras.optimizers.Adam(1e-2))
    model.fit(x, y, batch_size=10, verbose=0)
    self.assertIs(model.x_encoder, model.y_encoder)
    self.assertLen(model.trainable_variables, 4 + 1)
    loaded = self.saved_and_loaded(model)
    self.assertIs(loaded.x_encoder, loaded.y_encoder)
    self.assertAllEqual(loaded(x, y), model(x, y))

  @test_util.full('`conformance_models_test` saves and loads; this trains on.')
  def test_saved_and_loaded_model_goes_on_as_the_first(self):
    x, y = self.views(60)
    model = self.model(
      critic=mi_tf.SeparableCritic((7,), 3, temperature=0.5),
      objective='nwj',
      target=0.3,
      negative_samples=4,
    )
    model.compile(keras.optimizers.Adam(1e-2))
    model.fit(x, y, batch_size=20, verbose=0)
    loaded = self.saved_and_loaded(model)
    self.assertEqual(loaded.target, 0.3)
    self.assertEqual(loaded.negative_samples, 4)
    self.assertAllEqual(loaded(x, y), model(x, y))
    for m in (model, loaded):
      m.fit(x, y, batch_size=60, shuffle=False, verbose=0)
    self.assertAllClose(loaded(x, y), model(x, y), rtol=1e-6)

  def test_estimate_reads_held_out_samples(self):
    x, y = self.views(2000)
    model = self.model(objective='js')
    model.compile(keras.optimizers.Adam(1e-2))
    model.fit(x, y, batch_size=100, epochs=10, verbose=0)
    estimate = model.estimate(*self.views(1000))
    # Two variables with a correlation of 1 / (1 + .09).
    truth = -np.log(1.0 - 1.0 / 1.09**2)
    self.assertBetween(estimate.mi, 0.5 * truth, truth + 3 * estimate.stderr)

  def test_images_go_through_convolutions(self):
    rng = self.rng()
    x = np.float32(rng.normal(size=(32, 8, 8, 1)))
    y = x + np.float32(rng.normal(size=x.shape))
    model = self.model(
      x_encoder=mi_tf.encoders.ConvNet((4, 8), output_size=5), y_encoder=None
    )
    model.compile()
    model.fit(x, y, batch_size=16, verbose=0)
    self.assertEqual(model.x_encoder(x).shape, (32, 5))

  def test_mixed_precision_trains(self):
    x, y = self.views(64)
    for policy in ('mixed_bfloat16', 'mixed_float16'):
      model = mi_tf.infomax.TwoViewInfoMax(
        mi_tf.encoders.Mlp((8, 4), dtype=policy), dtype=policy
      )
      self.assertEqual(model.critic.compute_dtype, policy[len('mixed_') :])
      model.compile()
      history = model.fit(x, y, batch_size=16, verbose=0).history
      self.assertAllFinite(history['loss'])

  def test_wrong_critics_are_refused(self):
    built = mi_tf.BilinearCritic()
    built.build((None, 4), (None, 4))
    encoded = mi_tf.BilinearCritic(x_encoder=mi_tf.encoders.Mlp((4,)))
    for critic in (built, encoded, lambda x, y: x @ tf.transpose(y)):
      with self.assertRaisesRegex(ValueError, '`critic` must be the name of'):
        self.model(critic=critic)
    with self.assertRaisesRegex(ValueError, '`critic` must be one of'):
      self.model(critic='no_such')

  def test_target_is_refused_where_values_are_not_trained_on(self):
    for objective in ('js', 'smile'):
      with self.assertRaisesRegex(ValueError, f"objective='{objective}'"):
        self.model(objective=objective, target=1.0)


if __name__ == '__main__':
  test_util.main()
