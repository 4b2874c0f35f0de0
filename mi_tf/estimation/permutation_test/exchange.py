"""Exchange: the rows that are tested, and the rows that may change places."""

import dataclasses

import numpy as np

# Groups that are tested before any group has more rows in the test.
_MANY_GROUPS = 100


@dataclasses.dataclass(frozen=True)
class Exchange:
  """Rows `[m]`, and sets of units that may exchange their places.

  Each set is an int array `[units, size]` of places in `rows`. A unit is a row,
  or rows of one group. All units of a set have the same size.
  """

  rows: np.ndarray
  sets: tuple

  def partners(self, rng):
    """Returns places `[m]` in random order: units exchange their places.

    A row at some place in its unit gets the row at that place in another unit.
    """
    found = np.empty(len(self.rows), int)
    for units in self.sets:
      found[units] = units[rng.permutation(len(units))]
    return found


def exchange(rows, groups, weights, most, rng):
  """Returns the `Exchange` of at most `most` of some rows.

  Args:
    rows: int array `[n]`, rows in an order that is not random in groups.
    groups: int array `[n]` with equal values for rows that belong together, or
      `None`.
    weights: array `[n]`, or `None`. If rows have weights, a random sample of
      rows is tested: the probability of a row is proportional to its weight. If
      a few weights are much greater than the others, the sample is small.
      Greater samples would not be exact: rows that were sampled by x and y
      together are dependent without their weights.
    most: `int`.
    rng: NumPy's random generator.

  With groups of different sizes, only groups of equal size are exchanged. Rows
  are left out to make sizes equal, as few as possible: the first set holds
  `size` rows of each group that has as many, with the `size` that uses the most
  rows; smaller groups form the next sets by the same rule. If there are more
  than `most` rows, rows of large groups are left out first: few groups have few
  orders, which show nothing.
  """
  if weights is not None:
    kept = _sample_by_weight(weights, rng)
    rows = rows[kept]
    groups = None if groups is None else groups[kept]
  if groups is None:
    rows = rng.permutation(rows)[:most]
    return Exchange(rows, (np.arange(len(rows))[:, np.newaxis],))
  units = [rows[groups == g] for g in rng.permutation(np.unique(groups))]
  if len(rows) > most:
    longest = max(most // min(len(units), _MANY_GROUPS), 1)
    units = [u[:longest] for u in units]
  sets, used = [], []
  for members in _equal_sizes(units):
    members = members[: max((most - len(used)) // members.shape[1], 0)]
    if len(members) > 1:
      first = len(used)
      used += list(members.reshape(-1))
      sets.append(first + np.arange(members.size).reshape(members.shape))
  return Exchange(np.array(used, int), tuple(sets))


def _equal_sizes(units):
  """Returns int arrays `[units, size]` of rows, by the rule of `exchange`."""
  found = []
  while units:
    sizes = np.array([len(u) for u in units])
    distinct = np.unique(sizes)
    size = max(distinct, key=lambda s: s * np.count_nonzero(sizes >= s))
    found.append(np.stack([u[:size] for u in units if len(u) >= size]))
    units = [u for u in units if len(u) < size]
  return found


def _sample_by_weight(weights, rng):
  """Returns the indices of a random sample, with probabilities by weight."""
  return np.flatnonzero(rng.random(len(weights)) * weights.max() < weights)
