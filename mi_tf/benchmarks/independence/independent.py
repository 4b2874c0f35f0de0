"""Kinds of independent pairs, and the p-values of `estimate_mi` for them."""

import numpy as np

import mi_tf
from mi_tf.estimation import pipeline
from mi_tf.estimation.permutation_test import p_values
from mi_tf.estimation.rows import preparation
from mi_tf.estimation.variables import checking
from mi_tf.internal import linear_algebra

ALL_METHODS, CRITIC = 'all methods', 'critic'


def sample(kind, n, rng):
  """Returns (x, y, dict of arguments of `estimate_mi`) of one of `KINDS`."""
  x, y, *options = KINDS[kind](rng, n)
  return x, y, options[0] if options else {}


@linear_algebra.one_thread()
def test(x, y, permutations, seed=0, groups=None, sample_weight=None):
  """Returns the p-value of `estimate_mi` with any method but critics.

  No method of estimation takes part in it, and none is fitted here.

  Args:
    x: array, shape `[n]` or `[n, d]`.
    y: array, shape `[n]` or `[n, e]`.
    permutations: `int`, as in `estimate_mi`. So are the other arguments.
    seed: `int`.
    groups: array or `None`.
    sample_weight: array or `None`.
  """
  prepared = preparation.prepare(
    {'x': x, 'y': y},
    [
      lambda x: checking.check(x, 'x', 'auto', 'refuse'),
      lambda y: checking.check(y, 'y', 'auto', 'refuse'),
    ],
    groups,
    sample_weight,
  )
  (pair,) = pipeline.check_and_split(
    [prepared.variables], prepared.groups, pipeline.Options(seed=seed)
  )
  return p_values.of_pair(pair, permutations)


def _critic(x, y, permutations, seed=0, **options):
  """Returns the p-value of a critic, which is trained for an epoch."""
  return mi_tf.estimate_mi(
    x,
    y,
    seed=seed,
    permutations=permutations,
    critic='bilinear',
    max_epochs=1,
    **options,
  ).p_value


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

# Name -> p-value of (x, y, permutations, seed), and the kinds that are tested.
CASES = {
  ALL_METHODS: (test, tuple(KINDS)),
  CRITIC: (_critic, ('normal', 'classes', 'groups', 'weights')),
}
