"""Poole et al.'s interpolation between TUBA and InfoNCE."""

import math

import tensorflow as tf

from mi_tf.bounds import facts
from mi_tf.bounds import tuba
from mi_tf.internal import checks
from mi_tf.internal import numerics
from mi_tf.internal import types
from mi_tf.scores import checked_scores
from mi_tf.scores import types as score_types


@facts.declare(side='lower', cap='log(K / alpha)', rests_on_mean_exp=True)
def lower_bound_interpolated(
  logu: score_types.DenseScores,
  joint_sample_mask: types.TensorLike | None = None,
  validate_args: bool = False,
  name: str | None = None,
  *,
  log_baseline: types.TensorLike,
  alpha: types.TensorLike,
  sample_weight: score_types.SampleWeight | None = None,
) -> tf.Tensor:
  """Returns the interpolated bound I_alpha, between TUBA and InfoNCE.

  Pass scores of any critic, a baseline a(x), and `alpha`. The bound trades the
  variance of TUBA (`alpha = 0`) for the bias of InfoNCE (`alpha = 1`). Its cap
  is `log(K / alpha)` if each row has `K` negatives. At `alpha = 1`, the value
  is *not* exactly that of InfoNCE: each joint sample is compared with all but
  one of its row's negatives, and the result is averaged over the negative that
  is left out. With a mask, the bound computes `O(N M M)` numbers.

  Args:
    logu: floating, shape `[..., N, M]`, scores `f(x[i], y[j])`.
    joint_sample_mask: bool-like, broadcastable to `logu`, True at the joint
      samples. Default value: `None`, which means the identity.
    validate_args: whether to check values at run time. Default value: `False`.
    name: name scope. Default value: `None`, which means the function's name.
    log_baseline: floating `Tensor` broadcastable to `[..., N]`, `a(x[i])`.
    alpha: floating scalar in `[0, 1]`.
    sample_weight: weights of the samples, `[..., N]`, or a pair of row weights
      and column weights. Default value: `None`, which means 1.

  Returns:
    Floating `Tensor`, dtype of `logu`, shape `[...]`, in nats.

  Raises:
    ValueError: if a static shape or value breaks a rule of `mi_tf.bounds`,
      `log_baseline` is not broadcastable to `[..., N]`, or `alpha` is outside
      `[0, 1]`.
    TypeError: if a dtype breaks a rule.
    tf.errors.InvalidArgumentError: if `validate_args` finds a broken rule.

  ```none
  I(X; Y) >= 1 + mean_joint[ mean_k[ f_ij - b(i, {j} + Q_i - {k}) ] ]
               - mean_negative[ exp(f_ij - b(i, Q_i)) ]
  b(i, S)  = log( alpha mean_{j in S}[ exp(f_ij) ] + (1 - alpha) exp(a_i) )
  ```

  where `Q_i` are the negatives of row `i`, and `k` runs over `Q_i`.

  Guarantee: lower bound in expectation.   Units: nats.
  Cap: log(K / alpha).   Gradient: exact.

  #### Examples

  >>> scores = tf.constant([[3., 1., 2.], [1., 2., 0.]])
  >>> float(mi_tf.lower_bound_interpolated(scores, log_baseline=1., alpha=0.))
  1.228...

  #### References

  [1]: Ben Poole, Sherjil Ozair, Aaron van den Oord, Alexander A. Alemi, George
       Tucker. On Variational Bounds of Mutual Information. _International
       Conference on Machine Learning_, 2019. https://arxiv.org/abs/1905.06922
  """
  with tf.name_scope(name or 'lower_bound_interpolated'):
    s = checked_scores.dense(
      logu, joint_sample_mask, validate_args, 'row', sample_weight
    )
    baseline = tuba.row_baseline(log_baseline, s)
    alpha = checks.floating_tensor(alpha, 'alpha')
    known = tf.get_static_value(alpha)
    rule = '`alpha` must lie in [0, 1].'
    if known is not None and not 0.0 <= known <= 1.0:
      raise ValueError(f'{rule} Received: alpha={known}.')
    alpha = checks.guarded(
      alpha, lambda: (alpha >= 0.0) & (alpha <= 1.0), rule, validate_args
    )
    alpha = tf.cast(alpha, s.values.dtype)
    zero, one = tf.equal(alpha, 0.0), tf.equal(alpha, 1.0)
    minus_inf = tf.constant(-math.inf, alpha.dtype)
    log_alpha = tf.where(
      zero, minus_inf, tf.math.log(tf.where(zero, tf.ones_like(alpha), alpha))
    )
    log_rest = tf.where(
      one,
      minus_inf,
      tf.math.log1p(-tf.where(one, tf.zeros_like(alpha), alpha)),
    )

    def mixed(log_mean: tf.Tensor, a: tf.Tensor) -> tf.Tensor:
      return numerics.log_add_exp(log_alpha + log_mean, log_rest + a)

    # Marginal term: each row's set is its negatives. The mean of exp(f) over
    # it, relative to the normalizer, is 1 at alpha = 1, also as exp(f) -> 0.
    negative = tf.broadcast_to(s.negative_mask, tf.shape(s.values))
    log_count = s.log_num_row_negatives()
    log_mean = s.row_negative_log_mean_exp()
    finite = tf.math.is_finite(log_mean)
    log_mean = tf.where(finite, log_mean, tf.zeros_like(log_mean))
    nothing = tf.where(one, tf.zeros_like(alpha), minus_inf)
    ratio = tf.where(finite, log_mean - mixed(log_mean, baseline), nothing)
    partition = s.rows_negative_log_mean_exp(ratio)

    # Joint term: the sample, and its row's negatives but one.
    counts = s.row_negatives()
    if counts is not None:
      negative = counts > 0
    others = numerics.leave_one_out_log_sum_exp(s.values, negative, counts)
    joint = s.joint[..., tf.newaxis]
    own = joint
    if s.joint_sample_mask is not None:  # Joint arrays are [..., N, M] then.
      others, negative = (t[..., tf.newaxis, :] for t in (others, negative))
      log_count, baseline = (t[..., tf.newaxis] for t in (log_count, baseline))
      counts = None if counts is None else counts[..., tf.newaxis, :]
    if counts is not None:
      # A negative that counts less than once leaves as little room.
      room = tf.where(negative, tf.minimum(counts, 1.0), tf.ones_like(counts))
      own += tf.math.log(room)
    sets = numerics.log_add_exp(own, others)
    normalizer = mixed(
      sets - log_count[..., tf.newaxis], baseline[..., tf.newaxis]
    )
    left_out = tf.where(negative, joint - normalizer, tf.zeros_like(normalizer))
    if counts is not None:
      left_out *= counts
    mean = tf.reduce_sum(left_out, axis=-1) / tf.exp(log_count)
    return s.result(
      1.0 + s.joint_mean(mean) - numerics.exp_linear_tail(partition)
    )
