"""The commands of `python -m mi_tf`."""

import dataclasses
import functools
import importlib.util
import os

from absl import flags

from mi_tf.cli import doctor
from mi_tf.cli import errors
from mi_tf.cli import interruption
from mi_tf.cli import missing_values
from mi_tf.cli import readers
from mi_tf.cli import showcase
from mi_tf.cli import tfds_features
from mi_tf.cli import training_progress
from mi_tf.critics import registry
from mi_tf.estimation import choice
from mi_tf.estimation.estimate_mi import estimate_mi
from mi_tf.estimation.variables import checking
from mi_tf.internal import command_line
from mi_tf.internal import progress
from mi_tf.objectives import registry as objective_registry

_MAX_EPOCHS = 200  # The default of `estimate_mi` for critics.

_USAGE = """\
python -m mi_tf
    Estimates made-up data with a known mutual information; prints a table.
    [--samples --seed --method --folds --bits]
python -m mi_tf estimate FILE.npz [--x=x --y=y]
python -m mi_tf estimate X.npy Y.npy
python -m mi_tf estimate FILE.csv --x=COLUMN,COLUMN --y=COLUMN
python -m mi_tf estimate --tfds=NAME --x=FEATURE --y=FEATURE [--data_dir=DIR]
    Estimates the mutual information of your own variables.
    Columns of a .csv file may be numbers, dates such as 2024-12-31, or text.
    [--method --candidates --x_kind --y_kind --missing=drop or class]
    [--groups=COLUMN --weights=COLUMN --folds --permutations --seed]
    [--objective --critic --max_epochs] to train a critic
    [--json --bits --plot=FILE.png]
python -m mi_tf doctor
    Prints versions and devices and checks itself, for reports of bugs.
"""


def main(argv):
  """Runs the command that the arguments name, and returns the exit code.

  The process exits with 0 after `--help`, with 130 after Ctrl-C, and with 2,
  after a line on standard error, if the arguments or the data are invalid.
  """
  values = _flags()
  command, *paths = command_line.parse(values, argv, _USAGE) or ['table']
  try:
    if command == 'table' and not paths:
      showcase.show(
        values.samples,
        units=_units(values),
        method=values.method,
        **_options(values),
      )
      return 0
    if command == 'estimate':
      return _estimate(values, paths)
    if command == 'doctor' and not paths:
      return doctor.run()
    raise errors.InputError(
      f"There is no command '{command}': it is "
      "'estimate', 'doctor', or nothing for a table."
    )
  except (ValueError, TypeError, OSError, MemoryError) as error:
    command_line.stop(error)
  except KeyboardInterrupt:
    command_line.interrupted('stopped.')


def _units(values):
  return 'bits' if values.bits else 'nats'


def _options(values):
  """Returns the seed and the given flags that are passed to `estimate_mi`."""
  names = ('folds', 'critic', 'objective', 'max_epochs')
  given = {k: values[k].value for k in names if values[k].value is not None}
  return {'seed': values.seed, **given}


def _estimate(values, paths):
  """Prints the estimate for files or a data set; returns the exit code."""
  if values.plot:
    _check_plot(values.plot)
  x, y, more = _read(values, paths)
  x, y, more, left_out = missing_values.without_missing(
    x, y, values.missing, more
  )
  options = {
    'method': values.method,
    'x_kind': values.x_kind,
    'y_kind': values.y_kind,
    'groups': more.get('groups'),
    'sample_weight': more.get('weights'),
    'missing': 'class' if values.missing == 'class' else 'refuse',
    'permutations': values.permutations,
    **_options(values),
  }
  warnings = []
  if _trains_a_critic(values, x, y):
    bar = progress.Progress(values.max_epochs or _MAX_EPOCHS)
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
  result = result.to(_units(values))
  if warnings:
    result = dataclasses.replace(result, warnings=(*warnings, *result.warnings))
  # Printed first: the figure may fail to be written.
  print(result.to_json() if values.json else result, flush=True)
  if values.candidates and not values.json and result.candidates:
    print('\n' + result.table(), flush=True)
  if values.plot:
    result.plot(values.plot)
  return command_line.INTERRUPTED if interruption.WARNING in warnings else 0


