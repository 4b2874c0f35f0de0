"""Conditional mutual information, as the difference of two estimates."""

from typing import Any
from typing import Literal

from mi_tf.estimation.readout import limits
from mi_tf.estimation.rows import preparation
from mi_tf.estimation.rows import splits
from mi_tf.estimation.variables import checking
from mi_tf.estimation.variables import joining
from mi_tf.internal import types
from mi_tf.results import mi_estimate


def estimate_conditional_mi(
  x: types.Rows,
  y: types.Rows,
  z: types.Rows,
  *,
  x_kind: Literal['auto', 'categorical', 'continuous', 'image'] = 'auto',
  y_kind: Literal['auto', 'categorical', 'continuous'] = 'auto',
  z_kind: Literal['auto', 'categorical', 'continuous'] = 'auto',
  missing: Literal['refuse', 'class'] = 'refuse',
  **options: Any,
) -> mi_estimate.MiEstimate:
  """Returns an estimate of `I(X; Y | Z)`, the information beyond Z.

  The result is the difference of two estimates of `estimate_mi`:

  ```none
  I(X; Y | Z) = I(X; (Y, Z)) - I(X; Z)
  ```

  Both terms use the same held-out rows, so the sampling error is computed from
  differences of pointwise values. The other errors remain: if `I(X; Z)` is many
  times the result, an error of a few percent of `I(X; Z)` is large for the
  result (see `warnings`). This is *not* a test of conditional independence.

  `x` and `y` may be swapped: let `x` be the variable with more columns, or the
  images.

  Guarantee: none, since a difference of two lower bounds is not a bound.
  `lower_bound` is always 0: a greater bound would need an upper bound on
  `I(X; Z)`, which no number of samples gives. `0 <= mi <= cap`, where the cap
  is the smaller of the entropies of `x` and `y` (infinite if continuous).
  `diagnostics['unclipped']` is the unclipped difference.   Units: nats.

  Args:
    x: array, `Tensor`, `DataFrame`, list or images, as for `estimate_mi`.
    y: like `x`, but not images, since the columns of `y` and `z` are joined.
    z: the condition, like `y`.
    x_kind: 'continuous', 'categorical', 'image' or 'auto'.
    y_kind: 'continuous', 'categorical' or 'auto'.
    z_kind: 'continuous', 'categorical' or 'auto'.
    missing: 'refuse' forbids missing cells; 'class' makes them a class.
    **options: arguments of `estimate_mi`, for both terms: `sample_weight`,
      `method`, `groups`, `folds`, `seed`, `critic`, `objective`, `batch_size`,
      `learning_rate`, `max_epochs`, `patience` and `callbacks`.

  Returns:
    `MiEstimate`, in nats. `pointwise` holds estimates of
    `log p(x, y | z) / (p(x | z) p(y | z))`, and `diagnostics['terms']` holds
    the estimates of both terms.

  Raises:
    ValueError: if `y` or `z` holds images, or if `estimate_mi` raises a
      `ValueError`.
    TypeError: if a variable holds neither numbers nor strings, or an option is
      not an argument of `estimate_mi`.

  #### Examples

  >>> rng = np.random.default_rng(0)
  >>> z = rng.normal(size=1000)
  >>> x, y = z + rng.normal(size=(2, 1000))
  >>> estimate = mi_tf.estimate_conditional_mi(x, y, z)
  >>> abs(estimate.mi) < .1  # Although I(X; Y) = .144 nats.
  True

  #### References

  [1]: Sudipto Mukherjee, Himanshu Asnani, Sreeram Kannan. CCMI: Classifier
       based Conditional Mutual Information Estimation. _Uncertainty in
       Artificial Intelligence_, 2019. https://arxiv.org/abs/1906.01824
  """
  # Imported here: methods load SciPy, which takes time.
  from mi_tf.estimation import chain_rule
  from mi_tf.estimation import pipeline

  chain_rule.check_options(options)
  prepared = preparation.prepare(
    {'x': x, 'y': y, 'z': z},
    [
      lambda x: checking.check(x, 'x', x_kind, missing),
      lambda y: checking.check_table(y, 'y', y_kind, missing),
      lambda z: checking.check_table(z, 'z', z_kind, missing),
    ],
    options.pop('groups', None),
    options.pop('sample_weight', None),
  )
  x, y, z = prepared.variables
  n = len(x)
  if not n == len(y) == len(z):
    raise ValueError(
      '`x`, `y` and `z` must have the same number of rows. Received: '
      f'{n}, {len(y)} and {len(z)}.'
    )
  groups = splits.check_groups(prepared.groups, n, 1)
  both, known = pipeline.estimates(
    [(x, joining.join([y, z], 'y and z')), (x, z)],
    groups,
    pipeline.Options(**options),
  )
  warnings = []
  difference = both.mi - known.mi
  if known.mi > max(0.5, 10.0 * difference):
    warnings.append(
      f'I(X; Y | Z) is a small difference ({difference:.2f}) of large numbers, '
      f'{both.mi:.2f} and {known.mi:.2f} nats: small errors of both weigh much.'
    )
  estimate = chain_rule.combine(
    {'I(X; (Y, Z))': both, 'I(X; Z)': known},
    [1, -1],
    lower_bound=0.0,
    cap=limits.of_either(x, y, groups=groups),
    groups=groups,
    weights=x.weights,
    diagnostics={
      'n': n,
      'x': x.describe(),
      'y': y.describe(),
      'z': z.describe(),
    },
    warnings=warnings,
  )
  return prepared.by_user_rows(estimate)
