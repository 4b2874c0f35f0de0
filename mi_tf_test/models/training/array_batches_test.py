"""Tests of training on arrays that stay on the device."""

from unittest import mock

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.critics.networks import towers
from mi_tf.models.training import array_batches
from mi_tf.models.training import device_loop
from mi_tf_test import test_util
from mi_tf_test.models import recorders


class LoopTest(test_util.TestCase):
  def fit(self, n=10, steps_per_execution=None, **kwargs):
    """Returns a model that was fitted to `n` samples in batches of 4."""
    model = recorders.Recorder()
    model.compile('sgd', steps_per_execution, jit_compile=False)
    x = np.arange(n, dtype=np.int32)
    options = {'batch_size': 4, 'verbose': 0, **kwargs}
    self.history = model.fit(x, x + 1, **options).history
    return model

  def test_all_samples_are_taken_once_an_epoch_in_a_new_order(self):
    tf.random.set_seed(1)
    first = self.fit(epochs=3)
    self.assertAllEqual(first.sizes, 3 * [4, 4, 2])
    passes = first.samples.numpy().reshape(3, 10)
    self.assertAllEqual(np.sort(passes), 3 * [np.arange(10)])
    self.assertLen({tuple(order) for order in passes}, 3)
    self.assertNotAllEqual(self.fit(epochs=3).samples, first.samples)
    tf.random.set_seed(1)
    self.assertAllEqual(self.fit(epochs=3).samples, first.samples)

  def test_samples_keep_their_order_without_shuffling(self):
    model = self.fit(epochs=2, shuffle=False)
    self.assertAllEqual(model.samples, [*range(10), *range(10)])

  def test_an_epoch_of_some_steps_goes_on_in_the_data(self):
    model = self.fit(epochs=2, steps_per_epoch=2, shuffle=False)
    self.assertAllEqual(model.sizes, [4, 4, 2, 4])
    self.assertAllEqual(model.samples, [*range(10), *range(4)])
    self.assertEqual(self.history['updates'], [2.0, 4.0])

  def test_fewer_samples_than_a_batch(self):
    self.assertAllEqual(self.fit(3, epochs=2).sizes, [3, 3])

  def test_the_last_samples_are_held_out(self):
    x = np.arange(10, dtype=np.int32)
    held_out = array_batches.held_out((x[7:], x[7:] + 1, None), 2)
    self.assertEqual([len(x) for x, _ in held_out], [2, 1])
    held_out = array_batches.held_out((x[7:], x[7:] + 1, None), 4)
    model = self.fit(7, validation_data=held_out)
    self.assertAllEqual(np.sort(model.samples), np.arange(7))
    self.assertEqual(self.history['val_least'], [7])

  def test_validation_may_be_rare(self):
    held_out = array_batches.held_out((np.arange(3), np.arange(3), None), 2)
    for freq, count in ((2, 2), ([1, 4], 2), ({5}, 1)):
      self.fit(epochs=5, validation_data=held_out, validation_freq=freq)
      self.assertLen(self.history['val_least'], count)

  def test_a_killed_training_goes_on_with_the_same_batches(self):
    class Kill(keras.callbacks.Callback):
      def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
          raise RuntimeError('killed')

    def fit(*callbacks):
      tf.random.set_seed(1)
      return self.fit(epochs=4, callbacks=[*callbacks]).samples.numpy()

    expected = fit()
    backup = keras.callbacks.BackupAndRestore(self.create_tempdir().full_path)
    with self.assertRaisesRegex(RuntimeError, 'killed'):
      fit(backup, Kill())
    self.assertAllEqual(fit(backup), expected[20:])
    self.assertLen(self.history['updates'], 2)

  def test_callbacks_that_act_on_batches_are_told_of_each(self):
    watcher = recorders.Watcher()
    self.fit(epochs=2, callbacks=[[watcher]])
    self.assertEqual(watcher.begins, 2 * [0, 1, 2])
    self.assertEqual(watcher.ends, 2 * [0, 1, 2])
    self.assertEqual(watcher.updates, [1, 2, 3, 4, 5, 6])
    self.assertEqual(watcher.params['steps'], 3)

  def test_others_are_told_of_executions(self):
    watcher = recorders.Watcher(patient=True)
    self.fit(epochs=2, callbacks=[watcher])
    self.assertEqual(watcher.begins, [0, 0])
    self.assertEqual(watcher.ends, [2, 2])
    watcher = recorders.Watcher(patient=True)
    with mock.patch.object(device_loop, '_MOST_UPDATES', 2):
      self.fit(28, callbacks=[watcher])
    self.assertEqual(watcher.begins, [0, 2, 4, 6])
    self.assertEqual(watcher.ends, [1, 3, 5, 6])

  def test_steps_per_execution_are_those_that_compile_was_told(self):
    watcher = recorders.Watcher()
    model = self.fit(18, 2, epochs=2, callbacks=watcher)
    self.assertEqual(watcher.begins, 2 * [0, 2, 4])
    self.assertEqual(watcher.ends, 2 * [1, 3, 4])
    self.assertAllEqual(model.sizes, 2 * [4, 4, 4, 4, 2])

  def test_training_may_be_stopped_and_gone_on_with(self):
    class Stop(keras.callbacks.Callback):
      def on_train_batch_end(self, batch, logs=None):
        self.model.stop_training = batch == 1

    self.assertAllEqual(self.fit(epochs=2, callbacks=[Stop()]).sizes, [4, 4])
    self.fit(epochs=5, initial_epoch=3)
    self.assertEqual(self.history['updates'], [3.0, 6.0])

  def test_a_callback_may_change_what_is_trained(self):
    class Change(keras.callbacks.Callback):
      def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
          self.model.train_step = lambda data: {'updates': tf.constant(-1.0)}
          self.model.make_train_function(force=True)

    self.fit(epochs=2, callbacks=[Change()])
    self.assertEqual(self.history['updates'], [3.0, -1.0])

  def test_arrays_must_fit_into_memory_and_be_numbers(self):
    x = np.arange(10, dtype=np.int32)
    self.assertTrue(array_batches.suit(x, x))
    for y in (x[:9], x.astype(str), x.tolist(), None):
      self.assertFalse(array_batches.suit(x, y))
    with mock.patch.object(array_batches, '_MOST_BYTES', 79):
      self.assertFalse(array_batches.suit(x, x))


class ModelTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.x = self.rng('x').normal(size=(30, 2)).astype(np.float32)

  def estimator(self, critic=None, objective='js', **kwargs):
    critic = critic or mi_tf.SeparableCritic((4,), 3)
    estimator = mi_tf.MiEstimator(critic, objective)
    estimator.compile(keras.optimizers.SGD(0.1), **kwargs)
    return estimator

  def test_long_trainings_are_compiled_and_go_the_same_way(self):
    histories = []
    for long in (10, 11):
      estimator = self.estimator()
      estimator.build((None, 2), (None, 2))
      rng = self.rng('weights')
      for v in estimator.trainable_variables:
        v.assign(rng.normal(size=v.shape))
      with (
        mock.patch.object(device_loop, '_LONG', long),
        mock.patch.object(
          array_batches.ArrayBatches,
          'trace',
          wraps=array_batches.ArrayBatches.trace,
        ) as trace,
      ):
        histories.append(
          estimator.fit(
            self.x, self.x, 6, epochs=2, shuffle=False, verbose=0
          ).history
        )
      trace.assert_called_with(mock.ANY, long == 10)
    self.assertAllClose(*histories, rtol=1e-5)

  @parameterized.parameters(
    ('separable', 'js', True),
    ('elliptical', 'mine', True),
    ('concat', 'js', False),
    ('bilinear', mi_tf.lower_bound_info_nce, False),
    (lambda x, y: x @ tf.transpose(y), 'js', False),
  )
  def test_xla_is_for_small_operations(self, critic, objective, expected):
    estimator = mi_tf.MiEstimator(critic, objective)
    self.assertEqual(estimator._gains_from_xla(), expected)

  def test_xla_is_not_for_encoders(self):
    critic = mi_tf.SeparableCritic(x_encoder=towers.conv_tower(3))
    self.assertFalse(mi_tf.MiEstimator(critic)._gains_from_xla())

  def test_floats_are_of_the_default_type(self):
    seen = []

    class Typed(mi_tf.SeparableCritic):
      def call(self, x, y, **kwargs):
        seen.append(x.dtype)
        return super().call(x, y, **kwargs)

    self.estimator(Typed((4,), 3)).fit(
      self.x.astype(np.float64), tf.constant(self.x), verbose=0
    )
    self.assertIn(tf.float32, seen)
    self.assertNotIn(tf.float64, seen)

  @parameterized.parameters(None, 3)
  def test_compiled_options_are_saved(self, steps_per_execution):
    estimator = self.estimator(steps_per_execution=steps_per_execution)
    estimator.fit(self.x, self.x, verbose=0)
    path = self.create_tempfile('model.keras').full_path
    estimator.save(path)
    config = keras.models.load_model(path).get_compile_config()
    self.assertEqual(config['steps_per_execution'], steps_per_execution)

  def test_keras_trains_on_arrays_that_are_too_large(self):
    histories, initial = [], None
    for most in (2**31, 1):
      estimator = self.estimator('bilinear')
      estimator.build((None, 2), (None, 2))
      initial = initial or estimator.get_weights()
      estimator.set_weights(initial)
      with (
        mock.patch.object(array_batches, '_MOST_BYTES', most),
        mock.patch.object(
          device_loop.DeviceLoop,
          'fit',
          autospec=True,
          side_effect=device_loop.DeviceLoop.fit,
        ) as fit,
      ):
        history = estimator.fit(self.x, self.x, shuffle=False, verbose=0)
      self.assertEqual(fit.called, most > 1)
      histories.append(history.history)
    self.assertAllClose(*histories, rtol=1e-5)

  def test_single_batches_are_trained_on_after_a_fit(self):
    estimator = self.estimator()
    estimator.fit(self.x, self.x, verbose=0)
    self.assertAllFinite(estimator.train_on_batch(self.x, self.x))
    data = tf.data.Dataset.from_tensors((self.x, self.x))
    self.assertAllFinite(
      estimator.fit(data, shuffle=False, verbose=0).history['loss']
    )


if __name__ == '__main__':
  test_util.main()
