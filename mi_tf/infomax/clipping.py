"""Adaptive clipping of the gradients of a mutual information term."""

import tensorflow as tf

from mi_tf.internal import types
from mi_tf.scores.replicas import collectives


def adaptive_gradient_clip(
  loss_gradients: types.Structure, mi_gradients: types.Structure
) -> types.Structure:
  """Returns gradients of an MI term, clipped to the norm of the loss gradients.

  ```none
  mi_gradients * min(|loss_gradients|, |mi_gradients|) / |mi_gradients|
  ```

  `|.|` is the global norm of a structure of gradients. The gradients of mutual
  information are unbounded. Clipped gradients can't dominate the gradients of
  the loss [1]. Pass the sum of both to the optimizer, as in the example.
  Alternatively, `adaptive_clip_loss` returns a loss that has this sum as its
  gradients.

  Norms are computed in at least single precision, without overflow. Repeated
  indices of `tf.IndexedSlices` are summed first. In a replica of a
  `tf.distribute` strategy, the gradients are summed over replicas before their
  norm is computed. A gradient of `None` has norm 0, and remains `None`. If the
  loss has no gradients, the gradients of the MI term become 0. Under mixed
  precision, scale both losses by the same factor. If a gradient is NaN or
  infinite, results are NaN, and `LossScaleOptimizer` skips the step.

  Args:
    loss_gradients: structure of floating `Tensor`s, `tf.IndexedSlices` or
      `None`s, one for each variable.
    mi_gradients: gradients of the MI term, including its factor and sign, for
      the same variables in the same structure.

  Returns:
    Clipped gradients, with the structure and dtypes of `mi_gradients`.

  Raises:
    ValueError: if the structures differ.

  #### Examples

  >>> weights = [tf.Variable([3., 4.]), tf.Variable(1.)]
  >>> with tf.GradientTape(persistent=True) as tape:
  ...   loss = tf.reduce_sum(weights[0] ** 2) / 2.
  ...   mi_loss = -50. * weights[1]
  >>> gradients, mi_gradients = (  # `add_n` takes slices, but no `None`.
  ...     tape.gradient(t, weights, unconnected_gradients='zero')
  ...     for t in (loss, mi_loss))
  >>> clipped = mi_tf.infomax.adaptive_gradient_clip(gradients, mi_gradients)
  >>> [g.numpy().round(3).tolist() for g in clipped]  # Norms 5 and 50, now 5.
  [[0.0, 0.0], -5.0]
  >>> sums = [tf.add_n(pair) for pair in zip(gradients, clipped)]
  >>> _ = keras.optimizers.SGD(0.5).apply_gradients(zip(sums, weights))
  >>> [w.numpy().round(3).tolist() for w in weights]
  [[1.5, 2.0], 3.5]

  #### References

  [1]: Mohamed Ishmael Belghazi, Aristide Baratin, Sai Rajeswar, Sherjil Ozair,
       Yoshua Bengio, Aaron Courville, R Devon Hjelm. Mutual Information Neural
       Estimation. _International Conference on Machine Learning_, 2018.
       https://arxiv.org/abs/1801.04062
  """
  with tf.name_scope('adaptive_gradient_clip'):
    tf.nest.assert_same_structure(
      loss_gradients, mi_gradients, check_types=False
    )
    scale = _scale(loss_gradients, mi_gradients)
    return tf.nest.map_structure(lambda g: _times(g, scale), mi_gradients)


