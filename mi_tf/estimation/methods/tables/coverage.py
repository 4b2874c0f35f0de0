"""Mutual information of a table without a model of its cells."""

import dataclasses

import numpy as np
from scipy import special

_TABLES = 40  # That are drawn from a model.
# Chance explains a difference of so many deviations, squared.
_CHANCE = 2.0
_FARTHEST = 500.0  # Beyond it, hardly any value was not seen.
_MOST_SINGLE = 0.25  # The most rows in cells of their own, as a share.


@dataclasses.dataclass(frozen=True)
class Mean:
  """The mean of a model's value and of entropies, and its error, in nats.

  `share` is the share of the entropies' value. The true value may be higher by
  `unseen`, if the model is wrong.
  """

  value: float
  stderr: float
  share: float = 0.0
  unseen: float = 0.0


def average(model, counts, x, y, rng, *, independent=True):
  """Returns the `Mean` of a `log_linear.Model` of `counts` and of entropies.

  A model is too low if it spreads joint values more widely than they are: near
  a line, say, smooth functions of the levels do. Mutual information by
  entropies has less bias, but more variance. It is compared with the same
  number of tables drawn from the model. If it is greater than chance explains,
  it has a share of the mean, as in the positive-part estimator of James and
  Stein.

  The model's value is kept unless both `Levels` `x` and `y` are ordered. The
  model of classes is made of the seen cells, and so are tables drawn from it:
  their entropies are too low. It is also kept with weights, and if rows are not
  `independent`, since the entropies need numbers of whole, independent rows.
  It is kept, too, if many rows are in cells of their own: their share is about
  the probability of cells that were not seen [1], of which entropies tell
  little.

  #### References

  [1]: I. J. Good. The population frequencies of species and the estimation of
       population parameters. _Biometrika_, 40(3/4), 1953.
       https://doi.org/10.1093/biomet/40.3-4.237
  """
  whole = np.allclose(counts, np.rint(counts))
  if not (whole and independent and x.scales and y.scales):
    return Mean(model.value, model.stderr)
  counts = np.rint(counts)
  n = int(counts.sum())
  if np.count_nonzero(counts == 1.0) > _MOST_SINGLE * n:
    return Mean(model.value, model.stderr)
  found = mutual_information(counts)
  p = np.exp(model.log_ratio) * np.outer(counts.sum(1), counts.sum(0))
  drawn = rng.multinomial(n, (p / p.sum()).reshape(-1), _TABLES)
  values = [mutual_information(t.reshape(counts.shape)) for t in drawn]
  deviation, excess = np.std(values, ddof=1), found - np.mean(values)
  higher = max(found - model.value, 0.0)
  share = 0.0
  if excess > 0.0:
    share = max(1.0 - _CHANCE * (deviation / excess) ** 2, 0.0)
  stderr = (1.0 - share) * model.stderr + share * deviation
  doubt = np.sqrt(share * (1.0 - share)) * higher
  return Mean(
    float(model.value + share * higher),
    float(np.hypot(stderr, doubt)),
    float(share),
    float((1.0 - share) * higher),
  )


def mutual_information(counts):
  """Returns the mutual information of a table by three entropies, nats."""
  sides = sum(entropy(counts.sum(axis=a)) for a in (0, 1))
  return sides - entropy(counts.reshape(-1))


def entropy(counts):
  """Returns an estimate of entropy from numbers of rows, nats.

  Let f1 and f2 be the numbers of values with one row and with two rows. They
  tell the share of values that were not seen, and so their entropy [1]:

      sum(k / n (digamma(n) - digamma(k)))
      + f1 / n sum_{j > 0} q**j / (n + j - 1)

  where k are the counts, and `q = 1 - 2 f2 / ((n - 1) f1 + 2 f2)`. If f2 is 0,
  q is computed from f1 - 1 and 1.

  #### References

  [1]: Anne Chao, Y. T. Wang, Lou Jost. Entropy and the species accumulation
       curve: a novel entropy estimator via discovery rates of new species.
       _Methods in Ecology and Evolution_, 2013.
       https://doi.org/10.1111/2041-210X.12108
  """
  counts = counts[counts > 0]
  n = counts.sum()
  seen = counts @ (special.digamma(n) - special.digamma(counts)) / n
  once, twice = np.sum(counts == 1), np.sum(counts == 2)
  rare = once - (twice == 0)
  if rare < 1:
    return float(seen)
  log_q = np.log1p(-1.0 / (1.0 + (n - 1) * rare / (2.0 * max(twice, 1))))
  # The sum over j, as an integral whose nodes are in the middle.
  x = min(-log_q * (n - 0.5), _FARTHEST)
  rest = np.exp(0.5 * log_q + x) * special.exp1(x)
  return float(seen + once / n * rest)
