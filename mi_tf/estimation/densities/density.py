"""Conditional densities: mixtures of normals with parameters made from x."""

import dataclasses
import math

import keras
import numpy as np
import tensorflow as tf

from mi_tf.models.training import updates

_MAX_LOG_SCALE = 4.0  # Of a component, against the residuals of regression.
_LIMIT = 2**24  # Numbers held at once.
_LEAST_UPDATES = 40  # Of an epoch.


class NormalMixture(keras.Model):
  """A density `q(y | x)`: a mixture of normals with full covariances.

  Calling the density on x returns its parameters. `adapt` regresses y on x in
  closed form. A network then learns the mixture of the whitened residuals.
  """

  def __init__(self, dim_y, components=4, width=64, seed=0, **kwargs):
    """Makes a mixture of `components` normals for y of size `dim_y`.

    `width` is the size of both hidden layers.
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
    """Initializes the density by the linear regression of y on x.

    `x` and `y` are arrays `[n, dim]`. The seed determines the initial
    differences between components.
    """
    x, y = (np.asarray(t, np.float64) for t in (x, y))
    center_x, center_y = x.mean(axis=0), y.mean(axis=0)
    moment = (x - center_x).T @ (x - center_x)
    moment += 1e-4 * len(x) * np.eye(len(moment))
    slope = np.linalg.solve(moment, (x - center_x).T @ (y - center_y))
    offset = center_y - center_x @ slope
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
    """Returns the parameters for `x`; the whitened regression comes first."""
    h = x
    for layer in self._hidden:
      h = layer(h)
    return tf.concat(
      [tf.matmul(tf.matmul(x, self._slope), self._whiten, transpose_b=True)]
      + [self._head(h)],
      axis=-1,
    )

  def log_prob(self, parameters, y):
    """Returns `log q(y[i] | x[i])`, shape `[n]`, from the parameters at x."""
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


@dataclasses.dataclass(frozen=True)
class Options:
  """How a density is learned; see `estimate_mi_from_densities`."""

  components: int
  batch_size: int
  learning_rate: float
  max_epochs: int
  patience: int
  seed: int


class Learner:
  """Fits one model to several data sets of the same shapes, traced once."""

  def __init__(self, dim_x, dim_y, options):
    """Makes the model, its optimizer and traced functions."""
    self._options = options
    self._model = model = NormalMixture(
      dim_y, options.components, seed=options.seed
    )
    model.build((None, dim_x))
    self._initial = model.get_weights()
    self._optimizer = optimizer = keras.optimizers.Adam(
      options.learning_rate, clipnorm=10.0
    )
    optimizer.build(model.trainable_variables)
    seed = tf.constant(options.seed, tf.int64)
    signature = [tf.TensorSpec([None, d], tf.float32) for d in (dim_x, dim_y)]
    integers = [tf.TensorSpec([], tf.int64)] * 3

    @tf.function(input_signature=signature, autograph=False)
    def log_prob(x, y):
      return model.log_prob(model(x), y)

    @tf.function(input_signature=signature + integers, autograph=False)
    def train(x, y, batch_size, first, number):
      n = tf.shape(x, tf.int64)[0]

      def update(i):
        begin = i * batch_size
        place = begin + tf.range(batch_size)
        index = tf.random.experimental.index_shuffle(
          place % n, tf.stack([seed, begin // n]), n - 1
        )
        with tf.GradientTape() as tape:
          batch = [tf.gather(t, index) for t in (x, y)]
          loss = -tf.reduce_mean(model.log_prob(model(batch[0]), batch[1]))
        weights = model.trainable_variables
        gradients = tape.gradient(loss, weights)
        updates.apply(optimizer, gradients, weights, loss)
        return (i + 1,)

      tf.while_loop(lambda i: i < first + number, update, (first,))

    self._log_prob, self._train = log_prob, train

  def fit(self, train, stop):
    """Maximizes the likelihood of `train`, and returns the `FittedDensity`.

    `train` and `stop` are pairs `(x, y)`. Training stops early when the
    likelihood of `stop` no longer rises. Unlike in `early_stopping`, any gain
    counts, and the patience is constant.
    """
    options = self._options
    self._model.set_weights(self._initial)
    self._model.adapt(*train, options.seed)
    for v in self._optimizer.variables:
      if v is not self._optimizer.learning_rate:
        v.assign(tf.zeros_like(v))
    best, best_epoch = self._mean_log_prob(stop), 0
    weights = self._model.get_weights()
    batch_size = min(options.batch_size, len(train[0]))
    number = max(_LEAST_UPDATES, len(train[0]) // batch_size)
    data = [tf.constant(t) for t in train]
    for epoch in range(1, options.max_epochs + 1):
      self._train(*data, batch_size, (epoch - 1) * number, number)
      value = self._mean_log_prob(stop)
      if value > best:
        best, best_epoch = value, epoch
        weights = self._model.get_weights()
      elif epoch - best_epoch >= options.patience:
        break
    return FittedDensity(self, weights, best_epoch)

  def log_prob(self, weights, x, y):
    """Returns `log q(y[i] | x[i])` of a model with `weights`, shape `[n]`."""
    self._model.set_weights(weights)
    return self._log_prob(x, y).numpy().astype(np.float64)

  def log_prob_of_pairs(self, weights, x, y):
    """Returns `log q(y[j] | x[i])` of a model with `weights`, `[n, m]`."""
    self._model.set_weights(weights)
    return self._model.log_prob_of_pairs(self._model(x), y)

  def _mean_log_prob(self, pairs):
    return self._log_prob(*pairs).numpy().astype(np.float64).mean()


@dataclasses.dataclass(frozen=True)
class FittedDensity:
  """The weights of a learner's model at its best epoch (0: untrained)."""

  learner: Learner
  weights: list
  best_epoch: int

  def log_prob(self, x, y):
    """Returns `log q(y[i] | x[i])`, a NumPy array of shape `[n]`."""
    return self.learner.log_prob(self.weights, x, y)

  def log_prob_of_pairs(self, x, y):
    """Returns `log q(y[j] | x[i])`, a `Tensor` of shape `[n, m]`."""
    return self.learner.log_prob_of_pairs(self.weights, x, y)
