"""Everyday pairs of two numbers, which suit nearest neighbors."""

import math

import numpy as np

from mi_tf import tasks as sources
from mi_tf.benchmarks.everyday.tasks import smooth
from mi_tf.benchmarks.everyday.tasks import task
from mi_tf.benchmarks.everyday.tasks import truths

_N = 4000


def tasks():
  """Returns the list of the tasks."""
  return [
    *(_additive(epsilon) for epsilon in (0.1, 0.3, 0.75)),
    *(_additive(epsilon, 'dev') for epsilon in (0.05, 0.2, 0.5)),
    _task('mean_of_uniforms', _mean_of_uniforms(None), 0.5),
    _task('mean_of_uniforms_rounded', _mean_of_uniforms(200), _mean_rounded),
    _task('sum_of_3_uniforms', _sum_of_3, _sum_of_3_exact, 'dev'),
    _atoms('atoms', 2, 0.5, 0.8),
    _atoms('atoms', 3, 0.3, 0.6, 'dev'),
    _ring('ring', 0.1),
    _ring('ring', 0.2, 'dev'),
    _source(sources.bimodal(0.75)),
    _source(sources.bimodal(0.5), 'dev'),
    _source(sources.normal_cdf(sources.correlated_gaussian(1, rho=0.75))),
    _source(sources.normal_cdf(sources.correlated_gaussian(1, rho=0.5)), 'dev'),
    # The sum of two exponentials is a gamma(2).
    _task('exponential_sum', _exponential_sum, float(np.euler_gamma)),
    _task('triangle', _triangle, 1 - math.log(2)),
    _source(sources.correlated_gaussian(1, rho=0.8)),
    _source(sources.correlated_gaussian(1, rho=0.6), 'dev'),
    _source(sources.student_t(1, 1, 1)),
    _source(sources.student_t(1, 1, 3)),
    _source(sources.student_t(1, 1, 2), 'dev'),
    _lognormal_zeros('lognormal_zeros', [[0.3, 0.1], [0.1, 0.5]], 0.7),
    _lognormal_zeros('lognormal_zeros', [[0.2, 0.2], [0.1, 0.5]], 0.5, 'dev'),
  ]


def _task(name, draw, exact, split='report', note=''):
  prefix = 'ksg_home/dev-' if split == 'dev' else 'ksg_home/'
  return task.Task(prefix + name, 'ksg_home', _N, draw, exact, note, split)


def _source(source, split='report'):
  return smooth.from_source(source, 'ksg_home', _N, split)


def _additive(epsilon, split='report'):
  return _source(sources.additive_uniform(epsilon), split)


def _mean_of_uniforms(levels):
  def draw(rng, n):
    u = rng.random([2, n])
    x, y = u[0], u.mean(axis=0)
    if levels is None:
      return x, y
    return np.floor(levels * x).astype(int), np.floor(levels * y).astype(int)

  return draw


def _mean_rounded():
  # Each level of x has 16 grid points; y is uniform over half of (0, 1).
  levels, places = 200, 16
  x = (np.arange(levels * places) + 0.5) / (levels * places)
  edges = np.arange(levels + 1) / levels
  below = np.clip((edges - x[:, np.newaxis] / 2) / 0.5, 0, 1)
  rows = np.diff(below, axis=1)
  return truths.of_table(rows.reshape(levels, places, levels).sum(axis=1))


def _sum_of_3(rng, n):
  u = rng.random([3, n])
  return u[0], u.sum(axis=0)


def _sum_of_3_exact():
  x, y = np.linspace(0, 1, 1501), np.linspace(0, 3, 3001)
  # y - x is a sum of two uniforms, whose density is a triangle.
  rows = np.maximum(0, 1 - np.abs(y - x[:, np.newaxis] - 1))
  return truths.of_rows(np.ones(len(x)), rows)


def _exponential_sum(rng, n):
  e = rng.exponential(size=[2, n])
  return e[0], e.sum(axis=0)


def _triangle(rng, n):
  u = np.sort(rng.random([2, n]), axis=0)
  return u[0], 1 - u[1]


def _atoms(name, atoms, share, rho, split='report'):
  def draw(rng, n):
    x, y = _normals(rng, n, rho)
    atom = rng.integers(atoms, size=n)
    is_atom = rng.random(n) < share
    return np.where(is_atom, atom, x), np.where(is_atom, atom, y)

  truth = (
    truths.entropy([share, 1 - share])
    + share * math.log(atoms)
    - (1 - share) / 2 * math.log(1 - rho**2)
  )
  note = f'x = y = one of {atoms} integers, or both normal.'
  return _task(name, draw, truth, split, note)


def _ring(name, noise, split='report'):
  def draw(rng, n):
    angle = rng.uniform(0, 2 * math.pi, n)
    radius = 1 + noise * rng.normal(size=n)
    return radius * np.cos(angle), radius * np.sin(angle)

  def exact():
    places = np.linspace(-1 - 5 * noise, 1 + 5 * noise, 3000)
    radius = np.hypot(places[:, np.newaxis], places)
    density = np.exp(-0.5 * ((radius - 1) / noise) ** 2) / radius
    return truths.of_table(density)

  return _task(name, draw, exact, split)


def _lognormal_zeros(name, zeros, rho, split='report'):
  """Returns the task of correlated lognormals with zeros by a table."""
  zeros = np.asarray(zeros)
  table_nats, _ = truths.of_table(zeros)
  truth = table_nats - zeros[1, 1] / 2 * math.log(1 - rho**2)

  def draw(rng, n):
    cell = rng.choice(4, n, p=zeros.ravel())
    x, y = np.exp(_normals(rng, n, rho))
    return x * (cell >= 2), y * (cell % 2)

  return _task(name, draw, truth, split, 'Many zeros on both sides.')


def _normals(rng, n, rho):
  x, noise = rng.normal(size=[2, n])
  return x, rho * x + math.sqrt(1 - rho**2) * noise
