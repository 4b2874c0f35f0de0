"""Conditional densities: mixtures of normals with parameters made from x."""

import math

import keras
import numpy as np
import tensorflow as tf

from mi_tf.models.training import updates

_MAX_LOG_SCALE = 4.0  # Of a component, against the residuals of regression.
_LIMIT = 2**24  # Numbers held at once.
_MIN_STEPS = 40  # Of an epoch.


class NormalMixture(keras.Model):
  """A density `q(y | x)`: a mixture of normals with full covariances.

  `adapt` regresses y on x in closed form; a network then learns, in units of
  the whitened residuals, how the mixture of normals differs from one normal of
  constant covariance. Called on x, it returns the parameters.
  """

  def __init__(self, dim_y, components=4, width=64, seed=0, **kwargs):
    """Makes the density.

    Args:
      dim_y: `int`, the size of y.
      components: `int`, the number of normals.
      width: `int`, of both hidden layers.
      seed: `int`, of the weights at the start.
      **kwargs: `name` of `keras.Model`.
    """
    super().__init__(**kwargs)
    self.dim_y = dim_y
    self.components = components
    self._below = np.tril_indices(dim_y, -1)
    sizes = [1, dim_y, dim_y, len(self._below[0])]
    self._sizes = [components * size for size in sizes]
    self._hidden = [
      keras.layers.Dense(
        width,
        'gelu',
        kernel_initializer=keras.initializers.GlorotUniform(2 * seed + i),
        name=f'dense_{i}',
      )
      for i in range(2)
    ]
    self._head = keras.layers.Dense(
      sum(self._sizes),
      kernel_initializer=keras.initializers.Zeros(),
      name='head',
    )

  def build(self, x_shape):
    """Makes all weights."""
    dim_x = x_shape[-1]
    weight = {'initializer': 'zeros', 'trainable': False}
    self._slope = self.add_weight((dim_x, self.dim_y), name='slope', **weight)
    self._offset = self.add_weight((self.dim_y,), name='offset', **weight)
    self._whiten = self.add_weight(
      (self.dim_y, self.dim_y), name='whiten', **weight
    )
    for layer, size in zip(
      (*self._hidden, self._head),
      (dim_x, *(layer.units for layer in self._hidden)),
      strict=True,
    ):
      layer.build((None, size))
    self.built = True

  def adapt(self, x, y, seed):
    """Starts from the linear regression of y on x.

    Args:
      x: float array, shape `[n, dim_x]`.
      y: float array, shape `[n, dim_y]`.
      seed: `int`, of what tells the components apart.
    """
    x, y = (np.asarray(t, np.float64) for t in (x, y))
    centre_x, centre_y = x.mean(axis=0), y.mean(axis=0)
    moment = (x - centre_x).T @ (x - centre_x)
    moment += 1e-4 * len(x) * np.eye(len(moment))
    slope = np.linalg.solve(moment, (x - centre_x).T @ (y - centre_y))
    offset = centre_y - centre_x @ slope
    residual = y - x @ slope - offset
    covariance = residual.T @ residual / len(y) + 1e-6 * np.eye(self.dim_y)
    self._slope.assign(slope)
    self._offset.assign(offset)
    self._whiten.assign(np.linalg.inv(np.linalg.cholesky(covariance)))
    rng = np.random.default_rng(seed)
    shape = (self.components, self.dim_y)
    spread = np.linspace(0.0, -1.0, self.components)[:, np.newaxis]
    bias = [
      -2.0 * (np.arange(self.components) > 0),
      0.1 * rng.normal(size=shape) * (spread < 0.0),
      0.5 * spread * np.ones(shape),
      np.zeros(self._sizes[3]),
    ]
    self._head.bias.assign(np.concatenate([np.ravel(b) for b in bias]))

  def call(self, x):
    """Returns the parameters for `x`: means in the units of residuals first."""
    h = x
    for layer in self._hidden:
      h = layer(h)
    return tf.concat(
      [tf.matmul(tf.matmul(x, self._slope), self._whiten, transpose_b=True)]
      + [self._head(h)],
      axis=-1,
    )

  def log_prob(self, parameters, y):
    """Returns `log q(y[i] | x[i])`.

    Args:
      parameters: what the model returned for `x`, shape `[n, ...]`.
      y: float `Tensor`, shape `[n, dim_y]`.

    Returns:
      float `Tensor`, shape `[n]`.
    """
    logits, mean, precision = self._unpack(parameters)
    difference = self._whitened(y)[:, tf.newaxis] - mean
    residual = tf.einsum('ncde,nce->ncd', precision, difference)
    return self._log_prob(logits, precision, residual)

  def log_prob_of_pairs(self, parameters, y):
    """Returns `log q(y[j] | x[i])` for all i and j, shape `[n, m]`."""
    m = y.shape[0]
    size = max(1, _LIMIT // (m * self.components * self.dim_y))
    whitened = self._whitened(y)
    blocks = []
    for i in range(0, parameters.shape[0], size):
      logits, mean, precision = self._unpack(parameters[i : i + size])
      residual = tf.einsum('ncde,me->nmcd', precision, whitened)
      residual -= tf.einsum('ncde,nce->ncd', precision, mean)[:, tf.newaxis]
      block = [t[:, tf.newaxis] for t in (logits, precision)]
      blocks.append(self._log_prob(*block, residual))
    return tf.concat(blocks, axis=0)

  def _whitened(self, y):
    """Returns y in the units of the residuals."""
    return tf.matmul(y - self._offset, self._whiten, transpose_b=True)

  def _unpack(self, parameters):
    """Returns log weights, means, and roots of the precisions."""
    parts = tf.split(parameters, [self.dim_y, *self._sizes], axis=-1)
    shape = tf.concat([tf.shape(parameters)[:-1], [self.components, -1]], 0)
    base, logits, mean, log_scale, below = parts
    mean, log_scale, below = (
      tf.reshape(t, shape) for t in (mean, log_scale, below)
    )
    # Bounded, so that repeated values don't have infinite density.
    log_scale = _MAX_LOG_SCALE * tf.tanh(log_scale / _MAX_LOG_SCALE)
    precision = tf.linalg.diag(tf.exp(log_scale))
    if self.dim_y > 1:
      place = np.zeros([len(self._below[0]), self.dim_y**2], np.float32)
      rows, columns = self._below
      place[np.arange(len(rows)), rows * self.dim_y + columns] = 1.0
      precision += tf.reshape(
        tf.tensordot(below, place, 1), tf.shape(precision)
      )
    return (
      tf.nn.log_softmax(logits),
      base[..., tf.newaxis, :] + mean,
      precision,
    )

  def _log_prob(self, logits, precision, residual):
    """Returns the log density of the mixture at the residuals."""
    log_det = tf.reduce_sum(
      tf.math.log(tf.linalg.diag_part(precision)), axis=-1
    ) + tf.reduce_sum(tf.math.log(tf.linalg.diag_part(self._whiten)))
    energy = 0.5 * tf.reduce_sum(tf.square(residual), axis=-1)
    constant = 0.5 * self.dim_y * math.log(2.0 * math.pi)
    return tf.reduce_logsumexp(logits + log_det - energy, axis=-1) - constant


class Learner:
  """Fits one model to several data sets of the same shapes, traced once."""

  def __init__(
    self,
    components,
    batch_size,
    learning_rate,
    max_epochs,
    patience,
    seed,
  ):
    self._components = components
    self._batch_size = batch_size
    self._learning_rate = learning_rate
    self._max_epochs = max_epochs
    self._patience = patience
    self._seed = seed
    self.model = self.best_epoch = None

  def log_prob(self, x, y):
    """Returns `log q(y[i] | x[i])`, a NumPy array of shape `[n]`."""
    return self._log_prob(x, y).numpy().astype(np.float64)

  def log_prob_of_pairs(self, x, y):
    """Returns `log q(y[j] | x[i])`, a `Tensor` of shape `[n, m]`."""
    return self.model.log_prob_of_pairs(self.model(x), y)

  def fit(self, train, stop):
    """Maximizes the likelihood of `train` until that of `stop` is best.

    Args:
      train: pair of float32 arrays, `x` and `y`.
      stop: pair of float32 arrays.
    """
    if self.model is None:
      self._build(*(t.shape[1] for t in train))
    self.model.set_weights(self._initial)
    self.model.adapt(*train, self._seed)
    for v in self._optimizer.variables:
      if v is not self._optimizer.learning_rate:
        v.assign(tf.zeros_like(v))
    best, self.best_epoch = self.log_prob(*stop).mean(), 0
    weights = self.model.get_weights()
    batch_size = min(self._batch_size, len(train[0]))
    steps = max(_MIN_STEPS, len(train[0]) // batch_size)
    data = [tf.constant(t) for t in train]
    for epoch in range(1, self._max_epochs + 1):
      self._train(*data, batch_size, (epoch - 1) * steps, steps)
      value = self.log_prob(*stop).mean()
      if value > best:
        best, self.best_epoch = value, epoch
        weights = self.model.get_weights()
      elif epoch - self.best_epoch >= self._patience:
        break
    self.model.set_weights(weights)

  def _build(self, dim_x, dim_y):
    """Makes the model, its optimizer and the functions."""
    self.model = model = NormalMixture(dim_y, self._components, seed=self._seed)
    model.build((None, dim_x))
    self._initial = model.get_weights()
    self._optimizer = optimizer = keras.optimizers.Adam(
      self._learning_rate, clipnorm=10.0
    )
    optimizer.build(model.trainable_variables)
    seed = tf.constant(self._seed, tf.int64)
    signature = [tf.TensorSpec([None, d], tf.float32) for d in (dim_x, dim_y)]
    integers = [tf.TensorSpec([], tf.int64)] * 3

    @tf.function(input_signature=signature, autograph=False)
    def log_prob(x, y):
      return model.log_prob(model(x), y)

    @tf.function(input_signature=signature + integers, autograph=False)
    def train(x, y, batch_size, first, steps):
      n = tf.shape(x, tf.int64)[0]

      def step(i):
        start = i * batch_size
        place = start + tf.range(batch_size)
        index = tf.random.experimental.index_shuffle(
          place % n, tf.stack([seed, start // n]), n - 1
        )
        with tf.GradientTape() as tape:
          batch = [tf.gather(t, index) for t in (x, y)]
          loss = -tf.reduce_mean(model.log_prob(model(batch[0]), batch[1]))
        weights = model.trainable_variables
        gradients = tape.gradient(loss, weights)
        updates.apply(optimizer, gradients, weights, loss)
        return (i + 1,)

      tf.while_loop(lambda i: i < first + steps, step, (first,))

    self._log_prob, self._train = log_prob, train
