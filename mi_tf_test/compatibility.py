"""Tries the package with the oldest and the newest of what it builds on.

`python -m mi_tf_test.compatibility` makes a virtual environment for each pair
of an interpreter and versions, as far as interpreters are on the path or come
from pyenv, runs a part of the tests there and prints a table. `--rows` chooses.

An environment takes 2 GB and some minutes; `--folder` keeps them.
"""

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
  'critics/separable_test.py',
  'estimators/training_test.py',
  'losses/info_nce_test.py',
)
_TOOLS = ('hypothesis', 'packaging', 'pytest', 'pytest-xdist')
_SHOWN = ('tensorflow', 'keras', 'tensorflow-probability', 'numpy')

# Bounds and losses work beside Keras 2; a Keras 3 model of ours can't be part
# of a model of tf-keras.
_LEGACY = """
import numpy as np
import tensorflow as tf
import mi_tf

assert tf.keras.__version__.startswith('2.'), tf.keras.__version__
rng = np.random.default_rng(0)
x = np.float32(rng.normal(size=(64, 3)))
y = np.float32(x + rng.normal(size=x.shape))
assert np.isfinite(mi_tf.lower_bound_info_nce(x @ y.T).numpy())
assert mi_tf.SeparableCritic((8,), 4)(x, y).shape == (64, 64)
model = mi_tf.MiEstimator(mi_tf.SeparableCritic((8,), 4))
model.compile('adam')
assert np.isfinite(model.fit(x, y, epochs=1, verbose=0).history['loss'][0])
"""


def oldest():
  """Returns the least versions that setup.py allows, as pip wants them."""
  text = (source_tree.ROOT / 'setup.py').read_text('utf-8')
  required = text.split('install_requires')[1].split(']')[0]
  pins = re.findall(r"'([a-z0-9-]+)>=([0-9.]+)'", required)
  return [f'{name}=={version}.*' for name, version in pins]


def rows():
  """Returns the table: name, version of Python, and what pip is given."""
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
    # The shims of pyenv are there for versions that are not.
    if path and not _run([path, '--version']).returncode:
      return str(path)
  return None


def make(folder, python, pins):
  """Makes an environment, and returns its Python."""
  ours = os.path.join(folder, 'bin', 'python')
  if not os.path.exists(ours):
    _must(python, '-m', 'venv', folder)
  # In one command, so that pip sees all that is asked.
  _must(
    ours, '-m', 'pip', 'install', '-q', str(source_tree.ROOT), *_TOOLS, *pins
  )
  return ours


def versions(python):
  """Returns the installed versions of what is shown."""
  code = (
    'import importlib.metadata as m\n'
    f'print(*[m.version(name) for name in {_SHOWN!r}])'
  )
  return _must(python, '-c', code).stdout.split()


def smoke(python, tests=_SMOKE):
  """Returns the last line of the tests."""
  paths = [f'mi_tf_test/{name}' for name in tests]
  options = ['-q', '-n0', '--durations=0', '-p', 'no:cacheprovider']
  # Older versions warn of what they know to be outdated.
  options += ['-W', 'ignore::DeprecationWarning', '-W', 'ignore::FutureWarning']
  result = _run([python, '-m', 'pytest', *options, *paths])
  return _last(result)


def legacy(python):
  """Returns whether all works where `tf.keras` is Keras 2."""
  result = _run([python, '-c', _LEGACY], TF_USE_LEGACY_KERAS='1')
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


def main():
  flags.DEFINE_list('rows', list(rows()), 'Which rows of the table.')
  flags.DEFINE_string('folder', None, 'Where the environments are kept.')
  flags.FLAGS(sys.argv)
  print('| Python | ' + ' | '.join(_SHOWN) + ' | tests | Keras 2 beside it |')
  print('| --- ' * (len(_SHOWN) + 3) + '|', flush=True)
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
      try:
        python = make(folder, found, pins)
        cells = [*versions(python), smoke(python), legacy(python)]
      except RuntimeError as e:
        cells = [str(e).replace('\n', ' ')[-400:]]
      print(f'| {version} | ' + ' | '.join(cells) + ' |', flush=True)


if __name__ == '__main__':
  main()
