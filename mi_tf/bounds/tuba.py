"""The tractable unnormalized bound of Barber and Agakov (TUBA)."""

import tensorflow as tf

from mi_tf.bounds import facts
from mi_tf.internal import checks
from mi_tf.internal import numerics
from mi_tf.internal import types
from mi_tf.scores import checked_scores
from mi_tf.scores import reductions
from mi_tf.scores import types as score_types
from mi_tf.scores.dense import dense_reductions
from mi_tf.scores.streamed import streamed_reductions


def row_baseline(
  log_baseline: types.TensorLike,
  s: dense_reductions.DenseReductions | streamed_reductions.StreamedReductions,
) -> tf.Tensor:
  """Checks `log_baseline` against `s` and expands it to `[..., N]`."""
  baseline = checks.floating_tensor(log_baseline, 'log_baseline')
  checks.broadcastable(baseline, 'log_baseline', s.row_shape, '[..., N]')
  return tf.broadcast_to(
    tf.cast(baseline, s.accumulation_dtype), s.dynamic_row_shape()
  )


@facts.declare(side='lower', streams=True, rests_on_mean_exp=True)
def lower_bound_tuba(
  logu: score_types.Scores,
  joint_sample_mask: score_types.Mask | None = None,
  validate_args: bool = False,
  name: str | None = None,
  *,
  log_baseline: types.TensorLike,
  sample_weight: score_types.SampleWeight | None = None,
) -> tf.Tensor:
  """Returns the TUBA lower bound on mutual information, with a baseline a(x).

  Pass scores of any critic, and a baseline: the log of a normalizer for each x.
  The best baseline is `log E_y[exp(f(x, y))]`. With this baseline, the variance
  is lower than that of NWJ, and adding any `c(x)` to `f` does not change the
  value. A constant baseline of 1 gives NWJ. The baseline may be learned
  (`LearnedBaseline`) or averaged over training (`MovingAverageBaseline`). If
  the baseline is computed from the negatives in `logu`, the value is *not* a
  bound.

  Args:
    logu: floating, shape `[..., N, M]`, scores `f(x[i], y[j])`.
    joint_sample_mask: bool-like, broadcastable to `logu`, True at the joint
      samples. Default value: `None`, which means the identity.
    validate_args: whether to check values at run time. Default value: `False`.
    name: name scope. Default value: `None`, which means the function's name.
    log_baseline: floating `Tensor` broadcastable to `[..., N]`, `a(x[i])`.
    sample_weight: weights of the samples, `[..., N]`, or a pair of row weights
      and column weights. Default value: `None`, which means 1.

  Returns:
    Floating `Tensor`, dtype of `logu`, shape `[...]`, in nats.

  Raises:
    ValueError: if a static shape or value breaks a rule of `mi_tf.bounds`, or
      `log_baseline` is not broadcastable to `[..., N]`.
    TypeError: if a dtype breaks a rule.
    tf.errors.InvalidArgumentError: if `validate_args` finds a broken rule.

  ```none
  I(X; Y) >= 1 + mean_joint[ f_ij - a_i ] - mean_negative[ exp(f_ij - a_i) ]
  ```

  Guarantee: lower bound in expectation.   Units: nats.
  Cap: none.   Gradient: exact, with respect to the baseline also.

  #### Examples

  >>> scores = tf.constant([[3., 1.], [1., 2.]])
  >>> float(mi_tf.lower_bound_tuba(scores, log_baseline=[1., 1.]))
  1.5

  A training loop for a critic and a baseline (the objective 'tuba' of
  `MiEstimator` does the same):

  >>> critic = mi_tf.SeparableCritic((16,), 8)
  >>> baseline = mi_tf.LearnedBaseline((16,))
  >>> optimizer = keras.optimizers.Adam(1e-2)
  >>> @tf.function(autograph=False)
  ... def train_step(x, y):
  ...   with tf.GradientTape() as tape:
  ...     bound = mi_tf.lower_bound_tuba(critic(x, y), log_baseline=baseline(x))
  ...     loss = -bound
  ...   weights = critic.trainable_weights + baseline.trainable_weights
  ...   optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
  ...   return bound  # In nats.
  >>> x = tf.random.stateless_normal([256, 2], seed=[0, 1])
  >>> first = train_step(x, x)
  >>> for _ in range(30):
  ...   last = train_step(x, x)
  >>> bool(last > first)
  True

  #### References

  [1]: Ben Poole, Sherjil Ozair, Aaron van den Oord, Alexander A. Alemi, George
       Tucker. On Variational Bounds of Mutual Information. _International
       Conference on Machine Learning_, 2019. https://arxiv.org/abs/1905.06922
  """
  with tf.name_scope(name or 'lower_bound_tuba'):
    s = checked_scores.dense_or_streamed(
      logu, joint_sample_mask, validate_args, sample_weight=sample_weight
    )
    baseline = row_baseline(log_baseline, s)
    joint, partition = s.reduce(
      reductions.Mean('joint', row_shift=baseline),
      reductions.LogMeanExp('negative', row_shift=baseline),
    )
    return s.result(1.0 + joint - numerics.exp_linear_tail(partition))
