"""The training of stacked networks: one loop on the device."""

import functools
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from mi_tf.estimation import early_stopping
from mi_tf.estimation.methods.networks import residual

_MOMENT, _SQUARE, _AVERAGE = 0.9, 0.999, 0.98
_WARM_UP = 50.0


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
  decay,
  schedule,
  batch_size,
  every,
  seed,
):
  """Trains all folds, with early stopping by the loss on held-out rows.

  The loss is the Jensen-Shannon loss on all pairs of a batch; negatives have
  the weight `exp(log_weight)`. The optimizer is Adam, and moving averages of
  the weights are evaluated. The learning rate falls from stage to stage. A
  stage ends when no held-out loss falls any more; the next stage begins at the
  best weights. In each update, `decay` times the learning rate of the way to
  the first weights of the stage is taken back: weights move from the initial
  distribution [1], by a decay that is apart from gradients [2], only as far as
  data ask for it.

  `form` has the arguments of `residual.functions`; `weights`, `sizes` and
  `columns` are from `residual.initial`. `data` has features and coordinates of
  x and of y, each `[folds, n, ...]`. Each fold is trained on its `rows`
  `[folds, m]`, and evaluated on its `stop_rows` after every `every` updates.
  Each stage in `schedule` has a learning rate, a patience in updates, and a
  greatest number of updates.

  Returns the best weights of each fold, the losses `[evaluations, folds]` and
  the number of updates. The first losses are those before training.

  #### References

  [1]: Xuhong Li, Yves Grandvalet, Franck Davoine. Explicit Inductive Bias for
       Transfer Learning with Convolutional Networks. _International Conference
       on Machine Learning_, 2018. https://arxiv.org/abs/1802.01483

  [2]: Ilya Loshchilov, Frank Hutter. Decoupled Weight Decay Regularization.
       _International Conference on Learning Representations_, 2019.
       https://arxiv.org/abs/1711.05101
  """
  dtype = form[2]
  data = tuple(tf.constant(t, dtype) for t in data)
  history, updates = [], 0
  if stop_weights is None:
    run, stop_weights = _loop(*form), np.ones(stop_rows.shape)  # Not used.
  else:
    run = _loop(*form, is_weighted=True)
  best = tf.constant(weights, dtype)
  for number, (rate, patience, most) in enumerate(schedule):
    best, first, losses = run(
      (best, sizes, columns),
      data,
      (rows, stop_rows, tf.constant(stop_weights, dtype)),
      tuple(tf.constant(t, dtype) for t in (rate, log_weight, decay)),
      (batch_size, most, every, patience),
      np.int32([seed, number]),
    )
    if not history:
      history.append(first.numpy()[np.newaxis])
    history.append(losses.numpy())
    updates += len(losses) * every
  return best.numpy(), np.concatenate(history), updates


def _loss(scores, log_weight):
  """Returns the Jensen-Shannon loss of scores `[folds, m, m]`."""
  scores = scores - log_weight
  size = tf.cast(tf.shape(scores)[-1], scores.dtype)
  joint = tf.linalg.diag_part(scores)
  total = tf.reduce_sum(tf.nn.softplus(scores), axis=[1, 2])
  others = total - tf.reduce_sum(tf.nn.softplus(joint), axis=1)
  negative = tf.exp(log_weight) * others / (size * (size - 1.0))
  return tf.reduce_mean(tf.nn.softplus(-joint), axis=1) + negative


def _weighted_loss(scores, log_weight, weights):
  """Returns the loss of scores of rows with weights `[folds, m]`."""
  scores = scores - log_weight
  weights /= tf.reduce_mean(weights, axis=1, keepdims=True)
  size = tf.cast(tf.shape(scores)[-1], scores.dtype)
  joint = tf.linalg.diag_part(scores)
  pairs = weights[:, :, tf.newaxis] * weights[:, tf.newaxis, :]
  total = tf.reduce_sum(pairs * tf.nn.softplus(scores), axis=[1, 2])
  own = tf.square(weights)
  others = total - tf.reduce_sum(own * tf.nn.softplus(joint), axis=1)
  number = tf.square(size) - tf.reduce_sum(own, axis=1)
  negative = tf.exp(log_weight) * others / number
  return tf.reduce_mean(weights * tf.nn.softplus(-joint), axis=1) + negative


class _Adam(NamedTuple):
  """The state of Adam, with a moving average of the weights."""

  i: tf.Tensor
  weights: tf.Tensor
  moment: tf.Tensor
  square: tf.Tensor
  average: tf.Tensor


