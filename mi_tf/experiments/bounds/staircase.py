"""Bias and variance of bounds while the true mutual information rises.

This is the staircase of Poole et al. [1]: 20 + 20 dimensions, 2 to 10 nats,
batches of 64, two hidden layers of 256 and embeddings of 32, Adam 5e-4, 4,000
updates for each truth. All batches are new.

#### References

[1]: Ben Poole, Sherjil Ozair, Aaron van den Oord, Alexander A. Alemi, George
     Tucker. On Variational Bounds of Mutual Information. _International
     Conference on Machine Learning_, 2019. https://arxiv.org/abs/1905.06922
"""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.internal import records

_SEPARABLE = ('info_nce', 'nwj', 'mine', 'interpolated', 'js', 'smile')
# A critic of concatenated pairs takes 30 times the arithmetic.
_CONCAT, _CONCAT_STEPS = ('info_nce', 'nwj', 'js'), 500


@dataclasses.dataclass(frozen=True)
class Config:
  """The config of a run.

  Attributes:
    experiment: 'staircase'.
    objective: `str`, the name of an objective.
    critic: 'separable' or 'concat'.
    truths: tuple of `float`s, nats.
    steps: `int`, the number of updates for each truth.
    trace: `int`, the number of evaluations during the updates for each truth.
      Each evaluation uses one new batch, and follows another update.
    batches: `int`, the number of new batches evaluated after these updates.
    dim: `int`, the number of dimensions of each side.
    batch_size: `int`.
    hidden_units: tuple of `int`s, the critic's hidden layers.
    learning_rate: `float`, the learning rate of Adam.
    seed: `int`.
  """

  objective: str
  critic: str
  truths: tuple = (2.0, 4.0, 6.0, 8.0, 10.0)
  steps: int = 4000
  trace: int = 50
  batches: int = 200
  dim: int = 20
  batch_size: int = 64
  hidden_units: tuple = (256, 256)
  learning_rate: float = 5e-4
  seed: int = 0
  experiment: str = 'staircase'


def configs(options):
  """Returns the configs."""
  if options.dataset is not None:
    raise ValueError('--dataset is not for the experiment staircase.')
  chosen = {}
  if options.quick:
    chosen = {
      'truths': (1.0, 2.0),
      'trace': 2,
      'batches': 20,
      'dim': 2,
      'hidden_units': (16,),
    }
  found = []
  for seed in range(options.seed, options.seed + options.runs):
    for critic, objectives, steps in (
      ('separable', _SEPARABLE, 4000),
      ('concat', _CONCAT, _CONCAT_STEPS),
    ):
      steps = options.steps or (20 if options.quick else steps)
      found += [
        Config(objective, critic, steps=steps, seed=seed, **chosen)
        for objective in objectives
      ]
  return found


def run(config, context):
  """Trains and evaluates for one truth after another; returns the record."""
  resumption = context.resume(config)
  resumption.start_stage(0)
  sizes = {'embedding_size': 32} if config.critic == 'separable' else {}
  critic = mi_tf.get_critic(
    config.critic, hidden_units=config.hidden_units, **sizes
  )
  model = mi_tf.MiEstimator(critic, config.objective)
  model.build(*((None, config.dim) for _ in range(2)))
  model.compile(keras.optimizers.Adam(config.learning_rate))
  model.optimizer.build(model.trainable_variables)
  state = [*model.variables, *model.optimizer.variables]
  history = resumption.restore(state).get('history')
  history = history or {
    key: [] for key in ('truth', 'mean', 'variance', 'mse', 'trace')
  }
  value = tf.function(lambda x, y: model(x, y))
  bar = context.progress(len(config.truths))
  for number in range(len(history['truth']), len(config.truths)):
    resumption.start_stage(number + 1)
    bar.update(number, f'steps, {config.objective}, {config.critic}')
    truth = config.truths[number]
    task = mi_tf.tasks.correlated_gaussian(config.dim, mutual_information=truth)
    size = config.batch_size
    seed = 10 * config.seed + number
    pairs = task.sample(config.steps * size, [seed, 0])
    x, y = (
      tf.reshape(side, [-1, size, config.dim])
      for side in task.sample((config.trace + config.batches) * size, [seed, 1])
    )
    trace = _Trace(lambda i, x=x, y=y: float(value(x[i], y[i])))
    first = 0
    for epochs, updates in _epochs(config.steps, config.trace):
      rows = slice(first * size, (first + epochs * updates) * size)
      model.fit(
        *(side[rows] for side in pairs),
        batch_size=size,
        epochs=epochs,
        steps_per_epoch=updates,
        shuffle=False,
        callbacks=[trace],
        verbose=0,
      )
      first += epochs * updates
    found = np.array(
      [float(value(x[i], y[i])) for i in range(config.trace, len(x))]
    )
    for key, result in (
      ('truth', truth),
      ('mean', found.mean()),
      ('variance', found.var(ddof=1)),
      ('mse', np.mean((found - truth) ** 2)),
      ('trace', trace.values),
    ):
      history[key].append(result if key == 'trace' else float(result))
    resumption.save(state, {'history': history})
  bar.clear()
  wall, cpu = resumption.seconds()
  return {
    'history': history,
    'cap': float(np.log(config.batch_size)),
    'wall_seconds': wall,
    'cpu_seconds': cpu,
    'versions': records.versions(),
  }


def _epochs(steps, trace):
  """Splits updates into epochs of nearly equal length, one per evaluation.

  Args:
    steps: `int`, the number of updates.
    trace: `int`, the greatest number of evaluations.

  Returns:
    List of pairs: a number of epochs, and the number of updates in each epoch.
  """
  trace = min(trace, steps)
  few, longer = divmod(steps, trace)
  pairs = (longer, few + 1), (trace - longer, few)
  return [pair for pair in pairs if pair[0]]


class _Trace(keras.callbacks.Callback):
  """Keeps the value of a function after each epoch."""

  def __init__(self, value):
    super().__init__()
    self._value = value
    self.values = []

  def on_epoch_end(self, epoch, logs=None):
    del epoch, logs
    self.values.append(self._value(len(self.values)))
