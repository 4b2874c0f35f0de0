"""Tests of what the package runs that is not its own: nothing unasked."""

import ast
import subprocess
import sys

from absl.testing import absltest

from mi_tf_test import source_tree

_FORBIDDEN_CALLS = ('eval', 'exec', 'compile', '__import__')
_FORBIDDEN_MODULES = ('dill', 'joblib', 'marshal', 'pickle', 'shelve')

# Fails as soon as anything speaks to the network.
_IMPORT_WITHOUT_NETWORK = """
import socket

def refuse(*args, **kwargs):
  raise AssertionError('The network was used.')

socket.socket.connect = refuse
socket.create_connection = refuse
socket.getaddrinfo = refuse
import mi_tf
import mi_tf.benchmarks.accuracy
import mi_tf.cli.commands
import mi_tf.experiments.command
"""


def problems(tree):
  """Yields the number of a line and what is wrong with it."""
  for node in ast.walk(tree):
    if isinstance(node, ast.Call):
      name = getattr(node.func, 'id', None)
      if name in _FORBIDDEN_CALLS:
        yield node.lineno, f'calls {name}'
      for keyword in node.keywords:
        value = getattr(keyword.value, 'value', None)
        if keyword.arg == 'allow_pickle' and value is not False:
          yield node.lineno, 'reads pickles'
        if keyword.arg == 'safe_mode' and value is False:
          yield node.lineno, 'reads code from models'
        if keyword.arg == 'shell' and value is not False:
          yield node.lineno, 'starts a shell'
      if isinstance(node.func, ast.Attribute) and node.func.attr == 'load':
        of_numpy = getattr(node.func.value, 'id', None) == 'np'
        if of_numpy and 'allow_pickle' not in [k.arg for k in node.keywords]:
          yield node.lineno, 'does not say allow_pickle=False'


class SupplyChainTest(absltest.TestCase):
  def test_no_code_comes_out_of_data(self):
    found = [
      f'{module.path}:{line} {what}'
      for module in source_tree.modules('mi_tf').values()
      for line, what in problems(module.tree)
    ]
    found += [
      f'{module.path}: imports {name}'
      for module in source_tree.modules('mi_tf').values()
      for name in source_tree.other_imports(module)
      if name in _FORBIDDEN_MODULES
    ]
    self.assertEmpty(found, '\n'.join(found))

  def test_code_out_of_data_is_found(self):
    for code in (
      'eval(text)',
      'np.load(path)',
      'np.load(path, allow_pickle=True)',
      'keras.saving.load_model(path, safe_mode=False)',
      'subprocess.run(text, shell=True)',
    ):
      self.assertNotEmpty(list(problems(ast.parse(code))), code)
    self.assertEmpty(
      list(problems(ast.parse('np.load(path, allow_pickle=False)')))
    )

  def test_importing_does_not_use_the_network(self):
    result = subprocess.run(
      [sys.executable, '-c', _IMPORT_WITHOUT_NETWORK],
      cwd=source_tree.ROOT,
      capture_output=True,
      text=True,
      check=False,
    )
    self.assertEqual(result.returncode, 0, result.stderr[-2000:])


if __name__ == '__main__':
  absltest.main()
