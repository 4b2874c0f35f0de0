"""Everyday pairs of fine structure in few dimensions."""

import math

import numpy as np
from scipy import special

from mi_tf import tasks as sources
from mi_tf.benchmarks.everyday.tasks import smooth
from mi_tf.benchmarks.everyday.tasks import task
from mi_tf.benchmarks.everyday.tasks import truths

_N = 10_000


def tasks():
  """Returns the list of the tasks."""
  made = [
    _source('waves', sources.waves()),
    _source('waves8', sources.waves(8, 4.0, 2.0), 'dev'),
    _source('galaxy', sources.galaxy()),
    _source('galaxy', sources.galaxy(0.4, 2.5), 'dev'),
    _source('AI', sources.letters_ai()),
    _source('X', sources.letter_x(0.95), 'dev'),
    _concentric('concentric3', 3, 5),
    _concentric('concentric2', 2, 4, 'dev'),
    _boards('narrow5', 5, None),
    _boards('narrow9', 9, 12),
    _boards('narrow6', 6, None, 'dev'),
    _boards('narrow8', 8, 12, 'dev'),
    *(_stripes(k, noise) for k, noise in ((5, 0.1), (20, 0.1), (5, 0.3))),
    *(_stripes(k, noise) for k, noise in ((20, 0.3), (100, 0.1))),
    *(_stripes(k, noise, 'dev') for k, noise in ((3, 0.1), (12, 0.1))),
    *(_stripes(k, noise, 'dev') for k, noise in ((8, 0.3), (30, 0.2))),
    _spiral('spiral', 3.0, 0.3),
    _spiral('spiral', 2.0, 0.3, 'dev'),
    _spiral_pairs(2, 1, 0.8),
    _spiral_pairs(3, 2, 0.8),
    _spiral_pairs(2, 1, 0.9, 'dev'),
    _spiral_pairs(3, 2, 0.7, 'dev'),
    _swiss_roll(0.9),
    _swiss_roll(0.6, 'dev'),
    _checkers(4),
    _checkers(8),
    _checkers(6, 'dev'),
    *(_sine(k, 0.2) for k in (3, 10, 30)),
    *(_sine(k, 0.3, 'dev') for k in (5, 16)),
    _xor('xor', 0.0),
    _xor('xor_noisy', 0.1),
    _xor('xor_noisy', 0.05, 'dev'),
    _ring('ring', 0.05),
    _ring('ring', 0.08, 'dev'),
  ]
  return made


def _task(name, draw, exact, split='report', note=''):
  prefix = 'structure/dev-' if split == 'dev' else 'structure/'
  return task.Task(
    prefix + name,
    'structure',
    _N,
    draw,
    exact,
    note,
    split,
    tolerance=(0.1, 0.1),
  )


def _source(name, source, split='report'):
  return smooth.from_source(
    source, 'structure', _N, split, name, tolerance=(0.1, 0.1)
  )


def _concentric(name, dim, shells, split='report'):
  """Returns a task whose y is a noisy index of the spread of x."""
  scales = 2.0 ** np.arange(shells)
  deviation = 0.3

  def draw(rng, n):
    shell = rng.integers(shells, size=n)
    x = scales[shell][:, np.newaxis] * rng.normal(size=[n, dim])
    return x, shell + deviation * rng.normal(size=n)

  def exact():
    x, y = draw(np.random.default_rng(0), 1_000_000)
    log_x = -0.5 * (x**2).sum(axis=1)[:, np.newaxis] / scales**2
    log_x -= dim * np.log(scales)
    log_y = -0.5 * ((y[:, np.newaxis] - np.arange(shells)) / deviation) ** 2
    joint, first, second = (
      special.logsumexp(log, axis=1) - math.log(shells)
      for log in (log_x + log_y, log_x, log_y)
    )
    return truths.of_values(joint - first - second)

  return _task(name, draw, exact, split)


def _points(name, x, y, noise, split='report', note=''):
  """Returns the task of points in the plane with normal noise."""

  def draw(rng, n):
    chosen = rng.integers(len(x), size=n)
    return tuple(side[chosen] + noise * rng.normal(size=n) for side in (x, y))

  def exact():
    return truths.of_points(x, y, noise, size=2500)

  return _task(name, draw, exact, split, note)