def _read(values, paths):
  """Returns x, y, and a dict of groups and weights, if flags name them."""
  if values.tfds and paths:
    raise errors.InputError('Pass either files or --tfds, and not both.')
  if values.tfds:
    if len(values.x) != 1 or len(values.y) != 1:
      raise errors.InputError('--x and --y must each name one feature.')
    for name in ('groups', 'weights'):
      if values[name].value:
        raise errors.InputError(f'--{name} needs a .csv or an .npz file.')
    return *tfds_features.read_tfds(
      values.tfds,
      values.x[0],
      values.y[0],
      values.split,
      values.data_dir,
      values.download,
    ), {}
  if not paths:
    raise errors.InputError("Name a file after 'estimate', or pass --tfds.")
  return readers.read_files(
    paths, values.x, values.y, groups=values.groups, weights=values.weights
  )


def _trains_a_critic(values, x, y):
  """Returns whether flags ask for a critic, or images need one."""
  return bool(values.critic or values.objective) or any(
    side.ndim > 2 and checking.check(side, name, kind).images is not None
    for side, name, kind in ((x, 'x', values.x_kind), (y, 'y', values.y_kind))
  )


def _check_plot(path):
  """Raises an `InputError` if no figure can be written to `path`."""
  if importlib.util.find_spec('matplotlib') is None:
    raise errors.InputError(
      "Matplotlib is needed for --plot: pip install 'mi_tf[experiments]'."
    )
  if os.path.splitext(path)[1] not in ('.png', '.pdf', '.svg', '.jpg'):
    raise errors.InputError(
      f'--plot={path} must end in .png, .pdf, .svg or .jpg.'
    )
  folder = os.path.dirname(path) or '.'
  if not os.path.isdir(folder):
    raise errors.InputError(f'There is no folder for --plot={path}.')
  if not os.access(path if os.path.exists(path) else folder, os.W_OK):
    raise errors.InputError(f'--plot={path} cannot be written.')


def _flags():
  """Returns the flags of all commands."""
  values = flags.FlagValues()
  string, choice_of, integer, boolean, names = (
    functools.partial(define, flag_values=values)
    for define in (
      flags.DEFINE_string,
      flags.DEFINE_enum,
      flags.DEFINE_integer,
      flags.DEFINE_bool,
      flags.DEFINE_list,
    )
  )
  names('x', ['x'], 'Array, columns or feature that is x.')
  names('y', ['y'], 'Array, columns or feature that is y.')
  choice_of('x_kind', 'auto', checking.KINDS, 'The kind of the columns of x.')
  choice_of('y_kind', 'auto', checking.KINDS, 'The kind of the columns of y.')
  string('groups', None, 'Column or array with the group of each row.')
  string('weights', None, 'Column or array with the weight of each row.')
  choice_of(
    'missing',
    'refuse',
    missing_values.MISSING,
    'Rows with a missing value are errors (refuse) or left out (drop); or '
    'missing values are a class of their own (class).',
  )
  string('tfds', None, 'Data set of TensorFlow Datasets to read.')
  string('data_dir', None, 'Folder of TensorFlow Datasets.')
  string('split', 'train', 'Split of the data set.')
  boolean('download', False, 'Download the data set if it is not there.')
  choice_of('method', 'auto', ['auto', *choice.METHODS], 'How to estimate.')
  # Objectives that need a density are for minimizing.
  objectives = sorted(
    name
    for name, kind in objective_registry.OBJECTIVES.items()
    if not kind.needs_density
  )
  choice_of('objective', None, objectives, 'Train a critic by this objective.')
  choice_of('critic', None, sorted(registry.CRITICS), 'Train this critic.')
  integer('max_epochs', None, 'The most epochs of a critic.', lower_bound=1)
  integer('folds', None, 'The number of parts that are held out in turn.')
  integer(
    'permutations', 0, 'Number, for a test of independence.', lower_bound=0
  )
  integer('seed', 0, 'Seed of all random numbers.', lower_bound=0)
  integer('samples', 3000, 'Samples of each row of the table.', lower_bound=100)
  boolean('candidates', False, 'Print the estimates of all methods, too.')
  boolean('json', False, 'Print JSON.')
  boolean('bits', False, 'Print bits instead of nats.')
  string('plot', None, 'File to draw the estimate to.')
  boolean('help', False, 'Show this text and exit.', short_name='h')
  return values
