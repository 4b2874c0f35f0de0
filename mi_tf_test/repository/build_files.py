"""Computes the BUILD files from the imports of the source files.

    python -m mi_tf_test.repository.build_files        # Lists outdated ones.
    python -m mi_tf_test.repository.build_files --fix  # Writes them.

They are not edited by hand: the tables below have everything that imports don't
tell.
"""

import argparse
import ast
import sys

from mi_tf_test import source_tree

# Files that a module reads when it runs.
_DATA = {
  'mi_tf_test.api_test': ['api.txt'],
  'mi_tf_test.cli.commands_test': ['//mi_tf:main'],
}

# Tests that read the source tree, which is not in a sandbox.
_MANUAL = {
  'mi_tf_test.docs.doctest_test',
  'mi_tf_test.docs.map_test',
  'mi_tf_test.docs.notebooks_test',
  'mi_tf_test.docs.readme_test',
  'mi_tf_test.repository.architecture_test',
  'mi_tf_test.repository.private_names_test',
}

_TOP = """\
# Description:
#   Mutual information for TensorFlow and TensorFlow Probability.

licenses(["notice"])

exports_files(["LICENSE"])
"""


_LIBRARY = """
py_library(
    name = "{name}",{testonly}
    srcs = ["{source}"],{data}{deps}
)
"""

_BINARY = """
py_binary(
    name = "{name}",
    srcs = ["{source}"],
    main = "{source}",{data}{deps}
)
"""

# The import of TensorFlow takes ten seconds, of the minute of a "small" test.
_TEST = """
py_test(
    name = "{name}",
    size = "medium",
    srcs = ["{source}"],{data}{tags}{deps}
)
"""


def expected():
  """Returns a dict, path of a BUILD file -> its text."""
  by_folder = {}
  for module in source_tree.modules().values():
    by_folder.setdefault(module.folder, []).append(module)
  files = {source_tree.ROOT / 'BUILD': _TOP}
  for folder, modules in by_folder.items():
    files[source_tree.ROOT / folder / 'BUILD'] = _build_file(folder, modules)
  return files


def problems():
  """Returns a line for each missing, outdated or superfluous BUILD file."""
  found = []
  files = expected()
  for path, text in files.items():
    name = path.relative_to(source_tree.ROOT)
    if not path.exists():
      found.append(f'{name} is missing.')
    elif path.read_text(encoding='utf-8') != text:
      found.append(f'{name} does not match the imports of its modules.')
  for package in source_tree.PACKAGES:
    for path in sorted((source_tree.ROOT / package).rglob('BUILD')):
      if path not in files:
        name = path.relative_to(source_tree.ROOT)
        found.append(f'{name} is left over: its folder has no modules.')
  return found


def fix():
  """Writes each missing or outdated BUILD file."""
  for path, text in expected().items():
    if not path.exists() or path.read_text(encoding='utf-8') != text:
      path.write_text(text, encoding='utf-8')
      print(f'Wrote {path.relative_to(source_tree.ROOT)}.')


def label(name, folder=None):
  """Returns the Bazel label of a module, relative to a folder."""
  module = source_tree.modules()[name]
  target = _target_name(module)
  if module.folder == folder:
    return f':{target}'
  if target == module.path.parent.name:
    return f'//{module.folder}'
  return f'//{module.folder}:{target}'


def _target_name(module):
  if module.is_package:
    return module.path.parent.name
  return module.path.stem.strip('_')


def _is_in_tests(folder):
  return folder.split('/')[0] == 'mi_tf_test'


