"""Everyday tables of numbers with a class."""

import functools
import math

import numpy as np
from scipy import special

from mi_tf.benchmarks.everyday.tasks import best_classifier
from mi_tf.benchmarks.everyday.tasks import task
from mi_tf.benchmarks.everyday.tasks import truths


def tasks():
  """Returns the list of the tasks."""
  return [
    *(_known(name) for name in ('iris', 'wine', 'breast_cancer', 'digits')),
    _known('iris', columns=[0]),
    _known('iris', columns=[2]),
    _known('iris', columns=[3], split='dev'),
    _known('wine', columns=[0, 6, 9], split='dev'),
    _known('breast_cancer', columns=list(range(10)), split='dev'),
    _known('digits', classes=[3, 5, 8], split='dev'),
    # classes, columns, n, separation, kind
    _classes(3, 4, 150, 2.0, 'same'),
    _classes(3, 13, 178, 2.5, 'own'),
    _classes(2, 30, 569, 2.0, 'same'),
    _classes(8, 20, 2000, 3.0, 'same'),
    _classes(5, 10, 600, 1.5, 'own'),
    _classes(4, 3, 300, 0.0, 'same'),
    _classes(4, 6, 400, 2.0, 'cubed'),
    _classes(3, 8, 400, 2.0, 'same', 'dev'),
    _classes(6, 12, 1500, 2.5, 'own', 'dev'),
    _classes(4, 5, 200, 1.5, 'same', 'dev'),
    _classes(2, 20, 300, 0.0, 'same', 'dev'),
    _classes(5, 8, 800, 2.0, 'cubed', 'dev'),
    # columns, used, n, slope
    _linear(400, 20, 3000, math.inf),
    _linear(400, 20, 3000, 3.0),
    _linear(768, 1, 1000, math.inf),
    _linear(200, 10, 1000, 4.0),
    _linear(200, 200, 1000, math.inf),
    _linear(300, 15, 2000, math.inf, 'dev'),
    _linear(300, 15, 2000, 3.0, 'dev'),
    _linear(500, 1, 1000, math.inf, 'dev'),
    _linear(150, 8, 800, 4.0, 'dev'),
  ]


def _task(name, n, draw, exact, split, cap, note='', **options):
  prefix = 'tables/dev-' if split == 'dev' else 'tables/'
  return task.Task(
    prefix + name,
    'tables',
    n,
    draw,
    exact,
    note,
    split,
    cap=cap,
    **options,
  )


def _known(name, columns=None, classes=None, split='report'):
  """Returns the task of a data set of scikit-learn, with shuffled rows."""

  @functools.lru_cache(maxsize=1)
  def load():
    return best_classifier.load(name, columns, classes)

  sizes = {'iris': 3 * [50], 'wine': [59, 71, 48], 'breast_cancer': [212, 357]}
  sizes['digits'] = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
  sizes = np.take(sizes[name], classes or range(len(sizes[name])))

  def draw(rng, n):
    x, y = load()
    order = rng.permutation(len(x))
    return x[order], y[order]

  kind = ''.join(f'-{i}' for i in columns or classes or [])
  if columns and len(columns) > 4:
    kind = f'-{len(columns)}columns'
  return _task(
    f'{name}{kind}',
    int(sizes.sum()),
    draw,
    lambda: (best_classifier.best(*load()), None),
    split,
    truths.entropy(sizes / sizes.sum()),
    'Truth: at least that of the best of some classifiers.',
    kind='best',
    fixed=True,
  )


def _classes(classes, columns, n, separation, kind, split='report'):
  """Returns the task of normal classes, with equal or different spreads."""
  rng = np.random.default_rng([classes, columns])
  means = separation * rng.normal(size=[classes, columns]) / math.sqrt(columns)
  mixing = rng.normal(size=[columns, columns])
  scales = np.ones([classes, 1])
  if kind == 'own':
    scales = np.exp(rng.uniform(-0.4, 0.4, [classes, 1]))
  prior = rng.dirichlet(20 * np.ones(classes))

  def draw_plain(rng, n):
    label = rng.choice(classes, n, p=prior)
    noise = rng.normal(size=[n, columns])
    return means[label] + scales[label] * noise, label

  def draw(rng, n):
    x, label = draw_plain(rng, n)
    x = x**3 if kind == 'cubed' else x @ mixing
    return x, label

  def exact():
    parts = []
    for seed in range(10):
      x, label = draw_plain(np.random.default_rng(seed), 100_000)
      distance = np.stack(
        [
          ((x - mean) ** 2).sum(axis=1) / scale**2
          for mean, scale in zip(means, scales[:, 0])
        ],
        axis=1,
      )
      scores = -0.5 * distance - columns * np.log(scales[:, 0])
      parts.append(truths.of_labels(scores, label, np.log(prior)))
    mean, deviation = np.mean(parts, axis=0)
    return float(mean), float(deviation)

  return _task(
    f'classes{classes}x{columns}-{separation}-{kind}-{n}',
    n,
    draw,
    exact if separation else 0.0,
    split,
    truths.entropy(prior),
    tolerance=(0.05, 0.0),
  )


def _linear(columns, used, n, slope, split='report'):
  """Returns the task of a label that depends on the sum of some columns."""

  def draw(rng, n):
    x = rng.normal(size=[n, columns])
    z = x[:, :used].sum(axis=1) / math.sqrt(used)
    if slope == math.inf:
      return x, (z > 0).astype(int)
    return x, (rng.random(n) < special.expit(slope * z)).astype(int)

  noiseless = slope == math.inf
  return _task(
    f'linear{columns}-{used}-{slope}-{n}',
    n,
    draw,
    math.log(2) if noiseless else functools.partial(truths.of_logit, slope),
    split,
    math.log(2),
    f'{used} of {columns} columns decide the label.',
    tolerance=(0.1, 0.0),
  )
