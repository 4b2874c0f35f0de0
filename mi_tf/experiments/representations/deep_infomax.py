"""Deep InfoMax on images, and the use of its representations."""

import dataclasses
import math

import keras
import numpy as np

import mi_tf
from mi_tf.experiments import images
from mi_tf.experiments.representations import evaluation
from mi_tf.internal import records

_OBJECTIVES = ('js', 'dv', 'info_nce')


@dataclasses.dataclass(frozen=True)
class Config:
  """The config of a run.

  Attributes:
    objective: `str`, as for `mi_tf.infomax.DeepInfoMax`.
    alpha: `float`, the weight of the global objective.
    beta: `float`, the weight of the local objective.
    gamma: `float`, the weight of the prior.
    local: 'dot' or 'concat', the local critic.
    global_critic: 'cosine' for the cosine of embeddings over a temperature of
      .5; 'concat' for a network of both inputs, as in the paper. With 'concat',
      y soon tells all images of a batch apart, and the accuracy of a linear
      probe stops growing.
    negative_samples: `int` or `None`, as for `DeepInfoMax`.
    output_size: `int`, the size of y.
    units: `int`, the size of the critics' layers.
    filters: sequence of `int`s, the sizes of the encoder's convolutions.
    hidden_size: `int`, the size of the encoder's dense layer.
    dataset: `str`, as for `images.load`.
    steps: `int`, the number of updates.
    evaluations: `int`, the number of evaluations after the one at the start.
    batch_size: `int`.
    learning_rate: `float`, the initial rate of Adam for encoder and critics.
      The rate falls to 0 as a cosine.
    prior_rate: `float`, the rate of the prior's discriminator over
      `learning_rate`. At 1, encoder and discriminator chase each other, and
      accuracy goes up and down between evaluations.
    seed: `int`.
    experiment: 'deep_infomax'.
  """

  objective: str = 'js'
  alpha: float = 0.0
  beta: float = 1.0
  gamma: float = 0.1
  local: str = 'dot'
  global_critic: str = 'cosine'
  negative_samples: int | None = None
  output_size: int = 64
  units: int = 256
  # These make features of 14 x 14 parts. With 7 x 7 parts, the accuracy of
  # classes falls after 2,000 updates for all learning rates.
  filters: tuple = (64, 128)
  hidden_size: int = 1024
  dataset: str = 'mnist'
  steps: int = 2400
  evaluations: int = 5
  batch_size: int = 128
  learning_rate: float = 1e-3
  prior_rate: float = 0.1
  seed: int = 0
  experiment: str = 'deep_infomax'


def configs(options):
  """Returns configs of local and global objectives, and one without prior."""
  found = [{'objective': objective} for objective in _OBJECTIVES]
  found += [
    {'objective': objective, 'alpha': 1.0, 'beta': 0.0}
    for objective in _OBJECTIVES
  ]
  found.append({'gamma': 0.0})
  if options.settings:
    found = [{}]
  common = {}
  if options.quick:
    common.update(
      output_size=16,
      units=32,
      filters=(16, 32),
      hidden_size=64,
      dataset='digits',
      steps=90,
      evaluations=2,
      batch_size=64,
    )
  for key in ('dataset', 'steps'):
    if getattr(options, key) is not None:
      common[key] = getattr(options, key)
  made = [
    _config(seed=seed, **{**common, **chosen, **options.settings})
    for seed in range(options.seed, options.seed + options.runs)
    for chosen in found
  ]
  for config in made:
    if not all(map(math.isfinite, (config.alpha, config.beta, config.gamma))):
      raise ValueError('--alpha, --beta and --gamma must be finite.')
    if not (config.alpha or config.beta):
      raise ValueError('--alpha and --beta must not both be 0.')
  return made


def _config(**settings):
  config = Config(**settings)
  settings = config.objective, config.global_critic
  if config.alpha and settings == ('info_nce', 'concat'):
    # All pairs would call the network 128 times as often; with one negative,
    # InfoNCE is at most log 2.
    config = dataclasses.replace(config, negative_samples=15)
  return config


