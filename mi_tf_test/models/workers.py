"""One worker of `objective_model_test`: a program that trains with another.

`python -m mi_tf_test.models.workers FOLDER INDEX PORT PORT STOP` trains
under a `MultiWorkerMirroredStrategy` of two processes, with backups in FOLDER,
and writes what it saw to `FOLDER/INDEX.npz`. It stops itself, as if it were
killed, after epoch STOP, unless that is -1.
"""

import json
import os
import sys

import keras
import numpy as np
import tensorflow as tf

import mi_tf

EPOCHS = 4
_BATCH = 8


def samples(n=21):
  """Returns samples: the last batch is partial, with one for each worker."""
  rng = np.random.default_rng(0)
  x = rng.normal(size=[n, 4]).astype(np.float32)
  noise = rng.normal(size=[n, 3]).astype(np.float32)
  return x, x[:, :3] + noise


def dataset(n=21):
  """Returns the batches, which workers share row by row."""
  options = tf.data.Options()
  options.experimental_distribute.auto_shard_policy = (
    tf.data.experimental.AutoShardPolicy.DATA
  )
  data = tf.data.Dataset.from_tensor_slices(samples(n)).batch(_BATCH)
  return data.with_options(options)


def train(callbacks=()):
  """Returns what a model trained, evaluated and predicted, as arrays."""
  keras.utils.set_random_seed(1)
  estimator = mi_tf.MiEstimator(
    mi_tf.SeparableCritic((7,), 4, 'tanh'), objective='mine'
  )
  estimator.build((None, 4), (None, 3))
  estimator.compile(keras.optimizers.Adam(0.05))
  history = estimator.fit(
    dataset(),
    epochs=EPOCHS,
    verbose=0,
    shuffle=False,
    validation_data=dataset(9),
    callbacks=list(callbacks),
  ).history
  return {
    **history,
    'evaluated': estimator.evaluate(dataset(), verbose=0),
    'predicted': estimator.predict(dataset(16), verbose=0),
    **{f'weight_{i}': v.numpy() for i, v in enumerate(estimator.weights)},
  }


class _Killed(keras.callbacks.Callback):
  """Ends the process after an epoch, with nothing flushed or closed."""

  def __init__(self, epoch):
    super().__init__()
    self._epoch = epoch

  def on_epoch_begin(self, epoch, logs=None):
    if epoch == self._epoch + 1:
      os.kill(os.getpid(), 9)


def main(folder, index, first_port, second_port, stop):
  """Trains as worker `index` of two."""
  ports = (first_port, second_port)
  os.environ['TF_CONFIG'] = json.dumps(
    {
      'cluster': {'worker': [f'127.0.0.1:{port}' for port in ports]},
      'task': {'type': 'worker', 'index': int(index)},
    }
  )
  strategy = tf.distribute.MultiWorkerMirroredStrategy()
  with strategy.scope():
    callbacks = [
      keras.callbacks.BackupAndRestore(f'{folder}/backup_{index}'),
      keras.callbacks.ModelCheckpoint(
        f'{folder}/{index}.weights.h5', save_weights_only=True
      ),
    ]
    if int(stop) >= 0:
      callbacks.append(_Killed(int(stop)))
    results = train(callbacks)
  np.savez(f'{folder}/{index}.npz', **results)


if __name__ == '__main__':
  main(*sys.argv[1:])
