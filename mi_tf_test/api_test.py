"""Tests that the public API is in `api.txt`, has docstrings and type hints.

After an intended change, write the file anew and add a line to
mi_tf/CHANGELOG.md:

    python -m mi_tf_test.api_test --refresh
"""

import ast
import functools
import inspect
import pathlib
import re
import sys
import types

import mi_tf
from mi_tf import version
from mi_tf_test import source_tree
from mi_tf_test import test_util

_API_FILE = pathlib.Path(__file__).with_name('api.txt')
_REFRESH = 'python -m mi_tf_test.api_test --refresh'


def _is_ours(x):
  """Whether a function or class is defined in mi_tf."""
  return f'{getattr(x, "__module__", None)}.'.startswith('mi_tf.')


def _default(value):
  """Returns a default value as text that is the same in each process."""
  if inspect.isroutine(value) or inspect.isclass(value):
    return value.__qualname__
  return re.sub(r' at 0x[0-9a-f]+', '', repr(value))


def _signature(function, skip_self):
  """Returns the names and defaults of arguments, without type hints."""
  try:
    parameters = list(inspect.signature(function).parameters.values())
  except (TypeError, ValueError):
    return '(...)'
  parameters = [
    p.replace(
      annotation=p.empty,
      default=p.empty if p.default is p.empty else _Text(_default(p.default)),
    )
    for p in parameters[skip_self:]
  ]
  return str(inspect.Signature(parameters))


class _Text(str):
  """A string whose `repr` has no quotes."""

  def __repr__(self):
    return str(self)


def _members(cls, bases=()):
  """Returns a dict of the members that a class and its bases in mi_tf define.

  Args:
    cls: the class.
    bases: classes whose members are left out.
  """
  found = {}
  for base in reversed(cls.__mro__):
    if _is_ours(base) and base not in bases:
      found.update(vars(base))
  return found


def _public_bases(cls):
  """Returns the public base classes, under which their members are listed."""
  return [base for base in cls.__mro__[1:] if base in _public_classes()]


def _class_lines(path, cls):
  """Yields (line, docstring) of a class and its public members."""
  init = _members(cls).get('__init__')
  arguments = '' if init is None else _signature(init, skip_self=True)
  yield f'class {path}{arguments}', cls.__dict__.get('__doc__')
  bases = _public_bases(cls)
  if bases:
    yield f'base {path}: {bases[0].__name__}', 'Has none.'
  for name, value in sorted(_members(cls, bases).items()):
    if name.startswith('_'):
      continue
    place = f'{path}.{name}'
    doc = inspect.getdoc(getattr(cls, name, None))
    if isinstance(value, (property, functools.cached_property)):
      yield f'property {place}', doc
    elif isinstance(value, (classmethod, staticmethod)):
      skip_self = isinstance(value, classmethod)
      arguments = _signature(value.__func__, skip_self)
      yield f'{type(value).__name__} {place}{arguments}', doc
    elif inspect.isroutine(value):
      yield f'method {place}{_signature(value, skip_self=True)}', doc


def _lines(path, x, seen):
  """Yields (line of the API file, docstring) of an object and its members.

  Args:
    path: the name.
    x: the object.
    seen: dict from `id` to the first name of each class and function.
  """
  if isinstance(x, types.ModuleType):
    yield f'module {path}', x.__doc__
    # Modules last, so that the short name of an object is its first one.
    members = [(name, getattr(x, name)) for name in x.__all__]
    members.sort(key=lambda m: (isinstance(m[1], types.ModuleType), m[0]))
    for name, value in members:
      yield from _lines(f'{path}.{name}', value, seen)
  elif id(x) in seen:
    yield f'alias {path}: {seen[id(x)]}', 'Has none.'
  elif inspect.isclass(x):
    seen[id(x)] = path
    yield from _class_lines(path, x)
  elif callable(x):
    seen[id(x)] = path
    yield f'function {path}{_signature(x, skip_self=False)}', x.__doc__
  else:
    yield f'constant {path}: {type(x).__name__}', 'Has none.'


def _api():
  """Returns the public API as text."""
  lines = ''.join(f'{line}\n' for line, _ in _lines('mi_tf', mi_tf, {}))
  return f'# Written by `{_REFRESH}`.\n{lines}'


def _public_modules():
  """Returns mi_tf and the modules in its `__all__`, theirs included."""
  found = [mi_tf]
  for module in found:
    names = getattr(module, '__all__', [])
    values = [getattr(module, name) for name in names]
    found += [v for v in values if isinstance(v, types.ModuleType)]
  return found