def _boards(name, size, occupied, split='report'):
  """Returns the task of a board of narrow normals, chequered or random."""
  places = np.argwhere(np.indices([size, size]).sum(axis=0) % 2 == 0)
  if occupied is not None:
    # Each row has one, so that x tells most of y; more are added at random.
    rng = np.random.default_rng(size)
    every = np.stack([np.arange(size), rng.permutation(size)], axis=1)
    more = rng.integers(size, size=[occupied - size, 2])
    places = np.concatenate([every, more])
  x, y = places.T.astype(float)
  return _points(name, x, y, 0.1, split, f'{len(places)} narrow normals.')


def _stripes(k, noise, split='report'):
  def draw(rng, n):
    x, u = rng.random([2, n])
    return x, (k * x + noise * u) % 1

  return _task(f'stripes{k}-{noise}', draw, -math.log(noise), split)


def _spiral(name, turns, noise, split='report'):
  """Returns the task of an Archimedean spiral whose turns are 1 apart."""
  # Steps have equal length: the length is about the square of the angle.
  angle = 2 * math.pi * turns * np.sqrt((np.arange(20_000) + 0.5) / 20_000)
  radius = angle / (2 * math.pi)
  x, y = radius * np.cos(angle), radius * np.sin(angle)
  return _points(name, x, y, noise / 3, split)


def _spiral_pairs(dim_x, dim_y, rho, split='report'):
  """Returns the task of normals of correlation `rho`, after `_wound`."""
  source = sources.linear_mix(
    sources.sparse_gaussian(
      dim_x, dim_y, 1, strength=math.sqrt(rho / (1 - rho))
    )
  )
  nats = source.mutual_information
  name = f'spiral{dim_x}+{dim_y}-{rho}'

  def draw(rng, n):
    x, y = source.sample(n, seed=int(rng.integers(2**31)))
    return tuple(_wound(np.asarray(side)) for side in (x, y))

  return _task(name, draw, nats, split)


def _wound(v):
  """Returns v, rotated in its first plane by an angle that grows with |v|."""
  if v.shape[1] == 1:
    return v[:, 0]
  angle = (v**2).sum(axis=1)
  cos, sin = np.cos(angle), np.sin(angle)
  first, second = v[:, 0], v[:, 1]
  turned = [cos * first - sin * second, sin * first + cos * second]
  return np.concatenate([np.stack(turned, axis=1), v[:, 2:]], axis=1)


def _swiss_roll(rho, split='report'):
  normal = sources.correlated_gaussian(1, rho=rho)
  source = sources.swiss_roll(sources.normal_cdf(normal))
  return _source(f'swiss_roll-{rho}', source, split)


def _checkers(size, split='report'):
  def draw(rng, n):
    column = rng.integers(size, size=n)
    row = 2 * rng.integers(size // 2, size=n) + column % 2
    return column + rng.random(n), row + rng.random(n)

  return _task(f'checkers{size}', draw, math.log(2), split)


def _sine(k, noise, split='report'):
  def draw(rng, n):
    x = rng.uniform(-1, 1, n)
    return x, np.sin(k * x) + noise * rng.normal(size=n)

  def exact():
    x, y = np.linspace(-1, 1, 4001), np.linspace(-3, 3, 1501)
    rows = np.exp(-0.5 * ((y - np.sin(k * x)[:, np.newaxis]) / noise) ** 2)
    return truths.of_rows(np.ones(len(x)), rows)

  return _task(f'sine{k}-{noise}', draw, exact, split)


def _xor(name, flips, split='report'):
  def draw(rng, n):
    x = rng.normal(size=[n, 2])
    sign = np.sign(x[:, 0] * x[:, 1]) * np.where(rng.random(n) < flips, -1, 1)
    return x, sign * np.abs(rng.normal(size=n))

  truth = math.log(2) - truths.entropy([flips, 1 - flips])
  return _task(f'{name}-{flips}', draw, truth, split)


def _ring(name, noise, split='report'):
  angle = 2 * math.pi * np.arange(5000) / 5000
  return _points(name, np.cos(angle), np.sin(angle), noise, split)
