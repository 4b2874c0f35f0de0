"""The bound of Nguyen, Wainwright and Jordan."""

import tensorflow as tf

from mi_tf.bounds import facts
from mi_tf.internal import numerics
from mi_tf.scores import checked_scores
from mi_tf.scores import reductions
from mi_tf.scores import types as score_types


@facts.declare(side='lower', streams=True, rests_on_mean_exp=True)
def lower_bound_nguyen_wainwright_jordan(
  logu: score_types.Scores,
  joint_sample_mask: score_types.Mask | None = None,
  validate_args: bool = False,
  name: str | None = None,
  *,
  sample_weight: score_types.SampleWeight | None = None,
) -> tf.Tensor:
  """Returns the NWJ lower bound (also f-GAN KL, MINE-f) on mutual information.

  Pass normalized scores: the optimal critic is `1 + log p(x, y) / (p(x) p(y))`.
  A critic trained by InfoNCE is *not* normalized. The bound is unbiased and has
  no cap, but its variance grows like `exp(I)`: use it if MI is at most a few
  nats.

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
  I(X; Y) >= mean_joint[ f ] - exp(-1) mean_negative[ exp(f) ]
  ```

  Guarantee: lower bound in expectation.   Units: nats.
  Cap: none.   Gradient: exact.

  #### Examples

  For one-dimensional Gaussians with correlation .8, the true MI is .511 nats:

  >>> eps = tf.random.stateless_normal([2, 4000, 1], seed=[0, 7])
  >>> y = eps[0]
  >>> x = .8 * y + .6 * eps[1]
  >>> log_ratio = (tf.square(x) / 2. - tf.square(x - .8 * y[:, 0]) / .72
  ...              - np.log(.6))  # log p(x[i] | y[j]) / p(x[i])
  >>> value = mi_tf.lower_bound_nguyen_wainwright_jordan(1. + log_ratio)
  >>> abs(float(value) - .511) < .02
  True

  #### References

  [1]: XuanLong Nguyen, Martin J. Wainwright, Michael I. Jordan. Estimating
       Divergence Functionals and the Likelihood Ratio by Convex Risk
       Minimization. _IEEE Transactions on Information Theory_, 2010.
       https://arxiv.org/abs/0809.0853
  [2]: Sebastian Nowozin, Botond Cseke, Ryota Tomioka. f-GAN: Training
       Generative Neural Samplers using Variational Divergence Minimization.
       _Neural Information Processing Systems_, 2016.
       https://arxiv.org/abs/1606.00709
  """
  with tf.name_scope(name or 'lower_bound_nguyen_wainwright_jordan'):
    s = checked_scores.dense_or_streamed(
      logu, joint_sample_mask, validate_args, sample_weight=sample_weight
    )
    joint, partition = s.reduce(
      reductions.Mean('joint'), reductions.LogMeanExp('negative')
    )
    return s.result(joint - numerics.exp_linear_tail(partition - 1.0))
