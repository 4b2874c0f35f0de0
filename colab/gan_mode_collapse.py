# %% [markdown]
# # Mode collapse, and mutual information against it
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/#upload=true)
#
# A GAN's generator may leave out whole parts of the data: it is enough for it
# that what it makes looks real. [MINE](https://arxiv.org/abs/1801.04062)
# proposed to reward it for the mutual information of its noise z and its sample
# G(z): a generator that sends much of its noise to few places keeps little of
# it. The reward has no bound, so that its gradients might drown the
# discriminator's; *adaptive gradient clipping* scales them down to the size of
# those.
#
# Here it is tried on 25 Gaussians in the plane, of which one can count how many
# are found. First a small GAN, in some lines; then the table and the pictures
# of longer runs of larger ones, from records.
#
# Runtime: 5 to 10 minutes on a CPU with 2 cores; half a minute if `quick` is
# ticked.

# %%
# @title Setup
quick = False  # @param {type:"boolean"}
# What pip installs where mi_tf is missing.
package = '..'  # @param {type:"string"}

try:
  import mi_tf
except ImportError:
  # %pip install --quiet "{package}[experiments]"
  import mi_tf

import subprocess
import sys

from IPython import display
import keras
import matplotlib.pyplot as plt
import tensorflow as tf

from mi_tf.experiments.gans import mixtures

# %matplotlib inline
plt.style.use('tableau-colorblind10')
plt.rcParams.update({'figure.dpi': 80, 'figure.constrained_layout.use': True})

# %%
# @title Settings
epochs = 40  # @param {type:"integer"}
width = 128  # @param {type:"integer"}
rate = 2e-3  # @param {type:"number"}

num_samples, batch_size = 50_000, 100
if quick:
  num_samples, epochs, width = 2000, 2, 16
steps = epochs * num_samples // batch_size

# %% [markdown]
# ## The data
#
# 25 Gaussians of standard deviation .05, on a grid. `mixtures.coverage` counts
# how many of them have a sample of high quality (within three standard
# deviations of the mean), which share of the samples is, and how far their
# distribution over the modes is from a uniform one.

# %%
data = mixtures.sample(num_samples, seed=0)


def scatter(axes, samples, title):
  axes.scatter(
    *mixtures.MEANS.T, s=60, facecolors='none', edgecolors='tab:orange'
  )
  axes.scatter(*samples.T, s=2, color='black')
  axes.set(
    xlim=(-5.5, 5.5),
    ylim=(-5.5, 5.5),
    aspect='equal',
    title=title,
    xlabel='$x_1$',
    ylabel='$x_2$',
  )


figure, axes = plt.subplots(figsize=(4, 4))
scatter(axes, data[:2500], 'data')
plt.show()

# %% [markdown]
# ## A GAN with a regularizer
#
# An ordinary Keras model with its own `train_step`, and three lines of mi_tf:
# `regularizer(x, z)` is the mutual information that its critic sees, of which
# the generator gets gradients; `adaptive_gradient_clip` makes them no larger
# than those of the GAN's loss; `regularizer.train_step(x, z)` trains the
# critic.
#
# Two things that matter as much:
#
# * A generator without noise of its own keeps *all* of z: I(z; G(z)) is
#   infinite, whatever its samples look like. With noise on what the critic
#   sees, it is finite, and to raise it samples must be spread over places that
#   are far apart compared with the noise: over the modes.
# * A penalty on the discriminator's slope at the data, so that samples between
#   modes see where to go. It falls to 0, since it blurs modes. The plain GAN
#   does not have it.