def _updated(adam, gradient, rate, decay, first):
  """Returns the state after an update; the rate has a warm-up.

  Weights decay to `first`.
  """
  i, w, moment, square, average = adam
  t = tf.cast(i + 1, w.dtype)
  moment += (1.0 - _MOMENT) * (gradient - moment)
  square += (1.0 - _SQUARE) * (tf.square(gradient) - square)
  rate *= tf.minimum(t / _WARM_UP, 1.0)
  scale = tf.sqrt(square / (1.0 - _SQUARE**t)) + 1e-8
  step = moment / ((1.0 - _MOMENT**t) * scale)
  w -= rate * (step + decay * (w - first))
  # The average of the first updates is over fewer of them.
  average += (1.0 - tf.minimum(t / (t + 10.0), _AVERAGE)) * (w - average)
  return _Adam(i + 1, w, moment, square, average)


class _Progress(NamedTuple):
  """The state of a stage, for all folds at once.

  `best` holds the weights `[folds, size]` with the `least` loss of each fold.
  `losses` collects the held-out losses `[folds]` of all evaluations.
  """

  adam: _Adam
  best: tf.Tensor
  least: tf.Tensor
  gain: early_stopping.Gain
  losses: tf.TensorArray
  evaluations: tf.Tensor


@functools.cache
def _loop(maps, student, dtype, outliers=False, is_weighted=False):
  """Returns the traced loop of one form of the model."""
  embed, score = residual.functions(maps, student, dtype, outliers)
  spec = tf.TensorSpec
  tensor = spec([None, None, None], dtype)
  numbers, index = spec([None], tf.int32), spec([None, None], tf.int32)
  scalar, count = spec([], dtype), spec([], tf.int32)

  @tf.function(
    autograph=False,
    input_signature=[
      (spec([None, None], dtype), numbers, numbers),
      (tensor,) * 4,
      (index, index, spec([None, None], dtype)),
      (scalar,) * 3,
      (count,) * 4,
      numbers,
    ],
  )
  def run(model, data, rows, rates, counts, seed):
    weights, sizes, columns = model
    rows, stop_rows, stop_weights = rows
    rate, log_weight, decay = rates
    batch_size, most, every, patience = counts
    folds = tf.shape(weights)[0]
    stop = [tf.gather(t, stop_rows, batch_dims=1) for t in data]

    def scores_of(weights, batch):
      return score(*embed(weights, sizes, columns, *batch))

    def stop_loss(weights):
      scores = scores_of(weights, stop)
      if is_weighted:
        return _weighted_loss(scores, log_weight, stop_weights)
      return _loss(scores, log_weight)

    def update(*adam):
      adam = _Adam(*adam)
      # Batches of all folds are drawn with replacement, which needs no order of
      # the rows, unlike epochs.
      place = tf.random.stateless_uniform(
        [folds, batch_size],
        [seed[0], seed[1] * most + adam.i],
        0,
        tf.shape(rows)[1],
        tf.int32,
        alg='philox',
      )
      picked = tf.gather(rows, place, batch_dims=1)
      batch = [tf.gather(t, picked, batch_dims=1) for t in data]
      with tf.GradientTape() as tape:
        tape.watch(adam.weights)
        value = _loss(scores_of(adam.weights, batch), log_weight)
      gradient = tape.gradient(value, adam.weights)
      return _updated(adam, gradient, rate, decay, weights)

    def train_and_evaluate(*progress):
      progress = _Progress(*progress)
      end = progress.adam.i + every
      adam = _Adam(*tf.while_loop(lambda i, *_: i < end, update, progress.adam))
      loss = stop_loss(adam.average)
      is_best = (loss < progress.least)[:, tf.newaxis]
      return _Progress(
        adam=adam,
        best=tf.where(is_best, adam.average, progress.best),
        least=tf.minimum(progress.least, loss),
        gain=early_stopping.update(progress.gain, loss, adam.i),
        losses=progress.losses.write(progress.evaluations, loss),
        evaluations=progress.evaluations + 1,
      )

    def goes_on(adam, best, least, gain, *_):
      del best, least
      ended = early_stopping.has_ended(gain, adam.i, patience)
      return (adam.i < most) & ~tf.reduce_all(ended)

    first = stop_loss(weights)
    zeros = tf.zeros_like(weights)
    progress = _Progress(
      adam=_Adam(tf.constant(0), weights, zeros, zeros, weights),
      best=weights,
      least=first,
      gain=early_stopping.Gain(first, tf.zeros([folds], tf.int32)),
      losses=tf.TensorArray(dtype, 0, dynamic_size=True, element_shape=[None]),
      evaluations=tf.constant(0),
    )
    progress = _Progress(*tf.while_loop(goes_on, train_and_evaluate, progress))
    return progress.best, first, progress.losses.stack()

  return run


@functools.cache
def reader(maps, student, dtype, outliers=False):
  """Returns the traced `residual.functions` of a form.

  The second result is a dict that maps `all_pairs` to a function.
  """
  embed, score = residual.functions(maps, student, dtype, outliers)
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
      input_signature=[tensor] * (7 + outliers),
    )
    for all_pairs in (True, False)
  }
  return embed, scores
