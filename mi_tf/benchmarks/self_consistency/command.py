"""Do estimates agree? `python -m mi_tf.benchmarks.self_consistency`.

The mutual information of an image and a part of the image is far too high to be
measured, but estimates can be tested for known properties [1]. Mutual
information grows with the part. It is zero if the part is from another image.
Adding a function of Y to Y does not change it (the ratio is 1). Two independent
pairs have twice the mutual information of one pair.

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

_USAGE = """
python -m mi_tf.benchmarks.self_consistency
    Estimates the mutual information of images and parts of them, and prints
    how far the estimates of all records agree with each other.
python -m mi_tf.benchmarks.self_consistency --report=- [--figure=FILE]
    Prints the table of the records, and draws their figure.
"""


@dataclasses.dataclass(frozen=True)
class Run:
  """The config of a run.

  Attributes:
    images: 'mnist' or 'generated'.
    test: `str`, one of `image_pairs.TESTS`.
    rows: `int`, the number of rows of an image that Y shows.
    n: `int`, the number of pairs.
    seed: `int`, the seed of the choice of images and of the estimator.
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


def _define_flags(values):
  flags.DEFINE_list(
    'rows',
    ['7', '14', '21', '28'],
    'Rows of an image that are shown.',
    flag_values=values,
  )
  estimators.define_flags(values, _ESTIMATORS, ['0'], options=_OPTIONS)
  flags.DEFINE_enum(
    'images', 'mnist', ['mnist', 'generated'], 'Images.', flag_values=values
  )
  flags.DEFINE_string(
    'data_dir', None, 'Folder of TensorFlow Datasets.', flag_values=values
  )
  flags.DEFINE_integer('n', 3000, 'Pairs.', lower_bound=60, flag_values=values)


def _configs(values):
  """Returns the list of the `Run`s that the flags ask for."""
  rows = command.integers('rows', values.rows)
  if not all(image_pairs.MIN_ROWS <= t <= image_pairs.SIZE for t in rows):
    raise ValueError(
      f'--rows must be from {image_pairs.MIN_ROWS} to {image_pairs.SIZE}. '
      f'Received: {",".join(values.rows)}.'
    )
  tests = [('masked', t) for t in sorted({*rows, image_pairs.SIZE})]
  tests += [('independent', image_pairs.SIZE)]
  tests += [
    (test, t)
    for t in rows
    if t < image_pairs.SIZE
    for test in ('processed', 'additive')
  ]
  found = [
    Run(values.images, test, t, values.n, **settings)
    for settings in estimators.settings(values)
    for test, t in tests
  ]
  # If images are missing, this raises an error before the first run.
  for run in found[:1]:
    _images(values.images, 2 * values.n, run.seed, values.data_dir)
  return found


@functools.lru_cache(maxsize=1)
def _images(kind, n, seed, data_dir):
  if kind == 'generated':
    return image_pairs.generated(n, seed)
  return image_pairs.mnist(n, seed, data_dir)


def _run(run, values):
  """Returns the outcome of a `Run`."""
  images = _images(run.images, 2 * run.n, run.seed, values.data_dir)
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


main = functools.partial(
  command.main,
  command.Benchmark(
    name='self_consistency',
    usage=_USAGE,
    define_flags=_define_flags,
    configs=_configs,
    run=_run,
    report=report.report,
    draw=report.draw,
    quick={
      'images': 'generated',
      'n': 300,
      'estimators': ['mi_tf'],
      'rows': ['14', '28'],
      'options': json.dumps({**_OPTIONS, 'max_epochs': 2}),
    },
  ),
)