def _build_file(folder, modules):
  """Returns the text of the BUILD file of one folder."""
  # The `__init__.py` of a folder of tests holds a docstring at most.
  if _is_in_tests(folder):
    modules = [m for m in modules if not m.is_package]
  names = sorted(_target_name(m) for m in modules)
  if len(set(names)) < len(names):
    raise ValueError(
      f'Two modules in {folder} would be the same Bazel target: {names}. '
      'Rename the one that has the name of its folder.'
    )
  # The package itself comes first, as in TensorFlow Probability.
  modules = sorted(modules, key=lambda m: (not m.is_package, m.name))
  rules = [_rule(m) for m in modules]
  used = sorted({rule.split('(')[0].strip() for rule in rules})
  loaded = ''.join(f', "{name}"' for name in used)
  return ''.join(
    [
      '# Description:\n',
      f'#   {_description(folder)}\n',
      '#\n',
      '# Written by `python -m mi_tf_test.repository.build_files --fix`.\n\n',
      f'load("@rules_python//python:defs.bzl"{loaded})\n\n' if used else '',
      'licenses(["notice"])\n\n',
      _package(folder),
      *rules,
    ]
  )


def _description(folder):
  """Returns the first line of the docstring of a folder's `__init__.py`."""
  module = source_tree.modules().get(folder.replace('/', '.'))
  docstring = ast.get_docstring(module.tree) if module else None
  if docstring:
    return docstring.split('\n')[0]
  return f'Tests of {folder.replace("mi_tf_test", "mi_tf", 1)}.'


def _package(folder):
  """Returns the `package` statement, with the visibility of the folder."""
  if _is_in_tests(folder):
    visibility = ['//mi_tf_test:__subpackages__']
  elif 'internal' in folder.split('/'):
    visibility = ['//mi_tf:__subpackages__', '//mi_tf_test:__subpackages__']
  else:
    visibility = ['//visibility:public']
  return f'package(default_visibility = {_values(visibility, 0)})\n'


def _rule(module):
  """Returns the rule that builds one module."""
  fields = {
    'name': _target_name(module),
    'source': module.path.name,
    'data': _list('data', _DATA.get(module.name, [])),
    'deps': _deps(module),
  }
  if not _is_in_tests(module.folder):
    rule = _BINARY if module.path.name == '__main__.py' else _LIBRARY
    return rule.format(**fields, testonly='')
  if module.name.endswith('_test'):
    tags = ['manual'] if module.name in _MANUAL else []
    return _TEST.format(**fields, tags=_list('tags', tags))
  return _LIBRARY.format(**fields, testonly='\n    testonly = True,')


def _list(name, values):
  """Returns the line of an attribute, or nothing if it has no values."""
  if not values:
    return ''
  return f'\n    {name} = {_values(values, 4)},'


def _values(values, indent):
  """Returns a list of strings: one value on the line, or one on each line."""
  quoted = [f'"{v}"' for v in values]
  if len(quoted) == 1:
    return f'[{quoted[0]}]'
  margin = ' ' * indent
  lines = ''.join(f'{margin}    {v},\n' for v in quoted)
  return f'[\n{lines}{margin}]'


def _deps(module):
  """Returns the attribute `deps`: labels, and others' libraries as comments."""
  labels = [label(n, module.folder) for n in source_tree.own_imports(module)]
  labels.sort(key=_label_key)
  near = [f'"{v}"' for v in labels if v.startswith(':')]
  far = [f'"{v}"' for v in labels if not v.startswith(':')]
  others = [f'# {name} dep' for name in source_tree.other_imports(module)]
  if not near + others + far:
    return ''
  lines = [f'        {line},\n' for line in near + others + far]
  return '\n    deps = [\n' + ''.join(lines) + '    ],'


def _label_key(value):
  """Sorts as buildifier does."""
  return value.replace(':', '.').split('.')


def main():
  """Checks the BUILD files, or writes them."""
  parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
  parser.add_argument('--fix', action='store_true', help='write the files')
  if parser.parse_args().fix:
    fix()
  found = problems()
  for problem in found:
    print(problem)
  if found:
    print('Run `python -m mi_tf_test.repository.build_files --fix`.')
  return len(found) > 0


if __name__ == '__main__':
  sys.exit(main())
