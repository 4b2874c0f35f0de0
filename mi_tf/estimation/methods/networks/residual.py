"""The log ratio of an elliptical distribution plus a learned residual.

This is a smaller `mi_tf.EllipticalCritic`, for several folds at once:

```none
h = MLP(features of x)          [folds, n, hidden]
u = u0 + S(h) + sum_k[ w_k(|z|) B_k z ];  v likewise of y
r(x, y) = e(u, v) + b + <g(x), h(y)>
f(x, y) = log(p + (1 - p) exp(r(x, y)))
```

`u0` and `v0` are the canonical coordinates of a closed-form fit, and `e` is the
log ratio of the fit; its correlations and degrees of freedom are trained too.
`S`, `B_k` and `h(y)` are initially zero: the initial model is the closed form.
The share p of outliers, pairs of independent x and y, is zero for most data.
All weights of a fold are one row of an array. So an update needs few
operations, and one trace serves any number of rows, columns and folds.
"""

import functools
import math

import numpy as np
import tensorflow as tf

LAYERS = 2
_RADIAL = 8
_TOWER = 2 * (LAYERS + 1)  # Kernels and biases; the last has two heads.
_RADIAL_MAPS = 5  # Arrays of the radial maps.
_MOST_CORRELATED = {'float32': 1.0 - 1e-5, 'float64': 1.0 - 1e-11}


def initial(
  rng, inputs, columns, initialization, hidden, embedding, maps, dtype
):
  """Returns initial weights `[folds, size]`, which give closed-form fits.

  Also returns two int32 arrays: the sizes and the last dimensions of the arrays
  in a row of weights. `inputs` and `columns` hold the numbers of features and
  of columns, each for x and for y; the columns follow the first feature.
  `embedding` is the size of g and h, and `maps` is the number of radial maps.
  """
  folds = len(initialization.u)
  arrays = []
  dims = [initialization.u.shape[2], initialization.v.shape[2]]
  for side, (size, dim) in enumerate(zip(inputs, dims, strict=True)):

    def kernel(rows, columns):
      limit = math.sqrt(6.0 / (rows + columns))
      return rng.uniform(-limit, limit, [folds, rows, columns])

    for layer in range(LAYERS):
      arrays += [kernel(hidden if layer else size, hidden)]
      arrays += [np.zeros([folds, 1, hidden])]
    heads = kernel(hidden, dim + embedding)
    heads[:, :, : None if side else dim] = 0.0
    arrays += [heads, np.zeros([folds, 1, dim + embedding])]
    if maps:
      arrays += [kernel(1, _RADIAL), np.zeros([folds, 1, _RADIAL])]
      arrays += [kernel(_RADIAL, maps), np.zeros([folds, 1, maps])]
      arrays += [np.zeros([folds, columns[side], maps * dim])]
  most = math.sqrt(_MOST_CORRELATED[dtype])
  angles = np.arctanh(np.minimum(initialization.correlations, most))
  arrays += [angles[:, np.newaxis]]
  arrays += [np.zeros([folds, 1, 1])]
  arrays += [
    np.log([d or 1.0 for d in initialization.dof]).reshape(folds, 1, 1)
  ]
  if initialization.log_odds is not None:
    arrays += [np.reshape(initialization.log_odds, [folds, 1, 1])]
  return (
    np.concatenate([a.reshape(folds, -1) for a in arrays], 1).astype(dtype),
    np.array([a[0].size for a in arrays], np.int32),
    np.array([a.shape[2] for a in arrays], np.int32),
  )


