"""A GAN whose generator keeps information about its noise.

The generator maximizes the mutual information of its noise z and its sample
G(z), as a term of its loss [1].

#### References

[1]: Mohamed Ishmael Belghazi et al. MINE: Mutual Information Neural Estimation.
     _International Conference on Machine Learning_, 2018.
     https://arxiv.org/abs/1801.04062
"""

import keras
import tensorflow as tf

import mi_tf


class Gan:
  """The networks of a GAN, and their updates."""

  def __init__(self, config, noise_size, sample_size, activation=None):
    """Makes all variables.

    Args:
      config: `Config`.
      noise_size: `int`, the length of z.
      sample_size: `int`, the length of a sample.
      activation: Keras's name of the activation of the generator's last layer.
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
    """List of all variables that training changes."""
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
      first: int32 `Tensor`, scalar, the number of earlier updates.
      has_penalty: Python `bool`. If True, the penalty is more than 0.

    Returns:
      Means over the updates, float32, shape `[3]`: the norm of gradients of the
      generator's loss without the term; the norm of gradients of the mutual
      information, before clipping; and the mutual information. The last two
      are 0 if there is no term.
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
    """Makes one update of the discriminator, which tells data from samples."""
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
    """Updates discriminator, generator and critic; returns norms and MI."""
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
