"""Everyday pairs whose estimates must come with a warning."""

import math

import numpy as np

from mi_tf.benchmarks.everyday.tasks import task


def tasks():
  """Returns the list of the tasks."""
  return [
    _task('no_noise', 2000, _sine(3.0), math.inf, 'y = sin(3 x)'),
    _task('no_noise', 1000, _sine(2.0), math.inf, 'y = sin(2 x)', 'dev'),
    _task('near_copies', 3000, _copies(10), 0.0, '10 copies of each row'),
    _task('near_copies', 2000, _copies(5), 0.0, '5 copies of each row', 'dev'),
    _grouped('near_copies_groups', 3000, 10),
    _grouped('near_copies_groups', 2000, 5, 'dev'),
    _task('random_walks', 2000, _walks(0.98), 0.0, 'Each row has a past.'),
    _task('random_walks', 1500, _walks(0.97), 0.0, 'Likewise.', 'dev'),
    _task('ids_parity', 4000, _parity(1000), math.log(2), '1,000 ids'),
    _task('ids_parity', 3000, _parity(800), math.log(2), '800 ids', 'dev'),
    _task('few_rows', 100, _few_rows(300), None, '300 columns, 100 rows'),
    _task('few_rows', 80, _few_rows(200), None, '200 columns, 80 rows', 'dev'),
    _task('unique_strings', 500, _unique, None, 'As many values as rows.'),
    _task('unique_strings', 300, _unique, None, 'Likewise.', 'dev'),
  ]


def _task(name, n, draw, exact, note, split='report'):
  prefix = 'doubts/dev-' if split == 'dev' else 'doubts/'
  return task.Task(
    prefix + name, 'doubts', n, draw, exact, note, split, kind='doubt'
  )


def _grouped(name, n, copies, split='report'):
  prefix = 'doubts/dev-' if split == 'dev' else 'doubts/'
  return task.Task(
    prefix + name,
    'doubts',
    n,
    _copies(copies),
    0.0,
    'With `groups`, there is no doubt left.',
    split,
    options=lambda n: {'groups': np.arange(n) // copies},
  )


def _sine(frequency):
  def draw(rng, n):
    x = rng.uniform(-2, 2, n)
    return x, np.sin(frequency * x)

  return draw


def _copies(copies):
  def draw(rng, n):
    rows = np.repeat(rng.normal(size=[-(-n // copies), 2]), copies, axis=0)[:n]
    return tuple((rows + 1e-3 * rng.normal(size=rows.shape)).T)

  return draw


def _walks(rho):
  def draw(rng, n):
    values = rng.normal(size=[n, 2])
    noise = math.sqrt(1 - rho**2) * rng.normal(size=[n, 2])
    for i in range(1, n):
      values[i] = rho * values[i - 1] + noise[i]
    return values[:, 0], values[:, 1]

  return draw


def _parity(ids):
  def draw(rng, n):
    x = rng.integers(ids, size=n)
    return x, x % 2

  return draw


def _few_rows(columns):
  def draw(rng, n):
    x = rng.normal(size=[n, columns])
    return x, x[:, 0] + rng.normal(size=n)

  return draw


def _unique(rng, n):
  ids = np.array([f'id{i:05d}' for i in rng.permutation(n)])
  return ids, rng.normal(size=n)
