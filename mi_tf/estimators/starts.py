"""The closed-form start of a critic, chosen by its loss on held-out samples."""

import dataclasses
import math

import numpy as np

from mi_tf.critics import elliptical_fit
from mi_tf.estimators import margins
from mi_tf.estimators import variables

# Degrees of freedom, from nearly Gaussian to Cauchy.
_DOFS = (20.0, 9.0, 5.0, 3.0, 2.0, 1.0)
_MANY_COLUMNS = 200  # Of both sides: too many to fit a Student distribution.
_MOST_ROWS, _MOST_FITTED = 1500, 20_000
_GREATEST = 1e9  # Whose square float32 can hold.
_MARGIN, _MOST_LOG_WEIGHT = 3.5, math.log(1000.0)
# Beyond these, the score of a pair is lost in the rounding of float32.
_STRONG = 1.0 - 1e-4


@dataclasses.dataclass(frozen=True)
class Start:
  """How columns are mapped, and the distribution that a critic starts at.

  Attributes:
    encoders: list of two `variables.Encoder`s, of x and of y.
    margins: `str`, which maps.
    fit: `elliptical_fit.EllipticalFit` to the encoded training samples.
    loss: `float`, of the held-out samples.
    value: `float`, the mean log ratio of held-out samples, nats.
  """

  encoders: list
  margins: str
  fit: elliptical_fit.EllipticalFit
  loss: float
  value: float

  @property
  def dtype(self):
    """What the critic needs to compute in."""
    strongest = np.max(self.fit.correlations**2, initial=0.0)
    return np.float64 if strongest > _STRONG else np.float32

  @property
  def negative_weight(self):
    """Where there is much to tell, what weight negatives should have.

    A critic learns best the log ratios near the weight's logarithm, which
    should be below the greater part of those of joint samples.
    """
    return math.exp(min(max(self.value - _MARGIN, 0.0), _MOST_LOG_WEIGHT))

  def describe(self):
    """Returns the choice as a dict for the diagnostics."""
    return {
      'margins': self.margins,
      'start': 'Gaussian' if self.fit.dof is None else 'Student',
      'start_dof': self.fit.dof,
      'dtype': np.dtype(self.dtype).name,
    }


def choose(x, y, train, stop):
  """Returns the start that explains held-out samples best.

  Candidates are a Gaussian and Student distributions, each of normal scores
  (or scores of that Student distribution) and of the values as they are. Fewer
  and fewer degrees of freedom are tried until the loss rises. If none is better
  than independence, the start is that.

  Args:
    x: `variables.Variable`, a table.
    y: `variables.Variable`, a table.
    train: int array, the rows to fit to.
    stop: int array, the rows to choose by.

  Returns:
    `Start`.
  """
  stop, every = stop[:_MOST_ROWS], train
  train = train[:_MOST_FITTED]
  continuous = not (all(x.categorical) and all(y.categorical))
  best = None  # If all fail, the first: normal scores, and a Gaussian.
  for kind in (margins.NORMAL, margins.RAW) if continuous else [margins.NORMAL]:
    previous = math.inf
    for dof in (None, *_DOFS):
      start = _fit(x, y, train, stop, kind, dof)
      if best is None or start.loss < best.loss:
        best = start
      columns = sum(len(t) for t in (start.fit.x_mean, start.fit.y_mean))
      gaussian_only = (
        not continuous or columns > _MANY_COLUMNS or not start.fit.full_rank
      )
      if gaussian_only or start.loss > previous:
        break
      previous = start.loss
  if len(every) > len(train):
    best = _fit(x, y, every, stop, best.margins, best.fit.dof)
  nothing = _loss(np.zeros([len(stop)] * 2))
  if best.fit.dof is None and best.loss > nothing:
    # A Gaussian of classes that tell all of each other would be far too sure.
    none = np.zeros_like(best.fit.correlations)
    fit = dataclasses.replace(best.fit, correlations=none)
    best = dataclasses.replace(best, fit=fit, loss=nothing, value=0.0)
  return best


def _fit(x, y, train, stop, kind, dof):
  """Returns one candidate."""
  encoders = [variables.Encoder(v, train, kind, dof) for v in (x, y)]
  fitted, held_out = (
    [e(v, rows, np.float64) for e, v in zip(encoders, (x, y), strict=True)]
    for rows in (train, stop)
  )
  greatest = max(np.abs(t).max() for t in (*fitted, *held_out))
  fitted = [np.clip(t, -_GREATEST, _GREATEST) for t in fitted]
  fit = elliptical_fit.fit_elliptical(*fitted, dof=dof)
  loss, value = math.inf, 0.0
  if greatest < _GREATEST:
    logu = fit.log_ratio(*held_out)
    loss, value = _loss(logu), float(np.diag(logu).mean())
  return Start(encoders, kind, fit, loss, value)


def _loss(logu):
  """Returns the cross-entropy of telling a joint sample from all others.

  Each x has one y of its own among `n`. Unlike the Jensen-Shannon loss, which
  weighs joint samples and all others alike, this tells critics apart up to
  about log(n) nats.
  """
  n = len(logu)
  if not np.isfinite(logu).all():
    return math.inf
  logits = logu - math.log(max(n - 1, 1))
  joint = np.diag(logits)
  others = np.logaddexp(0.0, logits).sum() - np.logaddexp(0.0, joint).sum()
  return float(np.logaddexp(0.0, -joint).sum() + others) / n
