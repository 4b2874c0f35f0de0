"""One training for all experiments with GANs: their configs and runs."""

from collections.abc import Callable
import dataclasses
from typing import Any

import numpy as np
import tensorflow as tf

from mi_tf.experiments.gans import gan as gan_lib
from mi_tf.internal import records

VARIANTS = ('none', 'mi', 'clipped')
_MANY = 20  # Samples of high quality that cover a mode well.
# The history of a run, besides 'step'.
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
  """All that decides the outcome of a run.

  Attributes:
    variant: 'none', without mutual information; 'mi', with it; 'clipped', with
      it and `adaptive_gradient_clip`.
    beta: `float`, the factor of mutual information.
    mi_stop: `float`, a share of all steps. Then the generator's loss has no
      mutual information, which spreads samples, also within a mode.
    penalty: `float`, the initial factor of the gradient penalty [1]: half the
      mean squared gradient of the discriminator's logit at data. It falls
      linearly to 0 at `penalty_stop`.
    penalty_stop: `float`, a share of all steps. With the penalty,
      discriminators are smooth and samples move between modes; without it,
      they are sharp, and samples come close to the means.
    noise: `float`, the standard deviation of normal noise on the critic's
      samples. Without it, the mutual information is infinite, and estimates
      rise wherever samples spread, also between modes.
    epochs: `int`, passes through the data, with an evaluation after each.
    steps: `int`, updates in an epoch, at most `num_samples / batch_size`.
    num_samples: `int`, the number of samples of the data.
    batch_size: `int`.
    generator_sizes: tuple of `int`s, hidden layers.
    discriminator_sizes: tuple of `int`s, hidden layers.
    critic_sizes: tuple of `int`s, hidden layers.
    learning_rate: `float`, Adam's initial rate for all networks; it falls to 0
      as a cosine.
    beta_1: `float`, Adam's, of generator and discriminator.
    seed: `int`.
    jit_compile: `bool`, whether XLA compiles updates.

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


# Small networks and data, for which compilation does not pay.
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
    options: `experiment.Options`; its `steps` is the number of all updates.
    config_class: subclass of `Config`.
    variants: list of dicts, the fields in which runs of a seed differ.
    **chosen: fields that all runs share.
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
  """The data of a GAN, and how its samples are judged.

  Attributes:
    samples: float32 array, shape `[n, d]`.
    coverage: callable, samples of a GAN, shape `[k, d]` -> `coverage.Coverage`.
    picture: callable, the same samples -> plain lists for the record.
    evaluated: `int`, the number of samples of an evaluation.
    pictures: `int`, the number of epochs with a picture.
    noise_size: `int`, the length of the noise z.
    activation: of the generator's last layer, as Keras names it.
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
    # A single picture is of the last epoch.
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
