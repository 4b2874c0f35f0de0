"""CLUB: the contrastive log-ratio."""

import tensorflow as tf

from mi_tf.bounds import facts
from mi_tf.scores import checked_scores
from mi_tf.scores import reductions
from mi_tf.scores import types as score_types


@facts.declare(
  side='none',
  condition='upper for the true density',
  streams=True,
  needs_density=True,
)
def mi_club(
  logu: score_types.Scores,
  joint_sample_mask: score_types.Mask | None = None,
  validate_args: bool = False,
  name: str | None = None,
  *,
  sample_weight: score_types.SampleWeight | None = None,
) -> tf.Tensor:
  """Returns CLUB, the contrastive log-ratio, an estimate of MI to minimize.

  Pass log densities. CLUB is an upper bound only if `logu` is the *exact*
  conditional log density `log p(y[j] | x[i])`. Even then, the value is often 3
  to 6 times too high. With a learned density, it may also be too low. For an
  upper bound, use `upper_bound_leave_one_out` or `upper_bound_barber_agakov`.

  Args:
    logu: floating, shape `[..., N, M]`, `log q(y[j] | x[i])`.
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
  mean_joint[ log q(y_j | x_i) ] - mean_negative[ log q(y_j | x_i) ]
  ```

  Guarantee: none (upper bound if the conditional is exact).   Units: nats.
  Cap: none.   Gradient: exact.

  #### Examples

  >>> float(mi_tf.mi_club(tf.constant([[3., 1.], [1., 2.]])))
  1.5

  #### References

  [1]: Pengyu Cheng et al. CLUB: A Contrastive Log-ratio Upper Bound of Mutual
       Information. _International Conference on Machine Learning_, 2020.
       https://arxiv.org/abs/2006.12013
  """
  with tf.name_scope(name or 'mi_club'):
    s = checked_scores.dense_or_streamed(
      logu, joint_sample_mask, validate_args, sample_weight=sample_weight
    )
    joint, negative = s.reduce(
      reductions.Mean('joint'), reductions.Mean('negative')
    )
    return s.result(joint - negative)
