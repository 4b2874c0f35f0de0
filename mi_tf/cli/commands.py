"""The commands of `python -m mi_tf`."""

import dataclasses
import importlib.util
import os
import sys

from absl import flags

from mi_tf.cli import doctor
from mi_tf.cli import interruption
from mi_tf.cli import pairs
from mi_tf.cli import readers
from mi_tf.cli import table as table_lib
from mi_tf.cli import training_progress
from mi_tf.critics import registry
from mi_tf.estimation import choice
from mi_tf.estimation.estimate_mi import estimate_mi
from mi_tf.estimation.variables import checking
from mi_tf.internal import command_line
from mi_tf.internal import progress
from mi_tf.objectives import registry as objective_registry

FLAGS = flags.FLAGS
_MAX_EPOCHS = 200  # Of `estimate_mi`, where a critic is trained.

flags.DEFINE_list('x', ['x'], 'Array, columns or feature that is x.')
flags.DEFINE_list('y', ['y'], 'Array, columns or feature that is y.')
flags.DEFINE_enum('x_kind', 'auto', checking.KINDS, 'What columns of x are.')
flags.DEFINE_enum('y_kind', 'auto', checking.KINDS, 'What columns of y are.')
flags.DEFINE_string(
  'groups', None, 'Column or array that says which rows belong together.'
)
flags.DEFINE_string(
  'weights', None, 'Column or array that says how much each row counts.'
)
flags.DEFINE_enum(
  'missing',
  'refuse',
  pairs.MISSING,
  'Whether to drop rows in which a value is missing, or to make missing ones a '
  'class of their own.',
)
flags.DEFINE_string('tfds', None, 'Data set of TensorFlow Datasets to read.')
flags.DEFINE_string('data_dir', None, 'Folder of TensorFlow Datasets.')
flags.DEFINE_string('split', 'train', 'Split of the data set.')
flags.DEFINE_bool('download', False, 'Whether to download the data set.')
flags.DEFINE_enum(
  'method', 'auto', ['auto', *choice.METHODS], 'How to estimate.'
)
flags.DEFINE_enum(
  'objective',
  None,
  # The others need another critic, and are there to minimize with.
  sorted(
    name
    for name, kind in objective_registry.OBJECTIVES.items()
    if not kind.needs_density
  ),
  'What trains a critic, instead of a method.',
)
flags.DEFINE_enum(
  'critic', None, sorted(registry.CRITICS), 'A critic, instead of a method.'
)
flags.DEFINE_integer(
  'max_epochs', None, 'The most epochs of a critic.', lower_bound=1
)
flags.DEFINE_integer('folds', None, 'Parts that are held out in turn.')
flags.DEFINE_integer(
  'permutations', 0, 'For a test of independence.', lower_bound=0
)
flags.DEFINE_integer('seed', 0, 'Seed of all numbers.', lower_bound=0)
flags.DEFINE_integer(
  'samples', 3000, 'Samples of each source in the table.', lower_bound=100
)
flags.DEFINE_bool('candidates', False, 'Whether to print what all methods say.')
flags.DEFINE_bool('json', False, 'Whether to print JSON.')
flags.DEFINE_bool('bits', False, 'Whether to print bits instead of nats.')
flags.DEFINE_string('plot', None, 'File to draw the estimate to.')

_USAGE = """\
python -m mi_tf
    A table: sources with a known mutual information, truth and estimate.
    [--samples --seed --method --folds --bits]
python -m mi_tf estimate FILE.npz [--x=x --y=y]
python -m mi_tf estimate X.npy Y.npy
python -m mi_tf estimate FILE.csv --x=COLUMN,COLUMN --y=COLUMN
python -m mi_tf estimate --tfds=NAME --x=FEATURE --y=FEATURE [--data_dir=DIR]
    The mutual information of your own variables.
    Columns of a .csv file may be numbers, dates as 2024-12-31, or text.
    [--method --candidates --x_kind --y_kind --missing=drop or class]
    [--groups=COLUMN --weights=COLUMN --folds --permutations --seed]
    [--objective --critic --max_epochs] train a critic instead.
    [--json --bits --plot=FILE.png]
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
      table_lib.show(
        FLAGS.samples, units=_units(), method=FLAGS.method, **_options()
      )
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


def _options():
  """Returns the options of `estimate_mi` that were given."""
  options = {
    name: getattr(FLAGS, name)
    for name in ('folds', 'critic', 'objective', 'max_epochs')
  }
  given = {name: v for name, v in options.items() if v is not None}
  return {'seed': FLAGS.seed, **given}


def estimate(paths):
  """Prints the estimate for the pairs in files or in a data set."""
  if FLAGS.plot:
    _check_plot(FLAGS.plot)
  x, y, more = _read(paths)
  x, y, more, left_out = pairs.without_missing(x, y, FLAGS.missing, more)
  options = {
    'method': FLAGS.method,
    'x_kind': FLAGS.x_kind,
    'y_kind': FLAGS.y_kind,
    'groups': more.get('groups'),
    'sample_weight': more.get('weights'),
    'missing': 'class' if FLAGS.missing == 'class' else 'refuse',
    'permutations': FLAGS.permutations,
    **_options(),
  }
  warnings = []
  if _trains_a_critic(x, y):
    bar = progress.Progress(FLAGS.max_epochs or _MAX_EPOCHS)
    with interruption.Interruption() as interrupted:
      callbacks = [training_progress.TrainingProgress(bar), interrupted]
      result = estimate_mi(x, y, callbacks=callbacks, **options)
    if interrupted.stopped:
      warnings.append(interruption.WARNING)
  else:
    result = estimate_mi(x, y, **options)
  if left_out:
    warnings.append(
      f'{left_out} of {left_out + len(x)} rows were left out: a value is '
      'missing.'
    )
  result = result.to(_units())
  if warnings:
    result = dataclasses.replace(result, warnings=(*warnings, *result.warnings))
  # First, so that it is not lost where the figure can't be written.
  print(result.to_json() if FLAGS.json else result, flush=True)
  if FLAGS.candidates and not FLAGS.json and result.candidates:
    print('\n' + result.table(), flush=True)
  if FLAGS.plot:
    result.plot(FLAGS.plot)
  if interruption.WARNING in warnings:
    sys.exit(command_line.INTERRUPTED)


def _read(paths):
  """Returns x, y and a dict of groups and weights, as they are found."""
  if FLAGS.tfds and paths:
    raise pairs.InputError('Pass either files or --tfds, and not both.')
  if FLAGS.tfds:
    if len(FLAGS.x) != 1 or len(FLAGS.y) != 1:
      raise pairs.InputError('--x and --y must each name one feature.')
    for name in ('groups', 'weights'):
      if getattr(FLAGS, name):
        raise pairs.InputError(f'--{name} needs a .csv or an .npz file.')
    return *readers.read_tfds(
      FLAGS.tfds,
      FLAGS.x[0],
      FLAGS.y[0],
      FLAGS.split,
      FLAGS.data_dir,
      FLAGS.download,
    ), {}
  if not paths:
    raise pairs.InputError("Name a file after 'estimate', or pass --tfds.")
  return readers.read_files(
    paths, FLAGS.x, FLAGS.y, groups=FLAGS.groups, weights=FLAGS.weights
  )


def _trains_a_critic(x, y):
  """Returns whether a critic is asked for, or a variable holds images."""
  return bool(FLAGS.critic or FLAGS.objective) or any(
    side.ndim > 2 and checking.check(side, name, kind).images is not None
    for side, name, kind in ((x, 'x', FLAGS.x_kind), (y, 'y', FLAGS.y_kind))
  )


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
