"""Bounds of samples with weights: slow loops over single numbers.

Written from the definition in `mi_tf.bounds`, and never importing `mi_tf`. Each
function takes one matrix of scores `[N, M]` and `Weights`.
"""

import numpy as np

from mi_tf_test.bounds import oracle

_real = np.longdouble


class Weights:
  """How often each pair counts.

  Attributes:
    joint: dict from a joint sample `(i, j)` to its weight.
    negatives: the same of negatives.
    columns: dict from `(i, j)` to the weight of column j in row i.
    rows: list of the rows' weights.
  """

  def __init__(self, shape, mask, rows, columns=None):
    n, m = shape
    if columns is None:
      own = [rows[j] if j < n <= m else 1.0 for j in range(m)]
      columns = [own] * n
    elif np.ndim(columns) == 1:
      columns = [columns] * n
    self.rows = [_real(w) for w in rows]
    self.joint, self.negatives, self.columns = {}, {}, {}
    for i in range(n):
      for j in range(m):
        c = self.columns[i, j] = _real(columns[i][j])
        if mask is None and i == j:
          self.joint[i, j] = self.rows[i]
          if c > 1:
            self.negatives[i, j] = self.rows[i] * (c - 1)
        elif mask is not None and mask[i, j]:
          self.joint[i, j] = self.rows[i] * c
        else:
          self.negatives[i, j] = self.rows[i] * c
    self.joint = {k: w for k, w in self.joint.items() if w > 0}
    self.negatives = {k: w for k, w in self.negatives.items() if w > 0}

  def of_row(self, i):
    return {k: w for k, w in self.negatives.items() if k[0] == i}

  def of_column(self, j):
    return {k: w for k, w in self.negatives.items() if k[1] == j}


def _mean(weights, value):
  total = count = _real(0)
  for k, w in weights.items():
    total += w * value(k)
    count += w
  return total / count


def _mean_exp(weights, value):
  return _mean(weights, lambda k: np.exp(value(k)))


def lower_bound_info_nce(f, weights):
  def term(k):
    row = {c: w for c, w in weights.columns.items() if c[0] == k[0]}
    return f[k] - np.log(_mean_exp(row, lambda c: f[c]))

  return _mean(weights.joint, term)


def _plug_in_and_mean_exp(f, weights, a=None, fn=lambda v: v):
  shift = (lambda k: _real(0)) if a is None else (lambda k: _real(a[k[0]]))
  return (
    _mean(weights.joint, lambda k: f[k] - shift(k)),
    _mean_exp(weights.negatives, lambda k: fn(f[k] - shift(k))),
  )


def lower_bound_donsker_varadhan(f, weights):
  joint, mean = _plug_in_and_mean_exp(f, weights)
  return joint - np.log(mean)


def lower_bound_nguyen_wainwright_jordan(f, weights):
  joint, mean = _plug_in_and_mean_exp(f, weights)
  return joint - mean / np.exp(_real(1))


def lower_bound_tuba(f, weights, log_baseline):
  joint, mean = _plug_in_and_mean_exp(f, weights, log_baseline)
  return 1 + joint - mean


def mi_smile(f, weights, clip):
  fn = lambda v: min(max(v, -_real(clip)), _real(clip))
  joint, mean = _plug_in_and_mean_exp(f, weights, fn=fn)
  return joint - np.log(mean)


def mi_plug_in(f, weights):
  return _mean(weights.joint, lambda k: f[k])


def mi_club(f, weights):
  return mi_plug_in(f, weights) - _mean(weights.negatives, lambda k: f[k])


def lower_bound_jensen_shannon(f, weights):
  return -_mean(weights.joint, lambda k: np.log1p(np.exp(-f[k]))) - _mean(
    weights.negatives, lambda k: np.log1p(np.exp(f[k]))
  )


def jensen_shannon_divergence(f, weights):
  return 2 * np.log(_real(2)) + lower_bound_jensen_shannon(f, weights)


def lower_bound_from_jensen_shannon(f, weights):
  deficit = -lower_bound_jensen_shannon(f, weights) / 2
  low, high = _real(-50), _real(50)
  for _ in range(90):
    middle = (low + high) / 2
    if oracle.deficit_of_information(middle) > deficit:
      low = middle
    else:
      high = middle
  return (low + high) / 2


def _compared(weights, negatives):
  """Returns the joint samples that have negatives to be compared with."""
  return {k: w for k, w in weights.joint.items() if negatives(k)}


def upper_bound_leave_one_out(f, weights):
  return _mean(
    _compared(weights, lambda k: weights.of_column(k[1])),
    lambda k: f[k] - np.log(_mean_exp(weights.of_column(k[1]), lambda c: f[c])),
  )


def lower_bound_fenchel_legendre(f, weights, dual):
  def term(k):
    ratio = _mean_exp(weights.of_row(k[0]), lambda c: f[c] - f[k])
    return 1 - dual[k] - np.exp(-_real(dual[k])) * ratio

  return _mean(_compared(weights, lambda k: weights.of_row(k[0])), term)


def lower_bound_interpolated(f, weights, log_baseline, alpha):
  alpha = _real(alpha)

  def ratio(k, mean):
    i = k[0]
    a = np.exp(_real(log_baseline[i]))
    return f[k] - np.log(alpha * mean + (1 - alpha) * a)

  def joint(k):
    row = {c: w / weights.rows[k[0]] for c, w in weights.of_row(k[0]).items()}
    total, count = _real(0), sum(row.values())
    for left_out, w in row.items():
      # At most one copy of it makes room for the joint sample.
      room = min(w, _real(1))
      rest = {**row, left_out: w - room}
      inside = sum(v * np.exp(f[c]) for c, v in rest.items())
      total += w * ratio(k, (inside + room * np.exp(f[k])) / count)
    return total / count

  def negative(k):
    return np.exp(ratio(k, _mean_exp(weights.of_row(k[0]), lambda c: f[c])))

  return 1 + _mean(weights.joint, joint) - _mean(weights.negatives, negative)


def lower_bound_barber_agakov(f, weights, entropy):
  total = sum(w * v for w, v in zip(weights, f))
  return total / sum(weights) + entropy


def upper_bound_barber_agakov(f, weights, log_marginal):
  total = sum(w * (a - b) for w, a, b in zip(weights, f, log_marginal))
  return total / sum(weights)
