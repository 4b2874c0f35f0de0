"""estimate_mi: two arrays in, nats and an interval out."""

from mi_tf.estimation.rows import preparation
from mi_tf.estimation.variables import checking


def estimate_mi(
  x,
  y,
  *,
  sample_weight=None,
  method='auto',
  groups=None,
  folds=None,
  seed=0,
  x_kind='auto',
  y_kind='auto',
  missing='refuse',
  permutations=0,
  critic=None,
  objective=None,
  batch_size=None,
  learning_rate=None,
  max_epochs=None,
  patience=None,
  callbacks=(),
):
  """Returns an estimate of the mutual information of two variables.

  Pass two columns, tables or arrays of which row `i` belongs together: numbers,
  counts, classes, or columns of several kinds. Several methods, from counting
  to networks, are fitted to a part of the rows and compared by one loss on the
  others. The best is read, and what the others say widens the interval where
  they disagree; `candidates` has them all:

  - 'table': frequencies of the joint values of two discrete variables,
    corrected for their bias;
  - 'classifier': `log p(class | x) / p(class)`, where one variable is discrete
    and has at most 50 values;
  - 'elliptical': a Gaussian or Student distribution of the columns, each
    mapped to the margin that fits best; principal components of wide tables;
  - 'neighbors': distances to the nearest pairs, for few dimensions;
  - 'network': what an elliptical distribution misses, learned; tried where no
    table and no classifier is, and given up soon if it does not help;
  - 'independence': nothing.

  Read on held-out rows, a classifier and a network are too low by as much as
  they are too high on their own rows, of which half is added; `diagnostics` has
  the `held_out` value and the `correction`. The interval includes the sampling
  error, what fits to different rows differ by, and, on its upper side, what may
  be left to learn. It does not know of dependence that no method can see: see
  `lower_bound` for what is certain, and `warnings`.

  With `sample_weight`, the number is that of the population which the weights
  stand for: of survey weights, and of inverse probabilities of being sampled. A
  row of weight 2 counts as two copies of it that `groups` keeps together, and
  one of weight 0 as none. The unit of weights has no meaning: errors know rows,
  and not the sum of their weights, so that weights of 7 for all change nothing.

  With a `critic` or an `objective`, and for images, a critic is trained by
  `MiEstimator` instead, for each fold on the rows outside of it, and read on
  the fold.

  Guarantee: none for `mi`, or that of the objective; `lower_bound` holds for
  any method, with 95 % confidence, if rows (or groups) are independent.
  `0 <= lower_bound <= mi <= cap`, where the cap is the entropy of a discrete
  variable's frequencies in the sample.   Units: nats.

  Args:
    x: array, `Tensor`, `DataFrame`, `Series` or list, shape `[n]`, `[n, d]` or
      an image `[n, height, width, channels]`; numbers, times or strings, each
      column of a `DataFrame` and each field of a structured array its own; row
      `i` is paired with row `i` of `y`. Columns that do not vary are left out.
    y: the same for the other variable.
    sample_weight: array, shape `[n]`, finite and at least 0: how much each row
      counts. Default value: `None`, all count the same. Copies of a row of
      numbers are recognized where rows of numbers do not agree by chance, and
      those of a group wherever they stand: they become one row of the sum of
      their weights, so that they are held out together.
    method: 'auto', or the name of a method to read whatever the loss.
    groups: array, shape `[n]`, which rows belong together (the same person,
      image or run): they are held out together, as in scikit-learn's
      `GroupKFold`, and count as one in errors and permutations. Default value:
      `None`, rows are independent of each other.
    folds: `int`, how many parts are held out in turn; with 1, a third of the
      rows (10,000 at most) is held out once. Default value: `None`, 5 up to
      2,000 rows, 3 up to 20,000 and 1 from there on; of a critic, which needs
      20 rows in each, 3 up to 20,000 (2 below 60).
    seed: `int`, at least 0; the same seed gives the same number.
    x_kind: 'continuous', 'categorical', 'image', or 'auto' to tell from the
      type and values.
    y_kind: the same for `y`.
    missing: 'refuse', or 'class' to make missing cells a value of their own.
    permutations: `int`, how many times to permute rows for `p_value`, the test
      of independence; 0 for none. 199 are usual. The test is exact, and uses
      the first fold alone (up to 1,000 rows).
    critic: the name of a critic, or a `Critic`, copies of which are trained
      from new weights. Default value: `None`, no critic, or, with an objective,
      'elliptical' ('separable' for images).
    objective: as for `MiEstimator`. Default value: `None`, 'js' for a critic.
    batch_size: `int`, at least 2, pairs in each update of a critic. Default
      value: `None`, 256. This and all that follow need a critic, an objective
      or images.
    learning_rate: `float`, of Adam, falling to 0 as a cosine. Default value:
      `None`, 1e-3.
    max_epochs: `int`, the most epochs; one is a pass over the training rows,
      but at least 25 and at most 400 updates. Default value: `None`, 200.
    patience: `int`, epochs that end training if the held-out loss falls by
      less than a thousandth in them. Default value: `None`, 8.
    callbacks: sequence of `keras.callbacks.Callback`s for each training. They
      must copy what they keep of their `model`: it is trained anew for each
      fold.

  Returns:
    `MiEstimate`, in nats. With weights or copies, `num_samples` and `pointwise`
    are of distinct rows, and `diagnostics` has 'n', 'distinct_rows' and
    'effective_rows', the square of the weights' sum over the sum of their
    squares: as many rows of one weight tell as much.

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
  # Methods load SciPy, for which `import mi_tf` is not to wait.
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
  (estimate,) = pipeline.estimates(
    [prepared.variables],
    method=method,
    groups=prepared.groups,
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
  return prepared.told(estimate)