@functools.cache
def _public_classes():
  values = [
    getattr(module, name)
    for module in _public_modules()
    for name in module.__all__
  ]
  return {value for value in values if inspect.isclass(value)}


def _without_hints(path, function, skip_self):
  """Yields a line with the arguments that have no type hint, if there are."""
  signature = inspect.signature(function)
  parameters = list(signature.parameters.values())[skip_self:]
  missing = [p.name for p in parameters if p.annotation is p.empty]
  has_result = not path.endswith('.__init__')
  if has_result and signature.return_annotation is signature.empty:
    missing.append('the result')
  if missing:
    yield f'{path}: {", ".join(missing)}'


def _class_without_hints(path, cls):
  """Yields such a line for each public member of a class."""
  for name, value in _members(cls, _public_bases(cls)).items():
    if name.startswith('_') and name not in ('__init__', '__call__'):
      continue
    place = f'{path}.{name}'
    if isinstance(value, property):
      yield from _without_hints(place, value.fget, skip_self=True)
    elif isinstance(value, functools.cached_property):
      yield from _without_hints(place, value.func, skip_self=True)
    elif isinstance(value, (classmethod, staticmethod)):
      skip_self = isinstance(value, classmethod)
      yield from _without_hints(place, value.__func__, skip_self)
    elif inspect.isfunction(value):
      yield from _without_hints(place, value, skip_self=True)


class ApiTest(test_util.TestCase):
  def test_the_public_api_is_what_the_file_says(self):
    text = _API_FILE.read_text('utf-8') if _API_FILE.exists() else ''
    self.maxDiff = None
    self.assertMultiLineEqual(
      text,
      _api(),
      f'The public API has changed. If that is meant, run `{_REFRESH}` and '
      'tell in mi_tf/CHANGELOG.md.',
    )

  def test_all_lists_the_public_names(self):
    for module in _public_modules():
      self.assertTrue(
        hasattr(module, '__all__'),
        f'{module.__name__} is public: give it `__all__`.',
      )
      public = {
        name
        for name, value in vars(module).items()
        if not name.startswith('_') and not isinstance(value, types.ModuleType)
      }
      listed = {
        name
        for name in module.__all__
        if not name.startswith('_')
        and not isinstance(getattr(module, name), types.ModuleType)
      }
      lazy = listed - public  # Found by the module's `__getattr__`.
      self.assertSetEqual(
        public | lazy,
        listed,
        f'Add the names to `__all__` of {module.__name__}, or give them an '
        'underscore.',
      )
      self.assertLen(module.__all__, len(set(module.__all__)))

  def test_all_has_one_name_on_each_line(self):
    for module in _public_modules():
      tree = source_tree.modules()[module.__name__].tree
      for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
          self.assertNotIn(
            '*',
            [alias.name for alias in node.names],
            f'{module.__name__}:{node.lineno}: import each name on its line.',
          )
        if isinstance(node, ast.Assign) and '__all__' in [
          getattr(target, 'id', None) for target in node.targets
        ]:
          lines = [element.lineno for element in node.value.elts]
          self.assertLen(
            set(lines),
            len(lines),
            f'Write `__all__` of {module.__name__} with one name on each line.',
          )

  def test_every_public_name_has_a_docstring(self):
    missing = [
      line
      for line, doc in _lines('mi_tf', mi_tf, {})
      # A dataclass without a docstring is given its own signature.
      if not doc or re.match(r'\w+\(.*\)$', doc.split('\n')[0])
    ]
    self.assertEmpty(missing, 'Give these a docstring.')

  def test_every_public_function_and_member_has_type_hints(self):
    seen, missing = set(), []
    for module in _public_modules():
      for name in module.__all__:
        value = getattr(module, name)
        if id(value) in seen or not _is_ours(value):
          continue
        seen.add(id(value))
        path = f'{module.__name__}.{name}'
        if inspect.isclass(value):
          missing += _class_without_hints(path, value)
        elif inspect.isfunction(value):
          missing += _without_hints(path, value, skip_self=False)
    lines = '\n'.join(f'  {line}' for line in missing)
    self.assertEmpty(missing, f'Give these type hints:\n{lines}\n')

  def test_the_version_is_public(self):
    self.assertEqual(mi_tf.__version__, version.__version__)


if __name__ == '__main__':
  if sys.argv[1:] == ['--refresh']:
    _API_FILE.write_text(_api(), encoding='utf-8')
  else:
    test_util.main()
