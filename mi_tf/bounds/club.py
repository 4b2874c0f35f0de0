"""CLUB: the contrastive log-ratio."""

import tensorflow as tf

from mi_tf.bounds import facts
from mi_tf.scores import checked_scores
from mi_tf.scores import reductions


@facts.declare(
  side='none',
  condition='upper for the true density',
  streams=True,
  needs_density=True,
)
def mi_club(
  logu,
  joint_sample_mask=None,
  validate_args=False,
  name=None,
  *,
  sample_weight=None,
):
  """Returns CLUB, the contrastive log-ratio, to minimize MI with.

  An upper bound only if `logu` is the *exact* conditional log density
  `log p(y[j] | x[i])`, and then a loose one (3 to 6 times too high is common).
  With a learned decoder it has no side: hence the prefix. For a bound on MI
  from above use `upper_bound_leave_one_out` or `upper_bound_barber_agakov`.

  ```none
  mean_joint[ log q(y_j | x_i) ] - mean_negative[ log q(y_j | x_i) ]
  ```

  Guarantee: none (upper bound if the conditional is exact).   Units: nats.
  Cap: none.   Gradient: exact.

  Args:
    logu: floating `Tensor`, shape `[..., N, M]`, `logu[..., i, j] =
      log q(y[j] | x[i])`.
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
