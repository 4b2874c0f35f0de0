"""The commands of `python -m mi_tf`."""

import dataclasses
import importlib.util
import math
import os
import sys
import time

from absl import flags

from mi_tf import estimation
from mi_tf.cli import doctor
from mi_tf.cli import interruption
from mi_tf.cli import pairs
from mi_tf.cli import readers
from mi_tf.cli import training_progress
from mi_tf.critics import registry
from mi_tf.estimation.variables import checking
from mi_tf.estimators import objectives
from mi_tf.internal import command_line
from mi_tf.internal import progress
from mi_tf.tasks import showcase_tasks

FLAGS = flags.FLAGS
_MAX_EPOCHS = 200

flags.DEFINE_list('x', ['x'], 'Array, columns or feature that is x.')
flags.DEFINE_list('y', ['y'], 'Array, columns or feature that is y.')
flags.DEFINE_enum('x_kind', 'auto', checking.KINDS, 'What columns of x are.')
flags.DEFINE_enum('y_kind', 'auto', checking.KINDS, 'What columns of y are.')
flags.DEFINE_enum(
  'missing',
  'refuse',
  ['refuse', 'drop'],
  'What to do with rows in which a value is missing.',
)
flags.DEFINE_string('tfds', None, 'Data set of TensorFlow Datasets to read.')
flags.DEFINE_string('data_dir', None, 'Folder of TensorFlow Datasets.')
flags.DEFINE_string('split', 'train', 'Split of the data set.')
flags.DEFINE_bool('download', False, 'Whether to download the data set.')
flags.DEFINE_enum(
  'objective',
  'js',
  # The others need another critic, and are there to minimise with.
  sorted(
    name
    for name, kind in objectives.OBJECTIVES.items()
    if not kind.needs_density
  ),
  'What trains the critic.',
)
flags.DEFINE_enum(
  'critic', 'auto', ['auto', *sorted(registry.CRITICS)], 'The critic.'
)
flags.DEFINE_integer('folds', None, 'Parts that are held out in turn.')
flags.DEFINE_integer(
  'permutations', 0, 'For a test of independence.', lower_bound=0
)
flags.DEFINE_integer('seed', 0, 'Seed of all numbers.', lower_bound=0)
flags.DEFINE_integer(
  'samples', 3000, 'Samples of each source in the table.', lower_bound=100
)
flags.DEFINE_bool('json', False, 'Whether to print JSON.')
flags.DEFINE_bool('bits', False, 'Whether to print bits instead of nats.')
flags.DEFINE_string('plot', None, 'File to draw the estimate to.')

_USAGE = """\
python -m mi_tf
    A table: sources with a known mutual information, truth and estimate.
python -m mi_tf estimate FILE.npz [--x=x --y=y]
python -m mi_tf estimate X.npy Y.npy
python -m mi_tf estimate FILE.csv --x=COLUMN,COLUMN --y=COLUMN
python -m mi_tf estimate --tfds=NAME --x=FEATURE --y=FEATURE [--data_dir=DIR]
    The mutual information of your own variables.
    Columns of a .csv file may be numbers or text.
    [--x_kind --y_kind --missing=drop --objective --critic --folds]
    [--permutations --seed --json --bits --plot=FILE.png]
python -m mi_tf doctor
    Versions, devices and a short self-check, for reports of bugs.
"""


def parse_flags(argv):
  """Parses the flags; says in one line what is wrong with them."""
  if any(arg in ('--help', '-h', '-help') for arg in argv[1:]):
    print(_USAGE + '\n' + FLAGS.module_help('mi_tf.cli.commands'))
    sys.exit(0)
  try:
    return FLAGS(argv)
  except flags.Error as error:
    _stop(error)


def main(argv):
  """Runs the command that the arguments name."""
  command, *paths = argv[1:] or ['table']
  try:
    if command == 'table' and not paths:
      table()
    elif command == 'estimate':
      estimate(paths)
    elif command == 'doctor' and not paths:
      sys.exit(doctor.run())
    else:
      raise pairs.InputError(
        f"There is no command '{command}': it is "
        "'estimate', 'doctor', or nothing for a table."
      )
  except (ValueError, TypeError, OSError, MemoryError) as error:
    _stop(error)
  except KeyboardInterrupt:
    command_line.interrupted('stopped.')


def _stop(error):
  command_line.stop(error)


def _units():
  return 'bits' if FLAGS.bits else 'nats'


