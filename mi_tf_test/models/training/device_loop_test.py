"""Tests of the size of executions; batches of each kind have tests of fits."""

import keras

from mi_tf.models.training import device_loop
from mi_tf_test import test_util
from mi_tf_test.models import recorders


class _Own(keras.callbacks.Callback):
  def on_train_batch_end(self, batch, logs=None):
    del batch, logs


class DeviceLoopTest(test_util.TestCase):
  def test_callbacks_that_act_on_batches_are_found(self):
    self.assertTrue(device_loop.wants_every_batch([[_Own()]]))
    for callbacks in (
      None,
      [],
      keras.callbacks.TerminateOnNaN(),
      [keras.callbacks.EarlyStopping(), keras.callbacks.ProgbarLogger()],
      keras.callbacks.ModelCheckpoint('a.keras', save_freq='epoch'),
    ):
      self.assertFalse(device_loop.wants_every_batch(callbacks))

  def test_executions_are_few_and_of_one_size(self):
    loop = device_loop.DeviceLoop(recorders.Recorder())
    for per_epoch, expected in ((400, 400), (401, 201), (None, 50)):
      found = loop._updates_per_execution(per_epoch, [])
      self.assertEqual(found, expected)
    self.assertEqual(loop._updates_per_execution(400, [_Own()]), 1)
    loop = device_loop.DeviceLoop(recorders.Recorder(), 7)
    self.assertEqual(loop._updates_per_execution(400, [_Own()]), 7)


if __name__ == '__main__':
  test_util.main()
