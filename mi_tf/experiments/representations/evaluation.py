"""Evaluation of representations of images: probes, priors, information."""

import keras
import numpy as np
from scipy import stats

import mi_tf

_MAX_CONV_IMAGES = 5_000  # Each feature map has thousands of numbers.
_MAX_PAIRS = 10_000


def evaluate(model, train, test, seed=0):
  """Evaluates a `DeepInfoMax` on test images.

  Args:
    model: `mi_tf.infomax.DeepInfoMax`. The last layer of its summary encoder
      maps the layer 'fc' to y.
    train: `images.Split`, training images of probes.
    test: `images.Split`.
    seed: `int`.

  Returns:
    dict with
      'probes': dict of the accuracy of a linear classifier of the pixels and of
        each layer (conv, fc, y), and of a network of the layers fc and y.
      'prior': dict from `prior_fit`.
      'dependence': `float` from `dependence`.
      'information': `float`, the held-out estimate of I(image; y), nats.
  """
  local, summary = model.local_encoder, model.summary_encoder
  fc = keras.Sequential(summary.layers[:-1])
  layers = {
    'pixels': lambda x: x,
    'conv': lambda x: local.predict(x, verbose=0),
    'fc': lambda x: fc.predict(local.predict(x, verbose=0), verbose=0),
    'y': lambda x: model.predict(x, verbose=0),
  }
  probes = {}
  for name, layer in layers.items():
    count = _MAX_CONV_IMAGES if name == 'conv' else len(train.images)
    data = (
      layer(train.images[:count]),
      train.labels[:count],
      layer(test.images),
      test.labels,
    )
    probes[name] = {
      'linear': mi_tf.callbacks.linear_probe_accuracy(*data, seed=seed),
    }
    if name in ('fc', 'y'):
      probes[name]['hidden_layer'] = _hidden_layer_accuracy(*data, seed=seed)
  y = layers['y'](test.images)
  return {
    'probes': probes,
    'prior': prior_fit(y),
    'dependence': dependence(y, seed),
    'information': _information(test.images, y, seed),
  }


def prior_fit(y):
  """Returns distances of samples from the uniform distribution on [0, 1]^d.

  Args:
    y: array, shape `[n, d]`.

  Returns:
    dict with three means: of the Kolmogorov-Smirnov distance of a coordinate,
    of the absolute correlation of two coordinates, and of the variance of a
    coordinate divided by the prior's variance, 1 / 12.
  """
  distances = [stats.kstest(column, 'uniform').statistic for column in y.T]
  moving = y[:, y.std(axis=0) > 0.0]
  correlations = np.corrcoef(moving.T) if moving.shape[1] > 1 else np.eye(1)
  off = ~np.eye(len(correlations), dtype=bool)
  return {
    'distance': float(np.mean(distances)),
    'correlation': float(np.abs(correlations[off]).mean())
    if off.any()
    else 0.0,
    'variance': float(12.0 * y.var(axis=0).mean()),
  }


def dependence(y, seed=0):
  """Returns the dependence of the coordinates of y on each other.

  This is the neural dependency measure [1]. A discriminator is trained to tell
  y from y with independently shuffled coordinates. Its held-out loss estimates
  twice the Jensen-Shannon divergence of the two distributions.

  Args:
    y: array, shape `[n, d]`.
    seed: `int`.

  Returns:
    `float`, nats; 0 for independent coordinates, at most `2 log 2`.

  #### References

  [1]: Philemon Brakel, Yoshua Bengio. Learning Independent Features with
       Adversarial Nets for Non-linear ICA. _arXiv preprint arXiv:1710.05050_,
       2017. https://arxiv.org/abs/1710.05050
  """
  rng = np.random.default_rng(seed)
  keras.utils.set_random_seed(seed)
  half = len(y) // 2
  scale = y.std(axis=0) + 1e-6
  y = (y - y.mean(axis=0)) / scale

  def labeled(part):
    shuffled = np.stack([rng.permutation(column) for column in part.T], axis=1)
    labels = np.repeat([1.0, 0.0], len(part))
    return np.concatenate([part, shuffled]), labels

  network = mi_tf.encoders.Mlp((256, 256, 1))
  model = keras.Sequential([network])
  model.compile(
    keras.optimizers.Adam(1e-3),
    keras.losses.BinaryCrossentropy(from_logits=True),
  )
  history = model.fit(
    *labeled(y[:half]),
    batch_size=100,
    epochs=10,
    validation_data=labeled(y[half:]),
    verbose=0,
  ).history
  # For equally frequent classes, 2 JSD = 2 log 2 - 2 (cross-entropy).
  return 2.0 * (np.log(2.0) - history['val_loss'][-1])


def _hidden_layer_accuracy(x, labels, test_x, test_labels, seed):
  """Returns the accuracy of a network of one hidden layer (200, dropout .1)."""
  keras.utils.set_random_seed(seed)
  model = keras.Sequential(
    [
      keras.layers.Dense(200, 'relu'),
      keras.layers.Dropout(0.1),
      keras.layers.Dense(int(labels.max()) + 1),
    ]
  )
  model.compile(
    keras.optimizers.Adam(1e-3),
    keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=['accuracy'],
  )
  center, scale = x.mean(axis=0), x.std(axis=0) + 1e-6
  x, test_x = ((t - center) / scale for t in (x, test_x))
  model.fit(x, labels, batch_size=128, epochs=5, verbose=0)
  return float(model.evaluate(test_x, test_labels, verbose=0)[1])


def _information(pixels, y, seed):
  """Returns MINE's estimate of I(image; y), on held-out images."""
  keras.utils.set_random_seed(seed)
  n = min(len(pixels), _MAX_PAIRS)
  x, y = pixels[:n].reshape([n, -1]), y[:n]
  y = (y - y.mean(axis=0)) / (y.std(axis=0) + 1e-6)
  train, test = slice(0, 4 * n // 5), slice(4 * n // 5, n)
  estimator = mi_tf.MiEstimator(
    mi_tf.SeparableCritic((256,), 64), objective='mine'
  )
  estimator.compile(keras.optimizers.Adam(3e-4))
  estimator.fit(x[train], y[train], batch_size=128, epochs=20, verbose=0)
  return float(estimator.estimate(x[test], y[test], seed=seed).mi)
