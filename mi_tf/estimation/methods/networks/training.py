"""The training of stacked networks: one loop on the device."""

import functools

import numpy as np
import tensorflow as tf

from mi_tf.estimation.methods.networks import residual

_MOMENT, _SQUARE, _AVERAGE = 0.9, 0.999, 0.98
_WARM_UP = 50.0
_GAIN = 1e-3  # Of the held-out loss, relatively, for which to go on.


def train(
  form,
  weights,
  sizes,
  columns,
  data,
  rows,
  stop_rows,
  stop_weights=None,
  *,
  log_weight,
  schedule,
  batch_size,
  every,
  seed,
):
  """Trains all folds until the loss on held-out rows is best.

  The loss is that of Jensen and Shannon, on all pairs of a batch, with
  negatives weighed by `exp(log_weight)`. Updates are those of Adam; weights
  are averages of those of many updates. The rate falls from stage to stage;
  each ends when the held-out loss of no fold falls any more, and the next goes
  on from the best weights.

  Args:
    form: arguments of `residual.functions`.
    weights: array, shape `[folds, size]`.
    sizes: as of `residual.initial`.
    columns: as of `residual.initial`.
    data: list of 4 arrays, shape `[folds, n, ...]`: features and coordinates of
      x, and those of y.
    rows: int array, shape `[folds, m]`, to train on.
    stop_rows: int array, shape `[folds, s]`, held out.
    stop_weights: array, shape `[folds, s]`, how much these count; or `None` if
      all count the same.
    log_weight: `float`.
    schedule: list of (rate, patience, most): of each stage, the learning rate,
      how many updates without a gain end it, and the most updates.
    batch_size: `int`.
    every: `int`, updates from one look at the held-out loss to the next.
    seed: `int`.

  Returns:
    weights: array, those of the least loss of each fold.
    losses: array, shape `[looks, folds]`, held-out losses, the first before
      training.
    updates: `int`, how many there were.
  """
  dtype = form[2]
  data = [tf.constant(t, dtype) for t in data]
  history, updates = [], 0
  if stop_weights is None:
    run, stop_weights = _loop(*form), np.ones(stop_rows.shape)  # Not used.
  else:
    run = _loop(*form, is_weighted=True)
  best = tf.constant(weights, dtype)
  for number, (rate, patience, most) in enumerate(schedule):
    best, first, losses = run(
      best,
      sizes,
      columns,
      *data,
      rows,
      stop_rows,
      tf.constant(stop_weights, dtype),
      tf.constant(rate, dtype),
      tf.constant(log_weight, dtype),
      batch_size,
      most,
      every,
      patience,
      np.int32([seed, number]),
    )
    if not history:
      history.append(first.numpy()[np.newaxis])
    history.append(losses.numpy())
    updates += len(losses) * every
  return best.numpy(), np.concatenate(history), updates


