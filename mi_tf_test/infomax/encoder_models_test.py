"""Tests of the encoders inside of models, as models of their own."""

import importlib
import pathlib
from unittest import mock

import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util

_SHAPE = (8, 8, 1)


class TwoViewEncodersTest(test_util.TestCase):
  def fitted(self, *encoders, critic='bilinear'):
    x = np.float32(self.rng('x').normal(size=(16, 3)))
    model = mi_tf.infomax.TwoViewInfoMax(*encoders, critic=critic)
    model.compile(run_eagerly=True)
    model.fit(x, x, batch_size=8, verbose=0)
    return model, x

  def test_encoders_are_models_with_the_weights_of_the_trained_ones(self):
    layer = keras.layers.Dense(4)
    sequential = keras.Sequential([keras.layers.Dense(4)])
    for encoder in (layer, sequential, mi_tf.encoders.Mlp((5, 4))):
      model, x = self.fitted(encoder)
      found = model.x_encoder
      self.assertIsInstance(found, keras.Model)
      self.assertIs(found, model.x_encoder)
      self.assertIs(found, model.y_encoder)
      self.assertLen(found.weights, len(encoder.weights))
      for v, w in zip(found.weights, encoder.weights, strict=True):
        self.assertIs(v, w)
      self.assertAllEqual(found(x), encoder(x))

  def test_encoders_that_are_models_are_those_given(self):
    encoders = [keras.Sequential([keras.layers.Dense(4)]) for _ in range(2)]
    model, _ = self.fitted(*encoders)
    self.assertIs(model.x_encoder, encoders[0])
    self.assertIs(model.y_encoder, encoders[1])

  def test_encoder_is_tuned_saved_and_exported(self):
    model, x = self.fitted(mi_tf.encoders.Mlp((4,)), keras.layers.Dense(4))
    folder = pathlib.Path(self.create_tempdir().full_path)
    classifier = keras.Sequential([model.x_encoder, keras.layers.Dense(2)])
    classifier.compile('sgd', 'mse', run_eagerly=True)
    before = model.x_encoder(x)
    classifier.fit(x, x[:, :2], verbose=0)  # A warning would be an error.
    self.assertNotAllClose(model.x_encoder(x), before)
    self.assertAllEqual(model.x_encoder(x), model.critic.x_encoder(x))
    model.x_encoder.save(folder / 'x.keras')
    loaded = keras.saving.load_model(folder / 'x.keras')
    self.assertAllEqual(loaded(x), model.x_encoder(x))
    model.y_encoder.export(folder / 'y', verbose=False)
    exported = tf.saved_model.load(folder / 'y')
    self.assertAllClose(exported.serve(x), model.y_encoder(x))

  def test_what_is_no_layer_of_keras_3_is_told(self):
    legacy = importlib.import_module('tf_keras')
    layer = keras.layers.Dense(4)
    for wrong in (
      legacy.layers.Dense(4),
      legacy.Sequential([legacy.layers.Dense(4)]),
    ):
      for encoders in ((wrong,), (layer, wrong)):
        with self.assertRaisesRegex(
          ValueError, '`[xy]_encoder` must be .* of Keras 3'
        ):
          mi_tf.infomax.TwoViewInfoMax(*encoders)

  def test_encoder_that_is_a_function_is_trained(self):
    layer = keras.layers.Dense(4)
    model, x = self.fitted(lambda x: layer(x), critic='inner_product')
    before = layer.kernel.numpy()
    model.fit(x, x, batch_size=8, verbose=0)
    self.assertNotAllClose(layer.kernel, before)
    self.assertAllEqual(model.x_encoder(x), layer(x))

  def test_nothing_to_train_is_told(self):
    model = mi_tf.infomax.TwoViewInfoMax(
      keras.layers.Flatten(), critic=mi_tf.InnerProductCritic()
    )
    model.compile(run_eagerly=True)
    x = np.ones([4, 3], np.float32)
    if not model.built:
      model.build((None, 3), (None, 3))
    model.critic.trainable = False
    with self.assertRaisesRegex(ValueError, 'nothing to train'):
      model.fit(x, x, verbose=0)


