"""Total correlation: mutual information of more than two variables."""

from mi_tf.estimators import chain_rule
from mi_tf.estimators import estimation


def estimate_total_correlation(samples, *, kinds='auto', **options):
  """Returns an estimate of the total correlation of several variables.

  The divergence of their joint distribution from independence; for two
  variables, their mutual information. By the chain rule, from `k - 1` runs of
  `estimate_mi` on the same folds:

  ```none
  TC(X_1, ..., X_k) = sum_i H(X_i) - H(X_1, ..., X_k)
                    = sum_{i > 1} I(X_i; (X_1, ..., X_{i - 1}))
  ```

  Guarantee: that of the objective for `mi`, as in `estimate_mi` (none for
  'js'). `lower_bound` is that of the last term, `I(X_k; X_1, ..., X_{k - 1})`,
  which total correlation exceeds; the sum of all terms' bounds, in
  `diagnostics['sum_of_lower_bounds']`, holds with a confidence of 1 - .05
  (k - 1) only.   Units: nats.

  Args:
    samples: sequence of at least 2 variables, each as for `estimate_mi`, but
      not images; row `i` of each belongs to the same sample.
    kinds: 'continuous', 'categorical' or 'auto' for all, or a sequence of
      these, one for each variable.
    **options: those of `estimate_mi`, for all runs.

  Returns:
    `MiEstimate`, in nats; `pointwise` holds the estimates of
    `log p(x_1, ..., x_k) / (p(x_1) ... p(x_k))`, and `diagnostics['terms']`
    those of the runs.

  Raises:
    ValueError: if there are fewer than 2 variables, they differ in length or
      hold images, or `estimate_mi` raises it.
    TypeError: if a variable holds neither numbers nor strings.

  #### Examples

  >>> rng = np.random.default_rng(0)
  >>> x, y, z = rng.normal(size=1000) + rng.normal(size=(3, 1000))
  >>> estimate = mi_tf.estimate_total_correlation([x, y, z], max_epochs=5)
  >>> abs(estimate.mi - .347) < .1  # 1/2 log(2)
  True

  #### References

  [1]: Ke Bai, Pengyu Cheng, Weituo Hao, Ricardo Henao, Lawrence Carin.
       Estimating Total Correlation with Mutual Information Estimators.
       _Artificial Intelligence and Statistics_, 2023.
       https://arxiv.org/abs/2011.04794
  """
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
  parts = [
    chain_rule.check_table(*args)
    for args in zip(samples, names, kinds, strict=True)
  ]
  lengths = [len(part) for part in parts]
  if len(set(lengths)) > 1:
    raise ValueError(
      f'`samples` must have the same number of rows. Received: {lengths}.'
    )
  terms = {}
  for i in range(1, k):
    before = names[0] if i == 1 else f'({", ".join(names[:i])})'
    terms[f'I({names[i]}; {before})'] = estimation.estimate_mi(
      chain_rule.join(parts[i : i + 1]),
      chain_rule.join(parts[:i]),
      x_kind='auto',
      y_kind='auto',
      **options,
    )
  return chain_rule.combine(
    terms,
    [1] * len(terms),
    lower_bound=list(terms.values())[-1].lower_bound,
    diagnostics={
      'n': lengths[0],
      'variables': [part.describe() for part in parts],
      'sum_of_lower_bounds': sum(t.lower_bound for t in terms.values()),
      'confidence_of_sum': max(0.0, 1.0 - 0.05 * len(terms)),
    },
  )
