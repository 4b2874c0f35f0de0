"""Levels: the values of one side of a table, and functions of them."""

import dataclasses

import numpy as np
from scipy import special


@dataclasses.dataclass(frozen=True)
class Levels:
  """The levels of one side of a table.

  Ordered levels have two `scales`: each gives every level a position, one by
  its value and one by its rank. Classes have no scales.
  """

  scales: tuple
  number: int

  def __len__(self):
    return self.number

  @classmethod
  def of(cls, codes, values, weights=None):
    """Returns the levels of codes, which are ordered if `values` are given."""
    counts = np.bincount(codes, weights)
    if values is None or len(values) < 3:
      return cls((), len(counts))
    shares = counts / counts.sum()
    ranks = special.ndtri(np.cumsum(shares) - shares / 2)
    return cls((values, ranks), len(counts))

  def named(self, scale):
    """Returns the name of a scale."""
    if not self.scales or scale is None:
      return 'classes'
    return ('values', 'ranks')[scale]

  def basis(self, scale, degree, shares):
    """Returns functions `[levels, functions]`, orthonormal under `shares`.

    If `scale` is an index, the functions are polynomials of that scale; if it
    is `None`, they are made from indicators of all levels except one.
    """
    if not self.scales or scale is None:
      present = np.flatnonzero(shares)
      raw = np.eye(self.number)[:, present[:-1]]
    else:
      z = self.scales[scale]
      center = shares @ z
      z = (z - center) / np.sqrt(shares @ (z - center) ** 2 + 1e-300)
      raw = z[:, None] ** np.arange(1, min(degree + 1, self.number))
    columns = np.concatenate([np.ones((self.number, 1)), raw], axis=1)
    # The triangular factor of the columns, weighted by the shares.
    r = np.linalg.qr(np.sqrt(shares)[:, None] * columns, mode='r')
    keep = np.abs(np.diag(r)) > 1e-6
    r, columns = r[np.ix_(keep, keep)], columns[:, keep]
    return np.linalg.solve(r.T, columns.T).T[:, 1:]
