"""The cases of bad input, and the outcome of each.

`python -m mi_tf_test.bad_input.cases` prints the table; `--refresh` writes it
to `bad_input.txt`, with which `bad_input_test` compares the outcomes. Critics
are trained on images that `estimate_mi` accepts with `--train` only, apart from
some cases.
"""

import math
import os
import pathlib
import re
import sys
import tempfile
import time
import traceback
from unittest import mock
import warnings

from absl import flags
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.cli import commands
from mi_tf.cli import readers
from mi_tf.estimation import pipeline
from mi_tf.estimation.trained_critics import trained_critic
from mi_tf.internal import command_line
from mi_tf_test.bad_input import arrays
from mi_tf_test.bad_input import files
from mi_tf_test.conformance import cases as cases_lib

GOLDEN = pathlib.Path(__file__).with_name('bad_input.txt')
PARTS = ('bounds', 'command line', 'estimate_mi', 'fit', 'options')
ROWS = arrays.ROWS

_LIBRARY = str(pathlib.Path(mi_tf.__file__).parent) + os.sep
_QUICK = {'folds': 1, 'max_epochs': 1, 'critic': 'bilinear'}
# Images on which critics are trained in the test, too.
_TRAINED = ('images of 1e30',)


class Silent(Exception):
  """A wrong answer without an error."""


def outcome(run):
  """Runs a case; returns 'answer', or the type and the rule of the error.

  Args:
    run: function without arguments.

  Raises:
    Silent: if the error is not one sentence of ours, or a number is not
      finite.
  """
  try:
    with warnings.catch_warnings():
      warnings.simplefilter('error')
      numbers = run()
  except (TypeError, ValueError, tf.errors.InvalidArgumentError) as error:
    where = traceback.extract_tb(error.__traceback__)[-1].filename
    message = str(error)
    if isinstance(error, tf.errors.InvalidArgumentError):
      # TensorFlow puts ours between brackets.
      found = re.search(r"b'(`.*?\.)'", message)
      message = found.group(1) if found else message
    elif (
      # `_refused` raises the errors of the command line here.
      not where.startswith((_LIBRARY, __file__))
      and '`compile()`' not in message
    ):
      raise Silent(f'{where}: {type(error).__name__}: {error}') from error
    rule = re.split(r'\.? Received: ', message)[0].rstrip('.')
    if '\n' in message or not message.endswith('.') or '. ' in rule:
      raise Silent(f'Not one sentence: {message!r}') from error
    return f'{type(error).__name__}: {rule}.'
  if not np.all(np.isfinite(np.asarray(numbers, np.float64))):
    raise Silent(f'Not finite: {numbers}')
  return 'answer'


def cases(folder, train=False, parts=PARTS):
  """Returns a dict from the name of each case to its function.

  Args:
    folder: name of a folder to write files to.
    train: `bool`, whether to train on all accepted images.
    parts: sequence of some of `PARTS`.
  """
  makers = {
    'bounds': _of_bounds,
    'command line': lambda: _of_command_line(folder),
    'estimate_mi': lambda: _of_estimate_mi(train),
    'fit': _of_fit,
    'options': _of_options,
  }
  return {k: v for part in parts for k, v in makers[part]().items()}


def table(folder, train=False, parts=PARTS):
  """Returns the sorted lines of the table; arguments as for `cases`."""
  return sorted(
    f'{name} -> {outcome(run)}'
    for name, run in cases(folder, train, parts).items()
  )


# estimate_mi.


def _numbers(estimate):
  low, high = estimate.interval
  if high == np.inf and estimate.warnings:
    high = low  # The interval says 'at least', and a warning says why.
  return [
    estimate.mi,
    estimate.stderr,
    low,
    high,
    estimate.lower_bound,
    *estimate.pointwise,
  ]


