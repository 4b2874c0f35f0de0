"""The source files and their imports, read without running them."""

import ast
import dataclasses
import functools
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PACKAGES = ('mi_tf', 'mi_tf_test')
# The folders of mi_tf: each may import itself and those of the lines above.
LAYERS = (
  ('internal',),
  ('scores',),
  ('bounds', 'plotting', 'tasks'),
  ('critics', 'losses'),
  ('objectives',),
  ('results',),
  ('models',),
  ('estimation',),
  ('callbacks', 'encoders'),
  ('infomax',),
  ('experiments', 'benchmarks'),
  ('cli',),
)


@dataclasses.dataclass(frozen=True)
class Import:
  """An import of `module` at a line.

  Of one of our modules, `module` is the name of the module. Of others', it is
  the dotted name in the source.
  """

  module: str
  line: int


@dataclasses.dataclass(frozen=True)
class Module:
  """A source file and its dotted name."""

  name: str
  path: pathlib.Path

  @property
  def is_package(self):
    return self.path.name == '__init__.py'

  @property
  def folder(self):
    """The path of the module's folder from the root, with slashes."""
    return self.path.parent.relative_to(ROOT).as_posix()

  @functools.cached_property
  def text(self):
    return self.path.read_text(encoding='utf-8')

  @functools.cached_property
  def tree(self):
    return ast.parse(self.text, filename=str(self.path))


@functools.cache
def modules(package=None):
  """Returns a dict from dotted name to `Module`, sorted by name."""
  packages = PACKAGES if package is None else (package,)
  found = {}
  for name in packages:
    for path in (ROOT / name).rglob('*.py'):
      parts = path.relative_to(ROOT).with_suffix('').parts
      if parts[-1] == '__init__':
        parts = parts[:-1]
      dotted = '.'.join(parts)
      found[dotted] = Module(dotted, path)
  return dict(sorted(found.items()))


def _resolve(dotted):
  """Returns the module of a dotted name if it is one of ours."""
  if dotted.split('.')[0] not in PACKAGES:
    return dotted
  name = dotted
  while name and name not in modules():
    name = name.rpartition('.')[0]
  # A folder without `__init__.py` keeps the name as written.
  return name or dotted


def _absolute(module, node):
  """Returns the dotted name after `from`."""
  if not node.level:
    return node.module
  parts = module.name.split('.')
  parts = parts[: len(parts) - node.level + module.is_package]
  return '.'.join([*parts, node.module] if node.module else parts)


def _is_import_module(node):
  """Whether `node` is `importlib.import_module('a.constant')`."""
  return (
    isinstance(node, ast.Call)
    and getattr(node.func, 'attr', None) == 'import_module'
    and bool(node.args)
    and isinstance(node.args[0], ast.Constant)
  )


@functools.cache
def imports(module):
  """Returns the `Import`s of a module and its functions."""
  found = []
  for node in ast.walk(module.tree):
    if isinstance(node, ast.Import):
      names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
      base = _absolute(module, node)
      names = [f'{base}.{alias.name}' for alias in node.names]
      if base.split('.')[0] not in PACKAGES:
        names = [base, *names]
    elif _is_import_module(node):
      names = [node.args[0].value]
    else:
      continue
    found += [Import(_resolve(name), node.lineno) for name in names]
  return tuple(i for i in found if i.module != module.name)


def own_imports(module):
  """Returns the sorted names of the modules of ours that a module imports."""
  names = {i.module for i in imports(module)}
  return sorted(n for n in names if n.split('.')[0] in PACKAGES)


def other_imports(module):
  """Returns the sorted top names of the libraries that a module imports."""
  names = {i.module.split('.')[0] for i in imports(module)}
  return sorted(names - set(PACKAGES) - set(sys.stdlib_module_names))
