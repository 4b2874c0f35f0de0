"""The InfoNCE bound."""

import tensorflow as tf

from mi_tf.bounds import facts
from mi_tf.scores import checked_scores
from mi_tf.scores import reductions
from mi_tf.scores import types as score_types


@facts.declare(side='lower', cap=facts.LOG_COLUMNS, streams=True)
def lower_bound_info_nce(
  logu: score_types.Scores,
  joint_sample_mask: score_types.Mask | None = None,
  validate_args: bool = False,
  name: str | None = None,
  *,
  sample_weight: score_types.SampleWeight | None = None,
) -> tf.Tensor:
  """Returns the InfoNCE lower bound on mutual information.

  Pass scores of any critic, with `M >= 2`. The variance of the bound is low:
  use it to train representations and to compare critics. The value can't exceed
  `log(M)`. Near this cap, it is *not* an estimate of MI. For example, a value
  of 10 nats needs more than 22,000 columns.

  Args:
    logu: floating, shape `[..., N, M]`, scores `f(x[i], y[j])`.
    joint_sample_mask: bool-like, broadcastable to `logu`, True at the joint
      samples. Default value: `None`, which means the identity.
    validate_args: whether to check values at run time. Default value: `False`.
    name: name scope. Default value: `None`, which means the function's name.
    sample_weight: weights of the samples, `[..., N]`, or a pair of row weights
      and column weights. Default value: `None`, which means 1.

  Returns:
    Floating `Tensor`, dtype of `logu`, shape `[...]`, in nats.

  See `mi_tf.bounds` for the rules of arguments, and their errors.

  ```none
  I(X; Y) >= mean_joint[ f_ij - log sum_k exp(f_ik) ] + log(M)
  ```

  Each joint sample is compared with its whole row. If rows have `P` joint
  samples each, the bound still holds, and its cap is `log(M / P)`. Adding any
  `c(x)` to `f` does not change the value. A critic trained by InfoNCE therefore
  learns the log density ratio only up to a `c(x)`.

  Guarantee: lower bound in expectation.   Units: nats.
  Cap: log(M).   Gradient: exact.

  #### Examples

  For one-dimensional Gaussians with correlation .8, the true MI is .511 nats:

  >>> eps = tf.random.stateless_normal([2, 4000, 1], seed=[0, 7])
  >>> y = eps[0]
  >>> x = .8 * y + .6 * eps[1]
  >>> scores = -tf.square(x - .8 * y[:, 0]) / (2. * .36)  # log p(x[i] | y[j])
  >>> abs(float(mi_tf.lower_bound_info_nce(scores)) - .51) < .02
  True

  #### References

  [1]: Aaron van den Oord, Yazhe Li, Oriol Vinyals. Representation Learning
       with Contrastive Predictive Coding. _arXiv preprint arXiv:1807.03748_,
       2018. https://arxiv.org/abs/1807.03748
  """
  with tf.name_scope(name or 'lower_bound_info_nce'):
    s = checked_scores.dense_or_streamed(
      logu, joint_sample_mask, validate_args, sample_weight=sample_weight
    )
    (log_share,) = s.reduce(reductions.LogSoftmax())
    return s.result(log_share + s.log_num_columns())
