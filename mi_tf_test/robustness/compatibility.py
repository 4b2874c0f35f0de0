"""Tries the package with the oldest and the newest versions of its libraries.

`python -m mi_tf_test.robustness.compatibility` makes a virtual environment for
each pair of an interpreter (from the path or pyenv) and versions, runs some of
the tests there and prints a table. `--rows` chooses; `--record` names a file
for the table, whose other rows are kept.

An environment takes 2 GB and some minutes; `--folder` keeps them.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from absl import flags

from mi_tf_test import source_tree

_SMOKE = (
  'bounds/info_nce_test.py',
  'bounds/nwj_test.py',
  'critics/networks/towers_test.py',
  'critics/separable_test.py',
  'estimation/trained_critics/training_test.py',
  'losses/info_nce_test.py',
)
_TOOLS = ('hypothesis', 'packaging', 'pytest', 'pytest-xdist')
_OUTCOMES = ('tests', 'a fit', 'beside Keras 2')
_SHOWN = ('tensorflow', 'keras', 'tensorflow-probability', 'numpy')

# Bounds and losses work beside Keras 2; a Keras 3 model of ours can't be part
# of a model of tf-keras.
_FIT = """
import os
import numpy as np
import tensorflow as tf
import mi_tf

legacy = tf.keras.Model.__module__.startswith('tf_keras')
assert legacy == ('TF_USE_LEGACY_KERAS' in os.environ), tf.keras.Model
rng = np.random.default_rng(0)
x = np.float32(rng.normal(size=(300, 3)))
y = np.float32(x + rng.normal(size=x.shape))
assert np.isfinite(mi_tf.lower_bound_info_nce(x @ y.T).numpy())
assert mi_tf.SeparableCritic((8,), 4)(x, y).shape == (300, 300)
model = mi_tf.MiEstimator(mi_tf.SeparableCritic((8,), 4))
model.compile('adam')
assert np.isfinite(model.fit(x, y, epochs=1, verbose=0).history['loss'][0])
estimate = mi_tf.estimate_mi(x, y, critic='elliptical', folds=1, max_epochs=1)
assert abs(estimate.mi - 1.5 * np.log(2)) < 0.3, estimate.mi
"""


def oldest():
  """Returns the oldest versions that setup.py allows, as pip's pins."""
  text = (source_tree.ROOT / 'setup.py').read_text('utf-8')
  required = text.split('install_requires')[1].split(']')[0]
  pins = re.findall(r"'([a-z0-9-]+)>=([0-9.]+)'", required)
  return [f'{name}=={version}.*' for name, version in pins]


def rows():
  """Returns the table: name -> version of Python and pip's pins."""
  return {
    'oldest': ('3.10', oldest()),
    'newest 3.10': ('3.10', []),
    'newest 3.11': ('3.11', []),
    'newest 3.12': ('3.12', []),
    'newest 3.13': ('3.13', []),
  }


def interpreter(version):
  """Returns the path of a Python, or `None` if there is none."""
  name = f'python{version}'
  kept = pathlib.Path.home().glob(f'.pyenv/versions/{version}.*/bin/{name}')
  for path in [shutil.which(name), *sorted(kept, reverse=True)]:
    # pyenv has shims of versions that are not installed.
    if path and not _run([path, '--version']).returncode:
      return str(path)
  return None


def make(folder, python, pins):
  """Makes an environment, and returns its Python."""
  ours = os.path.join(folder, 'bin', 'python')
  if not os.path.exists(ours):
    _must(python, '-m', 'venv', folder)
  with tempfile.TemporaryDirectory() as source:
    # Setuptools would leave its build beside the sources.
    for name in ('setup.py', 'README.md'):
      shutil.copy(source_tree.ROOT / name, source)
    shutil.copytree(source_tree.ROOT / 'mi_tf', os.path.join(source, 'mi_tf'))
    # One command, so that pip sees all requirements. Compiling all files would
    # take minutes.
    options = ['-q', '--no-compile']
    _must(ours, '-m', 'pip', 'install', *options, source, *_TOOLS, *pins)
  return ours


