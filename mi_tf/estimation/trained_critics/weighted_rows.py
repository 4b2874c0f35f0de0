"""Rows with weights for critics: repeated, and merged again after reading."""

import dataclasses

import numpy as np

from mi_tf.estimation.rows import splits
from mi_tf.estimation.variables import weighted

# At most so many times as many repeated rows as rows.
_MOST_COPIES = 4


@dataclasses.dataclass(frozen=True)
class Originals:
  """The original row of each copy, and weights and groups of original rows."""

  rows: np.ndarray
  weights: np.ndarray
  groups: np.ndarray | None


def repeat(sides, groups):
  """Returns sides and groups with rows repeated in proportion to weights.

  Copies of a row stay in the row's group; without groups, the copies form a
  group. The third result are the `Originals` of the copies.
  """
  weights = sides[0][0].weights
  n = len(weights)
  size = round(min(weights.sum() / weights.min(), _MOST_COPIES * n))
  rng = np.random.default_rng(0)
  rows = weighted.repeated(np.arange(n), weights, size, rng)
  if groups is not None:
    groups = splits.codes(groups, n)
  sides = [tuple(v.of_rows(rows) for v in side) for side in sides]
  copied = rows if groups is None else groups[rows]
  return sides, copied, Originals(rows, weights, groups)


def merge(estimate, rows):
  """Returns an estimate of repeated rows as an estimate of original rows.

  `rows`, from `repeat`, has the original row of each copy.
  """
  indices, place, counts = np.unique(
    rows[estimate.indices], return_inverse=True, return_counts=True
  )
  sums = np.bincount(place.reshape(-1), estimate.pointwise)
  return dataclasses.replace(
    estimate,
    pointwise=sums / counts,
    indices=indices,
    num_samples=len(indices),
  )
