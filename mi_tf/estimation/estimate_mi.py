"""estimate_mi: an estimate of mutual information from two arrays."""

from collections.abc import Sequence
from typing import Any
from typing import Literal

import keras

from mi_tf.estimation.rows import preparation
from mi_tf.estimation.variables import checking
from mi_tf.internal import types
from mi_tf.results import mi_estimate


def estimate_mi(
  x: types.Rows,
  y: types.Rows,
  *,
  sample_weight: types.Rows | None = None,
  method: str = 'auto',
  groups: types.Rows | None = None,
  folds: int | None = None,
  seed: int = 0,
  x_kind: Literal['auto', 'categorical', 'continuous', 'image'] = 'auto',
  y_kind: Literal['auto', 'categorical', 'continuous', 'image'] = 'auto',
  missing: Literal['refuse', 'class'] = 'refuse',
  permutations: int = 0,
  critic: Any = None,
  objective: Any = None,
  batch_size: int | None = None,
  learning_rate: float | None = None,
  max_epochs: int | None = None,
  patience: int | None = None,
  callbacks: Sequence[keras.callbacks.Callback] = (),
) -> mi_estimate.MiEstimate:
  """Returns an estimate of the mutual information of two variables.

  Pass two columns, tables or arrays: row `i` of `x` belongs to row `i` of `y`.
  Columns may hold numbers, counts or classes, and may be of several kinds.
  Several methods are fitted to a part of the rows and compared by their loss on
  the other rows. The best is read. The interval is wider where other methods
  disagree; `candidates` lists all of them:

  - 'table': frequencies of the joint values of two discrete variables,
    corrected for their bias;
  - 'classifier': `log p(class | x) / p(class)`, for a discrete variable with at
    most 50 values;
  - 'elliptical': a Gaussian or Student distribution of the columns, each
    transformed to the best margin; principal components of wide tables;
  - 'neighbors': distances to the nearest pairs, for few dimensions;
  - 'network': a learned correction of 'elliptical', tried if no table and no
    classifier applies, and given up soon if it does not help;
  - 'independence': 0.

  On held-out rows, classifiers and networks read too low by about as much as
  they read too high on their training rows. Half of the difference is added;
  `diagnostics` has the `held_out` value and the `correction`. The interval
  includes the sampling error, the differences between folds, and, on its upper
  side, an estimate of the information that is left to learn. It does not know
  of dependence that no method can see: see `lower_bound` and `warnings`.

  With `sample_weight`, the number refers to the weighted population: use survey
  weights, or inverse probabilities of being sampled. A row of weight 2 counts
  as two copies of it, one of weight 0 as none. The unit of the weights has no
  meaning: multiplying all by 7 changes nothing, and the errors depend on the
  number of rows, not on the sum of the weights.

  With a `critic` or an `objective`, and for images, a critic is trained by
  `MiEstimator` instead: for each fold on the other rows, and read on the fold.

  Guarantee: for `mi` none, or the objective's; `lower_bound` holds for any
  method, with 95 % confidence, if rows (or groups) are independent.
  `0 <= lower_bound <= mi <= cap`, where the cap is the entropy of a discrete
  variable's frequencies in the sample.   Units: nats.

  Args:
    x: array, `Tensor`, `DataFrame`, `Series` or list, shape `[n]`, `[n, d]`, or
      images `[n, height, width, channels]`. It holds numbers, times or strings;
      each column of a `DataFrame` and each field of a structured array is a
      column of its own. Constant columns are left out.
    y: the same for the other variable.
    sample_weight: array, shape `[n]`, finite and at least 0: how much each row
      counts. Default value: `None`, all rows count the same. Duplicates become
      one row with the sum of their weights, so that they are held out together:
      rows of numbers that can't agree by chance, and all within a group.
    method: 'auto', or the name of a method to read whatever its loss.
    groups: array, shape `[n]`: rows that belong together (the same person,
      image or run) have the same value. They are held out together, as in
      scikit-learn's `GroupKFold`, and count as one in errors and permutations.
      Default value: `None`, rows are independent of each other.
    folds: `int`, the number of parts that are held out in turn; with 1, a third
      of the rows (10,000 at most) is held out once. Default value: `None`, 5 up
      to 2,000 rows, 3 up to 20,000 and 1 beyond. Critics need 20 rows in each:
      2 below 60 rows, 3 up to 20,000 and 1 beyond.
    seed: `int`, at least 0; the same seed gives the same number.
    x_kind: 'continuous', 'categorical', 'image', or 'auto' to tell by the type
      and values.
    y_kind: the same for `y`.
    missing: 'refuse', or 'class' to make missing cells a value of their own.
    permutations: `int`, the number of permutations for `p_value`, a test of
      independence; 0 for no test, 199 are usual. The test is exact, and uses up
      to 1,000 rows of the first fold.
    critic: the name of a critic, or a `Critic`; copies of it with new
      weights are trained. Default value: `None`, no critic; with an objective
      'elliptical', for images 'separable'.
    objective: as for `MiEstimator`. Default value: `None`, 'js' for a critic.
    batch_size: `int`, at least 2, pairs in each update of a critic. Default
      value: `None`, 256. This and the following arguments need a critic, an
      objective or images.
    learning_rate: `float`, of Adam, with cosine decay to 0. Default value:
      `None`, 1e-3.
    max_epochs: `int`, the most epochs. An epoch is a pass over the training
      rows, but has at least 25 and at most 400 updates. Default value: `None`,
      200.
    patience: `int`: training ends after so many epochs in which the held-out
      loss falls by less than a thousandth. Default value: `None`, 8.
    callbacks: sequence of `keras.callbacks.Callback`s for each training. Their
      `model` is trained anew for each fold: copy any part to keep.

  Returns:
    `MiEstimate`, in nats. With weights or duplicates, `num_samples` and
    `pointwise` refer to distinct rows, and `diagnostics` has 'n',
    'distinct_rows' and 'effective_rows', the square of the weights' sum over
    the sum of their squares.

  Raises:
    ValueError: if the variables differ in length, have fewer than 40 rows,
      missing or infinite values, or are constant; or weights are negative, not
      as many as rows, or leave an effective sample size below 10; or an option
      is not known or does not apply; or in the scope of a `tf.distribute`
      strategy of several replicas.
    TypeError: if a variable holds neither numbers nor strings, or a column
      holds both.

  #### Examples

  >>> rng = np.random.default_rng(0)
  >>> x = rng.normal(size=2000)
  >>> y = x + rng.normal(size=2000)  # 1/2 log(2) = .347 nats
  >>> estimate = mi_tf.estimate_mi(x, y)
  >>> abs(estimate.mi - .347) < .05
  True
  >>> estimate.method
  'elliptical'

  #### References

  [1]: Alexander Kraskov, Harald Stögbauer, Peter Grassberger. Estimating mutual
       information. _Physical Review E_, 2004.
       https://arxiv.org/abs/cond-mat/0305641

  [2]: Ben Poole, Sherjil Ozair, Aaron van den Oord, Alexander A. Alemi, George
       Tucker. On Variational Bounds of Mutual Information. _International
       Conference on Machine Learning_, 2019. https://arxiv.org/abs/1905.06922
  """
  # Imported here: methods load SciPy, which takes time.
  from mi_tf.estimation import pipeline

  prepared = preparation.prepare(
    {'x': x, 'y': y},
    [
      lambda x: checking.check(x, 'x', x_kind, missing),
      lambda y: checking.check(y, 'y', y_kind, missing),
    ],
    groups,
    sample_weight,
  )
  options = pipeline.Options(
    method=method,
    folds=folds,
    seed=seed,
    permutations=permutations,
    critic=critic,
    objective=objective,
    batch_size=batch_size,
    learning_rate=learning_rate,
    max_epochs=max_epochs,
    patience=patience,
    callbacks=callbacks,
  )
  (estimate,) = pipeline.estimates(
    [prepared.variables], prepared.groups, options
  )
  return prepared.by_user_rows(estimate)
