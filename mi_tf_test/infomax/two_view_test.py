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
    scores = u @ np.float64(model.critic.scorer.dense.kernel) @ v.T
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

  @test_util.full('`conformance.models_test` saves and loads; this trains on.')
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

  def penalized(self, **kwargs):
    encoder = keras.Sequential(
      [keras.layers.Dense(4, kernel_regularizer=keras.regularizers.L2(0.1))]
    )
    model = self.built(x_encoder=encoder, **kwargs)
    model.compile(keras.optimizers.SGD(0.0), run_eagerly=True)
    penalty = 0.1 * np.sum(np.square(encoder.layers[0].kernel))
    self.assertGreater(penalty, 0.1)
    return model, penalty

  def test_loss_has_what_regularizers_add(self):
    x, y = self.views(30)
    model, penalty = self.penalized()
    history = model.fit(x, y, batch_size=10, verbose=0).history
    self.assertAllClose(history['loss'][0], penalty - history['mi'][0])
    loss, mi = model.evaluate(x, y, batch_size=10, verbose=0)
    self.assertAllClose(loss, penalty - mi)

  def test_target_does_not_turn_regularizers_around(self):
    x, y = self.views(30)
    for target in (-9.0, 9.0):
      model, penalty = self.penalized(target=target)
      loss, mi = model.evaluate(x, y, batch_size=30, verbose=0)
      self.assertAllClose(loss, penalty + abs(mi - target), rtol=1e-5)
      kernel = model.critic.x_encoder.layers[0].kernel
      with tf.GradientTape(persistent=True) as tape:
        loss, value, _ = model._loss(x, y, None, True)
      slope = tf.sign(value - target) * tape.gradient(value, kernel)
      self.assertAllClose(
        tape.gradient(loss, kernel),
        slope + 0.2 * tf.convert_to_tensor(kernel),
        atol=1e-5,
      )

  def test_wrong_critics_are_refused(self):
    built = mi_tf.BilinearCritic()
    built.build((None, 4), (None, 4))
    encoded = mi_tf.BilinearCritic(x_encoder=mi_tf.encoders.Mlp((4,)))
    for critic in (built, encoded, lambda x, y: x @ tf.transpose(y)):
      with self.assertRaisesRegex(ValueError, '`critic` must be the name of'):
        self.model(critic=critic)
    with self.assertRaisesRegex(ValueError, '`critic` must be one of'):
      self.model(critic='no_such')

  def test_critic_is_trained_and_keeps_the_config_that_it_was_given(self):
    class Called(mi_tf.Critic):
      def build(self, x_shape, y_shape):
        self.net = keras.layers.Dense(y_shape[-1])
        self.net.build(x_shape)

      def call(self, x, y):
        return tf.matmul(self.net(x), y, transpose_b=True)

    x, y = self.views(20)
    for critic in (mi_tf.SeparableCritic((5,), 3), Called()):
      config = critic.get_config()
      model = self.built(critic=critic)
      self.assertEqual(critic.get_config(), config)
      self.assertIsNone(critic.x_encoder)
      model.compile(keras.optimizers.Adam(1e-2), run_eagerly=True)
      before = [v.numpy() for v in critic.weights]
      model.train_on_batch(x, y)
      for v, w in zip(critic.weights, before, strict=True):
        self.assertNotAllClose(v, w)
      self.assertAllClose(
        critic(model.x_encoder(x), model.y_encoder(y)), model.score(x, y)[0]
      )

  def test_large_batches_are_streamed_as_by_the_critic_itself(self):
    x, y = self.views(20)
    for critic in (mi_tf.SeparableCritic((5,), 3), mi_tf.ConcatCritic((5,))):
      model = self.built(critic=critic)
      streamed = mi_tf.lower_bound_info_nce(model.critic.stream(x, y))
      self.assertAllClose(streamed, model(x, y), rtol=1e-5)

  def test_target_is_refused_where_values_are_not_trained_on(self):
    for objective in ('js', 'smile'):
      with self.assertRaisesRegex(ValueError, f"objective='{objective}'"):
        self.model(objective=objective, target=1.0)