def make_model(config, image_shape):
  """Returns the model of a config. It is neither built nor compiled."""
  local_critic = {
    'dot': lambda: mi_tf.infomax.EncodeAndDotCritic(config.units),
    'concat': lambda: mi_tf.infomax.ConcatAndConvolveCritic(
      (config.units, config.units)
    ),
  }[config.local]()
  global_critic = {
    'cosine': lambda: mi_tf.SeparableCritic(
      (2 * config.units,), config.units // 4, normalize=True, temperature=0.5
    ),
    'concat': lambda: mi_tf.ConcatCritic((config.units, config.units)),
  }[config.global_critic]()
  return mi_tf.infomax.DeepInfoMax(
    *mi_tf.encoders.conv_stages(
      image_shape,
      config.output_size,
      'sigmoid',
      config.filters,
      config.hidden_size,
    ),
    objective=config.objective,
    weights=(config.alpha, config.beta, config.gamma),
    local_critic=local_critic,
    global_critic=global_critic,
    prior='uniform',
    negative_samples=config.negative_samples,
    seed=config.seed,
  )


def run(config, context):
  """Trains and evaluates; returns the record."""
  train, test = images.load(config.dataset, context.data_dir)
  resumption = context.resume(config)
  resumption.start_stage(0)
  model = make_model(config, train.images.shape[1:])
  model.build((None, *train.images.shape[1:]))
  optimizer, prior_optimizer = (
    keras.optimizers.Adam(
      keras.optimizers.schedules.CosineDecay(
        rate * config.learning_rate, config.steps
      ),
      beta_1=0.5,
    )
    for rate in (1.0, config.prior_rate)
  )
  model.compile(optimizer, prior_optimizer=prior_optimizer)
  state = [
    *model.variables,
    *model.optimizer.variables,
    *model.prior_optimizer.variables,
  ]
  probe = mi_tf.callbacks.LinearProbe(
    model, (train.images, train.labels), (test.images, test.labels)
  )
  history = resumption.restore(state).get('history')
  if history is None:
    history = {'step': [0], 'accuracy': [probe.accuracy()]}
    for name, value in _evaluate(model, test, config).items():
      history[name] = [value]
  bar = context.progress(config.steps)
  for number in range(len(history['step']), config.evaluations + 1):
    resumption.start_stage(number)
    first, last = (
      config.steps * i // config.evaluations for i in (number - 1, number)
    )
    bar.update(first, f'steps, accuracy {history["accuracy"][-1]:.4f}')
    rows = _rows(len(train.images), first, last, config)
    for row in rows:
      model.fit(
        train.images[row],
        batch_size=config.batch_size,
        shuffle=False,
        verbose=0,
      )
    history['step'].append(last)
    history['accuracy'].append(probe.accuracy())
    for name, value in _evaluate(model, test, config).items():
      history[name].append(value)
    resumption.save(state, {'history': history})
  bar.clear()
  found = evaluation.evaluate(model, train, test, config.seed)
  wall, cpu = resumption.seconds()
  return {
    'history': history,
    **found,
    'wall_seconds': wall,
    'cpu_seconds': cpu,
    'versions': records.versions('scikit-learn'),
  }


def _rows(n, first, last, config):
  """Yields indices of images for updates `first` to `last`, epoch by epoch."""
  per_pass = n // config.batch_size
  while first < last:
    number, begin = divmod(first, per_pass)
    end = min(per_pass, begin + last - first)
    order = np.random.default_rng([config.seed, number]).permutation(n)
    yield order[begin * config.batch_size : end * config.batch_size]
    first += end - begin


def _evaluate(model, test, config):
  """Returns the model's metrics on test images."""
  return model.evaluate(
    test.images, batch_size=config.batch_size, verbose=0, return_dict=True
  )
