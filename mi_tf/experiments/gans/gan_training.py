"""GANs whose generators keep information about their noise, and their runs.

What the experiments with GANs share. The mutual information of the noise z and
the sample G(z) is added to the generator's loss, to be maximized [1].

#### References

[1]: Mohamed Ishmael Belghazi et al. MINE: Mutual Information Neural Estimation.
     _International Conference on Machine Learning_, 2018.
     https://arxiv.org/abs/1801.04062
"""

from collections.abc import Callable
import dataclasses
from typing import Any

import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.internal import records

VARIANTS = ('none', 'mi', 'clipped')
# What the history of a run has besides 'step'.
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
    mi_stop: `float`, a share of all steps, after which the generator's loss is
      without mutual information: that spreads samples, also within a mode.
    penalty: `float`, the factor of half the mean squared gradient of the
      discriminator's logit at data [1] at the start; it falls in proportion to
      steps, to 0 at `penalty_stop`.
    penalty_stop: `float`, a share of all steps. With the penalty,
      discriminators are smooth and samples move between modes; without, they
      are sharp, and samples come close to the means.
    noise: `float`, the standard deviation of the normal noise that the critic
      gets on samples. Of a generator without noise the mutual information is
      infinite, and estimates of it rise wherever samples spread, between modes
      as well.
    epochs: `int`, passes through the data; each is evaluated.
    steps: `int`, updates in an epoch, at most `num_samples / batch_size`.
    num_samples: `int`, the data.
    batch_size: `int`.
    generator_sizes: tuple of `int`s, hidden layers.
    discriminator_sizes: tuple of `int`s, hidden layers.
    critic_sizes: tuple of `int`s, hidden layers.
    learning_rate: `float`, Adam's, of all networks at the start; it falls to 0
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


# Networks and data that take no time; compilation takes longer than it saves.
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
    options: `experiment.Options`; its `steps` is the number of updates in all.
    config_class: subclass of `Config`.
    variants: list of dicts, in what the runs of a seed differ.
    **chosen: what they share.
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


class Gan:
  """The networks of a config, and their updates."""

  def __init__(self, config, noise_size, sample_size, activation=None):
    """Makes all variables.

    Args:
      config: `Config`.
      noise_size: `int`, how many numbers z has.
      sample_size: `int`, how many a sample has.
      activation: of the generator's last layer, as Keras names it.
    """
    self.config = config
    self.noise_size = noise_size
    self._sample_size = sample_size
    layers = []
    for size in config.generator_sizes:
      layers += [
        keras.layers.Dense(size),
        keras.layers.BatchNormalization(momentum=0.99),
        keras.layers.LeakyReLU(0.2),
      ]
    self.generator = keras.Sequential(
      [*layers, keras.layers.Dense(sample_size, activation)]
    )
    self.discriminator = keras.Sequential(
      [keras.layers.Dense(s, 'relu') for s in config.discriminator_sizes]
      + [keras.layers.Dense(1)]
    )
    self.generator.build((None, noise_size))
    self.discriminator.build((None, sample_size))
    networks = [self.generator, self.discriminator]
    self._optimizers = [self._adam(config.beta_1) for _ in networks]
    for network, optimizer in zip(networks, self._optimizers, strict=True):
      optimizer.build(network.trainable_variables)
    self.regularizer = None
    if config.variant != 'none':
      self.regularizer = mi_tf.infomax.MiRegularizer(
        mi_tf.ConcatCritic(config.critic_sizes),
        'mine',
        self._adam(0.9),
        beta=config.beta,
        stop=max(1, round(config.mi_stop * config.epochs * config.steps)),
        negative_samples=1,
      )
      self.regularizer.build((None, sample_size), (None, noise_size))
    self.train = tf.function(
      self._train, autograph=False, jit_compile=config.jit_compile
    )
    self.sample = tf.function(
      lambda z: self.generator(z, training=False), autograph=False
    )

  def _adam(self, beta_1):
    config = self.config
    rate = keras.optimizers.schedules.CosineDecay(
      config.learning_rate, config.epochs * config.steps
    )
    return keras.optimizers.Adam(rate, beta_1=beta_1)

  @property
  def state(self):
    """List of all variables that a run changes."""
    found = [*self.generator.variables, *self.discriminator.variables]
    for optimizer in self._optimizers:
      found += optimizer.variables
    if self.regularizer is not None:
      estimator = self.regularizer.estimator
      found += [*self.regularizer.variables, *estimator.variables]
      found += self.regularizer.optimizer.variables
    return found

  def _train(self, data, order, seed, first, has_penalty):
    """Makes one update for each row of indices.

    Args:
      data: float32 `Tensor`, shape `[n, d]`.
      order: int32 `Tensor`, shape `[steps, batch_size]`, rows of `data`.
      seed: int32 `Tensor`, shape `[2]`.
      first: int32 `Tensor`, scalar, the number of updates made before.
      has_penalty: Python `bool`, whether the penalty is more than 0.

    Returns:
      Means over the updates, float32, shape `[3]`: the norm of the gradients
      that the generator's loss has for the generator, that of mutual
      information's before they are clipped, and its value; the last two are 0
      without it.
    """
    num_steps = tf.shape(order)[0]

    def step(i, sums):
      z = tf.random.stateless_uniform(
        [order.shape[1], self.noise_size],
        seed + [0, i],
        -1.0,
        1.0,
        alg='philox',
      )
      noise = self.config.noise * tf.random.stateless_normal(
        [order.shape[1], self._sample_size], seed + [1, i], alg='philox'
      )
      penalty = self._penalty(first + i) if has_penalty else None
      x = tf.gather(data, order[i])
      return i + 1, sums + self._update(x, z, noise, penalty)

    _, sums = tf.while_loop(
      lambda i, _: i < num_steps, step, [0, tf.zeros([3])]
    )
    return sums / tf.cast(num_steps, tf.float32)

  def _penalty(self, step):
    """Returns the factor of the penalty at a step."""
    config = self.config
    last = config.penalty_stop * config.epochs * config.steps
    return config.penalty * tf.nn.relu(1.0 - tf.cast(step, tf.float32) / last)

  def _update_discriminator(self, x, fake, penalty):
    """Makes one update to tell `x` from samples."""
    with tf.GradientTape() as tape:
      with tf.GradientTape() as inner:
        inner.watch(x)
        real_logits = self.discriminator(x)
      loss = tf.reduce_mean(tf.math.softplus(-real_logits)) + tf.reduce_mean(
        tf.math.softplus(self.discriminator(fake))
      )
      if penalty is not None:
        slopes = tf.square(inner.gradient(real_logits, x))
        loss += 0.5 * penalty * tf.reduce_mean(tf.reduce_sum(slopes, axis=-1))
    weights = self.discriminator.trainable_variables
    self._optimizers[1].apply_gradients(
      zip(tape.gradient(loss, weights), weights, strict=True)
    )

  def _update(self, x, z, noise, penalty):
    """Updates discriminator, generator, critic; returns what is averaged."""
    weights = self.generator.trainable_variables
    value, mi_norm = tf.zeros([]), tf.zeros([])
    with tf.GradientTape(persistent=True) as tape:
      fake = self.generator(z, training=True)
      with tape.stop_recording():
        self._update_discriminator(x, fake, penalty)
      loss = tf.reduce_mean(tf.math.softplus(-self.discriminator(fake)))
      if self.regularizer is not None:
        value = self.regularizer(fake + noise, z)
        mi_loss = self.regularizer.loss_weight * value
    gradients = tape.gradient(loss, weights)
    norm = tf.linalg.global_norm(gradients)
    if self.regularizer is not None:
      mi_gradients = tape.gradient(mi_loss, weights)
      mi_norm = tf.linalg.global_norm(mi_gradients)
      if self.config.variant == 'clipped':
        mi_gradients = mi_tf.infomax.adaptive_gradient_clip(
          gradients, mi_gradients
        )
      gradients = [a + b for a, b in zip(gradients, mi_gradients, strict=True)]
      self.regularizer.train_step(fake + noise, z)
    self._optimizers[0].apply_gradients(zip(gradients, weights, strict=True))
    return tf.stack([norm, mi_norm, value])