class DataTest(test_util.TestCase):
  def model(self, built=False, **kwargs):
    model = mi_tf.infomax.TwoViewInfoMax(keras.layers.Dense(4), **kwargs)
    model.compile(run_eagerly=True)
    if built:
      model.build((None, 3), (None, 3))
    return model

  def views(self, n=17):
    x = np.float32(self.rng('x').normal(size=(n, 3)))
    return x, x + 1.0

  def test_batches_without_negatives_are_told(self):
    x, y = self.views()
    single = tf.data.Dataset.from_tensor_slices((x, y))
    for built in (False, True):
      with self.assertRaisesRegex(ValueError, '[Cc]all `batch`'):
        self.model(built).fit(single, verbose=0)
    model = self.model()
    for call in (
      lambda: model.fit(x, y, batch_size=1, verbose=0),
      lambda: model.fit(single.batch(1, drop_remainder=True), verbose=0),
      lambda: model.fit(x[:1], y[:1], verbose=0),
      lambda: model.fit(x, y, validation_data=(x[:1], y[:1]), verbose=0),
      lambda: model.evaluate(x[:1], y[:1], verbose=0),
    ):
      with self.assertRaisesRegex(ValueError, 'at least 2'):
        call()
    history = model.fit(x, y, batch_size=16, verbose=0).history
    self.assertAllFinite(history['loss'])  # The last batch has one row.

  def test_class_weight_is_refused_by_its_name(self):
    with self.assertRaisesRegex(ValueError, '`class_weight` must be None'):
      self.model().fit(*self.views(), class_weight={0: 1.0}, verbose=0)

  def test_sample_weight_of_2_is_the_pair_given_twice(self):
    x, y = self.views(6)
    weights = np.array([2, 1, 0, 1, 3, 1])
    found = []
    for target in (None, -1.0):
      for data in (
        (x, y, weights),
        (np.repeat(x, weights, axis=0), np.repeat(y, weights, axis=0), None),
      ):
        keras.utils.set_random_seed(1)
        model = self.model(target=target)
        model.compile(keras.optimizers.SGD(0.1), run_eagerly=True)
        model.fit(
          *data[:2],
          sample_weight=data[2],
          batch_size=8,
          shuffle=False,
          verbose=0,
        )
        found.append(np.concatenate([v.numpy().ravel() for v in model.weights]))
    self.assertAllClose(found[0], found[1], rtol=1e-5, atol=1e-6)
    self.assertAllClose(found[2], found[3], rtol=1e-5, atol=1e-6)
    self.assertNotAllClose(found[0], found[2])

  def structured(self):
    """Returns a model of a dict and a list, one with strings, and data."""
    rng = self.rng('structures')
    words = np.array(['red', 'green', 'blue'])[rng.integers(3, size=24)]
    numbers = np.float32(rng.normal(size=(24, 2)))
    vectors = keras.layers.TextVectorization(output_mode='multi_hot')
    vectors.adapt(words)
    word = keras.Input((), dtype='string', name='word')
    number = keras.Input((2,), name='number')
    x_encoder = keras.Model(
      {'word': word, 'number': number},
      keras.layers.Dense(3)(keras.ops.concatenate([vectors(word), number], -1)),
    )
    sides = [keras.Input((2,)), keras.Input((2,))]
    y_encoder = keras.Model(
      sides, keras.layers.Dense(3)(keras.ops.concatenate(sides, -1))
    )
    model = mi_tf.infomax.TwoViewInfoMax(x_encoder, y_encoder)
    model.compile(keras.optimizers.Adam(1e-2))
    return model, {'word': words, 'number': numbers}, [numbers, numbers**2]

  def test_views_may_be_structures_and_strings(self):
    model, x, y = self.structured()
    dataset = tf.data.Dataset.from_tensor_slices((x, tuple(y))).batch(8)
    before = model.evaluate(x, y, batch_size=8, verbose=0)
    self.assertAllClose(model.evaluate(dataset, verbose=0), before)
    model.fit(x, y, batch_size=8, verbose=0)
    model.fit(dataset, verbose=0, shuffle=False)

    def batches():
      for i in range(0, 24, 8):
        rows = {key: t[i : i + 8] for key, t in x.items()}
        yield rows, [t[i : i + 8] for t in y]

    model.fit(batches(), steps_per_epoch=3, verbose=0, shuffle=False)
    self.assertLess(model.evaluate(x, y, batch_size=8, verbose=0)[0], before[0])
    scores = model.predict(x, y, verbose=0)
    self.assertEqual(scores.shape, (24,))
    self.assertAllClose(model.predict(dataset, verbose=0), scores, rtol=1e-5)
    representation = model.x_encoder(
      {key: tf.constant(t) for key, t in x.items()}
    )
    self.assertEqual(representation.shape, (24, 3))
    path = pathlib.Path(self.create_tempdir().full_path) / 'model.keras'
    model.save(path)
    loaded = keras.saving.load_model(path)
    self.assertAllClose(loaded.predict(x, y, verbose=0), scores)


if __name__ == '__main__':
  test_util.main()
