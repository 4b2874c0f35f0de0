"""InfoNceLoss: the contrastive loss of two towers, as a Keras loss."""

import keras
import numpy as np
import tensorflow as tf

from mi_tf.internal import checks
from mi_tf.internal import numerics


@keras.saving.register_keras_serializable(package='mi_tf')
class InfoNceLoss(keras.losses.Loss):
  """Tells each sample's partner from those of the other samples of the batch.

  For models that end in two towers, such as a query's and a candidate's, or an
  image's and a text's (InfoNCE [1], NT-Xent, CLIP, in-batch softmax):

  ```python
  u, v = x_tower(x), y_tower(y)  # [n, d] each
  model = keras.Model([x, y], keras.ops.stack([u, v], axis=1))
  model.compile('adam', mi_tf.losses.InfoNceLoss(.1, normalize=True))
  model.fit([x_train, y_train], batch_size=256)  # no targets
  ```

  The loss of row i, whose joint samples are P(i), is

  ```none
  loss_i = log sum_j exp(f_ij) - mean_{j in P(i)} f_ij
  f_ij = scores[i, j] / temperature
  ```

  and is reduced over rows as Keras's losses are, with `sample_weight`. A batch
  of which nothing is known has the loss `log m`; with one partner for each row,
  `log m - loss` is `mi_tf.lower_bound_info_nce`, in nats, at most `log m`.

  `y_pred`, what the model returns, may be

  *   scores, `[n, m]`, such as `u @ transpose(v)` or those of a critic
      (`mi_tf.BilinearCritic()(u, v)`); row i's partner is column i, and columns
      from n on are negatives of all rows: hard ones, or a queue;
  *   embeddings, `[n, 2 + k, d]`, side by side: u[i], its partner v[i], and k
      negatives that were chosen for it, which are shown to all other rows too;
      scores are the inner products;
  *   in a loop of your own, `loss(y_true, (u, v))` or `loss(y_true, (u, v,
      negatives))`, `[n, d]` each but for the negatives, `[k, d]`.

  `y_true` says which of the first columns are joint samples:

  *   `None` (as in `fit(x)`): column i of row i;
  *   labels, `[n]` or `[n, 1]`, such as classes or the candidates' numbers: all
      rows of the same label (several positives [2]). Integers are the same
      where all their digits are; floats, if they are equal in their dtype,
      which `fit` makes float32. One-hot classes are no labels: pass
      `np.argmax(one_hot, axis=1)`;
  *   a matrix, `[n, n]` or `[n, m]`, of bools or of 0 and 1. A row without any
      has the loss 0.

  What fits none of these is refused: other shapes, other numbers in a matrix,
  and NaN among labels. Values are not checked where XLA compiles the loss, as
  Keras may choose where `jit_compile` of `keras.Model.compile` is 'auto'.

  Under a `tf.distribute` strategy each replica has its own samples alone for
  negatives; `mi_tf.infomax.TwoViewInfoMax` takes those of all, and streams
  large batches.

  #### Examples

  >>> scores = tf.random.stateless_normal([4, 4], seed=[0, 1])
  >>> loss = mi_tf.losses.InfoNceLoss()(None, scores)
  >>> bound = mi_tf.lower_bound_info_nce(scores)
  >>> abs(float(np.log(4.) - loss - bound)) < 1e-6
  True

  #### References

  [1]: Aaron van den Oord, Yazhe Li, Oriol Vinyals. Representation Learning
       with Contrastive Predictive Coding. _arXiv preprint arXiv:1807.03748_,
       2018. https://arxiv.org/abs/1807.03748

  [2]: Prannay Khosla, Piotr Teterwak, Chen Wang, Aaron Sarna, Yonglong Tian,
       Phillip Isola, Aaron Maschinot, Ce Liu, Dilip Krishnan. Supervised
       Contrastive Learning. _Neural Information Processing Systems_, 2020.
       https://arxiv.org/abs/2004.11362
  """

  def __init__(
    self,
    temperature=1.0,
    normalize=False,
    symmetric=False,
    reduction='sum_over_batch_size',
    name='info_nce',
    dtype=None,
  ):
    """Makes the loss.

    Args:
      temperature: positive `float` that divides the scores. One that is learned
        belongs to the model: see `mi_tf.InnerProductCritic`.
      normalize: Python `bool`; whether embeddings are scaled to length 1, so
        that scores are cosines. Not for scores.
      symmetric: Python `bool`; whether to average with the loss of the first n
        columns, each of which finds its row among n (as in CLIP).
      reduction: as for `keras.losses.Loss`; of the rows' losses, `[n]`.
      name: `str`.
      dtype: as for `keras.losses.Loss`. Default value: `None`, float32.

    Raises:
      ValueError: if `temperature` is not positive; in a call, if static shapes
        or values that are known statically are not as described.
      tf.errors.InvalidArgumentError: in a call, if others are not.
    """
    super().__init__(name=name, reduction=reduction, dtype=dtype)
    if not temperature > 0.0:
      raise ValueError(
        f'`temperature` must be positive. Received: temperature={temperature}.'
      )
    self.temperature = temperature
    self.normalize = normalize
    self.symmetric = symmetric

  def __call__(self, y_true, y_pred, sample_weight=None):
    """Returns the loss of a batch.

    Args:
      y_true: `None` or `Tensor`: which samples belong together, see above.
      y_pred: floating `Tensor`, scores or embeddings, or a tuple of embeddings.
      sample_weight: `Tensor`, shape `[n]`, or `None`.

    Returns:
      Floating scalar; or `[n]`, if `reduction` is `None` or 'none'.
    """
    # Keras would cast integers to reals, which can't tell large ones apart.
    positives = _no_targets() if y_true is None else _positives(y_true)
    return super().__call__(positives, y_pred, sample_weight)

  def call(self, y_true, y_pred):
    """Returns the loss of each row, before `reduction` and sample weights.

    Args:
      y_true: `Tensor`, shape `[n, n]` or `[n, m]`, positive where samples
        belong together; or empty, shape `[0]`, where only row i and column i
        do.
      y_pred: as for a call of the loss.

    Returns:
      Floating `Tensor`, shape `[n]`, nats.
    """
    scores = self._scores(y_pred)
    if y_true.shape.rank == 1:
      _check_width(scores)
      positives = None
    else:
      positives = _widened(y_true > 0, scores)
    losses = _row_losses(scores, positives)
    if self.symmetric:
      n = tf.shape(scores)[0]
      square = tf.transpose(scores[:, :n])
      if positives is not None:
        positives = tf.transpose(positives[:, :n])
      losses = (losses + _row_losses(square, positives)) / 2
    return losses

  def _scores(self, y_pred):
    """Returns the scores, shape `[n, m]`."""
    if isinstance(y_pred, (tuple, list)):
      u, v = y_pred[0], tf.concat(y_pred[1:], axis=0)
    elif y_pred.shape.rank == 2:
      if self.normalize:
        raise ValueError(
          '`normalize` is for embeddings, [n, 2 + k, d]. '
          f'Received: normalize=True, y_pred.shape={y_pred.shape}.'
        )
      return y_pred / self.temperature
    else:
      if y_pred.shape.rank != 3 or (y_pred.shape[1] or 2) < 2:
        raise ValueError(
          '`y_pred` must be scores, [n, m], or embeddings, [n, 2 + k, d]. '
          f'Received: y_pred.shape={y_pred.shape}.'
        )
      u, v = y_pred[:, 0], y_pred[:, 1:]
      # The partners of all rows come first.
      v = tf.reshape(tf.transpose(v, [1, 0, 2]), [-1, v.shape[-1]])
    if self.normalize:
      u, v = (tf.math.l2_normalize(t, axis=-1) for t in (u, v))
    return tf.matmul(u / self.temperature, v, transpose_b=True)

  def get_config(self):
    """Returns the arguments that make a loss like this one."""
    return {
      **super().get_config(),
      'temperature': self.temperature,
      'normalize': self.normalize,
      'symmetric': self.symmetric,
      'dtype': self.dtype,
    }


