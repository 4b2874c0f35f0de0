"""The Donsker-Varadhan bound, which MINE maximizes."""

import tensorflow as tf

from mi_tf.bounds import facts
from mi_tf.scores import checked_scores
from mi_tf.scores import reductions


@facts.declare(
  side='lower',
  condition='with many pairs',
  streams=True,
  rests_on_mean_exp=True,
)
def lower_bound_donsker_varadhan(
  logu,
  joint_sample_mask=None,
  validate_args=False,
  name=None,
  *,
  sample_weight=None,
):
  """Returns the Donsker-Varadhan (DV, MINE) lower bound on mutual information.

  Tighter than NWJ for the same critic, and unchanged when a constant is added
  to `f`. It is *not* a bound on a small batch: the logarithm of a mean of few
  negatives is too small on average, by about `var(exp(f)) / (2 n mean(exp(f))
  ** 2)` for `n` independent negatives. Read it off many held-out pairs at once
  (all `n (n - 1)` of a sample), up to about `2 log(n)` nats.

  ```none
  I(X; Y) >= mean_joint[ f ] - log mean_negative[ exp(f) ]
  ```

  Guarantee: lower bound in expectation, as the negatives become many.
  Units: nats.   Cap: none.   Gradient: biased in batches, because of the
  logarithm of a mean; the objective 'mine' corrects for it.

  Args:
    logu: floating `Tensor`, shape `[..., N, M]`, `logu[..., i, j] =
      f(x[i], y[j])`.
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

  >>> scores = tf.constant([[3., 1.], [1., 2.]])
  >>> float(mi_tf.lower_bound_donsker_varadhan(scores))
  1.5

  #### References

  [1]: Monroe D. Donsker, S. R. Srinivasa Varadhan. Asymptotic evaluation of
       certain Markov process expectations for large time. IV.
       _Communications on Pure and Applied Mathematics_, 1983.
       https://doi.org/10.1002/cpa.3160360204
  [2]: Mohamed Ishmael Belghazi et al. MINE: Mutual Information Neural
       Estimation. _International Conference on Machine Learning_, 2018.
       https://arxiv.org/abs/1801.04062
  """
  with tf.name_scope(name or 'lower_bound_donsker_varadhan'):
    s = checked_scores.dense_or_streamed(
      logu, joint_sample_mask, validate_args, sample_weight=sample_weight
    )
    joint, partition = s.reduce(
      reductions.Mean('joint'), reductions.LogMeanExp('negative')
    )
    return s.result(joint - partition)
