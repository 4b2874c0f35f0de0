"""Kinds of independent pairs, and the methods that are asked about them."""

import numpy as np

METHODS = {
  'auto': (
    *('normal', 'heavy tails', 'counts', 'classes', 'atoms', 'tables'),
    *('groups', 'weights'),
  ),
  'table': ('counts', 'classes of both'),
  'classifier': ('classes', 'classes of a table'),
  'elliptical': ('normal', 'heavy tails', 'tables', 'groups', 'weights'),
  'neighbors': ('normal', 'atoms', 'weights'),
  'network': ('normal', 'heavy tails', 'groups', 'weights'),
  'critic': ('normal', 'classes', 'groups', 'weights'),
}
FEWEST_ROWS = {'network': 250}
_CRITIC = {'critic': 'bilinear', 'max_epochs': 1}


def sample(kind, n, rng):
  """Returns (x, y, dict of arguments of `estimate_mi`) of one of `KINDS`."""
  x, y, *options = KINDS[kind](rng, n)
  return x, y, options[0] if options else {}


def options_of(method):
  """Returns the dict of arguments of `estimate_mi` that choose a method."""
  return _CRITIC if method == 'critic' else {'method': method}


def _classes(rng, n, number=4):
  # All classes occur, the first ones most often.
  codes = np.minimum(rng.geometric(0.4, size=n) - 1, number - 1)
  codes[:number] = np.arange(number)
  return np.array(list('abcdefgh'))[rng.permutation(codes)]


def _groups(rng, n):
  """Returns groups of 1 to 8 rows, each with its own values of x and y."""
  sizes = rng.integers(1, 9, size=n)
  groups = np.repeat(np.arange(n), sizes)[:n]
  x, y = rng.normal(size=(2, n))[:, groups] + 0.5 * rng.normal(size=(2, n))
  return x, y, {'groups': groups}


def _weights(rng, n):
  """Returns rows that were sampled with chances by x and y, and 1 / chances."""
  x, y = rng.normal(size=(2, 4 * n))
  chances = 0.3 + 0.7 / (1.0 + np.exp(-2.0 * (x + y)))
  kept = np.flatnonzero(rng.random(4 * n) < chances)[:n]
  return x[kept], y[kept], {'sample_weight': 1.0 / chances[kept]}


KINDS = {
  'normal': lambda rng, n: rng.normal(size=(2, n)),
  'heavy tails': lambda rng, n: rng.standard_t(1.0, size=(2, n)),
  'counts': lambda rng, n: rng.poisson(1.5, size=(2, n)),
  'classes': lambda rng, n: (rng.normal(size=n), _classes(rng, n)),
  'classes of both': lambda rng, n: (_classes(rng, n), _classes(rng, n, 3)),
  'classes of a table': lambda rng, n: (
    rng.normal(size=(n, 5)),
    _classes(rng, n, 3),
  ),
  'atoms': lambda rng, n: np.maximum(rng.normal(size=(2, n)), 0.0),
  'tables': lambda rng, n: (rng.normal(size=(n, 3)), rng.normal(size=(n, 2))),
  'groups': _groups,
  'weights': _weights,
}
