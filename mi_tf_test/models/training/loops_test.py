"""Tests of what callbacks want to be told; loops have tests of their own."""

import keras

from mi_tf.models.training import loops
from mi_tf_test import test_util


class _Own(keras.callbacks.Callback):
  def on_train_batch_end(self, batch, logs=None):
    del batch, logs


class LoopsTest(test_util.TestCase):
  def test_callbacks_that_act_on_batches_are_found(self):
    self.assertTrue(loops.wants_every_batch([[_Own()]]))
    for callbacks in (
      None,
      [],
      keras.callbacks.TerminateOnNaN(),
      [keras.callbacks.EarlyStopping(), keras.callbacks.ProgbarLogger()],
      keras.callbacks.ModelCheckpoint('a.keras', save_freq='epoch'),
    ):
      self.assertFalse(loops.wants_every_batch(callbacks))

  def test_executions_are_few_and_of_one_size(self):
    self.assertEqual(loops.execution(400, 400), 400)
    self.assertEqual(loops.execution(401, 400), 201)
    self.assertEqual(loops.execution(7, 3), 3)
    loop = loops.Loop(7, 3)
    self.assertEqual(loop.num_executions, 3)
    self.assertEqual([loop.num_updates(i) for i in (1, 2, 3)], [3, 6, 7])


if __name__ == '__main__':
  test_util.main()