def versions(python):
  """Returns a dict of the versions of Python and of the libraries shown."""
  code = (
    'import importlib.metadata, platform\n'
    'print(platform.python_version(), '
    f'*map(importlib.metadata.version, {_SHOWN!r}))'
  )
  found = _must(python, '-c', code).stdout.split()
  return dict(zip(('Python', *_SHOWN), found, strict=True))


def smoke(python, tests=_SMOKE):
  """Returns the last line of the tests: how many passed and failed."""
  paths = [f'mi_tf_test/{name}' for name in tests]
  options = ['-q', '-n0', '-p', 'no:cacheprovider']
  # Older versions warn of their own deprecated code.
  options += ['-W', 'ignore::DeprecationWarning', '-W', 'ignore::FutureWarning']
  # Keras 3.6 makes tuples of lists of inputs, and warns of them itself.
  options += ['-W', 'ignore:The structure of `inputs` doesn:UserWarning']
  result = _run([python, '-m', 'pytest', *options, *paths])
  return re.sub(r' in [0-9.]+s( \(.*\))?$', '', _last(result))


def fit(python, **environment):
  """Returns 'works' if a bound, a critic, a fit and an estimate do."""
  result = _run([python, '-c', _FIT], **environment)
  return 'works' if not result.returncode else _last(result)


def _last(result):
  lines = [*result.stderr.splitlines(), *result.stdout.splitlines()]
  return lines[-1] if lines else f'exit {result.returncode}'


def _run(command, **environment):
  return subprocess.run(
    command,
    cwd=source_tree.ROOT,
    env={**os.environ, 'TF_CPP_MIN_LOG_LEVEL': '3', **environment},
    capture_output=True,
    text=True,
    check=False,
  )


def _must(*command):
  result = _run(command)
  if result.returncode:
    raise RuntimeError(f'{" ".join(command[:5])}: {result.stderr[-2000:]}')
  return result


def table(record):
  """Returns the lines of a record's table in README.md."""
  heads = ('Python', *_SHOWN, *_OUTCOMES)
  lines = [f'| {" | ".join(heads)} |', '|' + '---|' * len(heads)]
  return lines + [f'| {" | ".join(row.values())} |' for row in record.values()]


def write(path, name, row):
  """Puts a row into the record of a file, in the order of `rows`."""
  old = json.loads(path.read_text('utf-8')) if path.exists() else {}
  new = {**old, name: row}
  record = {key: new[key] for key in rows() if key in new}
  path.write_text(json.dumps(record, indent=2) + '\n', 'utf-8')


def main():
  flags.DEFINE_list('rows', list(rows()), 'Which rows of the table.')
  flags.DEFINE_string('folder', None, 'Where the environments are kept.')
  flags.DEFINE_string('record', None, 'File for the table, as JSON.')
  flags.FLAGS(sys.argv)
  print('\n'.join(table({})), flush=True)
  with tempfile.TemporaryDirectory() as scratch:
    for name in flags.FLAGS.rows:
      version, pins = rows()[name]
      found = interpreter(version)
      if not found:
        print(f'| {version} | no such interpreter |', flush=True)
        continue
      folder = os.path.join(
        flags.FLAGS.folder or scratch, name.replace(' ', '_')
      )
      python = make(folder, found, pins)
      outcomes = (
        smoke(python),
        fit(python),
        fit(python, TF_USE_LEGACY_KERAS='1'),
      )
      row = {**versions(python), **dict(zip(_OUTCOMES, outcomes, strict=True))}
      print(table({name: row})[-1], flush=True)
      if flags.FLAGS.record:
        write(pathlib.Path(flags.FLAGS.record), name, row)


if __name__ == '__main__':
  main()
