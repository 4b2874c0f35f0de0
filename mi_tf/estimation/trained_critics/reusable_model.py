"""ReusableModel: an estimator that is traced once and trained many times."""

import keras
import numpy as np
import tensorflow as tf

from mi_tf.estimation.trained_critics import stopping
from mi_tf.internal import tracing
from mi_tf.models import readout
from mi_tf.objectives import objective as objective_lib

_MOST_UPDATES = 2**62
_EVALUATION_BATCH, _EVALUATION_BLOCKS = 512, 20
_AVERAGING = 0.98


class ReusableModel:
  """A compiled `MiEstimator` with its traced functions and its `Reader`.

  Reuse saves time, since tracing takes longer than many trainings. Reuse also
  saves memory: TensorFlow never frees a graph with a custom gradient (`silu`,
  Keras's optimizers, streamed scores), which takes some MiB.
  """

  def __init__(self, model, example, updates):
    """Compiles and traces a built model; `updates` is their number per epoch.

    `example` is a list of two arrays, x and y.
    """
    self.model = model
    self.reader = readout.Reader(model, *example)
    self._updates = updates
    self._evaluate = _evaluation(model, *example)
    self._decay = VariableDecay(1.0, 1)
    optimizer = keras.optimizers.Adam(
      self._decay, use_ema=True, ema_momentum=_AVERAGING
    )
    model.compile(optimizer, steps_per_execution=updates)
    self._averages = _Averages(model)
    # Not all are zeros: the scale of losses in half precision is not.
    self._initial = [v.numpy() for v in model.optimizer.variables]

  def train(self, initial, train, stop, options, batch_size, seed):
    """Trains until the loss on `stop` no longer falls.

    `initial` is a model of the same form; `train` and `stop` are lists of two
    arrays. Returns a dict with the losses of each epoch, 'start_loss' and
    'best_epoch'.
    """
    for v, value in zip(self.model.variables, initial.variables, strict=True):
      v.assign(value)
    optimizer = self.model.optimizer
    for v, value in zip(optimizer.variables, self._initial, strict=True):
      v.assign(value)
    self._decay.assign(
      options.learning_rate, self._updates * options.max_epochs
    )
    stopper = stopping.StopAtBest(
      lambda rows: self._evaluate(*stop, rows)[:, 0].numpy(),
      self._averages,
      options.patience,
      len(stop[0]),
    )
    history = self.model.fit(
      _batches(*train, batch_size, seed),
      steps_per_epoch=self._updates,
      epochs=options.max_epochs,
      shuffle=False,
      verbose=0,
      callbacks=[stopper, *options.callbacks],
    ).history
    return {
      **history,
      'start_loss': [stopper.start_loss],
      'val_loss': stopper.losses,
      'best_epoch': [stopper.best_epoch + 1],
    }

  def value(self, pairs, rows):
    """Returns the objective's mean value over blocks of up to `rows` pairs."""
    return float(np.mean(self._evaluate(*pairs, rows)[:, 1]))


@keras.saving.register_keras_serializable('mi_tf')
class VariableDecay(keras.optimizers.schedules.CosineDecay):
  """A cosine decay whose arguments are variables, not constants of a trace."""

  _NAMES = ('initial_learning_rate', 'decay_steps')

  def __init__(self, initial_learning_rate, decay_steps):
    self._variables = [
      keras.Variable(1.0, trainable=False, name=name) for name in self._NAMES
    ]
    super().__init__(*self._variables)
    self.assign(initial_learning_rate, decay_steps)

  def assign(self, initial_learning_rate, decay_steps):
    """Sets the first learning rate, and the number of updates until 0."""
    self._numbers = initial_learning_rate, min(decay_steps, _MOST_UPDATES)
    for v, number in zip(self._variables, self._numbers, strict=True):
      v.assign(number)

  def get_config(self):
    return dict(zip(self._NAMES, self._numbers, strict=True))


class _Averages:
  """Swaps a model's weights and their moving averages.

  Unlike `keras.callbacks.SwapEMAWeights`, it swaps all weights in one call.
  """

  def __init__(self, model):
    weights = model.trainable_variables
    saved = [tf.Variable(v.value) for v in weights]

    @tf.function(autograph=False)
    def put():
      for v, weight in zip(saved, weights, strict=True):
        v.assign(weight.value)
      model.optimizer.finalize_variable_values(weights)

    @tf.function(autograph=False)
    def take_out():
      for v, weight in zip(saved, weights, strict=True):
        weight.assign(v)

    self.put, self.take_out = put, take_out


def _evaluation(model, x, y):
  """Returns a function that maps x and y to losses and values of blocks."""
  pair = [tracing.batch_spec(t) for t in (x, y)]

  @tracing.traced([*pair, tf.TensorSpec([], tf.int32)])
  def evaluate(x, y, rows):
    size = tf.minimum(rows, _EVALUATION_BATCH)
    num_blocks = tf.minimum(tf.shape(x)[0] // size, _EVALUATION_BLOCKS)

    def loss_and_value(i):
      block = [t[i * size : (i + 1) * size] for t in (x, y)]
      logu, mask = model.score(*block, training=False)
      both = objective_lib.loss_and_value(model.objective, logu, mask, *block)
      return tf.cast(tf.stack(both), tf.float32)

    return tf.map_fn(
      loss_and_value, tf.range(num_blocks), fn_output_signature=tf.float32
    )

  return evaluate


def _batches(x, y, batch_size, seed):
  """Returns an endless `tf.data.Dataset` of batches, shuffled each epoch.

  Keras's `fit` needs a dataset; `densities` and `networks` draw batches inside
  their own graphs.
  """
  n = len(x)
  x, y = tf.constant(x), tf.constant(y)
  per_epoch = n // batch_size

  @tf.autograph.experimental.do_not_convert
  def pick(i):
    epoch, batch = i // per_epoch, i % per_epoch
    position = batch * batch_size + tf.range(batch_size, dtype=tf.int64)
    index = tf.random.experimental.index_shuffle(
      position, tf.stack([tf.constant(seed, tf.int64), epoch]), n - 1
    )
    # Updates are traced for batches of any size.
    index = tf.raw_ops.PlaceholderWithDefault(input=index, shape=[None])
    return tf.gather(x, index), tf.gather(y, index)

  # Unlike `counter`, has no graph of its own, which TensorFlow would not free.
  return tf.data.Dataset.range(2**62).map(pick).prefetch(4)