@dataclasses.dataclass(frozen=True)
class Task:
  """What a GAN is trained on, and how it is judged.

  Attributes:
    gan: `Gan`.
    data: float32 array, shape `[n, d]`.
    coverage: callable, samples of shape `[n, d]` -> `mixtures.Coverage`.
    picture: callable, the same samples -> what the record keeps of them.
    evaluated: `int`, the number of samples of an evaluation.
    many: `int`, how many of high quality in a mode cover it well.
    pictures: `int`, the number of epochs of which there is a picture.
  """

  gan: Gan
  data: np.ndarray
  coverage: Callable[[np.ndarray], Any]
  picture: Callable[[np.ndarray], Any]
  evaluated: int
  many: int
  pictures: int


def run(config, context, prepare):
  """Trains and evaluates; returns the record.

  Args:
    config: `Config`.
    context: `experiment.Context`.
    prepare: callable without arguments, makes the `Task`.
  """
  resumption = context.resume(config)
  resumption.start_stage(0)
  task = prepare()
  gan = task.gan
  notes = resumption.restore(gan.state) or {
    'history': {'step': [], **{key: [] for key in _HISTORY}},
    'samples': {},
  }
  history, samples = notes['history'], notes['samples']
  data = tf.constant(task.data)
  pictures = set(
    # From the last one down: a single picture is of the end.
    np.linspace(config.epochs, 1, task.pictures).round().astype(int).tolist()
  )
  bar = context.progress(config.epochs)
  for epoch in range(len(history['step']) + 1, config.epochs + 1):
    resumption.start_stage(epoch)
    bar.update(epoch - 1, f'epochs, {config.variant}')
    rng = np.random.default_rng([config.seed, epoch])
    order = rng.permutation(config.num_samples)
    order = order[: config.steps * config.batch_size]
    means = gan.train(
      data,
      tf.constant(order.reshape([-1, config.batch_size]), tf.int32),
      tf.constant([2 * (config.seed * 10_000 + epoch), 0]),
      tf.constant((epoch - 1) * config.steps),
      config.penalty > 0.0 and epoch - 1 < config.penalty_stop * config.epochs,
    )
    means = [float(v) for v in means]
    shape = [task.evaluated, gan.noise_size]
    z = rng.uniform(-1.0, 1.0, shape).astype(np.float32)
    made = gan.sample(z).numpy()
    found = task.coverage(made)
    values = [
      means[0],
      *(means[1:] if gan.regularizer is not None else (None, None)),
      found.modes(),
      found.modes(task.many),
      found.high_quality,
      found.divergence,
    ]
    history['step'].append(epoch * config.steps)
    for key, value in zip(_HISTORY, values, strict=True):
      history[key].append(value)
    if epoch in pictures:
      samples[str(epoch)] = task.picture(made)
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
