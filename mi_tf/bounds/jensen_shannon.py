"""The Jensen-Shannon bound, the divergence, and the MI that it implies."""

import math

import tensorflow as tf

from mi_tf.bounds import facts
from mi_tf.internal import numerics
from mi_tf.scores import checked_scores
from mi_tf.scores import reductions
from mi_tf.scores import types as score_types
from mi_tf.scores.dense import dense_reductions
from mi_tf.scores.streamed import streamed_reductions

_LOG_2 = math.log(2.0)
_NEWTON_ITERATIONS = 6


def _contrast(
  s: dense_reductions.DenseReductions | streamed_reductions.StreamedReductions,
) -> tf.Tensor:
  """Returns `mean_joint[-softplus(-f)] - mean_negative[softplus(f)]`."""
  joint, negative = s.reduce(
    reductions.Mean('joint', lambda f: -tf.math.softplus(-f)),
    reductions.Mean('negative', numerics.softplus),
  )
  return joint - negative


@facts.declare(side='lower', quantity='2 JSD - 2 log 2', cap='0', streams=True)
def lower_bound_jensen_shannon(
  logu: score_types.Scores,
  joint_sample_mask: score_types.Mask | None = None,
  validate_args: bool = False,
  name: str | None = None,
  *,
  sample_weight: score_types.SampleWeight | None = None,
) -> tf.Tensor:
  """Returns the GAN form of the Jensen-Shannon bound (not in nats of MI).

  Maximize the value to train a critic: it is the negative of a binary
  cross-entropy, as in TFP. The optimal critic is `log p(x, y) / (p(x) p(y))`,
  the log density ratio. To estimate MI, pass the scores of the trained critic
  to `mi_plug_in` or `lower_bound_donsker_varadhan`. The value is *neither* the
  MI (see `lower_bound_from_jensen_shannon`) nor the divergence (see
  `jensen_shannon_divergence`): its mean is at most `-2 log 2` for independent x
  and y.

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
  mean_joint[ -softplus(-f) ] - mean_negative[ softplus(f) ]
  ```

  Guarantee: lower bound in expectation on `2 JSD - 2 log 2`.   Units: nats.
  Cap: 0.   Gradient: exact.

  #### Examples

  >>> float(mi_tf.lower_bound_jensen_shannon(tf.zeros([4, 4])))
  -1.386...

  #### References

  [1]: Ian J. Goodfellow et al. Generative Adversarial Nets. _Neural
       Information Processing Systems_, 2014. https://arxiv.org/abs/1406.2661
  [2]: Sebastian Nowozin, Botond Cseke, Ryota Tomioka. f-GAN: Training
       Generative Neural Samplers using Variational Divergence Minimization.
       _Neural Information Processing Systems_, 2016.
       https://arxiv.org/abs/1606.00709
  """
  with tf.name_scope(name or 'lower_bound_jensen_shannon'):
    s = checked_scores.dense_or_streamed(
      logu, joint_sample_mask, validate_args, sample_weight=sample_weight
    )
    return s.result(_contrast(s))


@facts.declare(side='lower', quantity='2 JSD', cap='2 log 2', streams=True)
def jensen_shannon_divergence(
  logu: score_types.Scores,
  joint_sample_mask: score_types.Mask | None = None,
  validate_args: bool = False,
  name: str | None = None,
  *,
  sample_weight: score_types.SampleWeight | None = None,
) -> tf.Tensor:
  """Returns a lower bound on twice the Jensen-Shannon divergence.

  Pass scores of any critic. The value, which Deep InfoMax maximizes, is the
  Jensen-Shannon bound plus `2 log 2`. For the optimal critic, it is *twice* the
  divergence between `p(x, y)` and `p(x) p(y)`. The divergence is 0 for
  independent x and y, and at most `log 2`. For a poor critic, the value is
  negative. It is *not* the MI, although it grows with the MI.

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
  2 log 2 + mean_joint[ -softplus(-f) ] - mean_negative[ softplus(f) ]
  ```

  Guarantee: lower bound in expectation on 2 JSD.   Units: nats.
  Cap: 2 log 2.   Gradient: exact.

  #### Examples

  >>> float(mi_tf.jensen_shannon_divergence(tf.zeros([4, 4])))
  0.0

  #### References

  [1]: R Devon Hjelm et al. Learning deep representations by mutual information
       estimation and maximization. _International Conference on Learning
       Representations_, 2019. https://arxiv.org/abs/1808.06670
  """
  with tf.name_scope(name or 'jensen_shannon_divergence'):
    s = checked_scores.dense_or_streamed(
      logu, joint_sample_mask, validate_args, sample_weight=sample_weight
    )
    return s.result(2.0 * _LOG_2 + _contrast(s))


