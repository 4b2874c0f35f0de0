"""Scores of joint samples alone, or with few negatives."""

import tensorflow as tf

from mi_tf.internal import structures

_ROWS = 256  # The most rows of a block.


def diagonal(score, x, y):
  """Returns `score(x, y)[i, i]`; scores pairs within blocks of rows only."""
  n = structures.num_rows(x)
  if isinstance(n, int) and n <= _ROWS:
    return tf.linalg.diag_part(score(x, y))
  size = tf.clip_by_value(n, 1, _ROWS)

  def block(i):
    # The last block is padded with the last sample.
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


def with_negatives(critic, embedded_x, embedded_y, negative_samples):
  """Scores each x with its partner and with the y of the next samples.

  Scores have shape `[n, min(m, 1 + negative_samples)]`, where `m >= n`.
  """
  n, m = tf.shape(embedded_x)[0], tf.shape(embedded_y)[0]
  scores = [critic.score_aligned(embedded_x, embedded_y[:n])]
  for s in range(1, negative_samples + 1):
    k = tf.minimum(s, m)
    moved = tf.concat([embedded_y[k:], embedded_y[:k]], axis=0)
    scores.append(critic.score_aligned(embedded_x, moved[:n]))
  return tf.stack(scores, axis=1)[:, : 1 + tf.minimum(m - 1, negative_samples)]
