"""InfoNceLoss: the contrastive loss of two towers, as a Keras loss."""

import math

import keras
import numpy as np
import tensorflow as tf

from mi_tf.internal import checks
from mi_tf.internal import numerics
from mi_tf.losses import outputs
from mi_tf.losses import targets as targets_lib
from mi_tf.losses import weights


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

  A temperature that is learned is a weight of the model, which then ends in
  scores:

  ```python
  critic = mi_tf.InnerProductCritic(
    normalize=True, temperature=.1, trainable_temperature=True
  )
  model = keras.Model([x, y], critic(u, v))  # [n, n]
  model.compile('adam', mi_tf.losses.InfoNceLoss(from_scores=True))
  ```

  The loss of row i, whose joint samples are P(i), is

  ```none
  loss_i = log sum_j exp(f_ij) - mean_{j in P(i)} f_ij
  f_ij = scores[i, j] / temperature
  ```

  and is reduced over rows as Keras's losses are. A batch of which nothing is
  known has the loss `log m`; with one partner for each row, `log m - loss` is
  `mi_tf.lower_bound_info_nce`, in nats, at most `log m`. A batch of one row has
  no negatives, and trains nothing.

  What the model returns, `y_pred`, is told by arguments:

  *   embeddings, `[n, 2, d]`, side by side: u[i] and its partner v[i]. Scores
      are the inner products. With `num_negatives=k`, `[n, 2 + k, d]`: k
      negatives that were chosen for row i follow; all other rows see them too;
  *   in a loop of your own, `loss(y_true, (u, v))` or `loss(y_true, (u, v,
      negatives))`, `[n, d]` each but for the negatives, `[k, d]`;
  *   with `from_scores=True`, scores, `[n, m]`, such as `u @ transpose(v)` or
      those of a critic; row i's partner is column i, and columns from n on are
      negatives of all rows: hard ones, or a queue.

  Keras gives a loss each of several outputs by itself. `keras.Model(inputs, [u,
  v])` is therefore refused: by this loss, or by Keras, where there is one `y`
  or none ("The path: (0,) in the `loss` argument, can't be found"). Stack the
  outputs as above. (Compiled with a tuple, `loss=(InfoNceLoss(),)`, Keras shows
  the loss the list of outputs, which works until the model is saved and loaded:
  compile it anew then.)

  `y_true` tells which samples belong together. Where it is `None`, as in
  `fit(x)`, row i and column i do. Else `targets` says how to read it:

  *   'labels', the default, `[n]` or `[n, 1]`, such as classes or the
      candidates' numbers: all rows of the same label (several positives [2]).
      Integers are the same where all their digits are; floats, if they are
      equal in their dtype, which `fit` makes float32. One-hot classes are
      refused: pass `np.argmax(one_hot, axis=1)`;
  *   'mask', a matrix, `[n, n]` or `[n, m]`, of bools or of 0 and 1. A row
      without any has the loss 0.

  What fits none of these is refused: by a `ValueError` where shapes and values
  are known statically, else by a `tf.errors.InvalidArgumentError`. Where XLA
  compiles the loss (as Keras may where `jit_compile` of `keras.Model.compile`
  is 'auto'), wrong shapes are errors, and wrong values make the loss NaN, since
  XLA can't raise.

  A `sample_weight` of k equals the sample given k times: row i's loss is
  multiplied by it, as by Keras, and its column counts k times among the
  negatives of all rows, `log sum_j weight_j exp(f_ij)`; of weight 0, it is
  neither a row nor a negative. Columns that are no row's partner or own
  negatives have weight 1. Keras divides by n for `reduction=
  'sum_over_batch_size'`, and by the sum of weights, as if samples were
  repeated, for 'mean_with_sample_weight'.

  Under a `tf.distribute` strategy each replica has its own samples alone for
  negatives; `mi_tf.infomax.TwoViewInfoMax` takes those of all, and streams
  large batches.

  #### Examples

  >>> scores = tf.random.stateless_normal([4, 4], seed=[0, 1])
  >>> loss = mi_tf.losses.InfoNceLoss(from_scores=True)(None, scores)
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
    from_scores=False,
    targets='labels',
    num_negatives=0,
    reduction='sum_over_batch_size',
    name='info_nce',
    dtype=None,
  ):
    """Makes the loss.

    Args:
      temperature: positive number that divides the scores. One that is learned
        is a weight of the model: see above.
      normalize: Python `bool`; whether embeddings are scaled to length 1, so
        that scores are cosines. Not for scores.
      symmetric: Python `bool`; whether to average with the loss of the first n
        columns, each of which finds its row among n (as in CLIP).
      from_scores: Python `bool`; whether the model returns scores, `[n, m]`,
        instead of embeddings.
      targets: 'labels' or 'mask': what `y_true` is, if it isn't `None`.
      num_negatives: `int`, how many negatives of its own each row of embeddings
        `[n, 2 + num_negatives, d]` has.
      reduction: as for `keras.losses.Loss`; of the rows' losses, `[n]`.
      name: `str`.
      dtype: as for `keras.losses.Loss`. Default value: `None`, float32.

    Raises:
      ValueError: if an argument is not as described; in a call, if static
        shapes or values that are known statically are not.
      tf.errors.InvalidArgumentError: in a call, if others are not.
    """
    super().__init__(name=name, reduction=reduction, dtype=dtype)
    checks.positive_number(
      temperature,
      'temperature',
      'One that is learned is a weight of the model: end it in '
      '`mi_tf.InnerProductCritic(normalize=True, temperature=0.1, '
      'trainable_temperature=True)(u, v)`, and pass from_scores=True here.',
    )
    for key, value in (
      ('normalize', normalize),
      ('symmetric', symmetric),
      ('from_scores', from_scores),
    ):
      if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f'`{key}` must be a bool. Received: {key}={value!r}.')
    if targets not in targets_lib.KINDS:
      raise ValueError(
        f"`targets` must be 'labels' or 'mask'. Received: targets={targets!r}."
      )
    checks.integers_at_least({'num_negatives': (0, num_negatives)})
    if from_scores and (normalize or num_negatives):
      raise ValueError(
        '`normalize` and `num_negatives` are for embeddings, and must not be '
        f'given with from_scores=True. Received: normalize={normalize}, '
        f'num_negatives={num_negatives}.'
      )
    self.temperature = float(temperature)
    self.normalize = bool(normalize)
    self.symmetric = bool(symmetric)
    self.from_scores = bool(from_scores)
    self.targets = targets
    self.num_negatives = int(num_negatives)

  def __call__(self, y_true, y_pred, sample_weight=None):
    """Returns the loss of a batch.

    Args:
      y_true: `None` or `Tensor`: which samples belong together, see above.
      y_pred: floating `Tensor`, scores or embeddings, or a tuple of embeddings.
      sample_weight: nonnegative `Tensor`, shape `[n]` or `[n, 1]`: how many
        times a sample counts, see above. Default value: `None`, once.

    Returns:
      Floating scalar; or `[n]`, if `reduction` is `None` or 'none'.
    """
    outputs.check_model(self, y_pred)
    # Keras would cast integers to reals, which can't tell large ones apart.
    given = targets_lib.joint_samples(y_true, self.targets)
    if sample_weight is not None:
      sample_weight = weights.of_rows(sample_weight)
      given['weights'] = sample_weight
    return super().__call__(given, y_pred, sample_weight)

  def call(self, y_true, y_pred):
    """Returns the loss of each row, before `reduction` and sample weights.

    Args:
      y_true: as for a call of the loss; or what that makes of it and of
        `sample_weight`, a dict.
      y_pred: as for a call of the loss.

    Returns:
      Floating `Tensor`, shape `[n]`, nats.
    """
    if not isinstance(y_true, dict):
      y_true = targets_lib.joint_samples(y_true, self.targets)
    joint = y_true.get('joint')
    scores, groups = self._scores(y_pred)
    if joint is None or self.targets == 'labels' or self.symmetric:
      scores = outputs.check_square(scores)
    if joint is not None:
      joint = targets_lib.as_wide_as(scores, tf.cast(joint, tf.bool))
    rows = columns = None
    if 'weights' in y_true:
      rows = weights.as_long_as(scores, y_true['weights'])
      columns = weights.of_columns(scores, rows, groups)
    losses = _row_losses(scores, joint, columns)
    if self.symmetric:
      n = tf.shape(scores)[0]
      square = tf.transpose(scores[:, :n])
      if joint is not None:
        joint = tf.transpose(joint[:, :n])
      losses = (losses + _row_losses(square, joint, rows)) / 2
    if rows is not None:
      # Nothing may be left among the columns of a row that doesn't count.
      losses = tf.where(rows > 0.0, losses, tf.zeros_like(losses))
    if joint is not None:
      nan = tf.constant(math.nan, losses.dtype)
      losses = tf.where(tf.cast(y_true['is_valid'], tf.bool), losses, nan)
    return losses

  def _scores(self, y_pred):
    """Returns the scores, and how many times n of their columns are rows'."""
    if self.from_scores:
      return outputs.scores(y_pred) / self.temperature, 1
    u, v, groups = outputs.embeddings(y_pred, self.num_negatives)
    if self.normalize:
      u, v = (tf.math.l2_normalize(t, axis=-1) for t in (u, v))
    return tf.matmul(u / self.temperature, v, transpose_b=True), groups

  def get_config(self):
    """Returns the arguments that make a loss like this one."""
    return {
      **super().get_config(),
      'temperature': self.temperature,
      'normalize': self.normalize,
      'symmetric': self.symmetric,
      'from_scores': self.from_scores,
      'targets': self.targets,
      'num_negatives': self.num_negatives,
      'dtype': self.dtype,
    }


