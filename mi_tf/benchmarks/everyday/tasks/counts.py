"""Everyday pairs of counts and classes."""

import math

import numpy as np
from scipy import stats

from mi_tf.benchmarks.everyday.tasks import task
from mi_tf.benchmarks.everyday.tasks import truths


def tasks():
  """Returns the list of the tasks."""
  return [
    # Two counts with a common rate.
    _common_rate('gamma2', 2000, shape=2.0),
    _common_rate('gamma1_rate4', 500, shape=1.0, scale=4.0),
    _common_rate('gamma3', 1500, shape=3.0, split='dev'),
    _common_rate('gamma1_rate3', 300, shape=1.0, scale=3.0, split='dev'),
    # A class and a count.
    _spikes('spikes8', 120, np.linspace(2, 7, 8)),
    _spikes('spikes8', 1000, np.linspace(2, 7, 8)),
    _spikes('spikes8_strong', 250, np.linspace(1, 8, 8)),
    _spikes('spikes8_weak', 120, np.linspace(3, 7, 8)),
    _spikes('spikes6', 150, np.linspace(1, 5, 6), split='dev'),
    _spikes('spikes10', 800, np.geomspace(1, 20, 10), split='dev'),
    _binomial('binomial3', 600, 10, [0.3, 0.5, 0.7]),
    _binomial('binomial2', 250, 20, [0.3, 0.4], split='dev'),
    _zero_inflated('zero_inflated', 800, [0.7, 0.4, 0.2], [2.0, 4.0, 4.0]),
    _zero_inflated('zero_inflated2', 400, [0.6, 0.3], [3, 5], split='dev'),
    _geometric('geometric3', 1000, [0.15, 0.3, 0.6]),
    _geometric('geometric2', 300, [0.1, 0.3], split='dev'),
    _rare('rare_count', 5000, 0.02, 2.0, 6.0),
    _rare('rare_count', 2000, 0.04, 1.0, 4.0, split='dev'),
    # Two counts.
    _given_count('noisy_double', 1000, 4.0, lambda a, b: _near(b - 2 * a)),
    _given_count(
      'noisy_triple', 500, 6.0, lambda a, b: _near(b - 3 * a), split='dev'
    ),
    _given_count('thinned', 2000, 6.0, lambda a, b: stats.binom.pmf(b, a, 0.5)),
    _given_count(
      'poisson_of_count', 400, 5.0, lambda a, b: stats.poisson.pmf(b, a + 0.5)
    ),
    _given_count(
      'thinned', 700, 9.0, lambda a, b: stats.binom.pmf(b, a, 0.7), split='dev'
    ),
    _dice('dice', 500, 6),
    _dice('dice8', 300, 8, split='dev'),
    # Tables of two classes.
    *(
      _table(rows, columns, n, strength, split)
      for rows, columns, n, strength, split in (
        (3, 3, 300, 1.0, 'report'),
        (3, 3, 300, 0.0, 'report'),
        (6, 4, 500, 0.7, 'report'),
        (6, 4, 500, 0.0, 'report'),
        (24, 10, 1500, 0.8, 'report'),
        (24, 10, 5000, 0.8, 'report'),
        (24, 10, 1500, 0.0, 'report'),
        (4, 3, 250, 0.8, 'dev'),
        (5, 5, 400, 0.0, 'dev'),
        (20, 12, 2000, 0.6, 'dev'),
        (20, 12, 1000, 0.0, 'dev'),
      )
    ),
    _binarized('binarized', 1000, 0.6),
    _binarized('binarized', 500, 0.4, split='dev'),
    # Several counts, and counts with numbers.
    _cells('cells5', 600, 4, 5),
    _cells('cells7', 400, 3, 7, split='dev'),
    _exp_rate('count_of_normal', 1000, 1.0),
    _exp_rate('count_of_normal', 2000, 0.5, split='dev'),
    _rare_number('rare_number', 5000, 0.02, 2.5),
    _rare_number('rare_number', 3000, 0.05, 2.0, split='dev'),
  ]


def _task(name, n, draw, exact, note, split='report', cap=math.inf):
  prefix = 'counts/dev-' if split == 'dev' else 'counts/'
  return task.Task(
    f'{prefix}{name}-{n}', 'counts', n, draw, exact, note, split, cap=cap
  )


def _from_table(name, n, joint, note, split='report', labels=False):
  """Returns the task of the two indices of a table of probabilities."""
  joint = np.asarray(joint) / np.sum(joint)

  def draw(rng, n):
    places = rng.choice(joint.size, n, p=joint.ravel())
    x, y = np.unravel_index(places, joint.shape)
    return (np.array([f'c{i}' for i in x]), y) if labels else (x, y)

  cap = min(truths.entropy(joint.sum(axis=axis)) for axis in (0, 1))
  return _task(name, n, draw, lambda: truths.of_table(joint), note, split, cap)