def adaptive_clip_loss(
  tape: tf.GradientTape,
  loss: types.TensorLike,
  mi_loss: types.TensorLike,
  variables: types.Structure,
) -> tf.Tensor:
  """Returns a loss whose MI term has gradients that are clipped adaptively.

  The loss is `loss + scale * mi_loss`. `scale` is the factor by which
  `adaptive_gradient_clip` would shrink the gradients of `mi_loss`. No gradients
  flow through `scale`. Call this function inside the tape's `with` block; it
  adds a backward pass for each loss.

  ```python
  with tf.GradientTape(persistent=True) as tape:
    loss = ...
    mi_loss = -beta * regularizer(x, z)
    total = mi_tf.infomax.adaptive_clip_loss(tape, loss, mi_loss, weights)
  optimizer.apply_gradients(zip(tape.gradient(total, weights), weights))
  ```

  Args:
    tape: persistent `tf.GradientTape` that has recorded both losses.
    loss: floating scalar.
    mi_loss: floating scalar, the MI term including its factor and sign.
    variables: structure of `keras.Variable`s, `tf.Variable`s or watched
      `Tensor`s.

  Returns:
    Floating scalar, with the dtype of `loss`.

  #### Examples

  >>> v = tf.Variable([3., 4.])
  >>> with tf.GradientTape(persistent=True) as tape:
  ...   loss, mi_loss = tf.reduce_sum(v), -50. * tf.reduce_sum(v)
  ...   total = mi_tf.infomax.adaptive_clip_loss(tape, loss, mi_loss, [v])
  >>> abs(float(tape.gradient(total, v)[0])) < 1e-6  # 1 and -50, now -1.
  True
  """
  with tf.name_scope('adaptive_clip_loss'):
    loss, mi_loss = (tf.convert_to_tensor(t) for t in (loss, mi_loss))
    with tape.stop_recording():
      scale = _scale(*(tape.gradient(t, variables) for t in (loss, mi_loss)))
    scale = tf.cast(tf.stop_gradient(scale), mi_loss.dtype)
    return loss + tf.cast(scale * mi_loss, loss.dtype)


def _scale(loss_gradients, mi_gradients):
  """Returns `min(|loss_gradients|, |mi_gradients|) / |mi_gradients|`."""
  both = [
    [_accurate(g) for g in tf.nest.flatten(part) if g is not None]
    for part in (loss_gradients, mi_gradients)
  ]
  if not all(both):
    return tf.zeros([])  # One side has no gradients.
  if collectives.num_replicas() > 1:
    context = tf.distribute.get_replica_context()
    both = context.all_reduce(tf.distribute.ReduceOp.SUM, both)
  is_double = any(g.dtype == tf.float64 for part in both for g in part)
  dtype = tf.float64 if is_double else tf.float32
  (loss_top, loss_rest), (mi_top, mi_rest) = (_norm(g, dtype) for g in both)
  # Factors are divided one by one, since their products may overflow.
  one = tf.ones([], dtype)
  is_zero = tf.equal(mi_top, 0.0)
  quotient = (loss_top / tf.where(is_zero, one, mi_top)) * (
    loss_rest / tf.where(is_zero, one, mi_rest)
  )
  scale = tf.where(is_zero, one, tf.minimum(quotient, one))
  # `tf.reduce_max` may ignore a NaN; the norm of the rest does not.
  undefined = (loss_rest + mi_rest) * 0.0
  return scale + undefined


def _norm(gradients, dtype):
  """Returns the greatest absolute value, and the norm divided by it."""
  values = [tf.reshape(tf.cast(_values(g), dtype), [-1]) for g in gradients]
  values = tf.concat(values, axis=0)
  top = tf.reduce_max(tf.abs(tf.concat([values, tf.zeros([1], dtype)], axis=0)))
  unit = tf.where(top > 0.0, top, tf.ones_like(top))
  return top, tf.norm(values / unit)


def _accurate(gradient):
  """Returns a gradient in at least single precision."""
  if isinstance(gradient, tf.IndexedSlices):
    return tf.IndexedSlices(
      _accurate(gradient.values), gradient.indices, gradient.dense_shape
    )
  gradient = tf.convert_to_tensor(gradient)
  return tf.cast(gradient, tf.float32) if gradient.dtype.size < 4 else gradient


def _values(gradient):
  """Returns the numbers of a gradient, with repeated indices summed."""
  if not isinstance(gradient, tf.IndexedSlices):
    return gradient
  order = tf.argsort(gradient.indices)
  indices = tf.gather(gradient.indices, order)
  is_next = tf.cast(indices[1:] != indices[:-1], tf.int32)
  groups = tf.concat([tf.zeros_like(order[:1]), tf.cumsum(is_next)], axis=0)
  return tf.math.unsorted_segment_sum(
    tf.gather(gradient.values, order), groups, tf.size(order)
  )


def _times(gradient, scale):
  """Returns a gradient times a scalar, in the gradient's dtype, or `None`."""
  if gradient is None:
    return None
  if isinstance(gradient, tf.IndexedSlices):
    return tf.IndexedSlices(
      _times(gradient.values, scale), gradient.indices, gradient.dense_shape
    )
  gradient = tf.convert_to_tensor(gradient)
  accurate = _accurate(gradient)
  return tf.cast(accurate * tf.cast(scale, accurate.dtype), gradient.dtype)
