"""Exact expectations of bounds, over all matrices that can be drawn."""

import numpy as np

import mi_tf
from mi_tf_test.bounds import populations


def expected_value(name, population, layout, scores, extras=None, **options):
  """Returns the expectation of a bound, free of sampling noise.

  Args:
    name: str, of a function of `mi_tf`.
    population: `populations.Discrete`.
    layout: str, a key of `populations.LAYOUTS`.
    scores: float array `[num_x, num_y]`, the critic's table.
    extras: dict of arrays, `[num_x]` (one value per row) or `[num_x, num_y]`
      (one per pair).
    **options: scalars, passed on.

  Returns:
    float.
  """
  owners, num_rows = populations.LAYOUTS[layout]
  x, y, probability, mask = population.enumerate(owners, num_rows)
  np.testing.assert_allclose(probability.sum(), 1, rtol=1e-12)
  table = lambda t: t[x] if t.ndim == 1 else t[x[:, :, None], y[:, None, :]]
  values = getattr(mi_tf, name)(
    table(scores),
    mask,
    **{key: table(np.asarray(value)) for key, value in (extras or {}).items()},
    **options,
  )
  return np.sum(probability * values.numpy())
