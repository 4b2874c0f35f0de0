"""What a benchmark's numbers depend on: the code of mi_tf, by its content."""

import ast
import hashlib
import importlib.util
import pathlib

# They tell and draw, and change no number.
_WITHOUT = (
  'mi_tf.internal.progress',
  'mi_tf.plotting',
  'mi_tf.results.notebook_view',
  'mi_tf.version',
)


def fingerprint(*modules, without=_WITHOUT):
  """Returns 8 digits that change when the code that modules use changes.

  With it in its config, a run is repeated after a change of the code. Comments,
  docstrings and layout don't count, nor do the names and folders of modules, so
  that a module may move.

  Args:
    *modules: dotted names. The modules of the same package that they import are
      taken too, and those that these import.
    without: dotted names of modules and packages to leave out.
  """
  texts = sorted({_text(tree) for tree in _used(modules, without)})
  return hashlib.sha256('\n'.join(texts).encode()).hexdigest()[:8]


def _used(modules, without):
  """Returns the syntax trees of modules and of what they import."""
  left, trees = list(modules), {}
  while left:
    name = left.pop()
    path = _path(name)
    is_left_out = any(f'{name}.'.startswith(f'{w}.') for w in without)
    if path is None or is_left_out or path in trees:
      continue
    trees[path] = ast.parse(path.read_text(encoding='utf-8'))
    top = name.partition('.')[0]
    for module, names in _imports(trees[path]):
      if module.partition('.')[0] == top:
        own = [f'{module}.{n}' for n in names]
        left += [n for n in own if _path(n)] or [module]
  return trees.values()


def _imports(tree):
  """Yields the module and the names of each import, wherever it stands."""
  for node in ast.walk(tree):
    if isinstance(node, ast.ImportFrom):
      yield node.module, [alias.name for alias in node.names]
    elif isinstance(node, ast.Import):
      for alias in node.names:
        yield alias.name, []


def _path(name):
  """Returns the file of a module, or `None` if there is no such module."""
  try:
    spec = importlib.util.find_spec(name)
  except ModuleNotFoundError:  # The name is that of a function, say.
    return None
  return None if spec is None else pathlib.Path(spec.origin)


def _text(tree):
  """Returns code without imports, docstrings and names of modules."""
  aliases = {
    alias.asname or alias.name
    for node in ast.walk(tree)
    if isinstance(node, ast.Import | ast.ImportFrom)
    for alias in node.names
  }
  for node in ast.walk(tree):
    body = getattr(node, 'body', None)
    if isinstance(body, list):
      node.body = [n for n in body if not _is_left_out(n)] or [ast.Pass()]
  return ast.unparse(_WithoutModules(aliases).visit(tree))


class _WithoutModules(ast.NodeTransformer):
  """Takes `module.` from names that are imported."""

  def __init__(self, aliases):
    self._aliases = aliases

  def visit_Attribute(self, node):
    self.generic_visit(node)
    if isinstance(node.value, ast.Name) and node.value.id in self._aliases:
      return ast.Name(node.attr, node.ctx)
    return node


def _is_left_out(node):
  """Returns whether a statement is an import, or a text such as a docstring."""
  if isinstance(node, ast.Import | ast.ImportFrom):
    return True
  return isinstance(node, ast.Expr) and isinstance(
    getattr(node.value, 'value', None), str
  )
