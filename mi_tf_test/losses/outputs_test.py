"""Tests of what a model returns to a contrastive loss."""

import keras
import numpy as np
import tensorflow as tf

from mi_tf.losses import outputs
from mi_tf_test import test_util


class EmbeddingsTest(test_util.TestCase):
  def test_partners_come_first(self):
    views = np.float32(self.rng().normal(size=(4, 3, 2)))
    u, v, groups = outputs.embeddings(tf.constant(views), 1)
    self.assertAllEqual(u, views[:, 0])
    self.assertAllEqual(v, np.concatenate([views[:, 1], views[:, 2]]))
    self.assertEqual(groups, 2)
    parts = tuple(tf.constant(views[:, i]) for i in range(3))
    u, v, groups = outputs.embeddings(parts, 0)
    self.assertAllEqual(v, np.concatenate([views[:, 1], views[:, 2]]))
    self.assertEqual(groups, 1)

  def test_the_first_axis_must_be_that_of_rows(self):
    graph = tf.function(
      lambda t: outputs.embeddings(t, 0)[0],
      [tf.TensorSpec([2, None, 4])],
      autograph=False,
    )
    with self.assertRaisesRegex(ValueError, 'must be embeddings.*axis=1'):
      graph.get_concrete_function()


class CheckModelTest(test_util.TestCase):
  def test_models_without_a_shape_for_any_batch_pass(self):
    class Own(keras.Model):
      def call(self, x):
        return tf.matmul(x, x, transpose_b=True)

    seen = []

    class Loss(keras.losses.Loss):
      from_scores, targets = True, 'labels'

      def __call__(self, y_true, y_pred, sample_weight=None):
        outputs.check_model(self, y_pred)
        seen.append(y_pred.shape)
        return tf.reduce_sum(y_pred)

    model = Own()
    model.compile('sgd', Loss())
    model.evaluate(np.ones([4, 3]), batch_size=4, verbose=0)
    self.assertNotEmpty(seen)

  def test_outside_of_a_model_there_is_nothing_to_check(self):
    outputs.check_model(keras.losses.MeanSquaredError(), tf.zeros([2, 3]))


class CheckSquareTest(test_util.TestCase):
  def test_scores_with_a_column_for_each_row_pass(self):
    for shape in ((3, 3), (3, 5)):
      scores = tf.zeros(shape)
      self.assertIs(outputs.check_square(scores), scores)
    with self.assertRaisesRegex(ValueError, 'Scores must have shape'):
      outputs.check_square(tf.zeros([3, 2]))


if __name__ == '__main__':
  test_util.main()
