"""The Jensen-Shannon bound, the divergence, and what it says of MI."""

import math

import tensorflow as tf

from mi_tf.bounds import facts
from mi_tf.internal import numerics
from mi_tf.scores import checked_scores
from mi_tf.scores import reductions

_LOG_2 = math.log(2.0)
_NEWTON_STEPS = 6


def _contrast(s):
  """Returns `mean_joint[-softplus(-f)] - mean_negative[softplus(f)]`."""
  joint, negative = s.reduce(
    reductions.Mean('joint', lambda f: -tf.math.softplus(-f)),
    reductions.Mean('negative', numerics.softplus),
  )
  return joint - negative


@facts.declare(side='lower', measure='2 JSD - 2 log 2', cap='0', streams=True)
def lower_bound_jensen_shannon(
  logu,
  joint_sample_mask=None,
  validate_args=False,
  name=None,
  *,
  sample_weight=None,
):
  """Returns the GAN form of the Jensen-Shannon bound (not in nats of MI).

  The negative of a binary cross-entropy, to train critics by: its best critic
  is the log density ratio, `log p(x, y) / (p(x) p(y))`, which other functions
  (`mi_plug_in`, Donsker-Varadhan) then read. The value is TFP's. It is
  *not* mutual information and not the divergence either: at independence it is
  `-2 log 2`. See `jensen_shannon_divergence` and
  `lower_bound_from_jensen_shannon` for those.

  ```none
  mean_joint[ -softplus(-f) ] - mean_negative[ softplus(f) ]
  ```

  Guarantee: lower bound in expectation on `2 JSD - 2 log 2`.   Units: nats.
  Cap: 0.   Gradient: exact.

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


@facts.declare(side='lower', measure='2 JSD', cap='2 log 2', streams=True)
def jensen_shannon_divergence(
  logu,
  joint_sample_mask=None,
  validate_args=False,
  name=None,
  *,
  sample_weight=None,
):
  """Returns a lower bound on twice the Jensen-Shannon divergence.

  The measure that Deep InfoMax maximizes: the bound with its constant, at most
  2 log 2, and negative for a poor critic. At the best critic it is *twice* the
  Jensen-Shannon divergence (as usually defined, at most log 2) between
  `p(x, y)` and `p(x) p(y)`: 0 at independence. It is *not* mutual information,
  though it grows with it.

  ```none
  2 log 2 + mean_joint[ -softplus(-f) ] - mean_negative[ softplus(f) ]
  ```

  Guarantee: lower bound in expectation on 2 JSD.   Units: nats.
  Cap: 2 log 2.   Gradient: exact.

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
  logu,
  joint_sample_mask=None,
  validate_args=False,
  name=None,
  *,
  sample_weight=None,
):
  """Returns the MI that a Jensen-Shannon value implies, for any critic.

  A bound that does not blow up whatever the critic, from means of softplus
  alone. Loose (it knows only how well joint and marginal pairs can be told
  apart) but safe. The divergence between `p(x, y)` and `p(x) p(y)` is greatest
  for a given MI of `u` if the ratio takes the values 0 and `exp(u)` alone,
  because with `t = log p(x, y) / (p(x) p(y))` it is a mean over the joint
  distribution of a function concave in `t`; hence `I >= u`, where

  ```none
  log 2 - J = 1/2 [ log(1 + exp(-u)) + exp(-u) log(1 + exp(u)) ]
  J         = log 2 - 1/2 mean_joint[ softplus(-f) ]
                    - 1/2 mean_negative[ softplus(f) ]
  ```

  The value is negative where `J` is: then the critic shows nothing. It is
  *not* an estimate. Being convex in `J`, it is too high on average in small
  batches, by `var(J)` times half its curvature.

  Guarantee: lower bound in expectation, as the samples become many.
  Units: nats.   Cap: none.   Gradient: exact.

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


def information_from_log_deficit(log_deficit):
  """Solves for the MI `u` at which the divergence is `log 2 - deficit`.

  Newton's method on the logarithm of the deficit, which is concave in `u` with
  slopes between -1 and 0. From these starts, 6 steps reach the last digit of
  float64 over the whole range (see the test).

  Args:
    log_deficit: floating `Tensor`, `log(log 2 - J)`.

  Returns:
    Floating `Tensor` of the same shape, nats.
  """
  # Values near the end of the dtype's range (-1e35 in float32) are the least.
  most = tf.constant(math.log(log_deficit.dtype.max) - 8.0, log_deficit.dtype)
  log_twice = tf.where(log_deficit > most, most, log_deficit) + _LOG_2
  above = tf.maximum(-log_twice, 0.0)
  u = tf.where(
    log_twice > 0.0,
    1.0 - tf.exp(log_twice),
    above + tf.math.log1p(above),
  )
  for i in range(_NEWTON_STEPS):
    if i == _NEWTON_STEPS - 2:
      # Two steps from the solution give its first two derivatives.
      u = tf.stop_gradient(u)
    log_first = numerics.log_softplus(-u)
    log_second = numerics.log_softplus(u) - u
    value = numerics.log_add_exp(log_first, log_second)
    u += (value - log_twice) / tf.math.sigmoid(log_second - log_first)
  return u
