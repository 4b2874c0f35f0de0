"""The contrastive Fenchel-Legendre bound (FLO)."""

import tensorflow as tf

from mi_tf.bounds import facts
from mi_tf.internal import checks
from mi_tf.internal import numerics
from mi_tf.scores import checked_scores


@facts.declare(side='lower', rests_on_mean_exp=True)
def lower_bound_fenchel_legendre(
  logu,
  joint_sample_mask=None,
  validate_args=False,
  name=None,
  *,
  dual,
  sample_weight=None,
):
  """Returns the Fenchel-Legendre (FLO) lower bound on mutual information.

  Unbiased like NWJ, and like InfoNCE unchanged when any `c(x)` is added to
  `f`: the second critic `u` learns the normalizer of each pair. At its best,
  `-u(x, y)` is the pointwise mutual information. It is *not* capped, and its
  variance grows like `exp(I)`. Like a baseline, `u` must not be computed from
  the negatives at hand.

  ```none
  I(X; Y) >= mean_joint[ 1 - u_ij - exp(-u_ij) mean_{k in Q_i}[
                 exp(f_ik - f_ij) ] ]
  ```

  where `Q_i` are the negatives of row `i`.

  Guarantee: lower bound in expectation.   Units: nats.
  Cap: none.   Gradient: exact.

  Args:
    logu: floating `Tensor`, shape `[..., N, M]`, `logu[..., i, j] =
      f(x[i], y[j])`.
    joint_sample_mask: bool-like `Tensor` broadcastable to `logu`, True for
      samples of the joint distribution. Default value: `None`, the identity.
    validate_args: Python `bool`, whether to check values at run time.
      Default value: `False`.
    name: Python `str`, the name scope. Default value: `None`, the function's.
    dual: floating `Tensor` broadcastable to `logu`, `u(x[i], y[j])`; only its
      values at joint samples count. For one value for each row, pass
      `u[..., tf.newaxis]`.
    sample_weight: nonnegative numbers broadcastable to `[..., N]`, how many
      times each sample counts, or a pair of those of rows and of columns; see
      `mi_tf.bounds`. Default value: `None`, once each.

  Returns:
    Floating `Tensor`, dtype of `logu`, shape `[...]`, in nats.

  Raises:
    ValueError: if shapes, a static mask or static weights break a rule of
      `mi_tf.bounds`, or `dual` is not broadcastable to `logu`.
    TypeError: if `logu` is not floating, the mask is not bool-like or weights
      are not numbers.
    tf.errors.InvalidArgumentError: if `validate_args` and a value breaks one.

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
