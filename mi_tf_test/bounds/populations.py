"""Populations whose mutual information is known, and scores of all pairs.

Two of them leave no room for sampling noise: `Discrete.enumerate` returns all
matrices that can be drawn, with their probabilities, and `exact_row` one row in
which every frequency equals its probability.
"""

import itertools

import numpy as np


class Gaussian:
  """Two standard Normals with a correlation."""

  def __init__(self, rho):
    self.rho = rho
    self.mutual_information = -0.5 * np.log1p(-(rho**2))

  def sample(self, rng, *shape):
    x, noise = rng.standard_normal((2, *shape))
    return x, self.rho * x + np.sqrt(1 - self.rho**2) * noise

  def log_conditional(self, x, y):
    """Returns `log p(y | x)`."""
    variance = 1 - self.rho**2
    return -0.5 * (
      (y - self.rho * x) ** 2 / variance + np.log(2 * np.pi * variance)
    )

  def log_marginal(self, y):
    return -0.5 * (y**2 + np.log(2 * np.pi))

  def log_ratio(self, x, y):
    """Returns `log p(x, y) / p(x) p(y)`."""
    return self.log_conditional(x, y) - self.log_marginal(y)

  def scores(self, rng, batch, n, m=None):
    """Returns the log ratios of all pairs, `[batch, n, m]`.

    The y of index n and above are drawn from the marginal alone.
    """
    m = n if m is None else m
    x, y = self.sample(rng, batch, n)
    y = np.concatenate([y, rng.standard_normal((batch, m - n))], axis=-1)
    return self.log_ratio(x[:, :, None], y[:, None, :])

  def means(self, function, num_nodes=1201):
    """Returns the joint and the marginal mean of `function(log ratio)`."""
    grid = np.linspace(-10, 10, num_nodes)
    density = np.exp(self.log_marginal(grid))
    density /= density.sum()
    product = density[:, None] * density
    log_ratio = self.log_ratio(grid[:, None], grid)
    joint = product * np.exp(log_ratio)
    values = function(log_ratio)
    return (joint * values).sum() / joint.sum(), (product * values).sum()

  def means_with_another(self, function, num_nodes=48):
    """Returns means of `function(f(x, y), f(x, y'))`, y' independent of x.

    The first of the two has (x, y) from the joint, the second from the
    product of the marginals.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(num_nodes)
    weights = weights / weights.sum()
    x, y, other = np.meshgrid(nodes, nodes, nodes, indexing='ij')
    weight = weights[:, None, None] * weights[:, None] * weights
    joint_y = self.rho * x + np.sqrt(1 - self.rho**2) * y
    negative = self.log_ratio(x, other)
    joint = (weight * function(self.log_ratio(x, joint_y), negative)).sum()
    product = (weight * function(self.log_ratio(x, y), negative)).sum()
    return joint, product


class Discrete:
  """A pair of finite variables."""

  def __init__(self, joint):
    self.joint = np.asarray(joint, np.float64) / np.sum(joint)
    self.p_x = self.joint.sum(1)
    self.p_y = self.joint.sum(0)
    self.log_ratio = np.log(self.joint / np.outer(self.p_x, self.p_y))
    self.log_conditional = np.log(self.joint / self.p_x[:, None])
    self.mutual_information = np.sum(self.joint * self.log_ratio)

  def enumerate(self, owners, num_rows):
    """Lists all that can be drawn as a matrix of pairs.

    Args:
      owners: for each column, the row whose x its y was drawn with, or `None`
        for a y that was drawn from the marginal.
      num_rows: int.

    Returns:
      x: int array `[S, N]`; y: int array `[S, M]`; probability: `[S]`.
      mask: bool array `[N, M]`, true for columns with their owners.
    """
    xs, ys, probabilities = [], [], []
    for x in itertools.product(range(len(self.p_x)), repeat=num_rows):
      for y in itertools.product(range(len(self.p_y)), repeat=len(owners)):
        probability = np.prod([self.p_x[k] for k in x])
        for owner, value in zip(owners, y):
          if owner is None:
            probability *= self.p_y[value]
          else:
            probability *= self.joint[x[owner], value] / self.p_x[x[owner]]
        xs.append(x)
        ys.append(y)
        probabilities.append(probability)
    mask = [[owner == i for owner in owners] for i in range(num_rows)]
    return np.array(xs), np.array(ys), np.array(probabilities), np.array(mask)


# Ways to lay out a small matrix: one positive per row; more columns than rows;
# several positives in a row; a row without any.
LAYOUTS = {
  'square': ([0, 1, 2], 3),
  'wide': ([0, 1, None], 2),
  'one_row': ([0, None, None], 1),
  'several_positives': ([0, 0, 1, None], 2),
  'row_without_positive': ([0, 1, 1], 3),
}


def random_discrete(rng, num_x=2, num_y=3):
  """Returns a random, dependent pair."""
  table = rng.dirichlet(np.ones(num_x * num_y)).reshape(num_x, num_y)
  return Discrete(table + 0.02)


def exact_row(rng, p_counts, q_counts):
  """Returns log ratios of two distributions, with exact frequencies.

  Args:
    rng: NumPy `Generator`, for the order of the columns.
    p_counts: int list; how often each outcome is a positive.
    q_counts: int list; how often each outcome is a negative.

  Returns:
    log_ratio: float64 array `[1, M]`; mask: bool array `[1, M]`, in which
      the means over positives and negatives are expectations under
      `p_counts / sum(p_counts)` and `q_counts / sum(q_counts)`.
  """
  p = np.array(p_counts) / np.sum(p_counts)
  q = np.array(q_counts) / np.sum(q_counts)
  with np.errstate(divide='ignore'):
    log_ratio = np.log(p) - np.log(q)
  values = np.concatenate(
    [np.repeat(log_ratio, p_counts), np.repeat(log_ratio, q_counts)]
  )
  mask = np.arange(values.size) < np.sum(p_counts)
  order = rng.permutation(values.size)
  return values[order][None], mask[order][None]
