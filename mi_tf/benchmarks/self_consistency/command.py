"""Whether estimates agree: `python -m mi_tf.benchmarks.self_consistency`.

Between images and parts of them, mutual information is far too high to be
measured, but some of its properties can be tested [1]: it grows with the part
that is shown, and is zero for an image and parts of another one; what can be
computed from Y adds nothing (the ratio is 1); two independent pairs have twice
that of one.

#### References

[1]: Jiaming Song, Stefano Ermon. Understanding the Limitations of Variational
     Mutual Information Estimators. _International Conference on Learning
     Representations_, 2020. https://arxiv.org/abs/1910.06222
"""

import dataclasses
import functools
import json

from absl import flags

from mi_tf.benchmarks import command
from mi_tf.benchmarks import estimators
from mi_tf.benchmarks.self_consistency import image_pairs
from mi_tf.benchmarks.self_consistency import report
from mi_tf.internal import records

_ESTIMATORS = (
  'mi_tf',
  'mi_tf_info_nce',
  'mi_tf_mine',
  'mi_tf_nwj',
  'mi_tf_smile',
)

# An estimate with the defaults would take minutes.
_OPTIONS = {'batch_size': 64, 'folds': 1, 'max_epochs': 15}

_QUICK = {
  'images': 'generated',
  'n': 300,
  'estimators': ['mi_tf'],
  'rows': ['14', '28'],
  'options': json.dumps({**_OPTIONS, 'max_epochs': 2}),
}

_USAGE = """
python -m mi_tf.benchmarks.self_consistency
    Estimates the mutual information of images and parts of them, and prints
    how far the estimates agree with each other, of all records.
python -m mi_tf.benchmarks.self_consistency --report=- [--figure=FILE]
    The table and the figure of the records that are there.
"""


@dataclasses.dataclass(frozen=True)
class Run:
  """All that decides the outcome of a run.

  Attributes:
    images: 'mnist' or 'generated'.
    test: `str`, one of `image_pairs.TESTS`.
    rows: `int`, how many rows of an image are shown.
    n: `int`, the number of pairs.
    seed: `int`, that of the choice of images and of the estimator.
    estimator: `str`, one of `estimators.ESTIMATORS`.
    recipe: `str`, the version of the estimator.
    options: dict of arguments of `estimate_mi`.
    benchmark: 'self_consistency'.
  """

  images: str
  test: str
  rows: int
  n: int
  seed: int
  estimator: str
  recipe: str
  options: dict
  benchmark: str = 'self_consistency'


def main(argv):
  """Runs the tests, or reports their records; returns an exit code."""
  values = _flags()
  command.parse(values, argv, _USAGE, _QUICK)
  return command.run(
    values,
    functools.partial(_configs, values),
    functools.partial(run_one, data_dir=values.data_dir),
    report.report,
    report.draw,
  )


def _flags():
  """Returns the flags of this command."""
  values = command.new_flags('self_consistency')
  define = functools.partial(flags.DEFINE_list, flag_values=values)
  define('rows', ['7', '14', '21', '28'], 'Rows of an image that are shown.')
  define('seeds', ['0'], 'Seeds of the choice of images and of estimators.')
  define(
    'estimators',
    list(_ESTIMATORS),
    'Estimators, of: '
    + ', '.join(n for n in estimators.ESTIMATORS if n.startswith('mi_tf')),
  )
  flags.DEFINE_enum(
    'images', 'mnist', ['mnist', 'generated'], 'Images.', flag_values=values
  )
  flags.DEFINE_string(
    'data_dir', None, 'Folder of TensorFlow Datasets.', flag_values=values
  )
  flags.DEFINE_integer('n', 3000, 'Pairs.', lower_bound=60, flag_values=values)
  flags.DEFINE_string(
    'options',
    json.dumps(_OPTIONS),
    'JSON of arguments of estimate_mi.',
    flag_values=values,
  )
  flags.DEFINE_string(
    'recipe',
    None,
    'Name of the version of the estimators, under which runs are found again. '
    'Default: a fingerprint of their code.',
    flag_values=values,
  )
  return values


def _configs(values):
  """Returns the list of the `Run`s that the flags ask for."""
  rows = command.integers('rows', values.rows)
  if not all(image_pairs.MIN_ROWS <= t <= image_pairs.SIZE for t in rows):
    raise ValueError(
      f'--rows must be from {image_pairs.MIN_ROWS} to {image_pairs.SIZE}. '
      f'Received: {",".join(values.rows)}.'
    )
  seeds = command.integers('seeds', values.seeds)
  tests = [('masked', t) for t in sorted({*rows, image_pairs.SIZE})]
  tests += [('independent', image_pairs.SIZE)]
  tests += [
    (test, t)
    for t in rows
    if t < image_pairs.SIZE
    for test in ('processed', 'additive')
  ]
  options = command.json_object('options', values.options)
  estimators = estimators.available(values.estimators)
  # Without images no run can be done.
  _images(values.images, 2 * values.n, seeds[0], values.data_dir)
  return [
    Run(
      values.images,
      test,
      t,
      values.n,
      seed,
      estimator,
      values.recipe or estimators.ESTIMATORS[estimator].recipe(),
      options,
    )
    for seed in seeds
    for estimator in estimators
    for test, t in tests
  ]


@functools.lru_cache(maxsize=1)
def _images(kind, n, seed, data_dir):
  if kind == 'generated':
    return image_pairs.generated(n, seed)
  return image_pairs.mnist(n, seed, data_dir)


def run_one(run, data_dir=None):
  """Returns the outcome of a `Run`."""
  images = _images(run.images, 2 * run.n, run.seed, data_dir)
  x, y = image_pairs.pairs(images, run.test, run.rows)
  with records.Timer() as timer:
    outcome = estimators.ESTIMATORS[run.estimator].estimate(
      x, y, run.seed, **run.options
    )
  return {
    **outcome,
    'wall_seconds': timer.wall_seconds,
    'cpu_seconds': timer.cpu_seconds,
    'versions': records.versions('tensorflow-datasets'),
  }
