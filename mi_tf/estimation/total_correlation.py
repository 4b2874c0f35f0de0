"""Total correlation: mutual information of more than two variables."""

from collections.abc import Sequence
import dataclasses
import functools
from typing import Any
from typing import Literal

from mi_tf.estimation.readout import limits
from mi_tf.estimation.rows import preparation
from mi_tf.estimation.rows import splits
from mi_tf.estimation.variables import checking
from mi_tf.estimation.variables import joining
from mi_tf.internal import types
from mi_tf.results import mi_estimate


def estimate_total_correlation(
  samples: Sequence[types.Rows],
  *,
  kinds: str | Sequence[str] = 'auto',
  missing: Literal['refuse', 'class'] = 'refuse',
  **options: Any,
) -> mi_estimate.MiEstimate:
  """Returns an estimate of the total correlation of several variables.

  Total correlation is the divergence of the joint distribution from
  independence. For two variables, it is their mutual information. By the chain
  rule, the estimate is the sum of `k - 1` estimates of `estimate_mi`:

  ```none
  TC(X_1, ..., X_k) = sum_i H(X_i) - H(X_1, ..., X_k)
                    = sum_{i > 1} I(X_i; (X_1, ..., X_{i - 1}))
  ```

  Guarantee: none for `mi`, except with an objective that has a guarantee.
  `lower_bound` is the bound of the last term, `I(X_k; X_1, ..., X_{k - 1})`.
  `diagnostics['sum_of_lower_bounds']` has the sum of all terms' bounds; its
  confidence is only 1 - .05 (k - 1). `0 <= lower_bound <= mi <= cap`, where the
  cap is the sum of all entropies except the greatest one, if these variables
  are discrete.   Units: nats.

  Args:
    samples: sequence of at least 2 variables, each as for `estimate_mi`, but
      not images. Row `i` of every variable belongs to sample `i`.
    kinds: 'continuous', 'categorical' or 'auto' for all variables, or a
      sequence with the kind of each variable. See `x_kind` of `estimate_mi`.
    missing: 'refuse' forbids missing cells; 'class' makes them a class.
    **options: arguments of `estimate_mi`, for all terms: `sample_weight`,
      `method`, `groups`, `folds`, `seed`, `critic`, `objective`, `batch_size`,
      `learning_rate`, `max_epochs`, `patience` and `callbacks`.

  Returns:
    `MiEstimate`, in nats. `pointwise` holds estimates of
    `log p(x_1, ..., x_k) / (p(x_1) ... p(x_k))`, and `diagnostics['terms']`
    holds the estimates of the terms.

  Raises:
    ValueError: if there are fewer than 2 variables, if they differ in length or
      hold images, or if `estimate_mi` raises a `ValueError`.
    TypeError: if a variable holds neither numbers nor strings, or an option is
      not an argument of `estimate_mi`.

  #### Examples

  >>> rng = np.random.default_rng(0)
  >>> x, y, z = rng.normal(size=1000) + rng.normal(size=(3, 1000))
  >>> estimate = mi_tf.estimate_total_correlation([x, y, z])
  >>> abs(estimate.mi - .347) < .1  # 1/2 log(2)
  True

  #### References

  [1]: Ke Bai, Pengyu Cheng, Weituo Hao, Ricardo Henao, Lawrence Carin.
       Estimating Total Correlation with Mutual Information Estimators.
       _Artificial Intelligence and Statistics_, 2023.
       https://arxiv.org/abs/2011.04794
  """
  # Imported here: methods load SciPy, which takes time.
  from mi_tf.estimation import chain_rule
  from mi_tf.estimation import pipeline

  k = len(samples)
  if k < 2:
    raise ValueError(
      f'`samples` must hold at least 2 variables. Received: {k}.'
    )
  chain_rule.check_options(options)
  kinds = [kinds] * k if isinstance(kinds, str) else list(kinds)
  if len(kinds) != k:
    raise ValueError(
      '`kinds` must be one, or as many as there are variables. Received: '
      f'{len(kinds)} for {k} variables.'
    )
  names = [f'x{i + 1}' for i in range(k)]
  prepared = preparation.prepare(
    dict(zip(names, samples, strict=True)),
    [
      functools.partial(
        checking.check_table, name=name, kind=kind, missing=missing
      )
      for name, kind in zip(names, kinds, strict=True)
    ],
    options.pop('groups', None),
    options.pop('sample_weight', None),
  )
  parts = prepared.variables
  lengths = [len(part) for part in parts]
  if len(set(lengths)) > 1:
    raise ValueError(
      f'`samples` must have the same number of rows. Received: {lengths}.'
    )
  groups = splits.check_groups(prepared.groups, lengths[0], 1)
  sides, labels = [], []
  for i in range(1, k):
    before = names[0] if i == 1 else f'({", ".join(names[:i])})'
    labels.append(f'I({names[i]}; {before})')
    sides.append((parts[i], joining.join(parts[:i], before)))
  found = pipeline.estimates(sides, groups, pipeline.Options(**options))
  entropies = [limits.entropy(part, groups) for part in parts]
  estimate = chain_rule.combine(
    dict(zip(labels, found, strict=True)),
    [1] * len(found),
    lower_bound=found[-1].lower_bound,
    cap=limits.Cap(
      *(
        sum(sorted(ends)[:-1])
        for ends in zip(*map(dataclasses.astuple, entropies), strict=True)
      )
    ),
    groups=groups,
    weights=parts[0].weights,
    diagnostics={
      'n': lengths[0],
      'variables': [part.describe() for part in parts],
      'sum_of_lower_bounds': sum(t.lower_bound for t in found),
      'confidence_of_sum': max(0.0, 1.0 - 0.05 * len(found)),
    },
  )
  return prepared.by_user_rows(estimate)