@facts.declare(side='lower', condition='with many samples', streams=True)
def lower_bound_from_jensen_shannon(
  logu: score_types.Scores,
  joint_sample_mask: score_types.Mask | None = None,
  validate_args: bool = False,
  name: str | None = None,
  *,
  sample_weight: score_types.SampleWeight | None = None,
) -> tf.Tensor:
  """Returns the MI that a Jensen-Shannon value implies, for any critic.

  Pass scores of any critic. The bound is loose, because it only uses how well
  joint samples and negatives can be distinguished. It is safe for any critic,
  because it has no mean of `exp`. A negative value means that the critic shows
  no dependence. The value is *not* an estimate of MI.

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

  Among all pairs of variables whose MI is `u`, the divergence `J` between
  `p(x, y)` and `p(x) p(y)` is greatest if the density ratio takes only the
  values 0 and `exp(u)`. (The divergence is the mean, over the joint
  distribution, of a concave function of the log ratio.) Hence `I >= u`, where

  ```none
  log 2 - J = 1/2 [ log(1 + exp(-u)) + exp(-u) log(1 + exp(u)) ]
  J         = log 2 - 1/2 mean_joint[ softplus(-f) ]
                    - 1/2 mean_negative[ softplus(f) ]
  ```

  In small batches, the value is too high on average, because `u` is convex in
  `J`. The bias is about `var(J)` times half the second derivative of `u`.

  Guarantee: lower bound in expectation, as the samples become many.
  Units: nats.   Cap: none.   Gradient: exact.

  #### Examples

  >>> scores = 20. * tf.eye(4) - 10.
  >>> bound = mi_tf.lower_bound_from_jensen_shannon(scores)
  >>> divergence = mi_tf.jensen_shannon_divergence(scores)
  >>> round(float(bound), 3), round(float(divergence), 4)
  (11.861, 1.3862)

  #### References

  [1]: Reuben Dorent, Polina Golland, William Wells III. Connecting
       Jensen-Shannon and Kullback-Leibler Divergences: A New Bound for
       Representation Learning. _arXiv preprint arXiv:2510.20644_, 2025.
       https://arxiv.org/abs/2510.20644
  """
  with tf.name_scope(name or 'lower_bound_from_jensen_shannon'):
    s = checked_scores.dense_or_streamed(
      logu, joint_sample_mask, validate_args, sample_weight=sample_weight
    )
    joint, negative = s.reduce(
      reductions.LogMeanExp('joint', lambda f: numerics.log_softplus(-f)),
      reductions.LogMeanExp('negative', numerics.log_softplus),
    )
    return s.result(
      information_from_log_deficit(
        numerics.log_add_exp(joint, negative) - _LOG_2
      )
    )


def information_from_log_deficit(log_deficit: tf.Tensor) -> tf.Tensor:
  """Returns the MI `u` of a divergence `J`, given `log(log 2 - J)`.

  Newton's method solves for `u`. The logarithm of `log 2 - J` is concave in
  `u`, with slopes between -1 and 0. From the initial values here, 6 iterations
  reach the precision of float64 for all `J` (see the test).
  """
  # The least values are near the end of the dtype's range: -1e35 in float32.
  most = tf.constant(math.log(log_deficit.dtype.max) - 8.0, log_deficit.dtype)
  log_twice = tf.where(log_deficit > most, most, log_deficit) + _LOG_2
  above = tf.maximum(-log_twice, 0.0)
  u = tf.where(
    log_twice > 0.0,
    1.0 - tf.exp(log_twice),
    above + tf.math.log1p(above),
  )
  for i in range(_NEWTON_ITERATIONS):
    if i == _NEWTON_ITERATIONS - 2:
      # Two iterations at the solution give its first two derivatives.
      u = tf.stop_gradient(u)
    log_first = numerics.log_softplus(-u)
    log_second = numerics.log_softplus(u) - u
    value = numerics.log_add_exp(log_first, log_second)
    u += (value - log_twice) / tf.math.sigmoid(log_second - log_first)
  return u
