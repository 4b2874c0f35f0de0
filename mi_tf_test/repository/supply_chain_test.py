"""Tests of locked versions, licenses, and code from data or the network."""

import ast
import importlib.metadata
import re

from absl.testing import absltest
from packaging import requirements

from mi_tf_test import processes
from mi_tf_test import source_tree

# Has the Apache license in its repository, and none in its metadata.
_UNSAID = ('namex',)
# Licenses with conditions for users' own code.
_REFUSED_LICENSES = r'(?<!L)GPL|Commons-NC|NonCommercial|Proprietary'

_FORBIDDEN_CALLS = ('eval', 'exec', 'compile', '__import__')
_FORBIDDEN_MODULES = ('dill', 'joblib', 'marshal', 'pickle', 'shelve')

# Fails if anything uses the network.
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
  """Yields the number of a line and its problem."""
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


def normal(name):
  """Returns the name of a package as indices have it."""
  return re.sub(r'[-_.]+', '-', name).lower()


def locked():
  """Returns the blocks of CI's lock file: a pin with all of its hashes."""
  text = (source_tree.ROOT / '.ci' / 'requirements.txt').read_text('utf-8')
  text = re.sub(r'^#.*\n', '', text, flags=re.MULTILINE)
  return [
    [part.strip() for part in block.split('--hash=')]
    for block in text.replace('\\\n', '').splitlines()
    if block
  ]


def license_of(name):
  """Returns the license in an installed package's metadata, in one line."""
  metadata = importlib.metadata.metadata(name)
  said = [metadata.get('License-Expression') or '']
  said += [
    c.split(' :: ')[-1]
    for c in metadata.get_all('Classifier') or ()
    if c.startswith('License ::')
  ]
  # Some packages have the whole text there.
  said.append((metadata.get('License') or '').strip().split('\n')[0][:60])
  return next((words for words in said if words), 'none given')


class SupplyChainTest(absltest.TestCase):
  def test_lock_file_pins_with_hashes_and_names_no_place(self):
    pins = {}
    for pin, *hashes in locked():
      requirement = requirements.Requirement(pin)
      self.assertIsNone(requirement.url, pin)
      self.assertRegex(str(requirement.specifier), r'^==[^,*]+$')
      self.assertNotEmpty(hashes, pin)
      for value in hashes:
        self.assertRegex(value, r'^sha256:[0-9a-f]{64}$')
      versions = pins.setdefault(normal(requirement.name), [])
      versions.append(str(requirement.specifier)[2:])
    text = (source_tree.ROOT / '.ci' / 'requirements.txt').read_text('utf-8')
    self.assertNotIn('://', text)
    declared = importlib.metadata.requires('mi_tf')
    self.assertNotEmpty(declared)
    for line in declared:
      requirement = requirements.Requirement(line)
      if requirement.marker and not requirement.marker.evaluate(
        {'extra': 'tests'}
      ):
        continue
      name = normal(requirement.name)
      self.assertIn(name, pins, 'Make .ci/requirements.txt anew.')
      for version in pins[name]:
        self.assertTrue(requirement.specifier.contains(version), line)

  def test_licenses_of_what_users_install_leave_them_free(self):
    names, left = set(), ['mi_tf']
    while left:
      for line in importlib.metadata.requires(left.pop()) or ():
        requirement = requirements.Requirement(line)
        marker = requirement.marker
        if normal(requirement.name) not in names and (
          not marker or marker.evaluate({'extra': ''})
        ):
          names.add(normal(requirement.name))
          left.append(requirement.name)
    self.assertContainsSubset(['keras', 'numpy', 'tensorflow'], names)
    for name in sorted(names):
      self.assertNotRegex(license_of(name), _REFUSED_LICENSES, name)
      if name not in _UNSAID:
        self.assertNotEqual(license_of(name), 'none given', name)

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
    result = processes.run_code(_IMPORT_WITHOUT_NETWORK)
    self.assertEqual(result.returncode, 0, result.stderr[-2000:])


if __name__ == '__main__':
  absltest.main()
