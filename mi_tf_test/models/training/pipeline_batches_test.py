"""Tests of training on `tf.data` pipelines, many updates at once."""

import warnings

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.models import recorders


def _pairs(n=10, size=4):
  x = np.arange(n, dtype=np.int32)
  return tf.data.Dataset.from_tensor_slices((x, x + 1)).batch(size)


def _unknown(dataset):
  return dataset.filter(lambda *_: True)


class LoopTest(test_util.TestCase):
  def fit(self, dataset=None, steps_per_execution=None, **kwargs):
    """Returns a model that was fitted to a data set, `_pairs()` by default."""
    model = recorders.Recorder()
    model.compile('sgd', steps_per_execution, jit_compile=False)
    dataset = _pairs() if dataset is None else dataset
    self.history = model.fit(dataset, verbose=0, **kwargs).history
    return model

  @parameterized.parameters(None, 1, 2, 5)
  def test_an_epoch_is_a_pass_through_the_data(self, steps_per_execution):
    for dataset in (_pairs(), _unknown(_pairs())):
      model = self.fit(dataset, steps_per_execution, epochs=2)
      self.assertAllEqual(model.sizes, 2 * [4, 4, 2])
      self.assertAllEqual(model.samples, 2 * list(range(10)))
      self.assertEqual(self.history['updates'], [3.0, 6.0])

  @parameterized.parameters(None, 2)
  def test_an_epoch_may_end_with_an_execution(self, steps_per_execution):
    dataset = _unknown(_pairs(16))
    model = self.fit(dataset, steps_per_execution, epochs=2)
    self.assertAllEqual(model.samples, 2 * list(range(16)))
    self.assertEqual(self.history['updates'], [4.0, 8.0])

  def test_passes_of_a_shuffled_data_set_differ(self):
    x = np.arange(40, dtype=np.int32)
    dataset = tf.data.Dataset.from_tensor_slices((x, x + 1))
    model = self.fit(dataset.shuffle(40).batch(8), epochs=2)
    passes = model.samples.numpy().reshape(2, 40)
    self.assertAllEqual(np.sort(passes), [x, x])
    self.assertNotAllEqual(*passes)

  @parameterized.parameters(None, 1, 3)
  def test_an_epoch_of_some_steps_goes_on_in_the_data(self, per_execution):
    dataset = _pairs().repeat()
    model = self.fit(dataset, per_execution, epochs=2, steps_per_epoch=4)
    self.assertAllEqual(model.sizes, [4, 4, 2, 4, 4, 2, 4, 4])
    self.assertEqual(self.history['updates'], [4.0, 8.0])

  def test_steps_that_fit_into_the_data_begin_anew_at_its_end(self):
    model = self.fit(_pairs(16), epochs=4, steps_per_epoch=2)
    self.assertAllEqual(model.samples, 2 * list(range(16)))

  def test_data_that_ends_before_an_epoch_is_told_of(self):
    for dataset in (_pairs(), _unknown(_pairs())):
      with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        model = self.fit(dataset, epochs=2, steps_per_epoch=5)
      messages = [str(w.message) for w in caught]
      self.assertLen([m for m in messages if 'ran out of batches' in m], 2)
      self.assertAllEqual(model.samples, 2 * list(range(10)))

  def test_callbacks_that_act_on_batches_are_told_of_each(self):
    for dataset in (_pairs(), _unknown(_pairs())):
      watcher = recorders.Watcher()
      self.fit(dataset, epochs=2, callbacks=[[watcher]])
      self.assertEqual(watcher.ends, 2 * [0, 1, 2])
      self.assertEqual(watcher.begins[:3], [0, 1, 2])
      self.assertEqual(watcher.epochs, [False, False])

  def test_others_are_told_of_executions(self):
    for dataset in (_pairs(), _unknown(_pairs())):
      watcher = recorders.Watcher(patient=True)
      self.fit(dataset, epochs=2, callbacks=[watcher])
      self.assertEqual(watcher.begins, [0, 0])
      self.assertEqual(watcher.ends, [2, 2])

  def test_a_callback_may_stop_the_training(self):
    class Stop(keras.callbacks.Callback):
      def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = epoch == 1

    for dataset in (_pairs(), _unknown(_pairs())):
      model = self.fit(dataset, epochs=5, callbacks=[Stop()])
      self.assertAllEqual(model.sizes, 2 * [4, 4, 2])

  def test_a_callback_may_change_what_is_trained(self):
    class Change(keras.callbacks.Callback):
      def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
          self.model.train_step = lambda data: {'updates': tf.constant(-1.0)}
          self.model.make_train_function(force=True)

    self.fit(epochs=2, callbacks=[Change()])
    self.assertEqual(self.history['updates'], [3.0, -1.0])

  def test_validation_has_steps_of_its_own(self):
    self.fit(epochs=2, validation_data=_pairs(), validation_steps=1)
    self.assertEqual(self.history['val_least'], [0, 0])

  def test_an_error_of_the_pipeline_is_raised_after_the_updates_before(self):
    def fail(x, y):
      check = tf.debugging.Assert(x[0] < 8, ['The third batch is broken.'])
      with tf.control_dependencies([check]):
        return tf.identity(x), y

    model = recorders.Recorder()
    model.compile('sgd', jit_compile=False)
    with self.assertRaisesRegex(
      tf.errors.InvalidArgumentError, 'third batch is broken'
    ):
      model.fit(_pairs().map(fail), verbose=0)
    self.assertAllEqual(model.samples, np.arange(8))
    model.fit(_pairs(), verbose=0)
    self.assertLen(model.samples.numpy(), 18)

  def test_a_generator_that_is_read_once_loses_nothing(self):
    batches = iter([(np.arange(4), 1 + np.arange(4))] * 3)
    spec = tf.TensorSpec([None], tf.int32)
    dataset = tf.data.Dataset.from_generator(
      lambda: batches, output_signature=(spec, spec)
    )
    self.assertAllEqual(self.fit(dataset).sizes, [4, 4, 4])


class ModelTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.x = self.rng('x').normal(size=(30, 2)).astype(np.float32)
    self.data = tf.data.Dataset.from_tensor_slices((self.x, self.x)).batch(8)

  def estimator(self, **kwargs):
    """Returns an estimator, always with the same weights."""
    estimator = mi_tf.MiEstimator('bilinear', 'info_nce')
    estimator.compile(keras.optimizers.SGD(0.1), **kwargs)
    estimator.build((None, 2), (None, 2))
    for v in estimator.trainable_variables:
      v.assign(tf.fill(v.shape, 0.3))
    return estimator

  def test_a_pipeline_trains_as_arrays_and_as_eager_steps_do(self):
    options = {'epochs': 3, 'verbose': 0}
    expected = self.estimator()
    history = expected.fit(self.x, self.x, 8, shuffle=False, **options).history
    for kwargs in (
      {},
      {'jit_compile': True},
      {'steps_per_execution': 3},
      {'run_eagerly': True},
    ):
      estimator = self.estimator(**kwargs)
      found = estimator.fit(self.data, shuffle=False, **options).history
      self.assertAllClose(found, history, rtol=1e-5)
      self.assertAllClose(
        estimator.get_weights(), expected.get_weights(), rtol=1e-5
      )

  def test_numbers_that_are_not_finite_are_seen_also_by_xla(self):
    self.x[20] = np.nan
    data = tf.data.Dataset.from_tensor_slices((self.x, self.x)).batch(8)
    for jit_compile in (False, True):
      with self.assertRaisesRegex(
        tf.errors.InvalidArgumentError, 'must be finite'
      ):
        self.estimator(jit_compile=jit_compile).fit(data, verbose=0)

  def test_a_killed_training_goes_on(self):
    class Kill(keras.callbacks.Callback):
      def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
          raise RuntimeError('killed')

    expected = self.estimator()
    expected.fit(self.data, epochs=2, verbose=0)
    folder = self.create_tempdir().full_path
    backup = keras.callbacks.BackupAndRestore(folder)
    with self.assertRaisesRegex(RuntimeError, 'killed'):
      self.estimator().fit(
        self.data, epochs=2, verbose=0, callbacks=[backup, Kill()]
      )
    estimator = self.estimator()
    history = estimator.fit(
      self.data,
      epochs=2,
      verbose=0,
      callbacks=[keras.callbacks.BackupAndRestore(folder)],
    )
    self.assertEqual(history.epoch, [1])
    self.assertAllClose(estimator.get_weights(), expected.get_weights())


if __name__ == '__main__':
  test_util.main()
