"""The mutual information of wide tables, from canonical correlations."""

import math

import numpy as np

from mi_tf.estimation.methods.gaussian_student import information as value_lib
from mi_tf.estimation.variables import weighted

_MORE = (1.0, 1.6, 2.5, 4.0, 6.0, 10.0)  # Multiples of the chosen numbers.
_MOST_SHARE = 0.65  # The most components, as a share of the rows.
_LOST = 0.03  # Share of the information that components may lose.
_UNSEEN = 0.1  # Doubtful share of the information beyond held-out rows'.
_SURE = 3.0  # Standard errors by which a number is surely too low.
_SIGNS = 10  # Draws of random signs of the rows.
_DEVIATIONS = 3.0  # Of the greatest correlation by chance.


def read(sides, counts, rank, held_out, weights=None):
  """Returns the mutual information and its standard error, in nats.

  `sides` are the `Components` of x and of y. `counts` are the numbers of
  components that are best on held-out rows. `rank` is the number of held-out
  correlations beyond chance, and `held_out` is their information.

  More components have more information, but chance raises their sample
  correlations. The part due to chance is subtracted (see `elliptical_fit`). The
  result is the greatest value over several numbers of components.
  """
  n = weighted.effective(len(sides[0].values), weights)
  if not rank:
    return 0.0, math.sqrt(0.5 / n)
  x, y = (side.values for side in sides)
  cross = weighted.products(x, y, weights) / len(x)
  best, base = (-math.inf, 0.0), None
  for factor in _MORE:
    kx, ky = (
      min(math.ceil(factor * k), size)
      for k, size in zip(counts, cross.shape, strict=True)
    )
    if base is not None and kx + ky > _MOST_SHARE * n:
      break
    r = np.linalg.svd(cross[:kx, :ky], compute_uv=False)
    reading = _read(r, kx, ky, n, rank)
    base = base or reading
    best = max(best, reading)
  value, stderr = best
  unseen = _UNSEEN * max(value - held_out, 0.0)
  lost = _LOST * value
  return value, math.hypot(stderr, 0.5 * (value - base[0]), lost, unseen)


def of_all(sides, value, rng, weights=None):
  """Returns `value`, or the unbiased information of all components if greater.

  `value` is an estimate with its standard error, in nats. Many weak
  correlations may be missing in it. The unbiased information replaces it if it
  is greater by more than chance, and rows are enough for all components of the
  two `sides`.

  A random scale that x and y share also raises all sample correlations. Rows
  of x with random signs keep the scale but no correlation: their information is
  subtracted.
  """
  n = weighted.effective(len(sides[0].values), weights)
  x, y = (side.values for side in sides)
  kx, ky = x.shape[1], y.shape[1]
  if kx + ky > _MOST_SHARE * n:
    return value

  def unbiased_of(x):
    cross = weighted.products(x, y, weights) / len(x)
    r = np.linalg.svd(cross, compute_uv=False)
    return value_lib.unbiased_gaussian(r, kx, ky, n)

  unbiased, chance = unbiased_of(x)
  signs = rng.choice([-1.0, 1.0], size=(_SIGNS, len(x), 1))
  by_scale = [unbiased_of(x * sign)[0] for sign in signs]
  unbiased -= float(np.mean(by_scale))
  error = math.hypot(value[1], max(chance, float(np.std(by_scale))))
  return (unbiased, error) if unbiased - value[0] > _SURE * error else value


def _read(r, kx, ky, n, rank):
  """Returns the information of the correlations that are more than chance."""
  kept = r**2 > chance_edge(kx, ky, n)
  kept[rank:] = False
  return value_lib.gaussian(r, kx, ky, n, kept)


def chance_edge(dx, dy, n):
  """Returns an upper limit, at most 1, of squared correlations due to chance.

  The greatest squared canonical correlation of independent samples, with dx and
  dy columns and n rows, hardly ever exceeds this limit.

  #### References

  [1]: Iain M. Johnstone. Multivariate analysis and Jacobi ensembles: largest
       eigenvalue, Tracy-Widom limits and rates of convergence. _Annals of
       Statistics_, 2008. https://arxiv.org/abs/0803.3408
  """
  total = n - 2.0  # Of Jacobi's parameters: (n - 1 - dy) + dy - 1.
  few, many = min(dx, dy) - 0.5, max(dx, dy) - 0.5
  if few + many >= total:
    return 1.0
  gamma = 2.0 * math.asin(math.sqrt(few / total))
  phi = 2.0 * math.asin(math.sqrt(many / total))
  middle = 2.0 * math.log(math.tan(0.5 * (phi + gamma)))
  cubed = 16.0 / total**2
  cubed /= math.sin(phi + gamma) ** 2 * math.sin(phi) * math.sin(gamma)
  logit = middle + _DEVIATIONS * cubed ** (1.0 / 3.0)
  return 1.0 / (1.0 + math.exp(-logit))
