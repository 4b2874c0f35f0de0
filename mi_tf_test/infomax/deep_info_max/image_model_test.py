"""Tests of Keras's loop for a model of images."""

import pathlib

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util

_SHAPE = (8, 8, 1)
_FEW = 'Batches must hold at least 2 images'


class _Batches(keras.utils.PyDataset):
  def __init__(self, images, size):
    super().__init__()
    self._images, self._size = images, size

  def __len__(self):
    return -(-len(self._images) // self._size)

  def __getitem__(self, index):
    first = index * self._size
    return (self._images[first : first + self._size],)


class ImageModelTest(test_util.TestCase):
  def model(self, built=False):
    model = mi_tf.infomax.DeepInfoMax(
      keras.Sequential([keras.layers.Conv2D(3, 2, strides=4)]),
      keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(2)]),
      weights=(0, 1, 0),
      local_critic=mi_tf.infomax.EncodeAndDotCritic(4),
    )
    model.compile(run_eagerly=True)
    if built:
      model.build((None, *_SHAPE))
    return model

  def images(self, n=9):
    return np.float32(self.rng('images', n).uniform(size=(n, *_SHAPE)))

  @parameterized.parameters(False, True)
  def test_unbatched_data_sets_are_told(self, built):
    single = tf.data.Dataset.from_tensor_slices(self.images())
    with self.assertRaisesRegex(ValueError, 'call `batch`'):
      self.model(built).fit(single, verbose=0)
    with self.assertRaisesRegex(ValueError, 'call `batch`'):
      self.model(built).evaluate(single, verbose=0)

  def test_batches_without_negatives_are_told_before_training(self):
    model, x = self.model(), self.images()
    single = tf.data.Dataset.from_tensor_slices(x)
    for data, options in (
      (x, dict(batch_size=1)),
      (x[:1], {}),
      (single.batch(1, drop_remainder=True), {}),
      (_Batches(x, 1), {}),
      (((x[i : i + 1],) for i in range(9)), {}),
      (x, dict(validation_data=(x[:1],))),
      (x, dict(validation_data=(x,), validation_batch_size=1)),
      (x, dict(validation_data=single.batch(1, drop_remainder=True))),
      (x, dict(validation_split=0.1)),
    ):
      with self.assertRaisesRegex(ValueError, _FEW):
        model.fit(data, verbose=0, shuffle=data is x, **options)
    for options in (dict(x=x[:1]), dict(x=x, batch_size=1)):
      with self.assertRaisesRegex(ValueError, _FEW):
        model.evaluate(verbose=0, **options)
    self.assertEqual(int(model.optimizer.iterations), 0)

  def test_data_sets_of_batches_of_1_fail_at_their_second(self):
    data = tf.data.Dataset.from_tensor_slices(self.images()).batch(1)
    with self.assertRaisesRegex(tf.errors.InvalidArgumentError, _FEW):
      self.model().fit(data, shuffle=False, verbose=0)
    only = tf.data.Dataset.from_tensor_slices(self.images(1)).batch(8)
    with self.assertRaisesRegex(tf.errors.InvalidArgumentError, _FEW):
      self.model().evaluate(only, verbose=0)

  def test_a_last_batch_of_one_image_is_fine(self):
    x = self.images()
    data = tf.data.Dataset.from_tensor_slices(x).batch(8)
    batches = ((x[i : i + 8],) for i in (0, 8))
    found = []
    for arg in (x, data, _Batches(x, 8), batches):
      keras.utils.set_random_seed(1)
      model = self.model()
      held_out = (x,) if arg is x else data
      history = model.fit(
        arg,
        batch_size=8 if arg is x else None,
        steps_per_epoch=2 if arg is batches else None,
        shuffle=False,
        validation_data=held_out,
        validation_batch_size=8 if arg is x else None,
        verbose=0,
      ).history
      self.assertIn('val_local_mi', history)
      found.append(history['loss'])
    for loss in found[1:]:
      self.assertAllClose(loss, found[0])

  def test_generators_are_trained_and_validated_on_whole(self):
    x = self.images(24)

    def batches():
      while True:
        for i in (0, 8, 16):
          yield (x[i : i + 8], np.arange(8))

    history = self.model().fit(
      batches(),
      steps_per_epoch=3,
      epochs=2,
      validation_data=batches(),
      validation_steps=3,
      shuffle=False,
      verbose=0,
    )
    self.assertLen(history.history['val_loss'], 2)

  def test_weights_are_refused_by_their_names(self):
    model, x = self.model(), self.images()
    weights = np.ones(9)
    data = tf.data.Dataset.from_tensor_slices((x, weights, weights)).batch(9)
    with self.assertRaisesRegex(ValueError, '`class_weight` must be None'):
      model.fit(x, weights, class_weight={1: 2.0}, verbose=0)
    for call in (
      lambda: model.fit(x, weights, sample_weight=weights, verbose=0),
      lambda: model.fit(data, shuffle=False, verbose=0),
      lambda: model.fit(x, validation_data=(x, weights, weights), verbose=0),
      lambda: model.evaluate(x, sample_weight=weights, verbose=0),
      lambda: model.train_on_batch(x, weights, sample_weight=weights),
    ):
      with self.assertRaisesRegex(ValueError, '`sample_weight` must be None'):
        call()

  def test_numbers_that_are_not_finite_are_told(self):
    with self.assertRaisesRegex(ValueError, '`x` must be finite'):
      self.model().fit(self.images() * np.nan, verbose=0)

  def test_images_of_another_shape_are_told(self):
    with self.assertRaisesRegex(ValueError, 'Images must have shape'):
      self.model(True).fit(self.images()[:, :4], verbose=0)

  @parameterized.parameters(
    keras.callbacks.BackupAndRestore, mi_tf.callbacks.AtomicBackup
  )
  def test_model_is_built_from_the_data_before_callbacks_ask(self, callback):
    place = pathlib.Path(self.create_tempdir().full_path) / 'backup'
    history = self.model().fit(
      self.images(), verbose=0, callbacks=[callback(place)]
    )
    self.assertAllFinite(history.history['loss'])


if __name__ == '__main__':
  test_util.main()
