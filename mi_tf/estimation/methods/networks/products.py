"""Products of columns: in their span, bent dependence is linear.

If y depends on x through a nonlinear map of x, the map is often nearly linear
in a few products of the columns of x. Then canonical directions of the products
find the map in closed form.
"""

import dataclasses
import math

import numpy as np
from scipy import stats


@dataclasses.dataclass(frozen=True)
class Products:
  """Which products are added to the columns of a side of several columns.

  Attributes:
    level: `bool`; each column times the rank of the row's norm.
    waves: `int`; each column times so many sines and cosines of this rank. A
      rotation by an angle that depends on the norm is linear in these products.
    sizes: `bool`; the absolute values of the columns, also of a single column.
    pairs: `bool`; squares and products of two columns, also of a single column.
  """

  level: bool = False
  waves: int = 0
  sizes: bool = False
  pairs: bool = False

  def __or__(self, other: 'Products') -> 'Products':
    """Returns the products of both."""
    return Products(
      level=self.level or other.level,
      waves=max(self.waves, other.waves),
      sizes=self.sizes or other.sizes,
      pairs=self.pairs or other.pairs,
    )

  def width(self, dim: int) -> int:
    """Returns the number of columns of `of` a side with `dim` columns."""
    width = dim * (1 + self.sizes) + self.pairs * dim * (dim + 1) // 2
    return width + (dim * (self.level + 2 * self.waves) if dim > 1 else 0)

  def of(self, scores: np.ndarray) -> np.ndarray:
    """Returns `scores`, `[n, dim]`, with products: `[n, width(dim)]`."""
    n, dim = scores.shape
    parts = [scores]
    if dim > 1 and (self.level or self.waves):
      norm = np.square(scores).sum(axis=1)
      level = (stats.rankdata(norm) / (n + 1.0))[:, np.newaxis]
      if self.level:
        parts.append(scores * (2.0 * level - 1.0))
      for k in range(1, self.waves + 1):
        parts += [scores * f(math.pi * k * level) for f in (np.cos, np.sin)]
    if self.sizes:
      parts.append(np.abs(scores))
    if self.pairs:
      i, j = np.triu_indices(dim)
      parts.append(scores[:, i] * scores[:, j])
    return np.concatenate(parts, axis=1)


# Functions of the norm, and functions that are even in each column.
RADIAL = (
  Products(level=True),
  *(Products(waves=k) for k in (1, 2, 4, 8, 16)),
)
SYMMETRIC = (
  Products(sizes=True),
  Products(pairs=True),
  Products(sizes=True, pairs=True),
)
