"""Mutants: changes of one line of the package that a test should notice.

The operators of mutmut make them: `pip install mutmut`, which only `candidates`
needs.

A mutant is stored as a function and changed lines, and applies to each version
of the package that has these lines.
"""

import ast
import dataclasses
import difflib
import random

# Mutated modules: group -> paths below mi_tf/, without '.py'.
GROUPS = {
  'bounds': ('bounds/*',),
  'scores': ('internal/checks', 'internal/numerics', 'scores/**/*'),
  'objectives': ('objectives/*',),
  'readout': (
    'critics/scoring/batch_scores',
    'critics/scoring/any_critic',
    'models/readout',
    'results/mi_estimate',
  ),
}

# Operators of mutmut. The others make mutants that always fail (`None` for a
# value) or change texts.
_OPERATORS = (
  'operator_number',
  'operator_name',
  'operator_remove_unary_ops',
  'operator_arg_removal',
  'operator_keywords',
  'operator_swap_op',
  'operator_if_exp',
)

# Arguments that change only names or messages of errors.
_NEUTRAL_ARGUMENTS = ('name', 'strict')


@dataclasses.dataclass(frozen=True)
class Mutant:
  """One change of one file.

  Attributes:
    file: `str`, path from the root of the checkout.
    scope: `str`, the qualified name of the innermost function or class; empty
      at the top level.
    operator: `str`, the mutation operator.
    before: tuple of `str`, the lines that are replaced.
    after: tuple of `str`, the lines in their place.
    around: pair of `str`, the lines above and below.
  """

  file: str
  scope: str
  operator: str
  before: tuple
  after: tuple
  around: tuple

  @property
  def lines(self):
    """The key of the changed lines."""
    return self.file, self.scope, self.before, self.around

  def to_json(self):
    """Returns a dict."""
    return dataclasses.asdict(self)

  @classmethod
  def from_json(cls, record):
    """Returns the mutant of a dict; other keys are ignored."""
    fields = {f.name: record[f.name] for f in dataclasses.fields(cls)}
    return cls(
      **{k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()}
    )


def modules(root, group):
  """Returns the sorted paths of a group's modules, relative to `root`."""
  return sorted(
    path.relative_to(root).as_posix()
    for pattern in GROUPS[group]
    for path in (root / 'mi_tf').glob(f'{pattern}.py')
  )


def candidates(file, text):
  """Returns all mutants of a module.

  Args:
    file: `str`, path from the root of the checkout.
    text: `str`, the content of the file.

  Returns:
    List of `Mutant`.
  """
  import libcst
  from libcst import metadata
  from mutmut.mutation import mutators

  operators = [
    (kind, operator)
    for kind, operator in mutators.mutation_operators
    if operator.__name__ in _OPERATORS
  ]
  # Nothing there changes a number.
  skipped = (
    libcst.Annotation,
    libcst.Decorator,
    libcst.Import,
    libcst.ImportFrom,
    libcst.Raise,
    libcst.FormattedString,
  )

  class Visitor(libcst.CSTVisitor):
    """Collects pairs of a node and its replacement."""

    def __init__(self):
      super().__init__()
      self.found = []

    def on_visit(self, node):
      if isinstance(node, skipped) or _is_name_scope(node):
        return False
      for kind, operator in operators:
        if isinstance(node, kind):
          for mutated in operator(node):
            if operator.__name__ != 'operator_arg_removal' or _drops_keyword(
              node, mutated
            ):
              self.found.append((operator.__name__, node, mutated))
      return True

  def _is_name_scope(node):
    return (
      isinstance(node, libcst.Call)
      and isinstance(node.func, libcst.Attribute)
      and node.func.attr.value == 'name_scope'
    )

  def _drops_keyword(node, mutated):
    """Whether the mutant is a call without one of its named arguments."""
    dropped = [a for a in node.args if a not in mutated.args]
    return (
      len(mutated.args) == len(node.args) - 1
      and dropped[0].keyword is not None
      and dropped[0].keyword.value not in _NEUTRAL_ARGUMENTS
    )

  module = metadata.MetadataWrapper(
    libcst.parse_module(text), unsafe_skip_copy=True
  ).module
  visitor = Visitor()
  module.visit(visitor)
  found = []
  for operator, node, mutated in visitor.found:
    other = module.deep_replace(node, mutated).code
    mutant = difference(file, operator.removeprefix('operator_'), text, other)
    if mutant is not None and apply(mutant, text) is not None:
      found.append(mutant)
  return found


