"""Tests of what steps know of the size of batches."""

from unittest import mock

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.critics.scoring import batch_scores
from mi_tf.models.training import device_loop
from mi_tf_test import test_util


class _Unlike(mi_tf.Objective):
  """Tells at tracing whether scores are streamed."""

  streams = True

  def __init__(self):
    super().__init__()
    self.seen = []

  def value(self, logu, joint_sample_mask=None, x=None, y=None):
    self.seen.append(isinstance(logu, mi_tf.StreamedScores))
    return mi_tf.lower_bound_info_nce(logu, joint_sample_mask)


class LargeBatchesTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.enter_context(mock.patch.object(batch_scores, 'LARGE', 64))
    x, y = self.rng().normal(size=(2, 24, 3)).astype(np.float32)
    self.x, self.y = x, y
    self.objective = _Unlike()
    self.estimator = mi_tf.MiEstimator('separable', self.objective)
    self.estimator.compile('sgd')
    self.enter_context(  # Keras's own loop.
      mock.patch.object(device_loop.DeviceLoop, 'takes', return_value=False)
    )

  def seen(self, call, *args, **kwargs):
    """Returns for each tracing whether scores were streamed."""
    self.objective.seen.clear()
    call(*args, verbose=0, **kwargs)
    return set(self.objective.seen)

  @parameterized.parameters('fit', 'evaluate')
  def test_size_of_batches_of_arrays_is_known(self, name):
    call = getattr(self.estimator, name)
    args = self.x, self.y
    self.assertEqual(self.seen(call, *args, batch_size=7), {False})
    self.assertEqual(self.seen(call, *args, batch_size=8), {True})
    self.assertEqual(self.seen(call, *args, 8), set())  # Traced before.
    self.assertEqual(self.seen(call, *args, 7), {False})
    self.assertEqual(self.seen(call, *args), {True})  # Of 24, less than 32.
    few = self.x[:5], self.y[:5]
    self.assertEqual(self.seen(call, *few, batch_size=100), {False})
    self.assertIsNone(self.estimator._most_rows)

  def test_validation_has_a_size_of_its_own(self):
    history = self.estimator.fit(
      self.x,
      self.y,
      batch_size=12,
      epochs=2,
      validation_data=(self.x, self.y),
      validation_batch_size=4,
      verbose=0,
    ).history
    self.assertAllFinite(history)
    self.assertEqual(self.objective.seen, [True, False])

  @parameterized.parameters('fit', 'evaluate')
  def test_size_of_datasets_is_known_if_it_is_static(self, name):
    call = getattr(self.estimator, name)
    kwargs = {'shuffle': False} if name == 'fit' else {}
    data = tf.data.Dataset.from_tensor_slices((self.x, self.y))
    whole = data.batch(8, drop_remainder=True)
    self.assertEqual(self.seen(call, data.batch(8), **kwargs), {False})
    self.assertEqual(self.seen(call, whole, **kwargs), {True})

  def test_size_is_forgotten_after_an_error(self):
    with self.assertRaises(ValueError):
      self.estimator.evaluate(self.x, self.y, 8, steps=-1, unknown=1)
    self.assertIsNone(self.estimator._most_rows)


if __name__ == '__main__':
  test_util.main()
