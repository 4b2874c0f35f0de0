"""The InfoNCE bound."""

import tensorflow as tf

from mi_tf.bounds import facts
from mi_tf.scores import checked_scores
from mi_tf.scores import reductions


@facts.declare(side='lower', cap=facts.LOG_COLUMNS, streams=True)
def lower_bound_info_nce(
  logu,
  joint_sample_mask=None,
  validate_args=False,
  name=None,
  *,
  sample_weight=None,
):
  """Returns the InfoNCE lower bound on mutual information.

  The bound of low variance: use it to train representations and to compare
  critics. It is *not* an estimate once it nears its cap, `log(M)`, which no
  critic can pass: to see 10 nats takes more than 22,000 columns.

  ```none
  I(X; Y) >= mean_joint[ f_ij - log sum_k exp(f_ik) ] + log(M)
  ```

  With several joint samples in a row, each is compared with the whole row, the
  other joint samples included; the bound still holds, and its cap is `log(M)`
  less the log of their number. The value does not change when any `c(x)` is
  added to `f`: a critic that was trained by it has learned the log density
  ratio up to such a `c(x)`.

  Guarantee: lower bound in expectation.   Units: nats.
  Cap: log(M).   Gradient: exact.

  Args:
    logu: floating `Tensor`, shape `[..., N, M]`, `logu[..., i, j] =
      f(x[i], y[j])`, `M >= 2`.
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

  One-dimensional Gaussians of correlation .8, true MI .511 nats:

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
