"""Tests of the source tree: imports, forbidden code, sizes, names, BUILD files.

Each message says what to do.
"""

import ast
import collections
import re

from absl.testing import absltest

from mi_tf_test import processes
from mi_tf_test import source_tree
from mi_tf_test.repository import build_files

# Folders that may `import mi_tf`, as users do.
_USERS = ('experiments', 'benchmarks', 'cli')

_FORBIDDEN = {
  'keras.src': 'the public `keras.*`',
  'tensorflow.python': 'the public `tf.*`',
  'tensorflow_probability.python': 'the public `tfp.*`',
  'tf_keras': '`keras`, which is Keras 3',
}

# Tests that these are refused.
_REFUSED = {'mi_tf_test/infomax/encoder_models_test.py': 'tf_keras'}

_HEAVY = (
  'matplotlib',
  'pandas',
  'scipy',
  'sklearn',
  'tensorflow_datasets',
  'tensorflow_probability',
)

# Prints the imports by mi_tf itself: Keras loads some of these, too.
_IMPORT_AND_SPY = f"""
import builtins

import keras
import tensorflow

real_import = builtins.__import__


def spy(name, globals=None, *args, **kwargs):
  importer = (globals or {{}}).get('__name__', '')
  if importer.startswith('mi_tf') and name.split('.')[0] in {_HEAVY}:
    print(f'{{importer}} imports {{name}}.')
  return real_import(name, globals, *args, **kwargs)


builtins.__import__ = spy
import mi_tf
"""

# Modules without a test file of their own, and the reason.
_WITHOUT_TEST = {
  **{
    f'mi_tf.{command}.__main__': 'it only starts a module that has its test.'
    for command in (
      'benchmarks.accuracy',
      'benchmarks.everyday',
      'benchmarks.calibration',
      'benchmarks.independence',
      'benchmarks.self_consistency',
      'benchmarks.speed',
      'experiments',
    )
  },
  'mi_tf.__main__': 'it only starts mi_tf.cli.commands, which has its test.',
  'mi_tf.internal.types': 'it holds names of types, which mypy checks.',
  'mi_tf.version': 'it is a constant, which setup.py and api_test read.',
}

_MAX_FILES = 14  # Of a folder.
_MAX_LINES = 350  # Of a module.
_MAX_FUNCTION_LINES = 100  # Without its docstring.

# Longer ones, and the reason: at most two modules and three functions.
_LONG_MODULES = {}
_LONG_FUNCTIONS = {}

# Names that tell nothing of the content of a module or folder.
_VAGUE = {
  *('base', 'common', 'core', 'helper', 'helpers', 'kept', 'lib', 'misc'),
  *('other', 'others', 'pairs', 'passes', 'shared', 'starts', 'steps', 'stuff'),
  *('tool', 'tools', 'util', 'utils'),
}

# Commands whose libraries are installed by hand.
_INSTALLED_ELSEWHERE = {
  *(
    ('mi_tf.benchmarks.rivals.worker', rival)
    for rival in (
      'ennemi',
      'gmm_mi',
      'infomeasure',
      'latentmi',
      'torch',
      'torch_mist',
    )
  ),
  ('mi_tf_test.mutation.mutants', 'libcst'),
  ('mi_tf_test.mutation.mutants', 'mutmut'),
  ('mi_tf_test.xla.run', 'jax'),
}


def _layer(name):
  """Returns the layer of a module, or None at the top level of mi_tf."""
  parts = name.split('.')
  if len(parts) == 1 or f'mi_tf.{parts[1]}' in _top_level_modules():
    return None
  for i, packages in enumerate(source_tree.LAYERS):
    if parts[1] in packages:
      return i
  raise ValueError(
    f'mi_tf/{parts[1]} has no place among the layers. Add it to `LAYERS` in '
    'mi_tf_test/source_tree.py, and to the map in the docstring of mi_tf.'
  )


def _top_level_modules():
  return {
    name
    for name, module in source_tree.modules('mi_tf').items()
    if module.folder == 'mi_tf'
  }


def _library():
  return source_tree.modules('mi_tf').values()


