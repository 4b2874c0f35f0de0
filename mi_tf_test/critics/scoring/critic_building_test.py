"""Tests of how critics are built and checked."""

from absl.testing import parameterized
import keras
import tensorflow as tf

import mi_tf
from mi_tf.critics.scoring import critic_building
from mi_tf_test import test_util

_SHAPES = {'x_shape': (None, 3), 'y_shape': (None, 3)}


class _Function(keras.layers.Layer):
  """A layer whose scores are a function of x and y."""

  def __init__(self, function):
    super().__init__()
    self.function = function

  def call(self, x, y):
    return self.function(x, y)


def _dot(x, y):
  return tf.matmul(x, y, transpose_b=True)


class CriticBuildingTest(test_util.TestCase):
  def test_critics_are_built_for_shapes_and_dtypes(self):
    critic = mi_tf.get_critic('separable')
    critic_building.build(critic, _SHAPES)
    self.assertTrue(critic.built)
    self.assertIsNone(critic.input_dtypes)
    dtypes = {'x_shape': 'int32', 'y_shape': 'float32'}
    critic = mi_tf.get_critic(
      'separable', x_encoder=keras.layers.Rescaling(2.0)
    )
    critic_building.build(critic, _SHAPES, dtypes)
    self.assertEqual(critic.input_dtypes, dtypes)
    layer = _Function(_dot)
    critic_building.build(layer, _SHAPES)
    self.assertTrue(layer.built)

  @parameterized.parameters(
    (lambda x, y: _dot(y, x), r'returns shape \(2, 3\) for n=3 and m=2'),
    (lambda x, y: tf.reduce_sum(x * y, -1), r'returns shape \(3,\) for n=3'),
    (lambda x, y: tf.cast(_dot(x, y), tf.int32), 'floating.*returns int32'),
  )
  def test_other_scores_are_refused(self, function, message):
    with self.assertRaisesRegex(ValueError, message):
      critic_building.build(_Function(function), _SHAPES)

  def test_critics_of_one_size_of_batch_are_taken(self):
    layer = _Function(lambda x, y: _dot(x, tf.ensure_shape(y, [3, 3])))
    critic_building.build(layer, _SHAPES)

  def test_scores_of_joint_samples_are_checked(self):
    class Critic(mi_tf.InnerProductCritic):
      def score_aligned(self, embedded_x, embedded_y):
        return embedded_x * embedded_y

    with self.assertRaisesRegex(ValueError, '`score_aligned` must return one'):
      critic_building.build(Critic(), _SHAPES)

  def test_few_negatives_need_a_critic_that_takes_them(self):
    check = critic_building.check_negative_samples
    check(mi_tf.get_critic('concat'), 2)
    check(_dot, None)
    with self.assertRaisesRegex(ValueError, 'needs a mi_tf.Critic. Received'):
      check(_dot, 2)
    with self.assertRaisesRegex(ValueError, '`negative_samples` must be'):
      check(mi_tf.get_critic('concat'), 0)


if __name__ == '__main__':
  test_util.main()
