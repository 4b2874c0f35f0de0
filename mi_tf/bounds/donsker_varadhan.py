"""The Donsker-Varadhan bound, which MINE maximizes."""

import tensorflow as tf

from mi_tf.bounds import facts
from mi_tf.scores import checked_scores
from mi_tf.scores import reductions
from mi_tf.scores import types as score_types


@facts.declare(
  side='lower',
  condition='with many pairs',
  streams=True,
  rests_on_mean_exp=True,
)
def lower_bound_donsker_varadhan(
  logu: score_types.Scores,
  joint_sample_mask: score_types.Mask | None = None,
  validate_args: bool = False,
  name: str | None = None,
  *,
  sample_weight: score_types.SampleWeight | None = None,
) -> tf.Tensor:
  """Returns the Donsker-Varadhan (DV, MINE) lower bound on mutual information.

  Pass the scores of any critic for many held-out pairs at once: `n` pairs have
  `n (n - 1)` negatives, which suffice for about `2 log(n)` nats. For the same
  critic, the bound is tighter than NWJ. Adding a constant to `f` does not
  change the value. On a small batch, the value is *not* a bound: the logarithm
  of a mean over `n` independent negatives is too small on average, by about
  `var(exp(f)) / (2 n mean(exp(f)) ** 2)`.

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
  I(X; Y) >= mean_joint[ f ] - log mean_negative[ exp(f) ]
  ```

  Guarantee: lower bound in expectation, as the negatives become many.
  Units: nats.   Cap: none.   Gradient: biased in batches, because of the
  logarithm of a mean; the objective 'mine' corrects for it.

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