def _place(module, line):
  return f'{module.path.relative_to(source_tree.ROOT)}:{line}'


class ArchitectureTest(absltest.TestCase):
  def _check(self, problems, advice):
    if problems:
      lines = '\n'.join(f'  {p}' for p in problems)
      self.fail(f'\n{lines}\n{advice}')

  def test_imports_point_one_way(self):
    problems = []
    for module in _library():
      layer = _layer(module.name)
      if layer is None:
        continue
      package = module.name.split('.')[1]
      for found in source_tree.imports(module):
        if found.module.split('.')[0] != 'mi_tf':
          continue
        if found.module == 'mi_tf':
          allowed = package in _USERS
        elif found.module == 'mi_tf.version':
          allowed = True
        else:
          other = _layer(found.module)
          allowed = found.module.split('.')[1] == package or (
            other is not None and other < layer
          )
        if not allowed:
          place = _place(module, found.line)
          problems.append(f'{place}: {package} imports {found.module}.')
    order = ' < '.join(', '.join(packages) for packages in source_tree.LAYERS)
    self._check(
      problems,
      f'Imports point one way: {order}; packages between two commas do not '
      'know each other. Move shared code to the lower package, or pass it as '
      'an argument.',
    )

  def test_no_module_imports_itself_through_others(self):
    modules = source_tree.modules()
    done, path, problems = set(), [], []

    def visit(name):
      if name in path:
        problems.append(' -> '.join([*path[path.index(name) :], name]))
      elif name not in done:
        path.append(name)
        for other in source_tree.own_imports(modules[name]):
          visit(other)
        path.pop()
        done.add(name)

    for name in modules:
      visit(name)
    self._check(
      problems,
      'These imports go in a circle. Move the code that both need to a third.',
    )

  def test_the_library_does_not_know_its_tests(self):
    problems = [
      f'{_place(module, found.line)}: imports {found.module}.'
      for module in _library()
      for found in source_tree.imports(module)
      if found.module.split('.')[0] == 'mi_tf_test'
    ]
    self._check(problems, 'The tests are not installed: import the library.')

  def test_only_public_names_of_other_libraries_are_imported(self):
    problems = []
    for module in source_tree.modules().values():
      for found in source_tree.imports(module):
        for private, public in _FORBIDDEN.items():
          path = module.path.relative_to(source_tree.ROOT).as_posix()
          if _REFUSED.get(path) == private:
            continue
          if f'{found.module}.'.startswith(f'{private}.'):
            place = _place(module, found.line)
            problems.append(f'{place}: {found.module}; use {public}.')
    self._check(problems, 'Private modules change without notice.')

  def test_bounds_know_neither_keras_nor_probability(self):
    problems = []
    for module in _library():
      if re.match('mi_tf/(bounds|internal$|scores)', module.folder):
        others = source_tree.other_imports(module)
        for name in {'keras', 'tensorflow_probability'} & set(others):
          problems.append(f'{_place(module, 1)}: imports {name}.')
    self._check(
      problems,
      'Bounds are pure functions of scores. Variables belong to critics or '
      'models, sampling to tasks.',
    )

  def test_library_code_has_no_assert(self):
    problems = [
      _place(module, node.lineno)
      for module in _library()
      for node in ast.walk(module.tree)
      if isinstance(node, ast.Assert)
    ]
    self._check(
      problems,
      '`python -O` removes assert statements. Raise a ValueError with the '
      'rule and `Received: ...`.',
    )

  def test_import_mi_tf_loads_no_heavy_library(self):
    result = processes.run_code(_IMPORT_AND_SPY)
    self.assertEqual(result.returncode, 0, result.stderr)
    self._check(
      result.stdout.splitlines(),
      '`import mi_tf` loads these. Import them inside of the functions that '
      'need them.',
    )

  def test_every_library_that_is_imported_is_in_setup(self):
    text = (source_tree.ROOT / 'setup.py').read_text('utf-8')
    declared = re.findall(r"'([a-z0-9-]+)[<>=]", text)
    # Where the package's name is not the one to import.
    names = {
      'absl-py': 'absl',
      'pillow': 'PIL',
      'scikit-learn': 'sklearn',
    }
    declared = {names.get(d, d.replace('-', '_')) for d in declared}
    problems = [
      f'{_place(module, 1)}: imports {name}.'
      for module in source_tree.modules().values()
      for name in source_tree.other_imports(module)
      if name not in declared
      and (module.name, name) not in _INSTALLED_ELSEWHERE
    ]
    self._check(problems, 'Add these to setup.py, or do without.')

  def test_every_module_has_its_test(self):
    problems = []
    for module in _library():
      if module.is_package:
        continue
      folder = module.folder.replace('mi_tf', 'mi_tf_test', 1)
      test = f'{folder}/{module.path.stem.strip("_")}_test.py'
      if (source_tree.ROOT / test).exists():
        if module.name in _WITHOUT_TEST:
          problems.append(f'{module.name} is excused, but {test} exists.')
      elif module.name not in _WITHOUT_TEST:
        problems.append(f'{module.name} has no {test}.')
    problems += [
      f'{name} is excused, but does not exist.'
      for name in _WITHOUT_TEST
      if name not in source_tree.modules()
    ]
    self._check(
      problems,
      'Tests mirror the library file for file. Write the test, or correct '
      '`_WITHOUT_TEST` in mi_tf_test/repository/architecture_test.py.',
    )

  def test_folders_are_small(self):
    count = collections.Counter(module.folder for module in _library())
    problems = [
      f'{folder}: {number} modules.'
      for folder, number in sorted(count.items())
      if number > _MAX_FILES
    ]
    self._check(
      problems,
      f'A folder of more than {_MAX_FILES} modules holds two concepts: give '
      'one of them a folder of its own.',
    )

  def test_modules_are_short(self):
    lengths = {m.name: len(m.text.splitlines()) for m in _library()}
    self._check_lengths(
      lengths,
      _MAX_LINES,
      _LONG_MODULES,
      2,
      f'A module of more than {_MAX_LINES} lines does two things: split it.',
    )

  def test_functions_are_short(self):
    lengths = {}
    for module in _library():
      for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef):
          docstring = ast.get_docstring(node, clean=False) or ''
          lines = node.end_lineno - node.lineno + 1
          name = f'{module.name}.{node.name}'
          lines -= len(docstring.splitlines())
          lengths[name] = max(lines, lengths.get(name, 0))
    self._check_lengths(
      lengths,
      _MAX_FUNCTION_LINES,
      _LONG_FUNCTIONS,
      3,
      f'A function of more than {_MAX_FUNCTION_LINES} lines, its docstring '
      'left out, can be read in parts: give each part a name.',
    )

  def _check_lengths(self, lengths, most, excused, most_excused, advice):
    """Fails where something too long is not excused, or an excuse is old."""
    self.assertLessEqual(len(excused), most_excused)
    long = {name for name, lines in lengths.items() if lines > most}
    problems = [
      f'{name}: {lengths[name]} lines.' for name in sorted(long - set(excused))
    ]
    problems += [
      f'{name} is excused, but is not too long.'
      for name in sorted(set(excused) - long)
    ]
    self._check(problems, advice)

  def test_names_of_folders_and_modules_say_what_is_in_them(self):
    problems = [
      f'{module.path.relative_to(source_tree.ROOT)}: {part}.'
      for module in _library()
      for part in module.name.split('.')[-1:]
      if part in _VAGUE or not re.fullmatch(r'[a-z][a-z0-9_]*|__main__', part)
    ]
    self._check(
      problems,
      'Name a module or folder by a noun of the field for its content, in '
      'lower case.',
    )

  def test_every_folder_with_modules_is_a_package(self):
    problems = sorted(
      {
        module.folder
        for module in source_tree.modules().values()
        if not (module.path.parent / '__init__.py').exists()
      }
    )
    self._check(
      problems,
      'Add an `__init__.py`: without one, `find_packages` does not ship the '
      'folder, and two tests of one name clash.',
    )

  def test_build_files_match_the_imports(self):
    self._check(
      build_files.problems(),
      'Run `python -m mi_tf_test.repository.build_files --fix`.',
    )


if __name__ == '__main__':
  absltest.main()