def _common_rate(name, n, shape, scale=1.0, split='report'):
  # Quantiles of the rate; the counts are integrated over them.
  rates = stats.gamma.ppf((np.arange(4000) + 0.5) / 4000, shape, scale=scale)
  count = np.arange(int(rates.max() + 10 * math.sqrt(rates.max()) + 10))
  given = stats.poisson.pmf(count, rates[:, np.newaxis])
  note = f'Two Poisson counts with a common gamma({shape:g}) rate.'
  return _from_table(f'common_rate_{name}', n, given.T @ given, note, split)


def _spikes(name, n, rates, split='report'):
  count = np.arange(int(max(rates) * 4 + 25))
  joint = stats.poisson.pmf(count, np.asarray(rates)[:, np.newaxis])
  note = f'{len(rates)} stimuli and Poisson counts of spikes.'
  return _from_table(name, n, joint, note, split)


def _binomial(name, n, trials, p, split='report'):
  joint = stats.binom.pmf(np.arange(trials + 1), trials, np.c_[p])
  return _from_table(name, n, joint, 'Class and binomial.', split, labels=True)


def _zero_inflated(name, n, zeros, rates, split='report'):
  joint = (1 - np.c_[zeros]) * stats.poisson.pmf(np.arange(40), np.c_[rates])
  joint[:, 0] += zeros
  return _from_table(
    name, n, joint, 'Class and a count with many zeros.', split
  )


def _geometric(name, n, p, split='report'):
  joint = stats.geom.pmf(np.arange(200), np.c_[p])
  return _from_table(name, n, joint, 'Class and geometric.', split)


def _rare(name, n, share, rate, other, split='report'):
  joint = stats.poisson.pmf(np.arange(50), np.c_[[rate, other]])
  joint *= np.c_[[1 - share, share]]
  return _from_table(name, n, joint, f'A label of {share:.0%}.', split)


def _given_count(name, n, rate, pmf, split='report'):
  a = np.arange(int(rate * 4 + 20))
  b = np.arange(3 * len(a) + 10)
  joint = stats.poisson.pmf(a, rate)[:, np.newaxis] * pmf(a[:, np.newaxis], b)
  return _from_table(
    name, n, joint, 'Two counts, one made of the other.', split
  )


def _near(difference):
  """Returns the probabilities of the differences 0, 1 and 2: 1/4, 1/2, 1/4."""
  return np.select(
    [difference == 1, (difference == 0) | (difference == 2)], [0.5, 0.25]
  )


def _dice(name, n, sides, split='report'):
  joint = np.zeros([sides, 2 * sides - 1])
  for i in range(sides):
    joint[i, i : i + sides] = 1.0
  return _from_table(name, n, joint, 'A die and the sum of two.', split)


def _table(rows, columns, n, strength, split):
  rng = np.random.default_rng([rows, columns])
  joint = rng.dirichlet(5 * np.ones(rows))[:, np.newaxis] * rng.dirichlet(
    5 * np.ones(columns)
  )
  joint = joint * np.exp(strength * rng.normal(size=joint.shape))
  kind = 'table' if strength else 'independent'
  name = f'{kind}{rows}x{columns}'
  return _from_table(name, n, joint, 'Two classes.', split, labels=True)


def _binarized(name, n, rho, split='report'):
  same = 0.25 + math.asin(rho) / (2 * math.pi)
  joint = [[same, 0.5 - same], [0.5 - same, same]]
  return _from_table(name, n, joint, 'Signs of two normals.', split)


def _cells(name, n, stimuli, cells, split='report'):
  rates = np.random.default_rng([stimuli, cells]).uniform(
    1, 5, [stimuli, cells]
  )
  prior = np.full(stimuli, -math.log(stimuli))

  def draw(rng, n):
    stimulus = rng.integers(stimuli, size=n)
    return rng.poisson(rates[stimulus]), stimulus

  def exact():
    x, labels = draw(np.random.default_rng(0), 1_000_000)
    scores = x @ np.log(rates).T - rates.sum(axis=1)
    return truths.of_labels(scores, labels, prior)

  note = f'Counts of {cells} cells and the stimulus.'
  return _task(name, n, draw, exact, note, split, math.log(stimuli))


def _exp_rate(name, n, scale, split='report'):
  def draw(rng, n):
    z = rng.normal(size=n)
    return z, rng.poisson(np.exp(scale * z))

  def exact():
    z = np.linspace(-6, 6, 2001)
    rows = stats.poisson.pmf(np.arange(900), np.exp(scale * z)[:, np.newaxis])
    return truths.of_rows(np.exp(-0.5 * z**2), rows)

  return _task(name, n, draw, exact, 'Normal z and Poisson(exp(z)).', split)


def _rare_number(name, n, share, shift, split='report'):
  def draw(rng, n):
    label = rng.random(n) < share
    return rng.normal(size=n) + shift * label, label.astype(int)

  def exact():
    x = np.linspace(-8, 8 + shift, 4001)
    rows = np.exp(-0.5 * (x - np.c_[[0.0, shift]]) ** 2)
    return truths.of_rows([1 - share, share], rows)

  note = f'A label of {share:.0%} and a normal number.'
  cap = truths.entropy([share, 1 - share])
  return _task(name, n, draw, exact, note, split, cap)
