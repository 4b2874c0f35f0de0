"""The contrastive Fenchel-Legendre bound (FLO)."""

import tensorflow as tf

from mi_tf.bounds import facts
from mi_tf.internal import checks
from mi_tf.internal import numerics
from mi_tf.internal import types
from mi_tf.scores import checked_scores
from mi_tf.scores import types as score_types


@facts.declare(side='lower', rests_on_mean_exp=True)
def lower_bound_fenchel_legendre(
  logu: score_types.DenseScores,
  joint_sample_mask: types.TensorLike | None = None,
  validate_args: bool = False,
  name: str | None = None,
  *,
  dual: types.TensorLike,
  sample_weight: score_types.SampleWeight | None = None,
) -> tf.Tensor:
  """Returns the Fenchel-Legendre (FLO) lower bound on mutual information.

  Pass scores of any critic and the values of a second critic `u`, which learns
  the normalizer of each pair. Like NWJ, the bound is unbiased. Like InfoNCE, it
  does not change if any `c(x)` is added to `f`. At the optimum, `-u(x, y)` is
  the pointwise mutual information. The bound has no cap, and its variance grows
  like `exp(I)`. Do *not* compute `u` from the negatives at hand.

  Args:
    logu: floating, shape `[..., N, M]`, scores `f(x[i], y[j])`.
    joint_sample_mask: bool-like, broadcastable to `logu`, True at the joint
      samples. Default value: `None`, which means the identity.
    validate_args: whether to check values at run time. Default value: `False`.
    name: name scope. Default value: `None`, which means the function's name.
    dual: floating `Tensor` broadcastable to `logu`, `u(x[i], y[j])`; only its
      values at joint samples count. To pass one value per row, use
      `u[..., tf.newaxis]`.
    sample_weight: weights of the samples, `[..., N]`, or a pair of row weights
      and column weights. Default value: `None`, which means 1.

  Returns:
    Floating `Tensor`, dtype of `logu`, shape `[...]`, in nats.

  Raises:
    ValueError: if a static shape or value breaks a rule of `mi_tf.bounds`, or
      `dual` is not broadcastable to `logu`.
    TypeError: if a dtype breaks a rule.
    tf.errors.InvalidArgumentError: if `validate_args` finds a broken rule.

  ```none
  I(X; Y) >= mean_joint[ 1 - u_ij - exp(-u_ij) mean_{k in Q_i}[
                 exp(f_ik - f_ij) ] ]
  ```

  where `Q_i` are the negatives of row `i`.

  Guarantee: lower bound in expectation.   Units: nats.
  Cap: none.   Gradient: exact.

  #### Examples

  >>> scores = tf.constant([[3., 1.], [1., 2.]])
  >>> float(mi_tf.lower_bound_fenchel_legendre(scores, dual=[[-2.], [-1.]]))
  1.5

  #### References

  [1]: Qing Guo et al. Tight Mutual Information Estimation With Contrastive
       Fenchel-Legendre Optimization. _Neural Information Processing Systems_,
       2022. https://arxiv.org/abs/2107.01131
  """
  with tf.name_scope(name or 'lower_bound_fenchel_legendre'):
    s = checked_scores.dense(
      logu, joint_sample_mask, validate_args, 'row', sample_weight
    )
    dual = checks.floating_tensor(dual, 'dual')
    checks.broadcastable(dual, 'dual', s.values.shape, '`logu`')
    dual = s.pairs(tf.cast(dual, s.values.dtype))
    log_ratio = s.rows(s.row_negative_log_mean_exp()) - s.joint
    terms = 1.0 - dual - numerics.exp_linear_tail(log_ratio - dual)
    return s.result(s.joint_mean(terms))
