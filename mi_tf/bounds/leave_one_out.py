"""The leave-one-out upper bound."""

import tensorflow as tf

from mi_tf.bounds import facts
from mi_tf.internal import types
from mi_tf.scores import checked_scores
from mi_tf.scores import types as score_types


@facts.declare(
  side='upper', condition='for the true density', needs_density=True
)
def upper_bound_leave_one_out(
  logu: score_types.DenseScores,
  joint_sample_mask: types.TensorLike | None = None,
  validate_args: bool = False,
  name: str | None = None,
  *,
  sample_weight: score_types.SampleWeight | None = None,
) -> tf.Tensor:
  """Returns the leave-one-out upper bound on mutual information.

  Pass the known conditional log densities of `N >= 2` samples, such as a
  stochastic encoder's. The marginal density of `y[j]` is estimated by the mean
  of the densities of `y[j]` given the *other* x. The variance of the bound
  grows with the MI, and its upward bias grows with the dimension. The value is
  *not* a bound if `logu` is a critic or an unnormalized density.

  Args:
    logu: floating, shape `[..., N, M]`, `log p(y[j] | x[i])`.
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
  I(X; Y) <= mean_joint[ log p(y_j | x_i)
                         - log mean_{k: (k, j) negative}[ p(y_j | x_k) ] ]
  ```

  Guarantee: upper bound in expectation, if `logu` is `log p(y | x)`.
  Units: nats.   Cap: none.   Gradient: exact.

  #### Examples

  >>> float(mi_tf.upper_bound_leave_one_out(tf.constant([[3., 1.], [1., 2.]])))
  1.5

  Here `p`, a stochastic encoder, is a `tfd.Distribution` with one conditional
  for each `x[i]`. `p.log_prob(y[:, tf.newaxis])` has one row for each *y*, so
  transpose it. Without the transpose, the value is lower, and may be *below*
  the MI. No error is raised: both matrices hold log densities of all pairs,
  with the joint samples on the diagonal.

  >>> x = tf.random.stateless_normal([1000, 1], seed=[0, 1])
  >>> p = tfd.MultivariateNormalDiag(.8 * x, [.6])  # True MI .511 nats.
  >>> y = p.sample(seed=[0, 2])  # Shape [1000, 1], y[i] given x[i].
  >>> by_y = p.log_prob(y[:, tf.newaxis])  # [i, j]: y[i] given x[j].
  >>> logu = tf.transpose(by_y)  # [i, j]: y[j] given x[i].
  >>> bound = mi_tf.upper_bound_leave_one_out
  >>> bool(bound(logu) > bound(by_y))
  True

  #### References

  [1]: Ben Poole, Sherjil Ozair, Aaron van den Oord, Alexander A. Alemi, George
       Tucker. On Variational Bounds of Mutual Information. _International
       Conference on Machine Learning_, 2019. https://arxiv.org/abs/1905.06922
  """
  with tf.name_scope(name or 'upper_bound_leave_one_out'):
    s = checked_scores.dense(
      logu, joint_sample_mask, validate_args, 'column', sample_weight
    )
    marginal = s.columns(s.column_negative_log_mean_exp())
    return s.result(s.joint_mean(s.joint - marginal))
