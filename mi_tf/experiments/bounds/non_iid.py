"""Bounds for batches of dependent samples, for which bounds do not hold."""

import dataclasses
import itertools
import math

import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.experiments.representations import tschannen
from mi_tf.internal import records

# Covariances of the shared part of a batch, and of each sample's own part.
_SHARED = ((1.0, -0.5), (-0.5, 1.0))
_OWN = ((1.0, 0.9), (0.9, 1.0))
_TOTAL = np.add(_SHARED, _OWN)
# The mutual information of one pair (x, y), nats: .0204.
TRUTH = -0.5 * math.log1p(
  -_TOTAL[0, 1] * _TOTAL[1, 0] / (_TOTAL[0, 0] * _TOTAL[1, 1])
)


@dataclasses.dataclass(frozen=True)
class Config:
  """The config of a run.

  Attributes:
    experiment: 'non_iid'.
    objective: `str`, the name of an objective.
    dependent: `bool`. If True, the samples of a batch share a part of their
      noise.
    steps: `int`, the number of updates.
    evaluations: `int`, the number of evaluations.
    test_batches: `int`, the number of batches in the test set.
    batch_size: `int`.
    hidden_units: tuple of `int`s, the hidden layers of the critic.
    learning_rate: `float`, the learning rate of Adam.
    seed: `int`.
  """

  objective: str
  dependent: bool
  steps: int = 20_000
  evaluations: int = 10
  test_batches: int = 2000
  batch_size: int = 128
  hidden_units: tuple = (10, 10, 10, 10, 10)
  learning_rate: float = 1e-4
  seed: int = 0
  experiment: str = 'non_iid'


def configs(options):
  """Returns the configs, for figure 4 (c) of Tschannen et al."""
  if options.dataset is not None:
    raise ValueError('--dataset is not for the experiment non_iid.')
  chosen = {}
  if options.quick:
    chosen = {
      'steps': 200,
      'evaluations': 2,
      'test_batches': 50,
      'learning_rate': 1e-2,
    }
  if options.steps is not None:
    chosen['steps'] = options.steps
  seeds = range(options.seed, options.seed + options.runs)
  return [
    Config(objective=objective, dependent=dependent, seed=seed, **chosen)
    for seed, objective, dependent in itertools.product(
      seeds, tschannen.OBJECTIVES, (True, False)
    )
  ]


def run(config, context):
  """Trains and evaluates; returns the record."""
  resumption = context.resume(config)
  resumption.start_stage(0)
  model = mi_tf.MiEstimator(
    mi_tf.ConcatCritic(config.hidden_units), objective=config.objective
  )
  model.build((None, 1), (None, 1))
  model.compile(
    keras.optimizers.Adam(config.learning_rate), steps_per_execution=100
  )
  model.optimizer.build(model.trainable_variables)
  state = [*model.variables, *model.optimizer.variables]
  history = resumption.restore(state).get('history')
  history = history or {'step': [], 'mi': [], 'stderr': []}
  test = _batches(config, number=0, count=config.test_batches)
  value = tf.function(model)
  bar = context.progress(config.steps)
  for number in range(len(history['step']) + 1, config.evaluations + 1):
    resumption.start_stage(number)
    first, last = (
      config.steps * i // config.evaluations for i in (number - 1, number)
    )
    bar.update(first, f'steps, {config.objective}')
    model.fit(_batches(config, number, last - first), shuffle=False, verbose=0)
    values = np.array([value(x, y).numpy() for x, y in test])
    history['step'].append(last)
    history['mi'].append(float(values.mean()))
    history['stderr'].append(float(values.std() / math.sqrt(len(values))))
    resumption.save(state, {'history': history})
  bar.clear()
  wall, cpu = resumption.seconds()
  return {
    'history': history,
    'truth': TRUTH,
    'wall_seconds': wall,
    'cpu_seconds': cpu,
    'versions': records.versions(),
  }


def _batches(config, number, count):
  """Returns a `tf.data.Dataset` of `count` batches `(x, y)` for a stage."""
  roots = [np.linalg.cholesky(c) for c in (_SHARED, _OWN)]
  shared, own = (tf.constant(root, tf.float32) for root in roots)
  size = config.batch_size

  def batch(index):
    noise = tf.random.stateless_normal(
      [2, size, 2],
      seed=tf.stack([config.seed * 1000 + number, tf.cast(index, tf.int32)]),
      alg='philox',
    )
    # The batch shares one part, or each sample has an independent part.
    parts = noise[0, :1] if config.dependent else noise[0]
    xy = tf.matmul(parts, shared, transpose_b=True) + tf.matmul(
      noise[1], own, transpose_b=True
    )
    return tf.split(tf.ensure_shape(xy, [size, 2]), 2, axis=1)

  data = tf.data.Dataset.range(count).map(lambda i: tuple(batch(i)))
  return data.prefetch(tf.data.AUTOTUNE)
