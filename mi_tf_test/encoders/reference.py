"""Encoders in NumPy, one sample after another. It never imports mi_tf."""

import numpy as np


def randomize(layer, rng, scale=0.5):
  """Gives all floating weights of a layer random values."""
  for v in layer.weights:
    if 'int' not in v.dtype:
      v.assign(scale * rng.normal(size=v.shape))


def activate(name, x):
  """Returns an activation of an array."""
  return {'relu': lambda: np.maximum(x, 0.0), 'tanh': lambda: np.tanh(x)}[
    name
  ]()


def mlp(layers, activation, x, shortcuts=False):
  """Returns the outputs for one sample.

  Args:
    layers: list of pairs of arrays, kernel and bias.
    activation: `str`.
    x: array, shape `[d]`.
    shortcuts: `bool`, whether each layer's input is added to its output.
  """
  for i, (kernel, bias) in enumerate(layers):
    h = np.array(
      [
        sum(x[r] * kernel[r, c] for r in range(len(x))) + bias[c]
        for c in range(len(bias))
      ]
    )
    if i + 1 < len(layers):
      h = activate(activation, h)
    x = x + h if shortcuts else h
  return x


def coupling(permutation, layers, activation, shift_only, x):
  """Returns what one coupling makes of one sample."""
  x = np.array([x[p] for p in permutation])
  kept = len(x) // 2
  outputs = mlp(layers, activation, x[:kept])
  y = x.copy()
  for i in range(len(x) - kept):
    if shift_only:
      y[kept + i] = x[kept + i] + outputs[i]
    else:
      raw, shift = outputs[i], outputs[len(x) - kept + i]
      softplus = np.log1p((np.e - 1) * np.exp(raw))
      scale = 1e-7 + (1 - 1e-7) * softplus
      y[kept + i] = x[kept + i] * scale + shift
  return y


def flow(permutations, kernels, biases, activation, shift_only, x):
  """Returns what a chain of couplings makes of one sample."""
  for i, permutation in enumerate(permutations):
    layers = [(k[i], b[i]) for k, b in zip(kernels, biases)]
    x = coupling(permutation, layers, activation, shift_only, x)
  return x


def conv_net(kernels, biases, strides, scale, offset, dense, x, epsilon=1e-6):
  """Returns the representation of one image, `[h, w, c]`."""
  for kernel, bias in zip(kernels, biases):
    x = np.maximum(_convolution(kernel, strides, x) + bias, 0.0)
  x = (x - x.mean()) / np.sqrt(x.var() + epsilon)
  x = (x * scale + offset).mean(axis=(0, 1))
  return x @ dense[0] + dense[1]


def _convolution(kernel, strides, x):
  """Returns one image's convolution, padded as TensorFlow's 'SAME' does."""
  size = kernel.shape[0]
  shape = [-(-s // strides) for s in x.shape[:2]]
  pads = [
    max(0, (n - 1) * strides + size - s) for n, s in zip(shape, x.shape[:2])
  ]
  x = np.pad(x, [*((p // 2, p - p // 2) for p in pads), (0, 0)])
  y = np.zeros((*shape, kernel.shape[-1]))
  for i in range(shape[0]):
    for j in range(shape[1]):
      top, left = i * strides, j * strides
      patch = x[top : top + size, left : left + size]
      for c in range(kernel.shape[-1]):
        y[i, j, c] = np.sum(patch * kernel[..., c])
  return y


def jacobian(function, x, step=1e-5):
  """Returns the Jacobian at one sample, by central differences."""
  columns = []
  for i in range(x.size):
    change = np.zeros(x.size)
    change[i] = step
    change = change.reshape(x.shape)
    difference = function(x + change) - function(x - change)
    columns.append(np.ravel(difference) / (2 * step))
  return np.stack(columns, axis=1)