@functools.cache
def functions(maps, student, dtype, outliers=False):
  """Returns the functions `rows` and `scores` of one form of the model.

  `rows` maps weights, sizes, columns, features and coordinates of both sides to
  the parts of scores: `Tensor`s `[folds, n, ...]`, and the weights of the
  distribution. `scores` maps these parts to scores: `[folds, n, m]` if
  `all_pairs`, else `[folds, n]`.
  """
  per_side = _TOWER + (_RADIAL_MAPS if maps else 0)

  def one_side(weights, features, u0):
    dim = tf.shape(u0)[-1]
    hidden = features
    for layer in range(LAYERS):
      hidden = tf.nn.silu(
        tf.matmul(hidden, weights[2 * layer]) + weights[2 * layer + 1]
      )
    heads = tf.matmul(hidden, weights[2 * LAYERS]) + weights[2 * LAYERS + 1]
    u = u0 + heads[..., :dim]
    if maps:
      into, bias, out, last_bias, turn = weights[_TOWER:]
      norm, z = features[..., :1], features[..., 1 : tf.shape(turn)[1] + 1]
      radial = tf.matmul(tf.nn.silu(norm * into + bias), out) + last_bias
      turned = tf.reshape(
        tf.matmul(z, turn), tf.concat([tf.shape(u0)[:2], [maps, dim]], 0)
      )
      u += tf.reduce_sum(radial[..., tf.newaxis] * turned, axis=2)
    return u, heads[..., dim:]

  def rows(weights, sizes, columns, x, u0, y, v0):
    number = 2 * per_side + 3 + outliers
    parts = tf.split(weights, sizes, axis=1, num=number)
    folds = tf.shape(weights)[0]
    arrays = [
      tf.reshape(part, tf.stack([folds, -1, columns[k]]))
      for k, part in enumerate(parts)
    ]
    shared = arrays[2 * per_side :]
    u, g = one_side(arrays[:per_side], x, u0)
    v, h = one_side(arrays[per_side : 2 * per_side], y, v0)
    return u, g, v, h, *shared

  def scores(*parts, all_pairs=True):
    if not outliers:
      return log_ratio(*parts, all_pairs)
    *parts, log_odds = parts
    ratio = log_ratio(*parts, all_pairs)
    return tf.nn.softplus(ratio - log_odds) - tf.nn.softplus(-log_odds)

  def log_ratio(u, g, v, h, angles, offset, log_dof, all_pairs):
    rank = tf.shape(angles)[-1]
    sinh = tf.sinh(angles)
    squares = tf.square(sinh)
    ur, vr = u[..., :rank], v[..., :rank]
    left = ur * sinh * tf.cosh(angles)
    offset = offset + tf.reduce_sum(
      tf.math.log(tf.cosh(angles)), axis=-1, keepdims=True
    )
    sizes = [
      tf.reduce_sum(squares * t * t, -1, keepdims=True) for t in (ur, vr)
    ]
    norms = [tf.reduce_sum(t * t, -1, keepdims=True) for t in (u, v)]
    if all_pairs:

      def product(a, b):
        return tf.matmul(a, b, transpose_b=True)

      sizes[1], norms[1] = (
        tf.linalg.matrix_transpose(t[1]) for t in (sizes, norms)
      )
    else:

      def product(a, b):
        return tf.reduce_sum(a * b, axis=-1, keepdims=True)

    if not student:
      cross = product(tf.concat([left, g], -1), tf.concat([vr, h], -1))
      return offset + cross - 0.5 * (sizes[0] + sizes[1])
    quadratic = sizes[0] + sizes[1] - 2.0 * product(left, vr)
    dof = tf.exp(log_dof)
    dx, dy = (tf.cast(tf.shape(t)[-1], dtype) for t in (u, v))

    def log_power(dim, size):
      return 0.5 * (dof + dim) * tf.math.log1p(size / dof)

    both, neither, only_x, only_y = (
      tf.math.lgamma(0.5 * (dof + d)) for d in (dx + dy, 0.0, dx, dy)
    )
    return (
      (offset + both + neither - only_x - only_y)
      + product(g, h)
      + log_power(dx, norms[0])
      + log_power(dy, norms[1])
      - log_power(dx + dy, tf.nn.relu(norms[0] + norms[1] + quadratic))
    )

  return rows, scores
