"""Tests that mi_tf neither overrides nor uses private names of Keras or TF.

A private name has one leading underscore. It may change with any release, and
nothing says that a subclass has overridden it by accident.
"""

import ast
import functools
import importlib
import inspect
import textwrap

from absl.testing import absltest

from mi_tf_test import source_tree

# ('mi_tf.module.Class', '_name') -> why no public name does it. Each needs a
# test that fails as soon as the reason is gone.
_OVERRIDES = {
  ('mi_tf.models.objective_model.ObjectiveModel', '_maybe_symbolic_build'): (
    'Keras adds up the first batches of replicas, which fails for two sizes. '
    'Until: objective_model_test.KerasTest.'
  )
}

# ('mi_tf.module', '_name') -> why no public name does it.
_USES = {
  ('mi_tf.models.training.device_loop', '_initial_epoch'): (
    'BackupAndRestore of Keras tells by it where to go on. Until: the test of '
    'a killed training of array_batches_test.'
  )
}

# Public in spite of the underscore: members of named tuples.
_PUBLIC = {'_asdict', '_fields', '_make', '_replace'}
_BY_NAME = ('delattr', 'getattr', 'hasattr', 'setattr')


def _is_private(name):
  return name.startswith('_') and not name.startswith('__')


def _is_own(node):
  """Whether a node is `self` or `cls`."""
  return getattr(node, 'id', None) in ('self', 'cls')


def _assigned(tree):
  """Returns the private attributes that code assigns to `self` or `cls`."""
  return {
    node.attr
    for node in ast.walk(tree)
    if isinstance(node, ast.Attribute)
    and isinstance(node.ctx, ast.Store)
    and _is_own(node.value)
    and _is_private(node.attr)
  }


@functools.cache
def _private_names(cls):
  """Returns the private names that a class defines, its bases left out."""
  names = {name for name in vars(cls) if _is_private(name)}
  try:
    source = inspect.getsource(cls)
  except (OSError, TypeError):  # It is not written in Python.
    return names
  return names | _assigned(ast.parse(textwrap.dedent(source)))


def _is_of(cls, libraries):
  return cls.__module__.split('.')[0] in libraries


def _overrides(cls):
  """Returns {(class, name)} of the private names that our classes override."""
  theirs = set()
  for base in cls.__mro__:
    if _is_of(base, ('keras', 'tensorflow')):
      theirs |= _private_names(base)
  return {
    (f'{base.__module__}.{base.__qualname__}', name)
    for base in cls.__mro__
    if _is_of(base, ('mi_tf',))
    for name in _private_names(base) & theirs
  }


def _classes():
  """Returns the classes of mi_tf."""
  found = set()
  for name in source_tree.modules('mi_tf'):
    if not name.endswith('__main__'):
      module = importlib.import_module(name)
      found |= {
        value
        for value in vars(module).values()
        if inspect.isclass(value) and _is_of(value, ('mi_tf',))
      }
  return found


def _defined(tree):
  """Returns the private names that a module and its classes define."""
  names = _assigned(tree)
  for node in ast.walk(tree):
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
      names.add(node.name)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
      names.add(node.id)
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
      names |= {alias.asname or alias.name for alias in node.names}
  return {name for name in names if _is_private(name)}


def _used(tree):
  """Yields (name, line) of the private attributes that code asks for."""
  for node in ast.walk(tree):
    if isinstance(node, ast.Attribute):
      yield node.attr, node.lineno
    elif (
      isinstance(node, ast.Call)
      and getattr(node.func, 'id', None) in _BY_NAME
      and isinstance(node.args[1], ast.Constant)
    ):
      yield node.args[1].value, node.lineno


class _Base:
  """Stands for a class of Keras."""

  _of_the_class = None

  def __init__(self):
    self._of_the_object = None

  def _method(self):
    pass


class _Derived(_Base):
  """Stands for a class of mi_tf."""

  def __init__(self):
    super().__init__()
    self._of_the_object = 1
    self._new = 2

  def _method(self):
    pass


class PrivateNamesTest(absltest.TestCase):
  def test_no_private_name_of_keras_or_tensorflow_is_overridden(self):
    found = set().union(*map(_overrides, _classes()))
    lines = [f'{cls} overrides {name}.' for cls, name in found]
    self.assertSetEqual(
      found,
      set(_OVERRIDES),
      'Rename it, or use a public name; `_OVERRIDES` of this test lists the '
      'exceptions.\n' + '\n'.join(sorted(lines)),
    )

  def test_no_private_name_of_another_library_is_used(self):
    modules = source_tree.modules('mi_tf').values()
    defined = set().union(_PUBLIC, *(_defined(m.tree) for m in modules))
    found, lines = set(), []
    for module in modules:
      for name, line in _used(module.tree):
        if _is_private(name) and name not in defined:
          found.add((module.name, name))
          place = module.path.relative_to(source_tree.ROOT)
          lines.append(f'{place}:{line} uses {name}.')
    self.assertSetEqual(
      found,
      set(_USES),
      'Use a public name; `_USES` of this test lists the exceptions.\n'
      + '\n'.join(sorted(lines)),
    )

  def test_names_of_classes_and_of_objects_are_found(self):
    self.assertEqual(
      _private_names(_Base) & _private_names(_Derived),
      {'_of_the_object', '_method'},
    )
    used = dict(_used(ast.parse("a._b; getattr(a, '_c'); a.d(e._f)")))
    self.assertEqual(set(used), {'_b', '_c', 'd', '_f'})


if __name__ == '__main__':
  absltest.main()
