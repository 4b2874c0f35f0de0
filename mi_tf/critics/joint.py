"""Scores of joint samples, of what can only score all pairs."""

import tensorflow as tf

from mi_tf.internal import structures

_ROWS = 256  # Of a block, at most.


def diagonal(score, x, y):
  """Returns `score(x, y)[i, i]`, without scoring all pairs of many samples.

  Args:
    score: function of x and y to scores `[n, m]`.
    x: structure of `Tensor`s, shapes `[n, ...]`.
    y: structure of `Tensor`s, shapes `[n, ...]`.

  Returns:
    Floating `Tensor`, shape `[n]`.
  """
  n = structures.num_rows(x)
  if isinstance(n, int) and n <= _ROWS:
    return tf.linalg.diag_part(score(x, y))
  size = tf.clip_by_value(n, 1, _ROWS)

  def block(i):
    # The last block goes on with the last sample.
    rows = tf.minimum(i * size + tf.range(size), n - 1)
    sides = (structures.gather(side, rows) for side in (x, y))
    return tf.linalg.diag_part(score(*sides))

  first = block(0)
  count = -(-n // size)
  scores = tf.TensorArray(first.dtype, count, element_shape=[None])
  _, scores = tf.while_loop(
    lambda i, _: i < count,
    lambda i, scores: (i + 1, scores.write(i, block(i))),
    (1, scores.write(0, first)),
  )
  return tf.reshape(scores.stack(), [-1])[:n]
