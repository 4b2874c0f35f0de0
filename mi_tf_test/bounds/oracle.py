"""The bounds once more: slow loops over single numbers, in extended precision.

Written from the papers, and never importing `mi_tf`, so that an error there
is not repeated here. Each function takes scores of shape `[..., N, M]`, loops
over the leading dimensions and over pairs, and returns `np.longdouble`s of
shape `[...]`.

`tail`, where a function has it, is the point from which on `exp` is continued
by its tangent; `None` is the exact `exp`.
"""

import functools

import numpy as np

_real = np.longdouble
_LOG_2 = np.log(_real(2))


def _exp(z):
  return np.exp(_real(z))


def _exp_with_tangent(z, tail):
  if tail is None or z <= tail:
    return _exp(z)
  return _exp(tail) * (1 + (z - _real(tail)))


def _mean(values):
  values = list(values)
  total = _real(0)
  for value in values:
    total += value
  return total / _real(len(values))


def _logsumexp(values):
  values = [_real(value) for value in values]
  largest = max(values)
  if largest == -np.inf:
    return largest
  total = _real(0)
  for value in values:
    total += np.exp(value - largest)
  return largest + np.log(total)


def _logmeanexp(values):
  values = list(values)
  return _logsumexp(values) - np.log(_real(len(values)))


def _softplus(z):
  z = _real(z)
  return max(z, _real(0)) + np.log1p(np.exp(-abs(z)))


class _Matrix:
  """One matrix of scores and its mask, to be read pair by pair."""

  def __init__(self, logu, mask):
    self.n, self.m = logu.shape
    self.f = logu
    self.joint = [
      (i, j) for i in range(self.n) for j in range(self.m) if mask[i, j]
    ]
    self.product = [
      (i, j) for i in range(self.n) for j in range(self.m) if not mask[i, j]
    ]

  def row(self, i):
    return [self.f[i, j] for j in range(self.m)]

  def positives_of_row(self, i):
    return [j for row, j in self.joint if row == i]

  def negatives_of_row(self, i):
    return [j for row, j in self.product if row == i]

  def negatives_of_column(self, j):
    return [i for i, column in self.product if column == j]


def _looped(**shapes):
  """Turns a function of one matrix into one of `[..., N, M]`.

  `shapes` names the arguments that follow the batch: 'row' for `[..., N]`,
  'pair' for `[..., N, M]`. Others are passed as they are.
  """

  def decorator(matrix_function):
    @functools.wraps(matrix_function)
    def function(logu, joint_sample_mask=None, **kwargs):
      logu = np.asarray(logu).astype(_real)
      *batch, n, m = logu.shape
      if joint_sample_mask is None:
        joint_sample_mask = [[i == j for j in range(m)] for i in range(n)]
      mask = np.broadcast_to(np.asarray(joint_sample_mask, bool), logu.shape)
      arrays = {}
      for name, kind in shapes.items():
        shape = {'row': (*batch, n), 'pair': (*batch, n, m)}[kind]
        array = np.asarray(kwargs.pop(name)).astype(_real)
        arrays[name] = np.broadcast_to(array, shape)
      result = np.zeros(batch, _real)
      for b in np.ndindex(*batch):
        result[b] = matrix_function(
          _Matrix(logu[b], mask[b]),
          **{name: array[b] for name, array in arrays.items()},
          **kwargs,
        )
      return result[()]

    return function

  return decorator


@_looped()
def lower_bound_info_nce(scores):
  return _mean(
    scores.f[i, j] - _logsumexp(scores.row(i)) for i, j in scores.joint
  ) + np.log(_real(scores.m))


@_looped()
def lower_bound_nguyen_wainwright_jordan(scores, tail=None):
  log_partition = _logmeanexp(scores.f[i, j] for i, j in scores.product)
  return _mean(scores.f[i, j] for i, j in scores.joint) - _exp_with_tangent(
    log_partition - 1, tail
  )


@_looped()
def lower_bound_donsker_varadhan(scores):
  return _mean(scores.f[i, j] for i, j in scores.joint) - _logmeanexp(
    scores.f[i, j] for i, j in scores.product
  )


@_looped(log_baseline='row')
def lower_bound_tuba(scores, log_baseline, tail=None):
  joint = _mean(scores.f[i, j] - log_baseline[i] for i, j in scores.joint)
  log_product = _logmeanexp(
    scores.f[i, j] - log_baseline[i] for i, j in scores.product
  )
  return 1 + joint - _exp_with_tangent(log_product, tail)


