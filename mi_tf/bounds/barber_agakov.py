"""The bounds of Barber and Agakov, from tractable densities."""

import tensorflow as tf

from mi_tf.bounds import facts
from mi_tf.internal import checks
from mi_tf.internal import numerics
from mi_tf.internal import types
from mi_tf.scores import sample_weights


def _densities(
  value: types.TensorLike, name: str, validate_args: bool
) -> tuple[tf.Tensor, tf.DType]:
  """Checks log densities of shape `[..., N]`; casts them for reductions."""
  tensor = checks.floating_tensor(value, name)
  if tensor.shape.rank == 0:
    raise ValueError(
      f'`{name}` must have shape [..., N]. Received: {name}.shape=().'
    )
  if tensor.shape.rank and tensor.shape[-1] == 0:
    raise ValueError(
      f'`{name}` must hold at least one sample. '
      f'Received: {name}.shape={tensor.shape}.'
    )
  tensor = checks.guarded(
    tensor,
    lambda: tf.rank(tensor) >= 1,
    f'`{name}` must have shape [..., N].',
    validate_args,
  )
  tensor = checks.guarded(
    tensor,
    lambda: tf.reduce_all(tf.math.is_finite(tensor)),
    f'`{name}` must be finite.',
    validate_args,
  )
  return tf.cast(tensor, checks.accumulation_dtype(tensor.dtype)), tensor.dtype


@facts.declare(side='lower', cap='h(X) if X is discrete', needs_density=True)
def lower_bound_barber_agakov(
  logu: types.TensorLike,
  entropy: types.TensorLike,
  validate_args: bool = False,
  name: str | None = None,
  *,
  sample_weight: types.TensorLike | None = None,
) -> tf.Tensor:
  """Returns the Barber-Agakov lower bound on MI, from a decoder q(x | y).

  Pass the log densities of a normalized decoder and the entropy of X: for
  example, a classifier's log probabilities and the entropy of the labels. The
  gap between the bound and the MI is the mean of `KL(p(x | y) || q(x | y))`.
  The value is *not* a bound if the decoder is not normalized or the entropy is
  too large.

  Args:
    logu: floating `Tensor`, shape `[..., N]`, `log q(x[i] | y[i])`.
    entropy: floating `Tensor` broadcastable to `[...]`, nats.
    validate_args: whether to check values at run time. Default value: `False`.
    name: name scope. Default value: `None`, which means the function's name.
    sample_weight: weights of the samples, `[..., N]`. Default value: `None`,
      which means 1.

  Returns:
    Floating `Tensor`, dtype of `logu`, shape `[...]`, in nats.

  Raises:
    ValueError: if `logu` is a scalar, or static weights break a rule of
      `mi_tf.bounds`.
    TypeError: if an argument is not floating, or weights are not numbers.
    tf.errors.InvalidArgumentError: if `validate_args` is True, and `logu` is
      not finite or weights break a rule.

  ```none
  I(X; Y) >= mean_i[ log q(x_i | y_i) ] + h(X)
  ```

  Guarantee: lower bound in expectation.   Units: nats.
  Cap: h(X) if X is discrete.   Gradient: exact.

  #### Examples

  There are two equally likely classes, and the decoder gives the true class a
  probability of .9:

  >>> log_q = tf.math.log([.9, .9, .9, .9])
  >>> round(float(mi_tf.lower_bound_barber_agakov(log_q, np.log(2.))), 4)
  0.5878

  #### References

  [1]: David Barber, Felix V. Agakov. The IM algorithm: a variational approach
       to Information Maximization. _Neural Information Processing Systems_,
       2003.
  """
  with tf.name_scope(name or 'lower_bound_barber_agakov'):
    logu, dtype = _densities(logu, 'logu', validate_args)
    entropy = checks.floating_tensor(entropy, 'entropy')
    checks.broadcastable(entropy, 'entropy', logu.shape[:-1], '[...]')
    entropy = tf.cast(entropy, logu.dtype)
    if sample_weight is None:
      value = tf.reduce_mean(logu, axis=-1) + entropy
    else:  # The entropy is added first: the value is 0 if no sample counts.
      value = sample_weights.mean(
        logu + entropy[..., tf.newaxis], sample_weight, validate_args
      )
    return numerics.cast_finite(value, dtype)


@facts.declare(
  side='upper', condition='for the true density', needs_density=True
)
def upper_bound_barber_agakov(
  log_conditional: types.TensorLike,
  log_marginal: types.TensorLike,
  validate_args: bool = False,
  name: str | None = None,
  *,
  sample_weight: types.TensorLike | None = None,
) -> tf.Tensor:
  """Returns the variational upper bound on MI, from a marginal q(y).

  Pass a known conditional density `p(y | x)`, such as a stochastic encoder's,
  and any normalized `q(y)`. The bound is the rate of a variational autoencoder,
  and exceeds the MI by `KL(p(y) || q(y))`. The value is *not* a bound if the
  conditional is learned and differs from the true one.

  Args:
    log_conditional: floating `Tensor`, shape `[..., N]`, `log p(y[i] | x[i])`.
    log_marginal: floating `Tensor`, shape `[..., N]`, `log q(y[i])`.
    validate_args: whether to check values at run time. Default value: `False`.
    name: name scope. Default value: `None`, which means the function's name.
    sample_weight: weights of the samples, `[..., N]`. Default value: `None`,
      which means 1.

  Returns:
    Floating `Tensor`, dtype of `log_conditional`, shape `[...]`, in nats.

  Raises:
    ValueError: if an argument is a scalar, the shapes do not broadcast, or
      static weights break a rule of `mi_tf.bounds`.
    TypeError: if an argument is not floating, or weights are not numbers.
    tf.errors.InvalidArgumentError: if `validate_args` is True, and a value is
      not finite or weights break a rule.

  ```none
  I(X; Y) <= mean_i[ log p(y_i | x_i) - log q(y_i) ]
  ```

  Guarantee: upper bound in expectation.   Units: nats.
  Cap: none.   Gradient: exact.

  #### Examples

  >>> float(mi_tf.upper_bound_barber_agakov([-1., -2.], [-2., -4.]))
  1.5

  #### References

  [1]: Ben Poole, Sherjil Ozair, Aaron van den Oord, Alexander A. Alemi, George
       Tucker. On Variational Bounds of Mutual Information. _International
       Conference on Machine Learning_, 2019. https://arxiv.org/abs/1905.06922
  """
  with tf.name_scope(name or 'upper_bound_barber_agakov'):
    conditional, dtype = _densities(
      log_conditional, 'log_conditional', validate_args
    )
    marginal, _ = _densities(log_marginal, 'log_marginal', validate_args)
    checks.broadcastable(
      marginal, 'log_marginal', conditional.shape, '`log_conditional`'
    )
    marginal = tf.cast(marginal, conditional.dtype)
    mean = sample_weights.mean(
      conditional - marginal, sample_weight, validate_args
    )
    return numerics.cast_finite(mean, dtype)
