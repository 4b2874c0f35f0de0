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
  Columns may hold numbers, counts or classes; a table may mix these kinds.
  Several methods are fitted to a part of the rows and compared by their loss on
  the other rows. The best method gives the estimate, and the other methods may
  widen the interval. `candidates` lists the methods that apply:

  - 'table': frequencies of the joint values of two discrete variables,
    corrected for their bias;
  - 'classifier': `log p(class | x) / p(class)`, for a discrete variable with at
    most 50 values;
  - 'elliptical': a Gaussian or Student distribution of the transformed columns,
    or of the principal components of wide tables;
  - 'neighbors': distances to the nearest pairs, for few dimensions;
  - 'residuals': entropies of y and of its residuals from a regression on x (or
    with x and y swapped), for strong dependence in few dimensions;
  - 'network': a learned correction of 'elliptical', for variables to which
    neither 'table' nor 'classifier' applies;
  - 'independence': an estimate of 0.

  Classifiers and networks give values that are too low on held-out rows by
  about as much as they are too high on training rows. So half of the difference
  is added to the held-out value. For networks of several columns, the whole
  difference is added, and half of the excess of their density ratio over a
  normalized one is subtracted (see 'held_out' and 'correction' in
  `diagnostics`). The interval is a sum of parts that were measured: the error
  of sampling and of training, the difference of training and held-out rows, the
  numbers of other methods, and the nats that rest on an assumed distribution.
  Their constants were fitted to tasks with known values. An end of the interval
  is infinite if the rows only say 'at least'. Dependence that no method finds
  is not covered: see `warnings`.

  With `sample_weight`, the estimate refers to the weighted population: use
  survey weights, or inverse probabilities of being sampled. A row of weight 2
  counts like two rows of weight 1; rows of weight 0 are left out. Only the
  ratios of weights matter: doubling all weights changes nothing.

  If a `critic` or an `objective` is given, or for images, `MiEstimator` trains
  a critic on the rows outside each fold, and evaluates it on the fold.

  Guarantee: none for `mi`, except with an objective that has a guarantee.
  `lower_bound` holds for any method with 95 % confidence, if rows (or groups)
  are independent. `0 <= lower_bound <= mi <= cap`, where the cap is the entropy
  of a discrete variable's frequencies in the sample. The interval may end
  higher: its limit is the upper end of the distribution's entropy.   Units:
  nats.

  Args:
    x: array, `Tensor`, `DataFrame`, `Series` or list of numbers, times or
      strings, shape `[n]` or `[n, d]`; or images, shape
      `[n, height, width, channels]`. The fields of a structured array are
      columns. Constant columns are left out.
    y: the other variable, with the types and shapes of `x`.
    sample_weight: array, shape `[n]`, finite weights of the rows, at least 0.
      Default value: `None`, which means equal weights. Duplicates become one
      row with the sum of their weights. Duplicates are equal rows of a group,
      or equal rows of numbers that can't agree by chance.
    method: 'auto', or the name of the method to use, whatever its loss.
    groups: array, shape `[n]`, with equal values for rows that belong together
      (the same person, image or run). Rows of a group are held out together, as
      in scikit-learn's `GroupKFold`; errors and permutations treat a group as
      one unit. Default value: `None`, which means independent rows.
    folds: `int`, the number of parts that are held out in turn. If it is 1, a
      third of the rows (10,000 at most) is held out once. Default value:
      `None`, which means 5 for up to 2,000 rows, 3 for up to 20,000 rows, and 1
      otherwise. Critics need 20 rows per fold. For up to 2,000 rows, the
      default for critics is 3, or 2 if there are fewer than 60 rows.
    seed: `int`, at least 0; equal seeds give equal estimates.
    x_kind: 'continuous', 'categorical', 'image', or 'auto', which decides by
      the type and the values.
    y_kind: the kind of `y`, with the values of `x_kind`.
    missing: 'refuse' forbids missing cells; 'class' makes them a class.
    permutations: `int`, the number of permutations for `p_value`, an exact test
      of independence. A usual number is 199; 0 means no test. The test uses all
      rows (5,000 at most) and is the same for all methods. Of groups of
      different sizes, it uses parts of equal sizes. With weights, it uses a
      random sample: the chance of a row is proportional to its weight. Only
      critics are tested by their own scores, on rows of the first fold.
    critic: the name of a critic, or a `Critic` whose copies with new weights
      are trained. Default value: `None`, which means 'separable' for images,
      'elliptical' if an objective is given ('separable' above 1,000 columns),
      and no critic otherwise.
    objective: as for `MiEstimator`. Default value: `None`, which means 'js' if
      a critic is trained.
    batch_size: `int`, at least 2, the number of pairs in each update of a
      critic. Default value: `None`, which means 256. `batch_size` and all
      arguments below need a critic, an objective or images.
    learning_rate: `float`, the first learning rate of Adam; it decays to 0.
      Default value: `None`, which means 1e-3.
    max_epochs: `int`, the greatest number of epochs. An epoch is a pass over
      the training rows, but has at least 25 and at most 400 updates. Default
      value: `None`, which means 200.
    patience: `int`, the number of epochs after which training ends if the
      held-out loss has not fallen by a thousandth. Default value: `None`, which
      means 8.
    callbacks: sequence of `keras.callbacks.Callback`s for each training. The
      same `model` may be trained again for the next fold.

  Returns:
    `MiEstimate`, in nats. With weights or duplicates, `num_samples` and
    `pointwise` refer to distinct rows, and `diagnostics` has 'n',
    'distinct_rows' and 'effective_rows' (`sum(weights)**2 / sum(weights**2)`).

  Raises:
    ValueError: if the variables differ in length, have fewer than 40 rows, have
      missing or infinite values, or are constant; if weights are negative,
      differ in number from the rows, or have an effective sample size below 10;
      if an option is unknown or does not apply; or if a `tf.distribute`
      strategy with several replicas is in scope.
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
