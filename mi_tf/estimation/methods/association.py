"""Association: log-linear models of a table of counts."""

import dataclasses

import numpy as np
from scipy import special

# Shares of independence that are tried for the saturated model.
_SHARES = np.concatenate([np.linspace(0.01, 0.5, 15), np.linspace(0.6, 1, 5)])
_DEGREES = (1, 2, 3)
_NEWTON_STEPS = 30


@dataclasses.dataclass(frozen=True)
class Axis:
  """One side of a table.

  Attributes:
    scales: tuple of float arrays `[levels]`, places of the levels on a line: as
      they are and by rank; empty for classes.
    levels: `int`.
  """

  scales: tuple
  levels: int

  def __len__(self):
    return self.levels

  @classmethod
  def of(cls, codes, values):
    """Returns the axis of codes, whose distinct values have an order or not."""
    counts = np.bincount(codes)
    if values is None or len(values) < 3:
      return cls((), len(counts))
    shares = counts / counts.sum()
    ranks = special.ndtri(np.cumsum(shares) - shares / 2)
    return cls((values, ranks), len(counts))

  def basis(self, scale, degree, shares):
    """Returns functions of the levels, orthonormal under `shares`.

    Args:
      scale: index of a scale.
      degree: `int`, of the polynomials.
      shares: float array `[levels]`.

    Returns:
      float array `[levels, functions]`: of classes, their indicators but one.
    """
    if not self.scales:
      present = np.flatnonzero(shares)
      raw = np.eye(self.levels)[:, present[:-1]]
    else:
      z = self.scales[scale]
      center = shares @ z
      z = (z - center) / np.sqrt(shares @ (z - center) ** 2 + 1e-300)
      raw = z[:, None] ** np.arange(1, degree + 1)
    columns = np.concatenate([np.ones((self.levels, 1)), raw], axis=1)
    # The triangular factor of the columns that are weighted by the shares.
    r = np.linalg.qr(np.sqrt(shares)[:, None] * columns, mode='r')
    keep = np.abs(np.diag(r)) > 1e-6
    r, columns = r[np.ix_(keep, keep)], columns[:, keep]
    return np.linalg.solve(r.T, columns.T).T[:, 1:]


@dataclasses.dataclass(frozen=True)
class Model:
  """A fitted table.

  Attributes:
    name: `str`.
    freedom: `float`, its degrees of freedom.
    log_ratio: float array `[levels, levels]`, finite.
    fitted: `float`, nats, the mean log ratio of the rows it was fitted to.
    value: `float`, nats, the corrected mutual information.
    stderr: `float`.
    loss: `float`, an estimate of minus the mean held-out log ratio.
  """

  name: str
  freedom: float
  log_ratio: np.ndarray
  fitted: float
  value: float
  stderr: float
  loss: float


def choose(counts, x, y):
  """Returns the `Model` of the least loss.

  Args:
    counts: float array `[levels of x, levels of y]`.
    x: `Axis` of the rows.
    y: `Axis` of the columns.
  """
  models = [independence(counts), saturated(counts)]
  if x.scales or y.scales:
    for scale in (0, 1):
      for degree in _DEGREES:
        models.append(log_linear(counts, x, y, scale, degree))
  return min(models, key=lambda m: m.loss)


def independence(counts):
  """Returns the model of two independent sides."""
  return Model('independence', 0, np.zeros_like(counts), 0.0, 0.0, 0.0, 0.0)


def saturated(counts):
  """Returns the model of all cells, shrunk towards independence."""
  n = counts.sum()
  rows, columns = counts.sum(1, keepdims=True), counts.sum(0, keepdims=True)
  freedom = (np.sum(rows > 0) - 1) * (np.sum(columns > 0) - 1)
  seen = counts > 0
  observed = counts[seen]
  expected = (rows * columns)[seen]
  ratio = n * observed / expected
  fitted = np.sum(observed * np.log(ratio)) / n
  # What the row itself adds is left out, of its cell and of its two sides.
  left = (
    (n - 1) * (observed - 1) / np.maximum(((rows - 1) * (columns - 1))[seen], 1)
  )
  losses = [-np.sum(observed * np.log((1 - s) * left + s)) / n for s in _SHARES]
  best = int(np.argmin(losses))
  share = _SHARES[best]
  smooth = (1 - share) * n * counts / np.maximum(rows * columns, 1) + share
  smooth[(rows * columns) == 0] = 1.0
  log_ratio = np.log(smooth)
  p = smooth * rows * columns / n**2
  value = fitted - plug_in_bias(p / p.sum(), n)
  spread = np.sum(observed * (np.log(ratio) - fitted) ** 2) / n
  return Model(
    'saturated',
    int(freedom),
    log_ratio,
    float(fitted),
    float(value),
    _stderr(spread, freedom, n),
    float(losses[best]),
  )


