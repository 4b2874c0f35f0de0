"""Log-linear models of a table of counts."""

import dataclasses

import numpy as np
from scipy import special

# Candidate shares of independence in the saturated model.
_SHARES = np.concatenate([np.linspace(0.01, 0.5, 15), np.linspace(0.6, 1, 5)])
_DEGREES = (1, 2, 3, 4)
_NEWTON_ITERATIONS = 30
# The most levels of an ordered side to be also taken as classes.
_MOST_CLASSES = 25


@dataclasses.dataclass(frozen=True)
class Model:
  """A fitted table, with a finite log ratio `[levels of x, levels of y]`.

  `freedom` is the number of degrees of freedom. `fitted` is the mean log ratio
  of the table's rows, and `value` is mutual information corrected for bias,
  both in nats. `loss` is an estimate of minus the mean held-out log ratio.
  """

  name: str
  freedom: float
  log_ratio: np.ndarray
  fitted: float
  value: float
  stderr: float
  loss: float


def average(counts, x, y):
  """Returns the average of the `Model`s, weighted by how well they predict.

  The weights are Akaike's, exp(-n loss), so the result does not jump between
  models with nearly equal losses. The result has the best model's name and
  loss. `x` and `y` are the `Levels` of the rows and columns of `counts`.
  """
  models = [independence(counts), saturated(counts)]
  for scale in _scales(x, y):
    family = []
    for degree in _DEGREES:
      family.append(log_linear(counts, x, y, scale, degree))
      if family[-1].loss > min(m.loss for m in family) + 1 / counts.sum():
        break
    models += family
  best = min(models, key=lambda m: m.loss)
  weights = np.array(
    [np.exp(counts.sum() * (best.loss - m.loss)) for m in models]
  )
  weights /= weights.sum()

  def mean(name):
    return sum(w * getattr(m, name) for w, m in zip(weights, models))

  value = mean('value')
  ratio = sum(w * np.exp(m.log_ratio) for w, m in zip(weights, models))
  doubt = sum(w * (m.value - value) ** 2 for w, m in zip(weights, models))
  return dataclasses.replace(
    best,
    freedom=float(mean('freedom')),
    log_ratio=np.log(ratio),
    fitted=float(mean('fitted')),
    value=float(value),
    stderr=float(np.sqrt(mean('stderr') ** 2 + doubt)),
  )


def _scales(x, y):
  """Returns pairs of scales to try; `None` takes levels as classes."""
  if not (x.scales or y.scales):
    return []
  found = [(0, 0), (1, 1)]
  if x.scales and y.scales:
    if len(x) <= _MOST_CLASSES:
      found.append((None, 1))
    if len(y) <= _MOST_CLASSES:
      found.append((1, None))
  return found


def independence(counts):
  """Returns the model of two independent sides."""
  return Model('independence', 0, np.zeros_like(counts), 0.0, 0.0, 0.0, 0.0)


def saturated(counts):
  """Returns the model of all cells, shrunk toward independence."""
  n = counts.sum()
  rows, columns = counts.sum(1, keepdims=True), counts.sum(0, keepdims=True)
  freedom = (np.sum(rows > 0) - 1) * (np.sum(columns > 0) - 1)
  seen = counts > 0
  observed = counts[seen]
  expected = (rows * columns)[seen]
  ratio = n * observed / expected
  fitted = np.sum(observed * np.log(ratio)) / n
  # Leave-one-out: the row itself is not in its cell and its two sides.
  left = (
    (n - 1)
    * np.maximum(observed - 1, 0)  # Less than 1 where rows have weights.
    / np.maximum(((rows - 1) * (columns - 1))[seen], 1)
  )
  losses = np.array(
    [-np.sum(observed * np.log((1 - s) * left + s)) / n for s in _SHARES]
  )
  weights = np.exp(n * (losses.min() - losses))
  share = weights @ _SHARES / weights.sum()
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
    float(losses.min()),
  )


def plug_in_bias(p, n):
  """Returns the bias of the plug-in estimate of a table, for Poisson counts."""
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
  return np.where(mean > 30, 0.5 + (1 + 1 / large) / (12 * large), exact)


