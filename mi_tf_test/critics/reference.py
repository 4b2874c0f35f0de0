"""Critics once more, in NumPy: one pair at a time, from a layer's weights."""

import numpy as np

ACTIVATIONS = {
  'linear': lambda z: z,
  'relu': lambda z: np.maximum(z, 0.0),
  'silu': lambda z: z / (1.0 + np.exp(-z)),
  'tanh': np.tanh,
}


def weights(layer):
  """Returns the kernel and the bias (0 if it has none) of a dense layer."""
  bias = 0.0 if layer.bias is None else layer.bias.numpy().astype(np.float64)
  return layer.kernel.numpy().astype(np.float64), bias


def dense(layer, v):
  """Applies a dense layer, without its activation, to one vector."""
  kernel, bias = weights(layer)
  return (
    np.sum(np.asarray(v, np.float64)[:, np.newaxis] * kernel, axis=0) + bias
  )


def tower(sequential, activation, v):
  """Applies a stack of dense layers, linear at the end, to one vector."""
  *hidden, last = sequential.layers
  for layer in hidden:
    v = ACTIVATIONS[activation](dense(layer, v))
  return dense(last, v)


def all_pairs(score, x, y):
  """Returns the matrix of `score(x[i], y[j])`."""
  return np.array([[score(x_i, y_j) for y_j in y] for x_i in x])


def randomize(layer, rng, scale=0.5):
  """Gives a built layer random weights, none of which is zero."""
  for v in layer.trainable_weights:
    v.assign(scale * rng.normal(size=v.shape))
  return layer


def unit(v):
  """Returns a vector scaled to length 1."""
  return v / np.sqrt(np.sum(np.square(v)))
