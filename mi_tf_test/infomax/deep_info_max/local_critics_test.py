"""Tests of the critics of feature maps and summaries."""

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util

_MAP, _SUMMARY = (2, 3, 5), (4,)
_LOCATIONS = 6


def _dense(x, layer):
  """Returns what a dense layer makes of a row, without its activation."""
  kernel = np.float64(layer.kernel)
  bias = np.float64(layer.bias) if layer.use_bias else 0.0
  return x @ kernel + bias


def _block(x, block):
  hidden = np.maximum(_dense(x, block.hidden), 0.0)
  return _dense(hidden, block.output_layer) + _dense(x, block.shortcut)


def _dot_score(critic, c, y):
  """Returns the score of one location's features and one summary."""
  u = _block(c, critic.map_network)
  u = (u - u.mean()) / np.sqrt(u.var() + critic.normalization.epsilon)
  u = u * np.float64(critic.normalization.gamma)
  u = u + np.float64(critic.normalization.beta)
  return u @ _block(y, critic.summary_network)


def _concat_score(critic, c, y):
  kernel = np.concatenate(
    [
      np.float64(critic.map_layer.kernel),
      np.float64(critic.summary_layer.kernel),
    ]
  )
  hidden = np.concatenate([c, y]) @ kernel + np.float64(
    critic.summary_layer.bias
  )
  for layer in critic.score_layers:
    hidden = _dense(np.maximum(hidden, 0.0), layer)
  return hidden[0]


class LocalCriticsTest(test_util.TestCase):
  def critic(self, name, dtype=None):
    critic = {
      'dot': lambda: mi_tf.infomax.EncodeAndDotCritic(7, dtype=dtype),
      'concat': lambda: mi_tf.infomax.ConcatAndConvolveCritic(
        (7, 6), dtype=dtype
      ),
    }[name]()
    critic.build((None, *_MAP), (None, *_SUMMARY))
    rng = self.rng('weights')
    for v in critic.weights:
      v.assign(rng.normal(size=v.shape) * 0.5)
    return critic

  def inputs(self, n, m):
    rng = self.rng('inputs')
    return (
      np.float32(rng.normal(size=(n, *_MAP))),
      np.float32(rng.normal(size=(m, *_SUMMARY))),
    )

  def test_all_pairs_are_scored_at_each_location(self):
    critic = self.critic('dot')
    feature_map, y = self.inputs(3, 4)
    scores = critic(feature_map, y)
    self.assertEqual(scores.shape, (_LOCATIONS, 3, 4))
    rows = np.float64(feature_map).reshape([3, _LOCATIONS, 5])
    for location in range(_LOCATIONS):
      for i in range(3):
        for j in range(4):
          self.assertAllClose(
            scores[location, i, j],
            _dot_score(critic, rows[i, location], np.float64(y[j])),
            rtol=1e-4,
            atol=1e-4,
          )

  @parameterized.parameters(('dot', _dot_score), ('concat', _concat_score))
  def test_shifted_negatives_come_after_the_joint_sample(self, name, score):
    critic = self.critic(name)
    feature_map, y = self.inputs(3, 4)
    shifts = self.rng().integers(1, 4, size=(_LOCATIONS, 2)).astype(np.int32)
    scores = critic(feature_map, y, shifts=shifts)
    self.assertEqual(scores.shape, (_LOCATIONS, 3, 3))
    rows = np.float64(feature_map).reshape([3, _LOCATIONS, 5])
    for location in range(_LOCATIONS):
      for i in range(3):
        columns = [i, *((i + s) % 4 for s in shifts[location])]
        expected = [
          score(critic, rows[i, location], np.float64(y[j])) for j in columns
        ]
        self.assertAllClose(scores[location, i], expected, rtol=1e-4, atol=1e-4)

  def test_graph_with_unknown_batch_and_xla_agree_with_eager(self):
    feature_map, y = self.inputs(3, 4)
    shifts = tf.ones([_LOCATIONS, 1], tf.int32)
    for name, args in (('dot', ()), ('dot', (shifts,)), ('concat', (shifts,))):
      critic = self.critic(name)

      def call(u, v, critic=critic, args=args):
        return critic(u, v, shifts=args[0] if args else None)

      expected = call(feature_map, y)
      graph = tf.function(
        call,
        input_signature=[tf.TensorSpec([None, *s]) for s in (_MAP, _SUMMARY)],
      )
      self.assertAllClose(graph(feature_map, y), expected, rtol=1e-5, atol=1e-5)
      compiled = tf.function(call, jit_compile=True)
      self.assertAllClose(
        compiled(feature_map, y), expected, rtol=1e-5, atol=1e-5
      )

  @parameterized.parameters('dot', 'concat')
  def test_config_makes_the_same_critic(self, name):
    critic = self.critic(name)
    copy = keras.saving.deserialize_keras_object(
      keras.saving.serialize_keras_object(critic)
    )
    self.assertEqual(type(copy), type(critic))
    if not copy.built:
      copy.build((None, *_MAP), (None, *_SUMMARY))
    copy.set_weights(critic.get_weights())
    inputs = self.inputs(3, 3)
    shifts = np.ones([_LOCATIONS, 1], np.int32)
    self.assertAllEqual(
      copy(*inputs, shifts=shifts), critic(*inputs, shifts=shifts)
    )

  @parameterized.parameters('dot', 'concat')
  def test_half_precision_is_near_to_single_precision(self, name):
    exact, half = self.critic(name), self.critic(name, 'mixed_bfloat16')
    inputs = self.inputs(4, 4)
    shifts = np.ones([_LOCATIONS, 1], np.int32)
    scores = half(*inputs, shifts=shifts)
    self.assertEqual(scores.dtype, tf.bfloat16)
    expected = exact(*inputs, shifts=shifts).numpy()
    self.assertAllClose(
      tf.cast(scores, tf.float32), expected, atol=0.05 * np.abs(expected).max()
    )

  def test_networks_of_pairs_do_not_score_all_pairs(self):
    with self.assertRaisesRegex(NotImplementedError, 'set `negative_samples`'):
      self.critic('concat')(*self.inputs(3, 3))

  def test_sizes_below_one_are_refused(self):
    with self.assertRaisesRegex(ValueError, '`units` must be .*at least 1.*=0'):
      mi_tf.infomax.EncodeAndDotCritic(0)
    with self.assertRaisesRegex(
      ValueError, r'`hidden_units\[1\]` must be .*at least 1.*=0'
    ):
      mi_tf.infomax.ConcatAndConvolveCritic((4, 0))

  def test_networks_without_hidden_layers_are_refused(self):
    with self.assertRaisesRegex(ValueError, '`hidden_units` must not be empty'):
      mi_tf.infomax.ConcatAndConvolveCritic(())


if __name__ == '__main__':
  test_util.main()
