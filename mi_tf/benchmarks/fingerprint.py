"""A short name for the code that a number depends on, by its content."""

import ast
import hashlib
import importlib.util
import pathlib
import re

# The code of these modules draws, prints or annotates, and changes no number.
_WITHOUT = (
  'mi_tf.internal.progress',
  'mi_tf.internal.types',
  'mi_tf.plotting',
  'mi_tf.results.notebook_view',
  'mi_tf.version',
)
# References differ if their code differs, up to this many calls deep.
_DEPTH = 3
_REFERENCE = re.compile(r'_REFERENCE_(\d+)_')


def fingerprint(*modules, without=_WITHOUT):
  """Returns 8 digits that change when the code that modules use changes.

  Configs of benchmarks hold these digits, so that runs are repeated after a
  change of the code. Comments, docstrings, type hints, messages of errors,
  layout, and the names and places of modules and definitions don't count.

  Args:
    *modules: dotted names. All modules of the same package that they import,
      directly or not, are included.
    without: dotted names of modules and packages to leave out.
  """
  code = _Code(modules, without)
  return _digest('\n'.join(sorted(set(code.digests()))))[:8]


def _digest(text):
  return hashlib.sha256(text.encode()).hexdigest()


class _Code:
  """The statements of modules, and of all modules that they import."""

  def __init__(self, modules, without):
    self.modules = {}  # Dotted name -> `_Module`, or `None` if left out.
    self._without = without
    # Texts have the index of a reference, which is a pair (module, name).
    self.references = []
    left = list(modules)
    while left:
      name = left.pop()
      if name not in self.modules:
        self.modules[name] = self._read(name)
        left += self.modules[name].imported if self.modules[name] else []
    self._statements = [
      (name, defined, _Normalizer(self, name).text(node))
      for name, module in self.modules.items()
      if module is not None
      for node in module.statements
      for defined in [_defined(node)]
    ]

  def _read(self, name):
    is_left_out = any(f'{name}.'.startswith(f'{w}.') for w in self._without)
    return None if is_left_out else _Module(name)

  def digests(self):
    """Returns the digest of each statement."""
    found = [''] * len(self._statements)
    for _ in range(_DEPTH):
      of_places = {}
      for (name, defined, _), digest in zip(
        self._statements, found, strict=True
      ):
        for target in defined:
          of_places.setdefault((name, target), []).append(digest)
      digests = [
        _digest(''.join(of_places.get(place, ()))) for place in self.references
      ]
      found = [
        _digest(_REFERENCE.sub(lambda m, d=digests: d[int(m[1])], text))
        for _, _, text in self._statements
      ]
    return found

  def resolve(self, module, name):
    """Returns the meaning of a name in a module.

    Returns:
      A dotted name, for a module or a part of another package; a pair (module,
      name), for a definition in a module; or `None`, for an unknown name.
    """
    found = self.modules[module]
    if found is None or name in found.defined:
      return module, name
    if name in found.bindings:
      return self.attribute(*found.bindings[name])
    return None

  def attribute(self, module, name):
    """Resolves `module.name`; the name `None` is the module itself."""
    if name is None:
      return module
    whole = f'{module}.{name}'
    if module not in self.modules or whole in self.modules:
      return whole
    return self.resolve(module, name)


class _Module:
  """The statements of a module, and the bindings of its names.

  Attributes:
    statements: list of `ast` nodes, without imports and docstrings.
    defined: set of names.
    bindings: dict, imported name -> pair (module, name in the module). The
      second is `None` if the name means the module itself.
    imported: list of imported modules of the same package.
  """

  def __init__(self, name):
    path = _path(name)
    tree = ast.parse(path.read_text(encoding='utf-8'))
    package = name if path.name == '__init__.py' else name.rpartition('.')[0]
    top = name.partition('.')[0]
    self.bindings, self.imported = {}, []
    for node in ast.walk(tree):
      if isinstance(node, ast.Import):
        for alias in node.names:
          whole = alias.name
          bound = alias.asname or whole.partition('.')[0]
          self.bindings[bound] = (whole if alias.asname else bound), None
          if whole.partition('.')[0] == top:
            self.imported.append(whole)
      elif isinstance(node, ast.ImportFrom):
        source = '.' * node.level + (node.module or '')
        source = importlib.util.resolve_name(source, package)
        for alias in node.names:
          whole = f'{source}.{alias.name}'
          is_own = source.partition('.')[0] == top
          is_module = is_own and _path(whole) is not None
          bound = alias.asname or alias.name
          self.bindings[bound] = (
            (whole, None) if is_module else (source, alias.name)
          )
          if is_own:
            self.imported.append(whole if is_module else source)
    self.statements = [
      node for node in tree.body if not _is_without_effect(node)
    ]
    self.defined = {d for node in self.statements for d in _defined(node)}