@_looped(log_baseline='row')
def lower_bound_interpolated(scores, log_baseline, alpha, tail=None):
  alpha = _real(alpha)

  def log_mixture(i, columns):
    terms = []
    if alpha > 0:
      terms.append(np.log(alpha) + _logmeanexp(scores.f[i, k] for k in columns))
    if alpha < 1:
      terms.append(np.log(1 - alpha) + log_baseline[i])
    return _logsumexp(terms)

  joint = []
  for i, p in scores.joint:
    negatives = scores.negatives_of_row(i)
    joint.append(
      _mean(
        scores.f[i, p] - log_mixture(i, [p] + [k for k in negatives if k != j])
        for j in negatives
      )
    )
  product = []
  for i, j in scores.product:
    normalizer = log_mixture(i, scores.negatives_of_row(i))
    if normalizer == -np.inf:
      # alpha = 1, and 0 / 0 in all pairs of the row: its ratios have the mean 1
      # whatever its negatives are, and in the limit.
      product.append(_real(0))
    else:
      product.append(scores.f[i, j] - normalizer)
  return 1 + _mean(joint) - _exp_with_tangent(_logmeanexp(product), tail)


@_looped(dual='pair')
def lower_bound_fenchel_legendre(scores, dual, tail=None):
  terms = []
  for i, p in scores.joint:
    log_ratio = _logmeanexp(
      scores.f[i, j] - scores.f[i, p] for j in scores.negatives_of_row(i)
    )
    ratio = _exp_with_tangent(log_ratio - dual[i, p], tail)
    terms.append(1 - dual[i, p] - ratio)
  return _mean(terms)


@_looped()
def lower_bound_jensen_shannon(scores):
  return _mean(-_softplus(-scores.f[i, j]) for i, j in scores.joint) - _mean(
    _softplus(scores.f[i, j]) for i, j in scores.product
  )


def jensen_shannon_divergence(logu, joint_sample_mask=None):
  return 2 * _LOG_2 + lower_bound_jensen_shannon(logu, joint_sample_mask)


def deficit_of_information(u):
  """Returns `1/2 [(1 + q) log(1 + q) + u q]` at `q = exp(-u)`."""
  if u >= 0:
    q = _exp(-u)
    return ((1 + q) * np.log1p(q) + u * q) / 2
  # (1 + q) log(1 + q) - q log q = log(1 + q) + q log(1 + 1 / q)
  r = _exp(u)
  ratio = np.log1p(r) / r if r > 0 else _real(1)
  return (-u + np.log1p(r) + ratio) / 2


def _log_softplus(z):
  # The next term of the series is below the last digit.
  return z if z < -50 else np.log(_softplus(z))


def _log_deficit_of_information(u):
  if u > 50:
    return np.log((1 + u) / 2) - u
  return np.log(deficit_of_information(u))


@_looped()
def lower_bound_from_jensen_shannon(scores):
  # log(log 2 - J), without the cancellation: both terms are positive.
  log_deficit = _logmeanexp(
    [
      _logmeanexp(_log_softplus(-scores.f[i, j]) for i, j in scores.joint),
      _logmeanexp(_log_softplus(scores.f[i, j]) for i, j in scores.product),
    ]
  )
  low, high = -2 * _exp(log_deficit) - 10, 10 - 2 * min(_real(0), log_deficit)
  for _ in range(90):
    middle = (low + high) / 2
    if _log_deficit_of_information(middle) > log_deficit:
      low = middle
    else:
      high = middle
  return (low + high) / 2


@_looped()
def mi_plug_in(scores):
  return _mean(scores.f[i, j] for i, j in scores.joint)


@_looped()
def mi_smile(scores, clip=5.0):
  clip = _real(clip)
  partition = _mean(
    _exp(min(max(scores.f[i, j], -clip), clip)) for i, j in scores.product
  )
  return _mean(scores.f[i, j] for i, j in scores.joint) - np.log(partition)


@_looped()
def mi_club(scores):
  return _mean(scores.f[i, j] for i, j in scores.joint) - _mean(
    scores.f[i, j] for i, j in scores.product
  )


@_looped()
def upper_bound_leave_one_out(scores):
  return _mean(
    scores.f[i, j]
    - _logmeanexp(scores.f[k, j] for k in scores.negatives_of_column(j))
    for i, j in scores.joint
  )


def _means_of_last_axis(values):
  values = np.asarray(values).astype(_real)
  result = np.zeros(values.shape[:-1], _real)
  for b in np.ndindex(*result.shape):
    result[b] = _mean(values[b])
  return result


def lower_bound_barber_agakov(logu, entropy):
  return _means_of_last_axis(logu) + np.asarray(entropy).astype(_real)


def upper_bound_barber_agakov(log_conditional, log_marginal):
  return _means_of_last_axis(log_conditional) - _means_of_last_axis(
    log_marginal
  )