def _of_estimate_mi(train):
  """Returns the cases of one odd side, and of odd pairs."""
  y = arrays.good()[1]

  def run(name, make):
    def estimate():
      if train or name in _TRAINED:
        return _numbers(mi_tf.estimate_mi(make(), y, folds=1))
      with mock.patch.object(trained_critic, 'estimate') as fake:
        fake.side_effect = _Accepted
        try:
          return _numbers(mi_tf.estimate_mi(make(), y, folds=1))
        except _Accepted:
          return [0.0]

    return estimate

  found = {
    f'estimate_mi: x is {name}': run(name, make)
    for name, make in arrays.arrays().items()
  }
  x = arrays.good()[0]
  wide = np.random.default_rng(0).normal(size=(ROWS, 5000))
  pairs = {
    '5,000 columns': (wide, y),
    'y is longer': (x, np.concatenate([y, y])),
    'y is NaN': (x, np.full_like(y, np.nan)),
    'y is constant': (x, np.ones_like(y)),
    'the same twice': (x, x),
    'duplicates of two rows': (
      np.tile(x[:2], (32, 1)),
      np.tile(y[:2], (32, 1)),
    ),
    'a string and a number': (['a', 'b'] * (ROWS // 2), y),
    **{f'{n} rows': (x[:n], y[:n]) for n in (0, 1, 2, 3, 4, 5, 39, 40)},
  }
  for name, pair in pairs.items():
    find = lambda pair=pair: _numbers(mi_tf.estimate_mi(*pair, folds=1))
    found[f'estimate_mi: {name}'] = find
  return found


class _Accepted(Exception):
  """Raised in place of an estimate."""


def _of_options():
  """Returns the cases of unknown options and of values out of range."""
  x, y = arrays.good()
  options = {
    'critic': ['other', 3, None, 'AUTO', lambda x, y: x],
    'objective': ['other', 3, None],
    'folds': [0, -1, 10**6, 2.5, 'two'],
    'seed': [-1, 0.5, 'one', None],
    'x_kind': ['other', 3, None],
    'y_kind': ['other'],
    'batch_size': [0, 1, -5, 2.5, None],
    'learning_rate': [0.0, -1.0, math.nan, math.inf, 'fast'],
    'max_epochs': [0, -1, 1.5, None],
    'patience': [0, None],
    'permutations': [-1, 0.5, None],
    'method': ['other', 3, None, 'elliptical'],
    'groups': ['one', 3, [1, 2], [0] * ROWS, [[0]] * ROWS],
    'missing': ['other', 3, None],
    'callbacks': ['none', [3]],
  }

  def run(key, value):
    return lambda: _numbers(mi_tf.estimate_mi(x, y, **{**_QUICK, key: value}))

  return {
    f'estimate_mi: {key} is {_shown(value)}': run(key, value)
    for key, values in options.items()
    for value in values
  }


def _shown(value):
  return 'a function' if callable(value) else f'{value!r:.30}'


# MiEstimator.


def _of_fit():
  """Returns the cases of `fit`, and some of the other methods."""
  y = arrays.good()[1].astype(np.float32)
  models = {}

  def model(columns):
    if columns not in models:
      made = mi_tf.MiEstimator(mi_tf.SeparableCritic((4,), 2))
      made.build((None, *columns), (None, 1))
      made.compile('adam')
      state = [*made.variables, *made.optimizer.variables]
      models[columns] = made, [(v, v.numpy()) for v in state]
    made, state = models[columns]
    for v, value in state:  # Undo the training of the case before.
      v.assign(value)
    return made

  def run(make):
    def fit():
      x = make()
      try:
        columns = np.shape(x)[1:]
      except (TypeError, ValueError):
        columns = (1,)
      if 0 in columns:
        columns = (1,)
      logs = model(columns).fit(x, y, verbose=0).history
      return [*logs['loss'], *logs['mi']]

    return fit

  found = {
    f'fit: x is {name}': run(make) for name, make in arrays.arrays().items()
  }
  x = arrays.good()[0].astype(np.float32)
  own = lambda: mi_tf.MiEstimator(mi_tf.SeparableCritic((4,), 2))

  def fitted(*args, **kwargs):
    estimator = own()
    estimator.compile('adam')
    return estimator.fit(*args, verbose=0, **kwargs).history['mi']

  def read(method, *args):
    estimator = own()
    estimator.compile('adam')
    result = getattr(estimator, method)(*args)
    return result.mi if method == 'estimate' else result

  nan = np.full_like(x, np.nan)
  found.update(
    {
      'fit: y is longer': lambda: fitted(x, np.concatenate([y, y])),
      'fit: no y': lambda: fitted(x),
      'fit: weights': lambda: fitted(x, y, sample_weight=np.ones(ROWS)),
      'fit: not compiled': lambda: own().fit(x, y, verbose=0),
      'fit: validation data with NaN': lambda: fitted(
        x, y, validation_data=(nan, y)
      ),
      'fit: validation data without y': lambda: fitted(x, y, validation_data=x),
      'fit: batches of 1': lambda: fitted(x, y, batch_size=1),
      'fit: batches of 0': lambda: fitted(x, y, batch_size=0),
      'fit: other columns than it was built for': lambda: model((1,)).fit(
        np.hstack([x, x]), y, verbose=0
      ),
      'compile: a loss': lambda: own().compile('adam', loss='mse'),
      'evaluate: NaN': lambda: read('evaluate', nan, y),
      'predict: NaN': lambda: read('predict', nan, y),
      'estimate: NaN': lambda: read('estimate', nan, y),
      'estimate: 5 rows': lambda: read('estimate', x[:5], y[:5]),
      'estimate: no y': lambda: read('estimate', x),
      'MiEstimator: unknown critic': lambda: mi_tf.MiEstimator('other'),
      'MiEstimator: unknown objective': lambda: mi_tf.MiEstimator(
        objective='other'
      ),
      'MiEstimator: no negatives': lambda: mi_tf.MiEstimator(
        negative_samples=0
      ),
      'MiEstimator: half a negative': lambda: mi_tf.MiEstimator(
        negative_samples=0.5
      ),
      'MiEstimator: decay of js': lambda: mi_tf.MiEstimator(ema_decay=0.5),
      'MiEstimator: decay of 2': lambda: mi_tf.MiEstimator(
        objective='mine', ema_decay=2.0
      ),
    }
  )
  return found


# Bounds.


def _of_bounds():
  """Returns the cases of scores and of masks."""
  found = {}
  for name, case in cases_lib.BOUNDS.items():
    good = case.arguments(np.random.default_rng(0), (), 3, 5)
    good = {k: v.astype(np.float32) for k, v in good.items()}
    first = next(iter(good))
    scores = good[first]
    odd = {
      'NaN': np.where(scores == scores.flat[0], np.nan, scores),
      'inf': np.where(scores == scores.flat[0], np.inf, scores),
      '1e30': np.float32(1e30) * scores,
      '1e-30': np.float32(1e-30) * scores,
      'constant': np.zeros_like(scores),
      'float16 at its end': np.full(scores.shape, 65504.0, np.float16),
      'integers': scores.astype(np.int32),
      'bools': scores > 0.0,
      'complex': scores.astype(np.complex64),
      'strings': scores.astype(str),
      'objects': scores.astype(object),
      'dates': scores.astype('datetime64[D]'),
      'a scalar': np.float32(1.0),
      'empty': scores[:0],
      'none': None,
      'text': 'scores',
      'ragged': [[1.0], [1.0, 2.0]],
      'ragged tensor': tf.ragged.constant([[1.0], [1.0, 2.0]]),
      'sparse': tf.sparse.from_dense(scores),
      'masked': np.ma.masked_less(scores, 0.0),
      'symbolic': keras.KerasTensor(scores.shape),
    }
    if scores.ndim == 2:
      odd['a vector'] = scores[0]
      odd['higher than wide'] = np.ascontiguousarray(scores.T)
      odd['a single pair'] = scores[:1, :1]
      odd['a row and no column'] = scores[:, :0]
    for what, value in odd.items():
      found[f'{name}: {first} is {what}'] = _bound(name, {**good, first: value})
    if not case.has_mask:
      continue
    masks = {
      'all joint': np.ones((3, 5), bool),
      'none joint': np.zeros((3, 5), bool),
      'of other numbers': 2.0 * np.eye(3, 5),
      'of another shape': np.eye(4, 4, dtype=bool),
      'of a higher rank': np.ones((2, 3, 5), bool),
      'text': 'mask',
    }
    for what, mask in masks.items():
      found[f'{name}: mask is {what}'] = _bound(
        name, {**good, 'joint_sample_mask': mask}
      )
  options = {
    'mi_smile': {'clip': [0.0, -1.0, math.nan, 'five', None]},
    'lower_bound_interpolated': {'alpha': [-0.1, 1.1, math.nan, 'half']},
    'lower_bound_tuba': {'log_baseline': ['other', None, np.zeros(2, 'f4')]},
    'lower_bound_fenchel_legendre': {'dual': ['other', np.zeros(2, 'f4')]},
  }
  for name, of_name in options.items():
    good = cases_lib.BOUNDS[name].arguments(np.random.default_rng(0))
    for key, values in of_name.items():
      for value in values:
        what = 'of another shape' if np.ndim(value) else repr(value)
        found[f'{name}: {key} is {what}'] = _bound(name, {**good, key: value})
  return found


def _bound(name, arguments):
  """Returns a function that calls a bound."""
  options = {
    k: v
    for k, v in cases_lib.BOUNDS[name].options.items()
    if k not in arguments
  }

  def run():
    value = getattr(mi_tf, name)(**arguments, **options, validate_args=True)
    value = float(value)
    # The true value may be out of range, but is never NaN.
    return 0.0 if value == -math.inf else value

  return run


# The command line.


def _of_command_line(folder):
  """Returns the cases of files and of flags."""
  found = {}
  for number, (name, (file, content)) in enumerate(files.files().items()):
    place = os.path.join(folder, str(number))
    found[f'files: {name}'] = _command(place, [file], name, content)
  place = os.path.join(folder, 'flags')
  good = files.files()['good'][1]
  for arguments in (
    ['--x=z'],
    ['--x='],
    ['--x=x', '--y=x'],
    ['--x=x,y'],
    ['--objective=other'],
    ['--critic=other'],
    ['--folds=0'],
    ['--folds=-3'],
    ['--folds=many'],
    ['--seed=-1'],
    ['--permutations=-1'],
    ['--plot=a.txt'],
    ['--plot=none/a.png'],
    ['--unknown=1'],
    ['--tfds=mnist'],
    ['b.npz'],
  ):
    found[f'flags: {" ".join(arguments)}'] = _command(
      place, ['a.npz', *arguments], 'flags', good
    )
  found['flags: other command'] = _command(place, [], 'flags', good, 'guess')
  found['flags: no file'] = _command(place, [], 'flags', good)
  return found


def _command(folder, arguments, name, content, command='estimate'):
  """Returns a function that runs a command; estimates are not trained."""

  def run():
    os.makedirs(folder, exist_ok=True)
    if name == 'folder':
      os.makedirs(os.path.join(folder, 'a.csv'), exist_ok=True)
    elif content is not None:
      file = arguments[0] if name != 'flags' else 'a.npz'
      pathlib.Path(folder, file).write_bytes(content())
    argv = ['mi_tf', command, *arguments]
    stop = mock.Mock(side_effect=_refused)
    before = os.getcwd()
    os.chdir(folder)
    try:
      with (
        mock.patch.object(readers, '_memory', return_value=2**30),
        mock.patch.object(command_line, 'stop', stop),
        mock.patch.object(pipeline, 'estimate', side_effect=_Accepted),
        mock.patch.object(trained_critic, 'estimate', side_effect=_Accepted),
      ):
        commands.main(argv)
    except _Accepted:
      return [0.0]
    finally:
      os.chdir(before)
      if os.path.exists(os.path.join(folder, 'trap')):
        raise Silent('A pickle was read.')
    raise Silent('It was neither refused nor estimated.')

  return run


def _refused(error):
  """Raises the line that `python -m mi_tf` prints before it ends."""
  message = ' '.join(str(error).split())
  raise ValueError(message if message.endswith('.') else f'{message}.')


def main():
  flags.FLAGS(sys.argv[:1])
  with tempfile.TemporaryDirectory() as folder:
    lines = []
    for name, run in cases(folder, train='--train' in sys.argv).items():
      start = time.monotonic()
      try:
        lines.append(f'{name} -> {outcome(run)}')
      except Exception as error:
        first = ' '.join(str(error).split())[:200]
        lines.append(f'{name} -> !!! {type(error).__name__}: {first}')
      if time.monotonic() - start > 1.0:
        print(f'{time.monotonic() - start:.1f} s: {name}', file=sys.stderr)
    text = '\n'.join(sorted(lines)) + '\n'
  if '--refresh' in sys.argv:
    GOLDEN.write_text(text, encoding='utf-8')
  else:
    print(text, end='')


if __name__ == '__main__':
  main()
