"""Estimates of correlated Gaussians, from independence to 23 nats.

This repeats a figure of 2019 [1]: 20 + 20 dimensions, 20 correlations from -.95
to .95, 100,000 samples, batches of 128, 10 epochs. The figure's commands train
separable critics (three hidden layers of 256, embeddings of 10, Adam 1e-4).
Here `estimate_mi` is added, on the same samples.

The records differ from the published numbers in three ways. Published numbers
are moving averages over about ten batches, each evaluated after an update on
the batch. Records have means over 100 batches after training: training samples
(`mi`) and new ones (`new_samples`). The published MINE has decay .9, but its
moving average was never stored: nine tenths of the gradient's denominator
stayed at the first value, which bounds the weight of outliers. Here the average
moves, with decay .99. At a truth of 23 nats, exponentials of single batches
outweigh all others: the two ends of the published curve of MINE have equal
distributions up to the sign of y, but differ by a nat.

#### References

[1]: Malik Boudiaf. Variational bounds on mutual information. 2019.
     https://github.com/mboudiaf/Mutual-Information-Variational-Bounds
"""

import dataclasses
import itertools
import math

import keras
import numpy as np

import mi_tf
from mi_tf.internal import records

BOUNDS = ('mine', 'nwj', 'info_nce')
METHODS = (*BOUNDS, 'estimate_mi')
SOURCES = ('gaussian', 'cubed')
_RHOS = [0.05 + 0.1 * i for i in range(9, -1, -1)]
_NEW_SAMPLES = 12_800


@dataclasses.dataclass(frozen=True)
class Config:
  """The config of a run.

  Attributes:
    experiment: 'correlated_gaussians'.
    method: `str`, the name of an objective, or 'estimate_mi'.
    source: 'gaussian', or 'cubed' for the cubes of all numbers.
    rho: `float`, the correlation of each pair of coordinates before cubing.
    critic: 'separable' with all pairs of a batch, 'concat' with one negative
      for each sample, or `None` for 'estimate_mi'.
    dim: `int`, the number of dimensions of each side.
    samples: `int`, the number of pairs.
    batch_size: `int`. This and the next three are for objectives only.
    epochs: `int`.
    hidden_units: tuple of `int`s, the critic's hidden layers.
    learning_rate: `float`, the learning rate of Adam.
    seed: `int`.
  """

  method: str
  source: str
  rho: float
  critic: str | None = 'separable'
  dim: int = 20
  samples: int = 100_000
  batch_size: int = 128
  epochs: int = 10
  hidden_units: tuple = (256, 256, 256)
  learning_rate: float = 1e-4
  seed: int = 0
  experiment: str = 'correlated_gaussians'


def configs(options):
  """Returns the configs. Configs that the figure needs come first."""
  if options.dataset not in (None, *SOURCES):
    raise ValueError(
      f'--dataset must be one of {", ".join(SOURCES)} for the experiment '
      f'correlated_gaussians. Received: {options.dataset}.'
    )
  if options.steps is not None:
    raise ValueError('--steps is not for the experiment correlated_gaussians.')
  rhos, chosen = _RHOS, {}
  if options.quick:
    rhos = [0.95, 0.45]
    chosen = {
      'dim': 2,
      'samples': 2000,
      'epochs': 2,
      'hidden_units': (32,),
      'learning_rate': 1e-2,
    }
  settings = [
    (sign * rho, source, method, 'separable' if method in BOUNDS else None)
    for sign, rho, source, method in itertools.product(
      (1, -1), rhos, SOURCES, METHODS
    )
  ]
  settings += [(rhos[0], 'gaussian', method, 'concat') for method in BOUNDS]
  # Negative rho comes later: it only changes the sign of y.
  settings.sort(
    key=lambda s: (s[0] < 0, s[1] == 'cubed' and s[2] != 'estimate_mi')
  )
  return [
    Config(method, source, round(rho, 2), critic, seed=seed, **chosen)
    for seed in range(options.seed, options.seed + options.runs)
    for rho, source, method, critic in settings
    if options.dataset in (None, source)
  ]


def run(config, context):
  """Runs the method of a config; returns the record."""
  task = mi_tf.tasks.correlated_gaussian(config.dim, rho=config.rho)
  if config.source == 'cubed':
    task = mi_tf.tasks.cubed(task)
  seed = [config.seed, round(100 * config.rho) + 100]
  found = (_bound if config.method in BOUNDS else _estimate)(
    config, context, task, task.sample(config.samples, seed)
  )
  return {
    **found,
    'truth': task.mutual_information,
    'versions': records.versions(),
  }


def _estimate(config, context, task, samples):
  """Returns the outcome of `estimate_mi`."""
  del context, task
  with records.Timer() as timer:
    estimate = mi_tf.estimate_mi(
      *(side.numpy() for side in samples), seed=config.seed
    )
  return {
    'mi': estimate.mi,
    'interval': estimate.interval,
    'lower_bound': estimate.lower_bound,
    'held_out': estimate.diagnostics['held_out'],
    'method': estimate.method,
    'warnings': estimate.warnings,
    'wall_seconds': timer.wall_seconds,
    'cpu_seconds': timer.cpu_seconds,
  }


def _bound(config, context, task, samples):
  """Trains a critic; evaluates it on training samples and on new samples."""
  resumption = context.resume(config)
  resumption.start_stage(0)
  is_separable = config.critic == 'separable'
  model = mi_tf.MiEstimator(
    mi_tf.SeparableCritic(config.hidden_units, embedding_size=10)
    if is_separable
    else mi_tf.ConcatCritic(config.hidden_units),
    config.method,
    negative_samples=None if is_separable else 1,
  )
  model.build(*((None, config.dim) for _ in range(2)))
  model.compile(keras.optimizers.Adam(config.learning_rate))
  model.optimizer.build(model.trainable_variables)
  state = [*model.variables, *model.optimizer.variables]
  history = resumption.restore(state).get('history')
  history = history or {'epoch': [], 'mi': []}
  size = config.batch_size
  bar = context.progress(config.epochs)
  for number in range(len(history['epoch']) + 1, config.epochs + 1):
    resumption.start_stage(number)
    bar.update(number - 1, f'epochs, {config.method}, rho {config.rho:g}')
    # Only whole batches, always in one order, as in [1].
    found = model.fit(
      *samples,
      batch_size=size,
      steps_per_epoch=config.samples // size,
      shuffle=False,
      verbose=0,
    )
    history['epoch'].append(number)
    history['mi'].append(found.history['mi'][-1])
    resumption.save(state, {'history': history})
  bar.clear()
  last = min(_NEW_SAMPLES, config.samples) // size * size
  trained = model.evaluate(
    *(side[-last:] for side in samples), batch_size=size, verbose=0
  )
  new = model.evaluate(
    *task.sample(last, [config.seed, 1000]), batch_size=size, verbose=0
  )
  wall, cpu = resumption.seconds()
  return {
    'history': history,
    'mi': trained[1],
    'new_samples': new[1],
    'cap': math.log(size) if config.method == 'info_nce' else None,
    'weights': sum(int(np.prod(v.shape)) for v in model.trainable_variables),
    'wall_seconds': wall,
    'cpu_seconds': cpu,
  }
