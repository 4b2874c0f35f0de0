"""Tests of histograms of scores for TensorBoard."""

import glob
from unittest import mock

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util


def _written(folder):
  """Returns a dict from tags to steps and tensors, of all files of a folder."""
  found = {}
  for path in sorted(glob.glob(f'{folder}/**/events*', recursive=True)):
    for record in tf.data.TFRecordDataset(path):
      event = tf.compat.v1.Event.FromString(record.numpy())
      for value in event.summary.value:
        tensor = tf.make_ndarray(value.tensor)
        found.setdefault(value.tag, []).append((event.step, tensor))
  return found


class ScoreHistogramsTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.folder = self.create_tempdir().full_path
    self.x = np.float32(self.rng('data').normal(size=(60, 2)))
    self.estimator = mi_tf.MiEstimator('separable', 'js')
    self.estimator.compile('adam')

  def fit(self, *callbacks, epochs=3):
    self.estimator.fit(
      self.x,
      self.x,
      epochs=epochs,
      batch_size=20,
      verbose=0,
      callbacks=list(callbacks),
    )

  @parameterized.parameters((1, [0, 1, 2]), (2, [1, 2]), (5, [2]))
  def test_schedule(self, every, steps):
    self.fit(
      mi_tf.callbacks.ScoreHistograms(self.folder, (self.x, self.x), every)
    )
    for histograms in _written(self.folder).values():
      self.assertEqual([step for step, _ in histograms], steps)

  def test_histograms_count_the_scores(self):
    held_out = self.x[:30]
    self.fit(
      mi_tf.callbacks.ScoreHistograms(
        self.folder, (self.x, self.x), samples=30
      ),
      epochs=1,
    )
    found = _written(self.folder)
    self.assertEqual(set(found), {'scores/joint', 'scores/independent'})
    for tag, y in (
      ('scores/joint', held_out),
      ('scores/independent', np.roll(held_out, 1, axis=0)),
    ):
      ((_, histogram),) = found[tag]  # Rows of both ends and the count.
      scores = self.estimator.predict(held_out, y, verbose=0)
      self.assertEqual(histogram[:, 2].sum(), 30)
      self.assertAllClose(histogram[0, 0], scores.min(), rtol=1e-4)
      self.assertAllClose(histogram[-1, 1], scores.max(), rtol=1e-4)

  def test_keras_writes_the_scalars(self):
    self.fit(
      keras.callbacks.TensorBoard(self.folder, write_graph=False),
      mi_tf.callbacks.ScoreHistograms(
        f'{self.folder}/scores', (self.x, self.x)
      ),
    )
    found = _written(self.folder)
    self.assertLen(found['epoch_mi'], 3)
    self.assertAllFinite([value for _, value in found['epoch_loss']])
    self.assertIn('scores/joint', found)

  def test_datasets_are_as_good_as_arrays(self):
    weights = np.float32(np.arange(60) % 3 > 0)
    dataset = tf.data.Dataset.from_tensor_slices((self.x, self.x, weights))
    self.fit(
      mi_tf.callbacks.ScoreHistograms(
        self.folder, dataset.batch(7).repeat(), samples=30
      ),
      epochs=1,
    )
    found = _written(self.folder)
    for tag in ('scores/joint', 'scores/independent'):
      ((_, histogram),) = found[tag]
      self.assertEqual(histogram[:, 2].sum(), 20)

  def test_a_model_without_scores_is_refused_before_the_training(self):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    model.compile('sgd', 'mse')
    before = model.get_weights()
    callback = mi_tf.callbacks.ScoreHistograms(self.folder, (self.x, self.x))
    with self.assertRaisesRegex(
      ValueError,
      '^`ScoreHistograms` is for a `MiEstimator`.*Received: type Seq',
    ):
      model.fit(self.x, np.ones((60, 3)), verbose=0, callbacks=[callback])
    self.assertAllEqual(model.get_weights()[0], before[0])

  def test_tensorboard_must_be_there_before_the_training(self):
    self.enter_context(
      mock.patch('importlib.util.find_spec', return_value=None)
    )
    with self.assertRaisesRegex(ImportError, 'needs the package `tensorboard`'):
      mi_tf.callbacks.ScoreHistograms(self.folder, (self.x, self.x))

  def test_data_must_be_pairs(self):
    for data, error in (
      (self.x, TypeError),
      ((self.x,), TypeError),
      ((self.x, self.x[:9]), ValueError),
      ((self.x[:1], self.x[:1]), ValueError),
    ):
      with self.assertRaisesRegex(error, '`data` must'):
        mi_tf.callbacks.ScoreHistograms(self.folder, data)

  def test_schedule_of_less_than_an_epoch_is_refused(self):
    for every in (0, None, 0.5):
      with self.assertRaisesRegex(
        ValueError, '^`every` must be an integer, at'
      ):
        mi_tf.callbacks.ScoreHistograms(self.folder, (self.x, self.x), every)


if __name__ == '__main__':
  test_util.main()
