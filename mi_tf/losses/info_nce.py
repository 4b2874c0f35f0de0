"""InfoNceLoss: the contrastive loss of two towers, as a Keras loss."""

import math
from typing import Any
from typing import Literal

import keras
import numpy as np
import tensorflow as tf

from mi_tf.internal import checks
from mi_tf.internal import numerics
from mi_tf.internal import types
from mi_tf.losses import outputs
from mi_tf.losses import targets as targets_lib
from mi_tf.losses import weights


@keras.saving.register_keras_serializable(package='mi_tf')
class InfoNceLoss(keras.losses.Loss):
  """The contrastive loss InfoNCE: each sample must find its partner in a batch.

  The loss is for models of two towers, such as those of queries and candidates,
  or of images and texts (InfoNCE [1], NT-Xent, CLIP, in-batch softmax):

  ```python
  u, v = x_tower(x), y_tower(y)  # [n, d] each
  model = keras.Model([x, y], keras.ops.stack([u, v], axis=1))
  model.compile('adam', mi_tf.losses.InfoNceLoss(.1, normalize=True))
  model.fit([x_train, y_train], batch_size=256)  # no targets
  ```

  To learn the temperature, make it a weight of the model, which then returns
  scores:

  ```python
  critic = mi_tf.InnerProductCritic(
    normalize=True, temperature=.1, trainable_temperature=True
  )
  model = keras.Model([x, y], critic(u, v))  # [n, n]
  model.compile('adam', mi_tf.losses.InfoNceLoss(from_scores=True))
  ```

  The loss of row i, with the joint samples P(i), is

  ```none
  loss_i = log sum_j exp(f_ij) - mean_{j in P(i)} f_ij
  f_ij = scores[i, j] / temperature
  ```

  If all scores are equal, the loss is `log m`. With one partner for each row,
  `log m - loss` is `mi_tf.lower_bound_info_nce`, in nats, and at most `log m`.
  A batch of one row has no negatives, and trains nothing.

  The arguments determine the shape of the model's output, `y_pred`:

  *   By default, embeddings `[n, 2, d]`: u[i] and its partner v[i]. Scores are
      their inner products.
  *   With `num_negatives=k`, embeddings `[n, 2 + k, d]`: u[i], v[i], and k
      chosen negatives of row i, which are also negatives of all other rows.
  *   With `from_scores=True`, scores `[n, m]`, such as `u @ transpose(v)` or a
      critic's output. Column i is the partner of row i. Columns after the first
      n, such as hard negatives or a queue, are negatives of all rows.

  In a custom loop, you can also call `loss(y_true, (u, v))` or `loss(y_true,
  (u, v, negatives))`, with embeddings `[n, d]` and negatives `[k, d]`.

  For a model of several outputs, Keras calls the loss with each output
  separately. `keras.Model(inputs, [u, v])` therefore raises an error, either
  from this loss or from Keras ("The path: (0,) in the `loss` argument, can't be
  found"). Stack the outputs as above. A tuple, `loss=(InfoNceLoss(),)`, makes
  Keras pass both outputs together, but such a model must be compiled again
  after loading.

  `y_true` defines the joint samples. If it is `None`, as in `fit(x)`, row i is
  joint with column i. Otherwise, `targets` is the kind of `y_true`:

  *   'labels': `[n]` or `[n, 1]`, such as classes or ids of candidates. Rows
      with equal labels are joint (several positives [2]). Integers are compared
      exactly, floats in their dtype, which is float32 in `fit`. One-hot classes
      raise an error: pass `np.argmax(one_hot, axis=1)`.
  *   'mask': `[n, n]` or `[n, m]`, bools or 0 and 1. The loss of a row without
      joint samples is 0.

  Other inputs raise a `ValueError` if shapes and values are static, and a
  `tf.errors.InvalidArgumentError` otherwise. XLA, which `jit_compile='auto'` of
  Keras may use, can't raise errors for values: wrong values make the loss NaN.

  A sample with `sample_weight` k counts like k copies of it. Keras multiplies
  the loss of its row by k, and its column counts k times in the sum of each
  row, `log sum_j weight_j exp(f_ij)`. A sample of weight 0 is neither a row nor
  a negative. Columns without a row have weight 1.

  Under a `tf.distribute` strategy, negatives are the samples of the same
  replica. `mi_tf.infomax.TwoViewInfoMax` uses the samples of all replicas.

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
    temperature: float = 1.0,
    normalize: bool = False,
    symmetric: bool = False,
    from_scores: bool = False,
    targets: Literal['labels', 'mask'] = 'labels',
    num_negatives: int = 0,
    reduction: str | None = 'sum_over_batch_size',
    name: str = 'info_nce',
    dtype: Any = None,
  ) -> None:
    """Makes the loss.

    Args:
      temperature: positive number that divides the scores. To learn it, see the
        class.
      normalize: if True, embeddings are scaled to length 1, so that scores are
        cosines. Must be False with `from_scores`.
      symmetric: if True, the loss is averaged with that of the first n columns,
        where each column must find its row (as in CLIP).
      from_scores: if True, the model returns scores, `[n, m]`, instead of
        embeddings.
      targets: 'labels' or 'mask', the kind of `y_true`. Ignored if `y_true` is
        `None`.
      num_negatives: the number of chosen negatives of each row.
      reduction: reduction of the rows' losses, as for `keras.losses.Loss`.
      name: the name of the loss.
      dtype: as for `keras.losses.Loss`. Default value: `None`, float32.

    Raises:
      ValueError: if an argument is invalid; in a call, if static shapes or
        values of the inputs are invalid.
      tf.errors.InvalidArgumentError: in a call, if other shapes or values are
        invalid.
    """
    super().__init__(name=name, reduction=reduction, dtype=dtype)
    checks.positive_number(
      temperature,
      'temperature',
      'A learned temperature is a weight of the model: end it in '
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

  def __call__(
    self,
    y_true: types.TensorLike | None,
    y_pred: types.Structure,
    sample_weight: types.TensorLike | None = None,
  ) -> tf.Tensor:
    """Returns the loss of a batch.

    Args:
      y_true: `None`, labels or a mask, as the class describes.
      y_pred: floating `Tensor`, scores or embeddings, or a tuple of embeddings.
      sample_weight: nonnegative `Tensor`, shape `[n]` or `[n, 1]`: how many
        times each sample counts. Default value: `None` (once).

    Returns:
      Floating scalar, or shape `[n]` if `reduction` is `None` or 'none'.
    """
    outputs.check_model(self, y_pred)
    # Keras would cast labels to floats, which can't represent large integers.
    given = targets_lib.joint_samples(y_true, self.targets)
    if sample_weight is not None:
      sample_weight = weights.of_rows(sample_weight)
      given['weights'] = sample_weight
    return super().__call__(given, y_pred, sample_weight)

  def call(self, y_true: Any, y_pred: types.Structure) -> tf.Tensor:
    """Returns the loss of each row, before `reduction` and sample weights.

    Args:
      y_true: as for a call of the loss; or the dict of joint samples and
        weights that `__call__` passes to Keras.
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
      # A row of weight 0 may have no columns of positive weight.
      losses = tf.where(rows > 0.0, losses, tf.zeros_like(losses))
    if joint is not None:
      nan = tf.constant(math.nan, losses.dtype)
      losses = tf.where(tf.cast(y_true['is_valid'], tf.bool), losses, nan)
    return losses

  def _scores(self, y_pred):
    """Returns scores, and the number of groups for `weights.of_columns`."""
    if self.from_scores:
      return outputs.scores(y_pred) / self.temperature, 1
    u, v, groups = outputs.embeddings(y_pred, self.num_negatives)
    if self.normalize:
      u, v = (tf.math.l2_normalize(t, axis=-1) for t in (u, v))
    return tf.matmul(u / self.temperature, v, transpose_b=True), groups

  def get_config(self) -> dict[str, Any]:
    """Returns the arguments of the loss."""
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
  """Returns the loss of each row of scores `[n, m]`.

  Without `joint`, row i is joint with column i. `columns` are the columns'
  weights, `[m]`.
  """
  if columns is None:
    log_total = numerics.log_sum_exp(scores)
  else:
    counts = columns > 0.0
    shift = tf.math.log(tf.where(counts, columns, tf.ones_like(columns)))
    log_total = numerics.log_sum_exp(scores + shift, counts)
  if joint is None:
    # `tf.reshape` fails if there are fewer columns than rows, also in XLA.
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
