"""Configs and training of all experiments with GANs."""

from collections.abc import Callable
import dataclasses
from typing import Any

import numpy as np
import tensorflow as tf

from mi_tf.experiments.gans import gan as gan_lib
from mi_tf.internal import records

VARIANTS = ('none', 'mi', 'clipped')
_MANY = 20  # With as many high-quality samples, a mode is covered well.
# The keys of the history of a run, besides 'step'.
_HISTORY = (
  'gradient_norm',
  'mi_gradient_norm',
  'mi',
  'modes',
  'well_covered',
  'high_quality',
  'divergence',
)


@dataclasses.dataclass(frozen=True)
class Config:
  """The config of a run.

  Attributes:
    variant: 'none' for no mutual information term; 'mi' for the term; 'clipped'
      for the term with `adaptive_gradient_clip`.
    beta: `float`, the factor of mutual information.
    mi_stop: `float`, the share of all steps after which the term is dropped,
      because mutual information spreads samples within a mode, too.
    penalty: `float`, the initial factor of the gradient penalty [1]: half the
      mean squared gradient of the discriminator's logit at data. The factor
      falls linearly to 0 at `penalty_stop`.
    penalty_stop: `float`, a share of all steps. Before, the discriminator is
      smooth, and samples move between modes. After, the discriminator is
      sharp, and samples come close to the means.
    noise: `float`, the standard deviation of normal noise on the critic's
      samples. Without noise, the mutual information is infinite, and estimates
      rise wherever samples spread, also between modes.
    epochs: `int`, the number of epochs. An evaluation follows each.
    steps: `int`, updates per epoch, at most `num_samples / batch_size`.
    num_samples: `int`, the number of samples of the data.
    batch_size: `int`.
    generator_sizes: tuple of `int`s, hidden layers.
    discriminator_sizes: tuple of `int`s, hidden layers.
    critic_sizes: tuple of `int`s, hidden layers.
    learning_rate: `float`, the initial rate of Adam for all networks. The rate
      falls to 0 as a cosine.
    beta_1: `float`, `beta_1` of Adam for generator and discriminator.
    seed: `int`.
    jit_compile: `bool`. If True, XLA compiles updates.

  #### References

  [1]: Lars Mescheder, Andreas Geiger, Sebastian Nowozin. Which Training Methods
       for GANs do actually Converge? _International Conference on Machine
       Learning_, 2018. https://arxiv.org/abs/1801.04406
  """

  variant: str
  beta: float = 1.0
  mi_stop: float = 0.8
  penalty: float = 0.05
  penalty_stop: float = 0.6
  noise: float = 0.8
  epochs: int = 20
  steps: int = 1000
  num_samples: int = 100_000
  batch_size: int = 100
  generator_sizes: tuple = (500, 500)
  discriminator_sizes: tuple = (400, 400, 400)
  critic_sizes: tuple = (256, 256, 256)
  learning_rate: float = 2e-3
  beta_1: float = 0.5
  seed: int = 0
  jit_compile: bool = True


# Networks and data are small, so compilation would cost more than it saves.
_QUICK = {
  'epochs': 2,
  'steps': 10,
  'num_samples': 1000,
  'generator_sizes': (16, 16),
  'discriminator_sizes': (16, 16),
  'critic_sizes': (16, 16),
  'jit_compile': False,
}


def configs(options, config_class, variants, **chosen):
  """Returns the configs of an experiment.

  Args:
    options: `experiment.Options`. `options.steps` is the total number of
      updates.
    config_class: subclass of `Config`.
    variants: list of dicts of fields, one for each config of a seed.
    **chosen: fields of all configs.
  """
  if options.quick:
    chosen |= _QUICK
  if options.steps is not None:
    whole = chosen.get('steps', config_class.steps)
    chosen['epochs'] = max(1, round(options.steps / whole))
    chosen['steps'] = min(whole, options.steps)
  chosen |= options.settings
  return [
    config_class(seed=seed, **chosen, **variant)
    for seed in range(options.seed, options.seed + options.runs)
    for variant in variants
  ]


@dataclasses.dataclass(frozen=True)
class Data:
  """The data of a GAN, and functions that judge the GAN's samples.

  Attributes:
    samples: float32 array, shape `[n, d]`, the training data.
    coverage: callable, samples of a GAN, shape `[k, d]` -> `coverage.Coverage`.
    picture: callable, samples of a GAN, shape `[k, d]` -> lists for the record.
    evaluated: `int`, k, the number of samples of an evaluation.
    pictures: `int`, the number of epochs with a picture.
    noise_size: `int`, the length of the noise z.
    activation: Keras's name of the activation of the generator's last layer.
  """

  samples: np.ndarray
  coverage: Callable[[np.ndarray], Any]
  picture: Callable[[np.ndarray], Any]
  evaluated: int
  pictures: int
  noise_size: int
  activation: str | None = None


def run(config, context, make_data):
  """Trains and evaluates; returns the record.

  Args:
    config: `Config`.
    context: `experiment.Context`.
    make_data: callable, config -> `Data`.
  """
  resumption = context.resume(config)
  resumption.start_stage(0)
  data = make_data(config)
  gan = gan_lib.Gan(
    config, data.noise_size, data.samples.shape[1], data.activation
  )
  notes = resumption.restore(gan.state) or {
    'history': {'step': [], **{key: [] for key in _HISTORY}},
    'samples': {},
  }
  history, samples = notes['history'], notes['samples']
  examples = tf.constant(data.samples)
  pictures = set(
    # If there is only one picture, it shows the last epoch.
    np.linspace(config.epochs, 1, data.pictures).round().astype(int).tolist()
  )
  bar = context.progress(config.epochs)
  for epoch in range(len(history['step']) + 1, config.epochs + 1):
    resumption.start_stage(epoch)
    bar.update(epoch - 1, f'epochs, {config.variant}')
    rng = np.random.default_rng([config.seed, epoch])
    order = rng.permutation(config.num_samples)
    order = order[: config.steps * config.batch_size]
    means = gan.train(
      examples,
      tf.constant(order.reshape([-1, config.batch_size]), tf.int32),
      tf.constant([2 * (config.seed * 10_000 + epoch), 0]),
      tf.constant((epoch - 1) * config.steps),
      config.penalty > 0.0 and epoch - 1 < config.penalty_stop * config.epochs,
    )
    means = [float(v) for v in means]
    shape = [data.evaluated, gan.noise_size]
    z = rng.uniform(-1.0, 1.0, shape).astype(np.float32)
    made = gan.sample(z).numpy()
    found = data.coverage(made)
    values = [
      means[0],
      *(means[1:] if gan.regularizer is not None else (None, None)),
      found.modes(),
      found.modes(_MANY),
      found.high_quality,
      found.divergence,
    ]
    history['step'].append(epoch * config.steps)
    for key, value in zip(_HISTORY, values, strict=True):
      history[key].append(value)
    if epoch in pictures:
      samples[str(epoch)] = data.picture(made)
    resumption.save(gan.state, records.plain(notes))
  bar.clear()
  wall, cpu = resumption.seconds()
  return {
    **notes,
    'counts': found.counts,
    'wall_seconds': wall,
    'cpu_seconds': cpu,
    'versions': records.versions(),
  }