@functools.cache
def _loop(maps, student, dtype, is_weighted=False):
  """Returns the traced loop of one form of the model."""
  embed, score = residual.functions(maps, student, dtype)

  def loss(scores, log_weight):
    scores = scores - log_weight
    size = tf.cast(tf.shape(scores)[-1], dtype)
    joint = tf.linalg.diag_part(scores)
    total = tf.reduce_sum(tf.nn.softplus(scores), axis=[1, 2])
    others = total - tf.reduce_sum(tf.nn.softplus(joint), axis=1)
    negative = tf.exp(log_weight) * others / (size * (size - 1.0))
    return tf.reduce_mean(tf.nn.softplus(-joint), axis=1) + negative

  def weighted_loss(scores, log_weight, weights):
    scores = scores - log_weight
    weights /= tf.reduce_mean(weights, axis=1, keepdims=True)
    size = tf.cast(tf.shape(scores)[-1], dtype)
    joint = tf.linalg.diag_part(scores)
    pairs = weights[:, :, tf.newaxis] * weights[:, tf.newaxis, :]
    total = tf.reduce_sum(pairs * tf.nn.softplus(scores), axis=[1, 2])
    own = tf.square(weights)
    others = total - tf.reduce_sum(own * tf.nn.softplus(joint), axis=1)
    number = tf.square(size) - tf.reduce_sum(own, axis=1)
    negative = tf.exp(log_weight) * others / number
    return tf.reduce_mean(weights * tf.nn.softplus(-joint), axis=1) + negative

  spec = tf.TensorSpec
  tensor = spec([None, None, None], dtype)
  numbers, index = spec([None], tf.int32), spec([None, None], tf.int32)
  scalar, count = spec([], dtype), spec([], tf.int32)

  @tf.function(
    autograph=False,
    input_signature=[spec([None, None], dtype), numbers, numbers]
    + [tensor] * 4
    + [index] * 2
    + [spec([None, None], dtype)]
    + [scalar] * 2
    + [count] * 4
    + [numbers],
  )
  def run(
    weights,
    sizes,
    columns,
    x,
    u,
    y,
    v,
    rows,
    stop_rows,
    stop_weights,
    rate,
    log_weight,
    batch_size,
    most,
    every,
    patience,
    seed,
  ):
    folds = tf.shape(weights)[0]
    stop = [tf.gather(t, stop_rows, batch_dims=1) for t in (x, u, y, v)]

    def loss_of(weights, batch):
      return loss(score(*embed(weights, sizes, columns, *batch)), log_weight)

    def stop_loss(weights):
      if not is_weighted:
        return loss_of(weights, stop)
      scores = score(*embed(weights, sizes, columns, *stop))
      return weighted_loss(scores, log_weight, stop_weights)

    def update(i, w, moment, square, average):
      place = tf.random.stateless_uniform(
        [folds, batch_size],
        [seed[0], seed[1] * most + i],
        0,
        tf.shape(rows)[1],
        tf.int32,
        alg='philox',
      )
      picked = tf.gather(rows, place, batch_dims=1)
      batch = [tf.gather(t, picked, batch_dims=1) for t in (x, u, y, v)]
      with tf.GradientTape() as tape:
        tape.watch(w)
        value = loss_of(w, batch)
      gradient = tape.gradient(value, w)
      t = tf.cast(i + 1, dtype)
      moment += (1.0 - _MOMENT) * (gradient - moment)
      square += (1.0 - _SQUARE) * (tf.square(gradient) - square)
      size = rate * tf.minimum(t / _WARM_UP, 1.0) / (1.0 - _MOMENT**t)
      scale = tf.sqrt(square / (1.0 - _SQUARE**t)) + 1e-8
      w -= size * moment / scale
      # Of few updates, fewer count.
      average += (1.0 - tf.minimum(t / (t + 10.0), _AVERAGE)) * (w - average)
      return i + 1, w, moment, square, average

    def look(i, w, moment, square, average, best, least, level, since, seen, k):
      end = i + every
      i, w, moment, square, average = tf.while_loop(
        lambda i, *_: i < end, update, [i, w, moment, square, average]
      )
      now = stop_loss(average)
      best = tf.where((now < least)[:, tf.newaxis], average, best)
      least = tf.minimum(least, now)
      gained = now < level - _GAIN * tf.abs(level)
      level = tf.where(gained, now, level)
      since = tf.where(gained, i, since)
      return (
        i,
        w,
        moment,
        square,
        average,
        best,
        least,
        level,
        since,
        (seen.write(k, now)),
        k + 1,
      )

    def goes_on(i, w, moment, square, average, best, least, level, since, *_):
      del w, moment, square, average, best, least, level
      waited = i - since >= tf.maximum(patience, since // 2)
      return (i < most) & ~tf.reduce_all(waited)

    first = stop_loss(weights)
    zeros = tf.zeros_like(weights)
    seen = tf.TensorArray(dtype, 0, dynamic_size=True, element_shape=[None])
    out = tf.while_loop(
      goes_on,
      look,
      [
        0,
        weights,
        zeros,
        zeros,
        weights,
        weights,
        first,
        first,
        tf.zeros([folds], tf.int32),
        seen,
        0,
      ],
    )
    return out[5], first, out[9].stack()

  return run


@functools.cache
def reader(maps, student, dtype):
  """Returns two traced functions of a form: rows, and scores of rows.

  Args:
    maps: as for `residual.functions`.
    student: as for `residual.functions`.
    dtype: as for `residual.functions`.

  Returns:
    embed: function, as of `residual.functions`.
    score: function of what it returns and `all_pairs`.
  """
  embed, score = residual.functions(maps, student, dtype)
  spec = tf.TensorSpec
  tensor = spec([None, None, None], dtype)
  numbers = spec([None], tf.int32)
  embed = tf.function(
    embed,
    autograph=False,
    input_signature=[spec([None, None], dtype), numbers, numbers]
    + [tensor] * 4,
  )
  scores = {
    all_pairs: tf.function(
      functools.partial(score, all_pairs=all_pairs),
      autograph=False,
      input_signature=[tensor] * 7,
    )
    for all_pairs in (True, False)
  }
  return embed, scores
