"""A model and a callback that note what they see, for the tests of loops."""

import keras
import tensorflow as tf

from mi_tf.models.training import array_batches
from mi_tf.models.training import device_loop
from mi_tf.models.training import pipeline_batches


class Recorder(keras.Model):
  """Notes which samples each update of a `DeviceLoop` sees."""

  def __init__(self):
    super().__init__()
    self.weight = self.add_weight(shape=(), initializer='zeros')
    self.built = True
    self.samples = tf.Variable(tf.zeros([0], tf.int32), shape=[None])
    self.sizes = tf.Variable(tf.zeros([0], tf.int32), shape=[None])

  def compile(self, optimizer, steps_per_execution=None, **kwargs):
    super().compile(optimizer, **kwargs)
    self.loop = device_loop.DeviceLoop(self, steps_per_execution)

  def fit(self, x, y=None, validation_data=None, validation_steps=None, **kw):
    """Trains in the device loop, and fails if it can't."""
    assert self.loop.takes(x=x, y=y, **kw)
    steps = kw.pop('steps_per_epoch', None)
    if y is None:
      batches = pipeline_batches.PipelineBatches(x, steps)
    else:
      options = kw.pop('batch_size', None), kw.pop('shuffle', True), steps
      batches = array_batches.ArrayBatches([x, y, None], *options)

    def validate(callbacks):
      return self.evaluate(
        validation_data,
        steps=validation_steps,
        callbacks=callbacks,
        return_dict=True,
      )

    return self.loop.fit(batches, validation_data and validate, **kw)

  @tf.autograph.experimental.do_not_convert
  def train_step(self, data):
    x, y = data
    with tf.control_dependencies([tf.debugging.assert_equal(x + 1, y)]):
      self.samples.assign(tf.concat([self.samples, x], 0))
    self.sizes.assign(tf.concat([self.sizes, tf.shape(x)], 0))
    self.weight.assign_add(1.0)
    return {'updates': self.weight.value}

  @tf.autograph.experimental.do_not_convert
  def test_step(self, data):
    return {'least': tf.reduce_min(data[0])}


class Watcher(keras.callbacks.Callback):
  """Notes of what a callback is told; of executions, if it is patient."""

  def __init__(self, patient=False):
    super().__init__()
    self.begins, self.ends, self.updates, self.epochs = [], [], [], []
    if patient:
      self.save_freq = 'epoch'

  def on_train_batch_begin(self, batch, logs=None):
    self.begins.append(batch)

  def on_train_batch_end(self, batch, logs=None):
    self.ends.append(batch)
    self.updates.append(float(logs['updates']))

  def on_epoch_end(self, epoch, logs=None):
    self.epochs.append(self.model.stop_training)