class _Normalizer(ast.NodeTransformer):
  """Drops the parts of a statement that change no number."""

  def __init__(self, code, module):
    self._code = code
    self._module = module
    self._locals = frozenset()

  def text(self, node):
    """Returns the text of a statement, without the names that it defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
      node.name = '_'
    elif isinstance(node, ast.Assign | ast.AnnAssign):
      targets = getattr(node, 'targets', None) or [node.target]
      for target in targets:
        if isinstance(target, ast.Name):
          target.id = '_'
    return ast.unparse(ast.fix_missing_locations(self.visit(node)))

  def generic_visit(self, node):
    body = getattr(node, 'body', None)
    if isinstance(body, list):
      kept = [n for n in body if not _is_without_effect(n)]
      node.body = kept or [ast.Pass()]
    return super().generic_visit(node)

  def visit_ClassDef(self, node):
    for field in node.body:
      if isinstance(field, ast.AnnAssign):  # Dataclasses need the annotation.
        field.annotation = None
    return self.generic_visit(node)

  def visit_FunctionDef(self, node):
    node.returns = None
    return self._visit_function(node)

  def visit_Lambda(self, node):
    return self._visit_function(node)

  def _visit_function(self, node):
    before = self._locals
    self._locals = before | _local_names(node)
    try:
      return self.generic_visit(node)
    finally:
      self._locals = before

  def visit_arg(self, node):
    node.annotation = None
    return node

  def visit_AnnAssign(self, node):
    self.generic_visit(node)
    if node.annotation is None:
      node.annotation = ast.Name('_', ast.Load())
      return node
    return node.value and ast.Assign([node.target], node.value)

  def visit_Raise(self, node):
    if isinstance(node.exc, ast.Call):
      node.exc = node.exc.func
    return self.generic_visit(node)

  def visit_Name(self, node):
    return self._named(node) or node

  def visit_Attribute(self, node):
    return self._named(node) or self.generic_visit(node)

  def _named(self, node):
    """Returns an `ast.Name` without the place of a reference, or `None`."""
    found = self._target(node)
    if found is None:
      return None
    if isinstance(found, str):
      is_own = found in self._code.modules
      return ast.Name('_MODULE_' if is_own else found, node.ctx)
    self._code.references.append(found)
    number = len(self._code.references) - 1
    return ast.Name(f'_REFERENCE_{number}_', node.ctx)

  def _target(self, node):
    if isinstance(node, ast.Name) and node.id not in self._locals:
      return self._code.resolve(self._module, node.id)
    if isinstance(node, ast.Attribute):
      value = self._target(node.value)
      if isinstance(value, str):
        return self._code.attribute(value, node.attr)
    return None


def _path(name):
  """Returns the file of a module, or `None` if there is no such module."""
  try:
    spec = importlib.util.find_spec(name)
  except ModuleNotFoundError:  # For example, the name of a function.
    return None
  has_file = spec is not None and spec.origin is not None
  return pathlib.Path(spec.origin) if has_file else None


def _defined(node):
  """Returns the names that a statement of a module defines."""
  found = []
  for part in ast.walk(node):
    if isinstance(part, ast.FunctionDef | ast.ClassDef):
      found.append(part.name)
    elif isinstance(part, ast.Assign | ast.AnnAssign | ast.AugAssign):
      for target in getattr(part, 'targets', None) or [part.target]:
        found += _stored(target)
  if isinstance(node, ast.FunctionDef | ast.ClassDef):
    return found[:1]
  return found


def _local_names(function):
  """Returns the names of a function's arguments and variables."""
  parts = list(ast.walk(function))
  arguments = {p.arg for p in parts if isinstance(p, ast.arg)}
  shared = {n for p in parts if isinstance(p, ast.Global) for n in p.names}
  return arguments | (set(_stored(function)) - shared)


def _stored(node):
  return [
    n.id
    for n in ast.walk(node)
    if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
  ]


def _is_without_effect(node):
  """Returns whether a statement is an import, a string, or for type checkers.

  Imported code counts where it is used.
  """
  if isinstance(node, ast.Import | ast.ImportFrom):
    return True
  if isinstance(node, ast.Expr):  # A docstring.
    return isinstance(getattr(node.value, 'value', None), str)
  if isinstance(node, ast.AnnAssign):
    return 'TypeAlias' in ast.unparse(node.annotation or node.target)
  return isinstance(node, ast.Assign) and _stored(node) == ['__all__']
