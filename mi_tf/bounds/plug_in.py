"""The plug-in estimate: the mean score of the joint samples."""

import tensorflow as tf

from mi_tf.bounds import facts
from mi_tf.scores import checked_scores
from mi_tf.scores import reductions


@facts.declare(side='none', streams=True)
def mi_plug_in(
  logu,
  joint_sample_mask=None,
  validate_args=False,
  name=None,
  *,
  sample_weight=None,
):
  """Returns the mean score of the joint samples, an estimate of MI.

  For critics that estimate the log density ratio itself (trained by the
  Jensen-Shannon bound): then it is the estimate of least variance, with the
  sampling error of a mean, and `mean_negative[exp(f)]` near 1 is its check. It
  is *not* a bound, and means nothing for a critic trained by InfoNCE, which is
  free to add any `c(x)`.

  ```none
  mean_joint[ f ]
  ```

  Guarantee: none.   Units: nats.   Cap: none.   Gradient: not for training.

  Args:
    logu: floating `Tensor`, shape `[..., N, M]`, `logu[..., i, j] =
      f(x[i], y[j])`. No negatives are needed.
    joint_sample_mask: bool-like `Tensor` broadcastable to `logu`, True for
      samples of the joint distribution. Default value: `None`, the identity.
    validate_args: Python `bool`, whether to check values at run time.
      Default value: `False`.
    name: Python `str`, the name scope. Default value: `None`, the function's.
    sample_weight: nonnegative numbers broadcastable to `[..., N]`, how many
      times each sample counts, or a pair of those of rows and of columns; see
      `mi_tf.bounds`. Default value: `None`, once each.

  Returns:
    Floating `Tensor`, dtype of `logu`, shape `[...]`, in nats.

  Raises:
    ValueError: if shapes, a static mask or static weights break a rule of
      `mi_tf.bounds`.
    TypeError: if `logu` is not floating, the mask is not bool-like or weights
      are not numbers.
    tf.errors.InvalidArgumentError: if `validate_args` and a value breaks one.

  #### Examples

  >>> float(mi_tf.mi_plug_in(tf.constant([[3., 1.], [1., 2.]])))
  2.5
  """
  with tf.name_scope(name or 'mi_plug_in'):
    s = checked_scores.dense_or_streamed(
      logu, joint_sample_mask, validate_args, None, sample_weight
    )
    return s.result(*s.reduce(reductions.Mean('joint')))