def difference(file, operator, text, other):
  """Returns the `Mutant` that makes `other` of `text`, `None` if they agree."""
  a, b = text.splitlines(), other.splitlines()
  changes = [
    code
    for code in difflib.SequenceMatcher(None, a, b, False).get_opcodes()
    if code[0] != 'equal'
  ]
  if not changes or not _parses(other):
    return None
  start, stop = changes[0][1], changes[-1][2]
  after = b[changes[0][3] : changes[-1][4]]
  if start == stop:  # Lines came in: they stand with the one above.
    start, after = start - 1, [a[start - 1], *after]
  return Mutant(
    file,
    _scope_at(scopes(text), start + 1),
    operator,
    tuple(a[start:stop]),
    tuple(after),
    _around(a, start, stop),
  )


def _parses(text):
  try:
    ast.parse(text)
  except SyntaxError:
    return False
  return True


def _around(lines, start, stop):
  above = lines[start - 1] if start else ''
  return above, lines[stop] if stop < len(lines) else ''


def scopes(text):
  """Returns name, first and last line of each function and class of a module.

  Args:
    text: `str`, the module's.

  Returns:
    List of tuples; lines count from 1.
  """
  found = []

  def visit(node, names):
    for child in ast.iter_child_nodes(node):
      inner = names
      if isinstance(
        child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
      ):
        inner = (*names, child.name)
        found.append(('.'.join(inner), child.lineno, child.end_lineno))
      visit(child, inner)

  visit(ast.parse(text), ())
  return found


def _scope_at(found, line):
  """Returns the name of the innermost of `scopes` at a line."""
  inside = [s for s in found if s[1] <= line <= s[2]]
  return max(inside, key=lambda s: s[1], default=('', 0, 0))[0]


def apply(mutant, text):
  """Returns `text` with the mutant's lines in it.

  Args:
    mutant: `Mutant`.
    text: `str`, some version of the mutant's file.

  Returns:
    `str`; `None` if the lines don't stand there, or in several places that
    their neighbors do not tell apart.
  """
  lines = text.splitlines()
  before = list(mutant.before)
  found = scopes(text)
  places = [
    i
    for i in range(len(lines) - len(before) + 1)
    if lines[i : i + len(before)] == before
    and _scope_at(found, i + 1) == mutant.scope
  ]
  if len(places) > 1:
    places = [
      i for i in places if _around(lines, i, i + len(before)) == mutant.around
    ]
  if len(places) != 1:
    return None
  (i,) = places
  lines[i : i + len(before)] = mutant.after
  return '\n'.join(lines) + '\n'


def sample(found, sizes, seed):
  """Draws mutants, for each group from all of its files in turn.

  Args:
    found: dict from group to list of `Mutant`.
    sizes: dict from group to `int`, how many to draw.
    seed: `int`.

  Returns:
    Dict from group to list of `Mutant`, no two of which change the same line.
  """
  rng = random.Random(seed)
  drawn = {}
  for group, size in sizes.items():
    files = sorted({m.file for m in found[group]})
    rng.shuffle(files)
    left = {f: [m for m in found[group] if m.file == f] for f in files}
    drawn[group] = []
    while len(drawn[group]) < size and any(left.values()):
      for file in files:
        if left[file] and len(drawn[group]) < size:
          mutant = _draw(left[file], rng)
          drawn[group].append(mutant)
          left[file] = [m for m in left[file] if m.lines != mutant.lines]
  return drawn


def _draw(found, rng):
  """Returns one of the mutants; rare operators come more often than others."""
  by_operator = {}
  for mutant in found:
    by_operator.setdefault(mutant.operator, []).append(mutant)
  groups = list(by_operator.values())
  weights = [len(group) ** 0.5 for group in groups]
  return rng.choice(rng.choices(groups, weights)[0])