def _no_targets():
  """Returns what stands for targets that there are none of."""
  return tf.zeros([0])


def _positives(y_true):
  """Returns which columns are joint samples, a bool matrix."""
  y_true = tf.convert_to_tensor(y_true)
  if y_true.shape.rank == 2 and y_true.shape[1] == 1:
    y_true = y_true[:, 0]
  if y_true.shape.rank == 1:
    labels = _without_nan(y_true) if y_true.dtype.is_floating else y_true
    return tf.equal(labels[:, tf.newaxis], labels)
  if y_true.shape.rank != 2:
    raise ValueError(
      '`y_true` must have shape [n], [n, 1], [n, n] or [n, m]. '
      f'Received: y_true.shape={y_true.shape}.'
    )
  return checks.bool_tensor(y_true, 'y_true', validate_args=True)


def _without_nan(labels):
  """Returns labels, and only if none is NaN, which would be no row's label."""
  rule = '`y_true` must not be NaN where it holds labels.'
  known = tf.get_static_value(labels)
  if known is not None and np.any(np.isnan(known)):
    raise ValueError(f'{rule} Received: y_true={known}.')
  return checks.guarded(
    labels,
    lambda: ~tf.reduce_any(tf.math.is_nan(labels)),
    rule,
    validate_args=known is None,
  )


def _check_width(scores):
  """Raises a `ValueError` if there are fewer columns than rows."""
  n, m = scores.shape
  if n is not None and m is not None and n > m:
    raise ValueError(
      'Scores must have shape [n, m] with m >= n. '
      f'Received: y_pred.shape={scores.shape}.'
    )


def _widened(positives, scores):
  """Returns `positives` with columns of negatives up to those of scores."""
  n, m = scores.shape
  rule = (
    '`y_true` must have shape [n], [n, 1], [n, n] or [n, m], where scores have '
    'shape [n, m].'
  )
  if not any(positives.shape.is_compatible_with([n, w]) for w in (n, m)):
    raise ValueError(
      f'{rule} Received: scores of shape {scores.shape}, and `y_true` for '
      f'{positives.shape[0]} rows and {positives.shape[1]} columns.'
    )
  if scores.shape.is_fully_defined() and positives.shape == scores.shape:
    return positives
  if positives.shape[1] == n:
    _check_width(scores)
  n, m = tf.unstack(tf.shape(scores))
  rows, columns = tf.unstack(tf.shape(positives))
  positives = checks.guarded(
    positives,
    lambda: (rows == n) & ((columns == n) | (columns == m)),
    rule,
    not positives.shape.is_fully_defined(),
  )
  more = tf.zeros([n, tf.where(columns == n, m - n, 0)], tf.bool)
  # XLA drops the check above; there, this fails.
  return tf.reshape(
    tf.concat([positives, more], axis=1), [n, m], 'y_true_is_n_n_or_n_m'
  )


def _row_losses(scores, positives):
  """Returns the loss of each row, shape `[n]`; see `InfoNceLoss`."""
  log_total = numerics.log_sum_exp(scores)
  if positives is None:
    return log_total - tf.linalg.diag_part(scores)
  count = tf.reduce_sum(tf.cast(positives, scores.dtype), axis=-1)
  joint = tf.where(positives, scores, tf.zeros_like(scores))
  mean = tf.reduce_sum(joint, axis=-1) / tf.maximum(count, 1.0)
  return tf.where(count > 0.0, log_total - mean, tf.zeros_like(mean))