def estimate(paths):
  """Prints the estimate for the pairs in files or in a data set."""
  if FLAGS.plot:
    _check_plot(FLAGS.plot)
  if FLAGS.tfds and paths:
    raise pairs.InputError('Pass either files or --tfds, and not both.')
  if FLAGS.tfds:
    if len(FLAGS.x) != 1 or len(FLAGS.y) != 1:
      raise pairs.InputError('--x and --y must each name one feature.')
    x, y = readers.read_tfds(
      FLAGS.tfds,
      FLAGS.x[0],
      FLAGS.y[0],
      FLAGS.split,
      FLAGS.data_dir,
      FLAGS.download,
    )
  elif paths:
    x, y = readers.read_files(paths, FLAGS.x, FLAGS.y)
  else:
    raise pairs.InputError("Name a file after 'estimate', or pass --tfds.")
  x, y, left_out = pairs.without_missing(x, y, drop=FLAGS.missing == 'drop')
  bar = progress.Progress(_MAX_EPOCHS)
  with interruption.Interruption() as interrupted:
    result = estimation.estimate_mi(
      x,
      y,
      x_kind=FLAGS.x_kind,
      y_kind=FLAGS.y_kind,
      objective=FLAGS.objective,
      critic=FLAGS.critic,
      seed=FLAGS.seed,
      folds=FLAGS.folds,
      permutations=FLAGS.permutations,
      max_epochs=_MAX_EPOCHS,
      callbacks=[training_progress.TrainingProgress(bar), interrupted],
    ).to(_units())
  warnings = [interruption.WARNING] if interrupted.stopped else []
  if left_out:
    warnings.append(
      f'{left_out} of {left_out + len(x)} rows were left out: a value is '
      'missing.'
    )
  if warnings:
    warnings = (*warnings, *result.warnings)
    result = dataclasses.replace(result, warnings=warnings)
  # First, so that it is not lost where the figure can't be written.
  print(result.to_json() if FLAGS.json else result, flush=True)
  if FLAGS.plot:
    result.plot(FLAGS.plot)
  if interrupted.stopped:
    sys.exit(command_line.INTERRUPTED)


def _check_plot(path):
  """Raises an `InputError`, before the long work, if `path` can't be drawn."""
  if importlib.util.find_spec('matplotlib') is None:
    raise pairs.InputError(
      "Matplotlib is needed for --plot: pip install 'mi_tf[experiments]'."
    )
  if os.path.splitext(path)[1] not in ('.png', '.pdf', '.svg', '.jpg'):
    raise pairs.InputError(
      f'--plot={path} must end in .png, .pdf, .svg or .jpg.'
    )
  folder = os.path.dirname(path) or '.'
  if not os.path.isdir(folder):
    raise pairs.InputError(f'There is no folder for --plot={path}.')
  if not os.access(path if os.path.exists(path) else folder, os.W_OK):
    raise pairs.InputError(f'--plot={path} cannot be written.')


def table():
  """Prints truth and estimate for sources with known mutual information."""
  units = _units()
  sources = showcase_tasks.showcase()
  print(
    f'Mutual information in {units}, from {FLAGS.samples} samples of each '
    f'source (seed {FLAGS.seed}).\n'
  )
  header = (
    f'{"source":34}{"truth":>8}{"estimate":>10}'
    f'{"95 % interval":>18}{"lower bound":>13}{"seconds":>9}'
  )
  print(header + '\n' + '-' * len(header), flush=True)
  bar = progress.Progress(len(sources))
  inside = 0
  start = time.monotonic()
  for i, source in enumerate(sources):
    bar.update(i, source.name)
    begin = time.monotonic()
    x, y = source.sample(FLAGS.samples, FLAGS.seed)
    result = estimation.estimate_mi(
      x,
      y,
      objective=FLAGS.objective,
      critic=FLAGS.critic,
      seed=FLAGS.seed,
      folds=FLAGS.folds,
    )
    truth = source.mutual_information
    inside += result.interval[0] <= truth <= result.interval[1]
    shown = result.to(units)
    truth /= math.log(2.0) if FLAGS.bits else 1.0
    bar.clear()
    interval = '[{:.3f}, {:.3f}]'.format(*shown.interval)
    print(
      f'{source.name:34}{truth:8.3f}{shown.mi:10.3f}{interval:>18}'
      f'{shown.lower_bound:13.3f}{time.monotonic() - begin:9.1f}',
      flush=True,
    )
  print(
    f'\nThe interval holds the truth for {inside} of {len(sources)} sources'
    f' ({time.monotonic() - start:.0f} s).'
  )
