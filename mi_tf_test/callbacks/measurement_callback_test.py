"""Tests of callbacks that measure, beside those of Keras."""

import csv
import math
import os
import pathlib
from unittest import mock

from absl.testing import parameterized
import keras
import numpy as np

import mi_tf
from mi_tf.callbacks import linear_probe
from mi_tf.callbacks import measurement_callback
from mi_tf.callbacks import mutual_information
from mi_tf_test import test_util

_NAN = math.nan


class Score(measurement_callback.MeasurementCallback):
  """Measures what it is told to, one number for each number of epochs done."""

  def __init__(self, numbers=(), every=1):
    super().__init__(['score'], every)
    self.numbers = dict(enumerate(numbers, start=1))

  def _measure(self, done):
    return {'score': self.numbers.get(done, float(done))}


class Other(keras.callbacks.Callback):
  """Sees logs where it stands."""

  def on_train_begin(self, logs=None):
    self.seen = []

  def on_epoch_end(self, epoch, logs=None):
    self.seen.append(set(logs))


class MeasuringTest(test_util.TestCase):
  @classmethod
  def setUpClass(cls):
    super().setUpClass()
    cls.model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    cls.model.compile(keras.optimizers.SGD(0.1), 'mse')

  def setUp(self):
    super().setUp()
    self.folder = pathlib.Path(self.create_tempdir().full_path)

  def fit(self, *callbacks, epochs=4, validation=False, **options):
    """Returns the history."""
    self.model.layers[0].kernel.assign([[0.0]])
    x = np.float32([[0.0], [1.0]])
    return self.model.fit(
      x,
      x,
      epochs=epochs,
      verbose=0,
      callbacks=list(callbacks),
      validation_data=(x, x) if validation else None,
      **options,
    ).history

  def logger(self, **kwargs):
    return keras.callbacks.CSVLogger(self.folder / 'log.csv', **kwargs)

  def logged(self):
    """Returns a dict, column -> list of numbers."""
    with open(self.folder / 'log.csv', newline='') as file:
      rows = list(csv.DictReader(file))
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    # Without validation, Keras adds a second set of columns for it.
    return {
      name: list(map(float, cells))
      for name, cells in columns.items()
      if not (name.startswith('val_') and set(cells) == {'NA'})
    }

  @parameterized.product(
    first=[True, False],
    schedule=[
      (1, [1, 2, 3, 4]),
      (3, [3, 4]),
      ([0, 2], [2]),
      ([], []),
      (np.int64(9), [4]),
    ],
    validation=[True, False],
  )
  def test_loggers_see_all_columns_in_any_order(
    self, first, schedule, validation
  ):
    every, done = schedule
    callbacks = [self.logger(), Score(every=every)]
    if first:
      callbacks.reverse()
    history = self.fit(*callbacks, validation=validation)
    expected = [float(i) if i in done else _NAN for i in range(1, 5)]
    self.assertAllEqual(history['score'], expected)
    logged = self.logged()
    self.assertEqual(set(logged), {'epoch', *history})
    for name, values in history.items():
      self.assertAllClose(logged[name], values)

  def test_both_callbacks_may_stand_around_a_logger(self):
    self.enter_context(
      mock.patch.object(
        mutual_information,
        'estimate_mi',
        return_value=mock.Mock(mi=0.25),
      )
    )
    self.enter_context(
      mock.patch.object(
        linear_probe, 'linear_probe_accuracy', return_value=0.75
      )
    )
    data = (np.arange(45.0).reshape(45, 1), np.arange(45) % 9)
    information = mi_tf.callbacks.MutualInformation(data, every=[2])
    probe = mi_tf.callbacks.LinearProbe(self.model, data, data, every=3)
    self.fit(probe, self.logger(), information, Score())
    logged = self.logged()
    self.assertAllEqual(logged['mi_output_y'], [_NAN, 0.25, _NAN, _NAN])
    self.assertAllEqual(logged['probe_accuracy'], [_NAN, _NAN, 0.75, 0.75])
    self.assertAllEqual(logged['score'], [1.0, 2.0, 3.0, 4.0])

  def test_a_file_of_two_fits_has_one_set_of_columns(self):
    score = Score(every=2)
    self.fit(self.logger(), score, epochs=2)
    self.fit(self.logger(append=True), score, initial_epoch=2, epochs=5)
    self.assertAllEqual(self.logged()['score'], [_NAN, 2.0, _NAN, 4.0, 5.0])

  def _order(self, *callbacks):
    listed = keras.callbacks.CallbackList(list(callbacks), model=self.model)
    listed.on_train_begin()
    self.assertCountEqual(listed.callbacks, callbacks)
    return listed.callbacks

  def test_only_what_reads_the_logs_is_moved(self):
    score, other, last = Score(), Other(), Other()
    readers = [
      keras.callbacks.History(),
      keras.callbacks.TensorBoard(str(self.folder)),
      keras.callbacks.EarlyStopping('score', mode='max'),
      keras.callbacks.ReduceLROnPlateau('score', mode='max'),
    ]
    swap = keras.callbacks.SwapEMAWeights()
    stopping = keras.callbacks.EarlyStopping('loss')
    self.assertEqual(
      self._order(*readers, swap, stopping, other, score, last),
      [swap, stopping, other, score, *readers, last],
    )
    self.fit(other, score, last, epochs=1)
    self.assertNotIn('score', other.seen[0])
    self.assertIn('score', last.seen[0])

  def test_lists_of_users_stay_as_they_are(self):
    callbacks = [self.logger(), Score()]
    before = list(callbacks)
    x = np.ones((2, 1))
    self.model.fit(x, x, verbose=0, callbacks=callbacks)
    self.assertEqual(callbacks, before)
    self.assertIn('score', self.logged())

  @parameterized.parameters(
    (dict(patience=3), [3, 5], [1.0, _NAN, 5.0, _NAN, 3.0, _NAN]),
    (dict(patience=5), [3], [1.0, _NAN, 5.0, *5 * [_NAN]]),
    (dict(patience=2), 2, [1.0, 0.0, _NAN]),
    (dict(patience=7, start_from_epoch=2), [], [_NAN, _NAN, 5.0, *5 * [_NAN]]),
    (dict(patience=9), 1, [1.0, 0.0, 5.0, 0.0, 3.0, 6.0, 7.0, 8.0]),
  )
  def test_early_stopping_counts_epochs_from_the_best(
    self, options, every, expected
  ):
    score = Score([1.0, 0.0, 5.0, 0.0, 3.0], every)
    for first in (True, False):
      stopping = keras.callbacks.EarlyStopping('score', mode='max', **options)
      callbacks = [score, stopping] if first else [stopping, score]
      history = self.fit(*callbacks, epochs=8)
      self.assertAllEqual(history['score'], expected)

  @parameterized.parameters(
    (keras.callbacks.EarlyStopping, 4, 5, 5),
    (keras.callbacks.EarlyStopping, 0, 2, 2),
    (keras.callbacks.ReduceLROnPlateau, 3, [3, 5], 7),
  )
  def test_patience_that_ends_between_measurements_is_refused(
    self, kind, patience, every, least
  ):
    monitor = kind('score', mode='max', patience=patience)
    with self.assertRaisesRegex(
      ValueError, f'^`patience` of {kind.__name__} must be at least {least}, .*'
    ):
      self.fit(monitor, Score(every=every), epochs=12)

  @parameterized.parameters(
    keras.callbacks.EarlyStopping,
    keras.callbacks.ReduceLROnPlateau,
    lambda monitor: keras.callbacks.ModelCheckpoint('a.keras', monitor),
  )
  def test_monitors_must_be_told_what_is_better_before_the_training(self, kind):
    callbacks = [Score(), kind('score')]
    for listed in (callbacks, callbacks[::-1]):
      with mock.patch.object(Score, '_measure') as measure:
        with self.assertRaisesRegex(
          ValueError, "^`mode` of .* must be 'max' or 'min' .* monitor='score'"
        ):
          self.fit(*listed)
      measure.assert_not_called()

  def test_names_must_be_those_of_one_callback(self):
    for callbacks in ([Score(), Score()], 2 * [Score()]):
      with self.assertRaisesRegex(
        ValueError, "must differ: .*\\['score'\\]|must not be listed twice"
      ):
        self.fit(*callbacks)
    with self.assertRaisesRegex(ValueError, 'must differ. Received: ..a'):
      measurement_callback.MeasurementCallback(['a', 'b', 'a'], 1)

  @parameterized.parameters('loss', 'val_loss', 'mae', 'val_mae')
  def test_names_must_not_be_those_of_metrics(self, name):
    class Named(Score):
      def __init__(self):
        measurement_callback.MeasurementCallback.__init__(self, [name], 1)

      def _measure(self, done):
        return {name: 0.0}

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile('sgd', 'mse', metrics=['mae'])
    with self.assertRaisesRegex(
      ValueError, f"must differ: .*\\['{name}'\\], which the model writes"
    ):
      x = np.ones((2, 1))
      model.fit(x, x, validation_data=(x, x), verbose=0, callbacks=[Named()])

  def test_waits_are_those_of_the_schedule_from_the_first_epoch_on(self):
    for every, epochs, first, longest in (
      (1, 10**12, 1, 1),
      (5, 10**12, 1, 5),
      (5, 9, 1, 4),
      (5, 3, 1, 2),
      (5, 100, 48, 5),
      (5, 1, 1, 0),
      ([50], 50, 50, 0),
      ([3, 5], 12, 1, 7),
      ([3, 99], 12, 4, 8),
      ([], 8, 3, 5),
    ):
      score = Score(every=every)
      score.set_params({'epochs': epochs})
      self.assertEqual(score._longest_wait(first), longest, (every, epochs))

  def test_names_of_files_may_hold_the_number(self):
    saving = keras.callbacks.ModelCheckpoint(
      self.folder / '{epoch}-{score:.0f}.weights.h5', save_weights_only=True
    )
    self.fit(saving, Score(), epochs=1)
    self.assertEqual(os.listdir(self.folder), ['1-1.weights.h5'])

  @parameterized.parameters(True, False)
  def test_checkpoints_are_written_where_it_is_better(self, first):
    saving = keras.callbacks.ModelCheckpoint(
      self.folder / '{epoch}-{score:.0f}.weights.h5',
      'score',
      mode='max',
      save_best_only=True,
      save_weights_only=True,
    )
    callbacks = [Score([5.0, 8.0, 9.0, 7.0, 0.0, 8.0, 0.0, 9.0], every=4)]
    callbacks.insert(len(callbacks) if first else 0, saving)
    self.fit(*callbacks, epochs=8)
    self.assertCountEqual(
      os.listdir(self.folder),
      ['1-5.weights.h5', '4-7.weights.h5', '8-9.weights.h5'],
    )

  def test_learning_rates_fall_where_it_is_no_better(self):
    falling = keras.callbacks.ReduceLROnPlateau(
      'score', factor=0.5, patience=3, mode='max'
    )
    rate = self.model.optimizer.learning_rate
    self.addCleanup(rate.assign, rate.numpy())
    history = self.fit(falling, Score([5.0], every=9), epochs=4)
    self.assertAllEqual(history['score'], [5.0, _NAN, _NAN, 4.0])
    self.assertAllClose(history['learning_rate'], 4 * [0.1], rtol=1e-5)
    self.assertAllClose(rate, 0.05, rtol=1e-5)

  def test_it_needs_no_list(self):
    score = Score(every=2)
    score.set_params({'epochs': 4})
    score.on_train_begin()
    logs = {}
    score.on_epoch_end(0, logs)
    self.assertAllEqual(logs['score'], _NAN)
    score.on_epoch_end(1, logs)
    self.assertEqual(logs, {'score': 2.0})
    score.on_epoch_end(2)

  def test_a_schedule_of_less_than_an_epoch_is_refused(self):
    for every in (0, -1, np.int64(0)):
      with self.assertRaisesRegex(ValueError, '^`every` must be at least 1.'):
        Score(every=every)

  def test_subclasses_must_measure(self):
    with self.assertRaisesRegex(NotImplementedError, 'implement `_measure`'):
      measurement_callback.MeasurementCallback(['a'], 1)._measure(1)


if __name__ == '__main__':
  test_util.main()