class DeepInfoMaxEncoderTest(test_util.TestCase):
  def fitted(self, fit=True):
    local = keras.Sequential([keras.layers.Conv2D(3, 2, strides=4)])
    summary = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(2)])
    model = mi_tf.infomax.DeepInfoMax(
      local,
      summary,
      local_critic=mi_tf.infomax.EncodeAndDotCritic(4),
      discriminator=keras.layers.Dense(1),
    )
    images = np.float32(self.rng('images').uniform(size=(8, *_SHAPE)))
    if fit:
      model.compile(run_eagerly=True)
      model.fit(images, verbose=0)
    return model, images

  def test_encoder_has_the_weights_of_both_encoders_and_no_others(self):
    model, images = self.fitted()
    found = model.encoder
    self.assertIsInstance(found, keras.Model)
    self.assertIs(found, model.encoder)
    own = [*model.local_encoder.weights, *model.summary_encoder.weights]
    self.assertLen(found.weights, 4)
    for v, w in zip(found.weights, own, strict=True):
      self.assertIs(v, w)
    self.assertAllEqual(found(images), model(images))
    count = len(model.weights)
    self.assertLen(model.weights, count)  # It adds none to the model.

  def test_encoder_of_a_model_that_is_not_built_is_built_by_its_images(self):
    model, images = self.fitted(fit=False)
    outputs = model.encoder(images)
    self.assertAllEqual(model(images), outputs)

  def test_encoder_is_tuned_without_warnings_saved_and_exported(self):
    model, images = self.fitted()
    classifier = keras.Sequential([model.encoder, keras.layers.Dense(4)])
    classifier.compile('sgd', 'mse', run_eagerly=True)
    before = model(images)
    classifier.fit(images, np.ones([8, 4]), verbose=0)
    self.assertNotAllClose(model(images), before)
    folder = pathlib.Path(self.create_tempdir().full_path)
    model.encoder.save(folder / 'encoder.keras')
    loaded = keras.saving.load_model(folder / 'encoder.keras')
    self.assertAllEqual(loaded(images), model(images))
    model.encoder.export(folder / 'encoder', verbose=False)
    exported = tf.saved_model.load(folder / 'encoder')
    self.assertAllClose(exported.serve(images), model(images), rtol=1e-5)

  def test_files_have_each_weight_once(self):
    model, images = self.fitted()
    self.assertIn('encoder', dir(model))
    folder = pathlib.Path(self.create_tempdir().full_path)
    model.save(folder / 'model.keras')
    loaded = keras.saving.load_model(folder / 'model.keras')
    self.assertAllEqual(loaded.encoder(images), model(images))
    with mock.patch.object(keras.layers.Conv2D, 'save_own_variables') as save:
      model.save_weights(folder / 'once.weights.h5')
    save.assert_called_once()
    model.save_weights(folder / 'model.weights.h5')
    other, _ = self.fitted(fit=False)
    other.build((None, *_SHAPE))
    other.load_weights(folder / 'model.weights.h5')
    self.assertAllEqual(other(images), model(images))

  def test_model_inside_of_another_says_what_to_use(self):
    model, _ = self.fitted()
    with self.assertWarnsRegex(UserWarning, 'use `encoder` of it'):
      keras.Sequential([keras.Input(_SHAPE), model, keras.layers.Dense(4)])

  def test_what_is_no_layer_of_keras_3_is_told(self):
    legacy = importlib.import_module('tf_keras').layers.Dense(4)
    layer = keras.layers.Dense(4)
    for encoders in ((legacy, layer), (layer, legacy)):
      with self.assertRaisesRegex(
        ValueError, '`(local|summary)_encoder` must be .* of Keras 3'
      ):
        mi_tf.infomax.DeepInfoMax(*encoders)


if __name__ == '__main__':
  test_util.main()