def _row_losses(scores, joint, columns):
  """Returns the loss of each row.

  Args:
    scores: floating `Tensor`, shape `[n, m]`.
    joint: bool `Tensor`, shape `[n, m]`; or `None` for column i of row i.
    columns: floating `Tensor`, shape `[m]`, weights; or `None` for 1.

  Returns:
    Floating `Tensor`, shape `[n]`; see `InfoNceLoss`.
  """
  if columns is None:
    log_total = numerics.log_sum_exp(scores)
  else:
    counts = columns > 0.0
    shift = tf.math.log(tf.where(counts, columns, tf.ones_like(columns)))
    log_total = numerics.log_sum_exp(scores + shift, counts)
  if joint is None:
    # Fails in XLA, too, where there are fewer columns than rows.
    own = tf.reshape(tf.linalg.diag_part(scores), tf.shape(log_total))
    return log_total - own
  share = tf.cast(joint, scores.dtype)
  if columns is not None:
    share *= columns
  count = tf.reduce_sum(share, axis=-1)
  has_any = count > 0.0
  total = tf.reduce_sum(tf.where(share > 0.0, share * scores, 0.0), axis=-1)
  mean = total / tf.where(has_any, count, tf.ones_like(count))
  return tf.where(has_any, log_total - mean, tf.zeros_like(mean))