def plug_in_bias(p, n):
  """Returns the bias of the plug-in estimate of a table of probabilities `p`.

  The cells are taken as Poisson counts.
  """
  cells = _excess(n * p[p > 0]).sum()
  sides = sum(_excess(n * p.sum(a)).sum() for a in (0, 1))
  return (cells - sides + _excess(np.array([float(n)])).sum()) / n


def _excess(mean):
  """Returns E[k log k] - mean log mean for Poisson counts of the means."""
  mean = np.asarray(mean, float)
  k = np.arange(1, 80)
  small = np.clip(mean, 1e-12, 30)
  weights = np.exp(
    special.xlogy(k, small[..., None])
    - small[..., None]
    - special.gammaln(k + 1)
  )
  exact = weights @ (k * np.log(k)) - special.xlogy(small, small)
  large = np.maximum(mean, 30)
  return np.where(mean > 30, 0.5 + 1 / (12 * large), exact)


def log_linear(counts, x, y, scale, degree):
  """Returns the model whose log ratio is bilinear in functions of the levels.

  log p(y | x) = b(y) + u(x)' B v(y) + const(x), by maximum likelihood.
  """
  n = counts.sum()
  if counts.shape[0] < counts.shape[1]:
    model = log_linear(counts.T, y, x, scale, degree)
    return dataclasses.replace(model, log_ratio=model.log_ratio.T)
  rows, columns = counts.sum(1) / n, counts.sum(0) / n
  u, v = x.basis(scale, degree, rows), y.basis(scale, degree, columns)
  interaction = np.einsum('is,jt->ijst', u, v).reshape(*counts.shape, -1)
  logits = _maximize(counts, interaction)
  log_p = logits - special.logsumexp(logits, axis=1, keepdims=True)
  p_y = rows @ np.exp(log_p)
  log_ratio = log_p - np.log(p_y)
  # A little of independence: a surprise costs no more than log n.
  log_ratio = np.log((1 - 1 / n) * np.exp(np.minimum(log_ratio, 700)) + 1 / n)
  fitted = np.sum(counts * log_ratio) / n
  freedom = u.shape[1] * v.shape[1]
  correction = freedom / (2 * n)
  spread = np.sum(counts * (log_ratio - fitted) ** 2) / n
  return Model(
    f'log-linear of degree {degree}' + (' in ranks' if scale else ''),
    freedom,
    log_ratio,
    float(fitted),
    float(fitted - correction),
    _stderr(spread, freedom, n),
    float(-fitted + 2 * correction),
  )


def _maximize(counts, interaction):
  """Returns the logits `[i, j]` of p(j | i) by Newton's method."""
  levels = counts.shape[1]
  design = np.concatenate(
    [np.broadcast_to(np.eye(levels), (*counts.shape, levels)), interaction], 2
  )
  n = counts.sum()
  totals = counts.sum(1, keepdims=True) / n
  shares = counts / n
  # Half a row of all columns' frequencies keeps what is not seen finite.
  shares = shares + totals * (shares.sum(0) + 1e-9) * 0.5 / n
  totals = shares.sum(1, keepdims=True)
  ridge = 1e-4 / n
  beta = np.zeros(design.shape[-1])
  beta[:levels] = np.log(shares.sum(0) / shares.sum())
  start = beta.copy()

  def objective(b):
    logits = design @ b
    log_p = logits - special.logsumexp(logits, axis=1, keepdims=True)
    return log_p, np.sum(shares * log_p) - ridge / 2 * np.sum((b - start) ** 2)

  log_p, value = objective(beta)
  flat = design.reshape(-1, design.shape[-1])
  for _ in range(_NEWTON_STEPS):
    q = totals * np.exp(log_p)
    gradient = (shares - q).reshape(-1) @ flat - ridge * (beta - start)
    means = np.einsum('ij,ijp->ip', np.exp(log_p), design)
    hessian = (flat * q.reshape(-1, 1)).T @ flat
    hessian -= (means * totals).T @ means
    hessian[np.diag_indices_from(hessian)] += ridge
    step = np.linalg.solve(hessian, gradient)
    size = 1.0
    while size > 1e-4:
      new_log_p, new_value = objective(beta + size * step)
      if new_value >= value:
        break
      size /= 2
    else:
      break
    beta = beta + size * step
    gain, log_p, value = new_value - value, new_log_p, new_value
    if gain < 1e-9:
      break
  return design @ beta


def _stderr(spread, freedom, n):
  """Returns the standard error: of the mean, of few effects, of the bias."""
  return float(
    np.sqrt(spread / n + freedom / (2 * n**2) + (freedom / (8 * n)) ** 2)
  )
