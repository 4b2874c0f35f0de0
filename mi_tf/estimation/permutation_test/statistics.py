"""Statistics of dependence, and their combination to one."""

import numpy as np

_MOST_NEAR = 4000  # Rows of which neighbors are compared.
_NEAREST = 5
# Weights of the parts: waves, linear, powers, near. They were chosen by the
# power for kinds of dependence that no benchmark reports. Linear dependence has
# the greatest weight, since it is the most frequent.
_WEIGHTS = 3.0, 4.0, 2.0, 0.5


class Statistics:
  """All statistics of dependence between two sides, for any order of y.

  - waves: sums of squared correlations of the first functions of x with the
    first functions of y, for some numbers of functions;
  - linear, powers: the same for linear functions, and for squares;
  - near: pairs of rows that are near neighbors in x and in y [1].

  #### References

  [1]: Jerome H. Friedman, Lawrence C. Rafsky. Graph-Theoretic Measures of
       Multivariate Association and Prediction. _Annals of Statistics_, 1983.
       https://doi.org/10.1214/aos/1176346148
  """

  def __init__(self, x, y):
    """Takes the `Features` of both sides."""
    self._x, self._y = x, y
    self._x_values = np.concatenate([x.waves.values, x.powers.values], axis=1).T
    self._y_values = np.concatenate([y.waves.values, y.powers.values], axis=1)
    m = len(self._y_values)
    self._near = []
    if x.points is not None and y.points is not None:
      numbers = sorted({min(_NEAREST, m - 1), int(m**0.5)})
      self._near = [_Neighbors(x.points, y.points, k) for k in numbers]

  def __call__(self, partners):
    """Returns the statistics of rows of x with y's `partners`, in a list."""
    squares = np.square(self._x_values @ self._y_values[partners])
    i, j = self._x.waves.values.shape[1], self._y.waves.values.shape[1]
    waves = _sums(squares[:i, :j], self._x.waves.ends, self._y.waves.ends)
    powers = squares[i:, j:]
    first, second = (
      s.powers.ends[0] if s.powers.ends else 0 for s in (self._x, self._y)
    )
    return [
      waves.reshape(-1),
      powers[:first, :second].sum(keepdims=True).reshape(-1),
      np.array([powers.sum(), powers[first:, second:].sum()]),
      np.array([near(partners) for near in self._near]),
    ]


def combine(parts):
  """Returns one statistic `[b]` of `parts`, arrays `[b, k]`.

  The first row is the data's, and the others are those of permutations. Each
  statistic is mapped to an approximately normal one by mean and deviation of
  its cube root over all rows. Its p-value p has the weight of its part. The
  result is the log of the weighted sum of 1 / p [1].

  #### References

  [1]: Yaowu Liu, Jun Xie. Cauchy Combination Test: A Powerful Test With
       Analytic p-Value Calculation Under Arbitrary Dependency Structures.
       _Journal of the American Statistical Association_, 2020.
       https://arxiv.org/abs/1808.09011
  """
  from scipy import special

  terms = []
  for weight, values in zip(_WEIGHTS, parts, strict=True):
    roots = np.cbrt(values)
    spread = roots.std(axis=0)
    scores = (roots - roots.mean(axis=0)) / np.where(spread > 1e-9, spread, 1.0)
    scores = np.where(spread > 1e-9, scores, 0.0)
    share = np.log(weight / max(values.shape[1], 1))
    terms.append(share - special.log_ndtr(-scores))
  return special.logsumexp(np.concatenate(terms, axis=1), axis=1)


def _sums(squares, x_ends, y_ends):
  """Returns the sums of the first rows and columns, for all ends."""
  sums = squares.cumsum(axis=0).cumsum(axis=1)
  return sums[np.ix_([e - 1 for e in x_ends], [e - 1 for e in y_ends])]


class _Neighbors:
  """The number of pairs that are neighbors in x and in y."""

  def __init__(self, x, y, number):
    from scipy import spatial

    self._rows = slice(min(len(x), _MOST_NEAR))
    x = x[self._rows]
    number = min(number, len(x) - 1)
    self._near = spatial.cKDTree(x).query(x, k=number + 1, p=np.inf)[1]
    self._y = y
    self._radius = spatial.cKDTree(y).query(y, k=[number + 1], p=np.inf)[0]

  def __call__(self, partners):
    own = partners[self._rows]
    apart = np.zeros(self._near.shape)
    for column in self._y.T:
      values = column[own]
      apart = np.maximum(apart, np.abs(values[self._near] - values[:, None]))
    return float(np.count_nonzero(apart <= self._radius[own]))