# %%
class Gan(keras.Model):
  """Generator and discriminator of points in the plane."""

  def __init__(self, regularizer=None, clips=True, penalty=0.05, noise=0.8):
    super().__init__()
    layers = []
    for _ in range(2):
      layers += [
        keras.layers.Dense(width),
        keras.layers.BatchNormalization(),
        keras.layers.LeakyReLU(0.2),
      ]
    self.generator = keras.Sequential([*layers, keras.layers.Dense(2)])
    self.discriminator = keras.Sequential(
      [keras.layers.Dense(width, 'relu') for _ in range(3)]
      + [keras.layers.Dense(1)]
    )
    self.regularizer = regularizer
    self.clips, self.penalty, self.noise = clips, penalty, noise
    for network in (self.generator, self.discriminator):
      network.build((None, 2))
    if regularizer is not None:
      regularizer.build((None, 2), (None, 2))
    self.built = True

  def compile(self, rate, **kwargs):
    super().compile(**kwargs)
    self.generator_optimizer = keras.optimizers.Adam(rate(), beta_1=0.5)
    self.generator_optimizer.build(self.generator.trainable_weights)
    self.discriminator_optimizer = keras.optimizers.Adam(rate(), beta_1=0.5)
    self.discriminator_optimizer.build(self.discriminator.trainable_weights)

  def train_step(self, x):
    z = tf.random.uniform([tf.shape(x)[0], 2], -1.0, 1.0)
    noise = self.noise * tf.random.normal(tf.shape(z))
    with tf.GradientTape(persistent=True) as tape:
      fake = self.generator(z, training=True)
      loss = tf.reduce_mean(tf.nn.softplus(-self.discriminator(fake)))
      if self.regularizer is not None:
        mi = self.regularizer(fake + noise, z)
        mi_loss = self.regularizer.loss_weight * mi
    weights = self.generator.trainable_weights
    gradients = tape.gradient(loss, weights)
    logs = {'generator_loss': loss}  # Keras takes 'loss' for its own.
    if self.regularizer is not None:
      mi_gradients = tape.gradient(mi_loss, weights)
      if self.clips:
        mi_gradients = mi_tf.infomax.adaptive_gradient_clip(
          gradients, mi_gradients
        )
      gradients = [a + b for a, b in zip(gradients, mi_gradients)]
      self.regularizer.train_step(fake + noise, z)
      logs['mi'] = mi
    self.generator_optimizer.apply_gradients(zip(gradients, weights))
    self.train_discriminator(x, fake)
    return logs

  def train_discriminator(self, x, fake):
    with tf.GradientTape() as tape:
      with tf.GradientTape() as inner:
        inner.watch(x)
        logits = self.discriminator(x)
      slopes = inner.gradient(logits, x)
      step = tf.cast(self.discriminator_optimizer.iterations, tf.float32)
      penalty = self.penalty * tf.nn.relu(1.0 - step / (0.6 * steps))
      loss = (
        tf.reduce_mean(tf.nn.softplus(-logits))
        + tf.reduce_mean(tf.nn.softplus(self.discriminator(fake)))
        + penalty / 2 * tf.reduce_mean(tf.reduce_sum(slopes**2, axis=-1))
      )
    weights = self.discriminator.trainable_weights
    self.discriminator_optimizer.apply_gradients(
      zip(tape.gradient(loss, weights), weights)
    )


# %% [markdown]
# The mutual information is left out of the loss after 80 % of the steps
# (`stop`): while it is there, it also spreads samples within a mode.


# %%
def schedule():
  return keras.optimizers.schedules.CosineDecay(rate, steps)


def train(name, clips=None, penalty=0.05):
  keras.utils.set_random_seed(0)
  regularizer = None
  if clips is not None:
    regularizer = mi_tf.infomax.MiRegularizer(
      mi_tf.ConcatCritic((width, width)),
      'mine',
      keras.optimizers.Adam(schedule()),
      stop=int(0.8 * steps),
      negative_samples=1,
    )
  gan = Gan(regularizer, clips, penalty)
  gan.compile(schedule, jit_compile=not quick, steps_per_execution=20)
  history = gan.fit(data, batch_size=batch_size, epochs=epochs, verbose=0)
  z = tf.random.stateless_uniform([2500, 2], [0, 1], -1.0, 1.0)
  samples = gan.generator(z).numpy()
  found = mixtures.coverage(samples)
  print(
    f'{name:20} {found.modes()} modes, '
    f'{100 * found.high_quality:.0f} % of high quality, '
    f'KL divergence {found.divergence:.2f} nats'
  )
  return samples, history.history


runs = {
  name: train(name, **options)
  for name, options in {
    'plain': {'penalty': 0.0},
    'penalty': {},
    'penalty, MI': {'clips': False},
    'penalty, MI, clipped': {'clips': True},
  }.items()
}

# %%
figure, panels = plt.subplots(1, 4, figsize=(14, 4))
for axes, (name, (samples, _)) in zip(panels, runs.items()):
  scatter(axes, samples, name)
plt.show()

# %%
figure, panels = plt.subplots(1, 2, figsize=(9, 3.6))
for name, (_, history) in runs.items():
  panels[0].plot(history['generator_loss'], label=name)
  if 'mi' in history:
    panels[1].plot(history['mi'], label=name)
panels[0].set(xlabel='epoch', ylabel="generator's loss (nats)")
panels[1].set(xlabel='epoch', ylabel='I(z; G(z) + noise) (nats)')
for panel in panels:
  panel.legend()
plt.show()

# %% [markdown]
# The plain GAN loses modes. With the penalty alone this small one finds most,
# and mutual information does not help it: in the run shown here it has fewer
# modes. One run tells little; five of larger ones say otherwise, below.
#
# ## Larger GANs, from records
#
# The command `python -m mi_tf.experiments gan_25_gaussians` trains larger
# networks (500 and 400 units); here are the records of five seeds that come
# with the package. All have the penalty but those where the label says so. With
# the penalty alone modes are lost; with mutual information none is, and their
# shares are even. Clipped, it does less.

# %%
command = [sys.executable, '-m', 'mi_tf.experiments', 'report']
done = subprocess.run(
  [*command, 'gan_25_gaussians', '--out=figures'],
  capture_output=True,
  text=True,
  check=False,
)
if done.returncode:
  raise RuntimeError(done.stderr)
display.display(display.Markdown(done.stdout.split('Wrote')[0]))
display.display(display.Image('figures/gan_25_gaussians.png'))

# %%
display.display(display.Image('figures/gan_25_gaussians.gif'))