def log_linear(counts, x, y, scale, degree):
  """Returns the model with a log ratio bilinear in functions of the levels.

  log p(y | x) = b(y) + u(x)' B v(y) + const(x) is fitted by maximum likelihood.
  The functions u and v are `Levels.basis` on a pair of scales.
  """
  n = counts.sum()
  if counts.shape[0] < counts.shape[1]:
    model = log_linear(counts.T, y, x, scale[::-1], degree)
    return dataclasses.replace(model, log_ratio=model.log_ratio.T)
  rows, columns = counts.sum(1) / n, counts.sum(0) / n
  u = x.basis(scale[0], degree, rows)
  v = y.basis(scale[1], degree, columns)
  logits = _maximize(counts, u, v)
  log_p = logits - special.logsumexp(logits, axis=1, keepdims=True)
  p_y = rows @ np.exp(log_p)
  log_ratio = log_p - np.log(p_y)
  # A little of independence: a surprise costs no more than log n.
  log_ratio = np.log((1 - 1 / n) * np.exp(np.minimum(log_ratio, 700)) + 1 / n)
  fitted = np.sum(counts * log_ratio) / n
  freedom = u.shape[1] * v.shape[1]
  # With few rows for the parameters the bias is larger than freedom / 2 n.
  spare = max(n - freedom - 1, 1.0)
  correction = freedom / (2 * n) * min(n / spare, 2.0)
  spread = np.sum(counts * (log_ratio - fitted) ** 2) / n
  sides = f'{x.named(scale[0])} by {y.named(scale[1])}'
  return Model(
    f'log-linear of degree {degree}, {sides}',
    freedom,
    log_ratio,
    float(fitted),
    float(fitted - correction),
    _stderr(spread, freedom, n),
    float(-fitted + 2 * correction),
  )


def _maximize(counts, u, v):
  """Returns the logits b(j) + u(i)' B v(j) of p(j | i) by Newton's method."""
  n = counts.sum()
  shares = counts / n
  # Half a row of all columns' frequencies keeps empty cells finite.
  columns = shares.sum(0) + 1e-9
  shares = shares + shares.sum(1, keepdims=True) * columns * 0.5 / n
  totals = shares.sum(1, keepdims=True)
  ridge = 1e-4 / n
  size, (s, t) = len(columns), (u.shape[1], v.shape[1])
  initial = np.concatenate([np.log(columns), np.zeros(s * t)])
  squares_u = np.einsum('is,iz->isz', u, u).reshape(len(u), -1)
  squares_v = np.einsum('jt,jw->jtw', v, v).reshape(len(v), -1)

  def transposed(table):
    return np.concatenate([table.sum(0), (u.T @ table @ v).reshape(-1)])

  def evaluate(beta):
    logits = beta[:size] + u @ beta[size:].reshape(s, t) @ v.T
    log_p = logits - special.logsumexp(logits, axis=1, keepdims=True)
    penalty = ridge / 2 * np.sum((beta - initial) ** 2)
    return logits, log_p, np.sum(shares * log_p) - penalty

  def curvature(p):
    q = totals * p
    both = (squares_u.T @ q @ squares_v).reshape(s, s, t, t)
    side = np.einsum('sj,jt->jst', u.T @ q, v).reshape(size, s * t)
    h = np.block(
      [
        [np.diag(q.sum(0)), side],
        [side.T, both.transpose(0, 2, 1, 3).reshape(s * t, s * t)],
      ]
    )
    inner = np.einsum('is,it->ist', u, p @ v).reshape(len(u), s * t)
    means = np.concatenate([p, inner], axis=1)
    return h - (means * totals).T @ means + ridge * np.eye(len(h))

  beta = initial
  logits, log_p, value = evaluate(beta)
  for _ in range(_NEWTON_ITERATIONS):
    p = np.exp(log_p)
    gradient = transposed(shares - totals * p) - ridge * (beta - initial)
    step = np.linalg.solve(curvature(p), gradient)
    for length in 0.5 ** np.arange(12):
      tried = beta + length * step
      new = evaluate(tried)
      if new[2] >= value:
        break
    else:
      break
    gain, beta = new[2] - value, tried
    logits, log_p, value = new
    if gain < 1e-8:
      break
  return logits


def _stderr(spread, freedom, n):
  """Returns the joint error of the mean, of chance effects and of the bias."""
  return float(
    np.sqrt(spread / n + freedom / (2 * n**2) + (freedom / (8 * n)) ** 2)
  )
