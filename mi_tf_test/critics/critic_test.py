"""Tests of what all critics inherit: encoders, flattening, negatives."""

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.critics import dot_product
from mi_tf_test import test_util
from mi_tf_test.critics import reference


class _Difference(mi_tf.Critic):
  """Scores pairs by `sum(w * (x - 2 y))`, which is not symmetric."""

  def build_critic(self, x_shape, y_shape):
    self.flat_shapes = x_shape, y_shape
    self.scale = self.add_weight(shape=(x_shape[-1],), initializer='ones')

  def embed_x(self, x):
    return x * self.scale

  def embed_y(self, y):
    return 2.0 * y * self.scale

  def score_pairs(self, embedded_x, embedded_y):
    return tf.reduce_sum(embedded_x[:, tf.newaxis] - embedded_y, axis=-1)

  def score_aligned(self, embedded_x, embedded_y):
    return tf.reduce_sum(embedded_x - embedded_y, axis=-1)


class CriticTest(test_util.TestCase):
  def xy(self, x_shape=(5, 3), y_shape=(5, 3)):
    return (
      self.rng('x').normal(size=x_shape).astype(np.float32),
      self.rng('y').normal(size=y_shape).astype(np.float32),
    )

  def test_scores_are_those_of_a_loop_over_pairs(self):
    x, y = self.xy(y_shape=(4, 3))
    self.assertAllClose(
      _Difference()(x, y),
      reference.all_pairs(lambda a, b: np.sum(a - 2 * b), x, y),
      rtol=1e-5,
      atol=1e-5,
    )

  @parameterized.parameters(0, 1, 4, 6)
  def test_negative_samples_are_the_next_ones_and_none_twice(self, count):
    x, y = self.xy()
    next_ones = range(min(1 + count, 5))
    expected = [
      [np.sum(x[i] - 2 * y[(i + s) % 5]) for s in next_ones] for i in range(5)
    ]
    self.assertAllClose(
      _Difference()(x, y, negative_samples=count),
      expected,
      rtol=1e-5,
      atol=1e-5,
    )

  def test_samples_of_any_rank_are_flattened(self):
    x, y = self.xy((5, 2, 3), (5, 3, 2, 1))
    critic = _Difference()
    scores = critic(x, y)
    self.assertEqual(critic.flat_shapes, ((5, 6), (5, 6)))
    self.assertAllEqual(scores, critic(x.reshape(5, 6), y.reshape(5, 6)))

  def test_numbers_are_vectors_of_size_one(self):
    x, y = self.xy((5,), (4,))
    self.assertAllClose(
      _Difference()(x, y), x[:, np.newaxis] - 2 * y, rtol=1e-5
    )

  @parameterized.parameters('int32', 'uint8', 'bool', 'float64')
  def test_inputs_of_any_dtype_are_cast(self, dtype):
    x, y = (self.rng(k).integers(0, 2, (5, 3)).astype(dtype) for k in range(2))
    scores = _Difference()(x, y)
    self.assertEqual(scores.dtype, tf.float32)
    expected = reference.all_pairs(
      lambda a, b: np.sum(a.astype(float) - 2 * b.astype(float)), x, y
    )
    self.assertAllClose(scores, expected)

  def test_each_side_passes_its_own_encoder(self):
    class Shifted(keras.layers.Layer):
      def __init__(self, shift):
        super().__init__()
        self.shift = shift

      def call(self, inputs):
        return inputs[:, :2] + self.shift

    x, y = self.xy((5, 3), (4, 6))
    critic = _Difference(Shifted(1.0), Shifted(-0.5))
    self.assertAllClose(
      critic(x, y),
      _Difference()(x[:, :2] + 1.0, y[:, :2] - 0.5),
      rtol=1e-5,
      atol=1e-5,
    )

  def test_image_is_scored_against_a_vector(self):
    encoder = keras.Sequential(
      [keras.layers.Conv2D(2, 3, strides=2), keras.layers.GlobalMaxPooling2D()]
    )
    x, y = self.xy((5, 8, 8, 1), (4, 2))
    critic = _Difference(x_encoder=encoder)
    scores = critic(x, y)
    self.assertAllClose(
      scores,
      reference.all_pairs(
        lambda a, b: np.sum(a - 2 * b), encoder(x).numpy(), y
      ),
      rtol=1e-5,
      atol=1e-5,
    )
    self.assertLen(critic.trainable_weights, 3)

  def test_encoders_that_keep_the_rank_are_flattened_after(self):
    x, y = self.xy((5, 4, 4, 1), (5, 12))
    encoder = keras.layers.Conv2D(3, 3)
    scores = _Difference(x_encoder=encoder)(x, y)
    self.assertEqual(scores.shape, [5, 5])
    self.assertAllClose(
      scores,
      _Difference()(encoder(x).numpy().reshape(5, 12), y),
      rtol=1e-4,
      atol=1e-5,
    )

  @parameterized.product(
    name=['bilinear', 'concat', 'elliptical', 'inner_product', 'separable'],
    negative_samples=[None, 2],
  )
  def test_each_sample_is_encoded_once(self, name, negative_samples):
    encoded = []

    class Encoder(keras.layers.Layer):
      def call(self, inputs):
        if not isinstance(inputs, keras.KerasTensor):
          encoded.append(inputs.shape[0])
        return inputs[:, 0]

    x, y = self.xy((5, 2, 3), (5, 4, 3))
    critic = mi_tf.get_critic(name, x_encoder=Encoder(), y_encoder=Encoder())
    critic(x, y)
    encoded.clear()
    critic(x, y, negative_samples=negative_samples)
    self.assertEqual(encoded, [5, 5])

  def test_one_encoder_may_serve_both_sides(self):
    encoder = keras.layers.Dense(2)
    critic = _Difference(encoder, encoder)
    x, y = self.xy()
    self.assertAllClose(
      critic(x, y), _Difference()(encoder(x), encoder(y)), rtol=1e-5, atol=1e-5
    )
    self.assertLen(critic.trainable_weights, 3)

  def test_training_is_passed_to_the_encoders(self):
    x, y = self.xy((200, 3), (200, 3))
    critic = _Difference(keras.layers.Dropout(0.5), keras.layers.Dropout(0.5))
    for other in ({}, {'training': False}):
      self.assertAllEqual(critic(x, y, **other), _Difference()(x, y))
    changed = critic(x, y, training=True) - critic(x, y)
    self.assertAllGreater(np.mean(np.abs(changed), axis=0), 0.01)
    self.assertAllGreater(np.mean(np.abs(changed), axis=1), 0.01)

  def test_batch_statistics_of_encoders_are_updated_in_training_alone(self):
    norm = keras.layers.BatchNormalization()
    critic = _Difference(x_encoder=norm)
    x, y = self.xy()
    critic(x, y)
    self.assertAllEqual(norm.moving_mean.numpy(), np.zeros(3))
    critic(x, y, training=True)
    self.assertNotAllEqual(norm.moving_mean.numpy(), np.zeros(3))

  def test_unknown_dimension_of_a_sample_is_refused(self):
    with self.assertRaisesRegex(
      ValueError, 'All dimensions but the first must be known'
    ):
      _Difference().build((None, None), (None, 3))

  @parameterized.parameters('build_critic', 'embed_x', 'embed_y', 'score_pairs')
  def test_critic_without_a_part_says_what_to_define(self, missing):
    class Incomplete(_Difference):
      pass

    setattr(Incomplete, missing, getattr(mi_tf.Critic, missing))
    with self.assertRaisesRegex(
      NotImplementedError, f'A critic must define `{missing}`'
    ):
      Incomplete()(*self.xy(), negative_samples=1)
      Incomplete()(*self.xy())

  def test_dot_products_are_cheap_and_networks_of_pairs_are_not(self):
    self.assertFalse(mi_tf.Critic.pairs_are_cheap)
    self.assertFalse(mi_tf.ConcatCritic.pairs_are_cheap)
    for cls in (
      dot_product.DotProductCritic,
      mi_tf.BilinearCritic,
      mi_tf.EllipticalCritic,
      mi_tf.InnerProductCritic,
      mi_tf.SeparableCritic,
    ):
      self.assertTrue(cls.pairs_are_cheap, cls)


if __name__ == '__main__':
  test_util.main()
