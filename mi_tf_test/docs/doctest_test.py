"""Runs each `>>>` example in the docstrings of mi_tf and in README.md.

Examples may use `mi_tf`, `np`, `tf`, `keras`, `tfp`, and `tfd`, `tfb` for TFP's
distributions and bijectors, but no names of their modules.
"""

import ast
import doctest
import re
import unittest

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

from mi_tf_test import source_tree
from mi_tf_test import test_util

# The first failure of an example only: others may follow from it.
_OPTIONS = doctest.ELLIPSIS | doctest.FAIL_FAST | doctest.NORMALIZE_WHITESPACE
# Functions whose examples take seconds.
_SLOW = ('estimate_mi', 'estimate_conditional_mi', 'estimate_total_correlation')


def _docstrings():
  """Yields (name, text, path, line) of each docstring of the library."""
  for module in source_tree.modules('mi_tf').values():
    stack = [(module.name, module.tree)]
    while stack:
      name, node = stack.pop()
      for child in ast.iter_child_nodes(node):
        if hasattr(child, 'name') and hasattr(child, 'body'):
          stack.append((f'{name}.{child.name}', child))
        elif not isinstance(child, ast.expr):
          stack.append((name, child))
      kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
      text = ast.get_docstring(node) if isinstance(node, kinds) else None
      if text:
        line = node.body[0].lineno - 1
        yield name, text, str(module.path), line
  readme = source_tree.ROOT / 'README.md'
  if readme.exists():
    text = re.sub(r'^```.*$', '', readme.read_text('utf-8'), flags=re.MULTILINE)
    yield 'README', text, str(readme), 0


def _examples(slow=None):
  """Returns a list of (name, `doctest.DocTest`), one for each docstring.

  Args:
    slow: `bool`, whether to return the slow ones or the others; or `None` for
      all.
  """
  parser = doctest.DocTestParser()
  found = {}
  for name, text, path, line in _docstrings():
    test = parser.get_doctest(text, {}, name, path, line)
    if test.examples:
      # Property setters and overloads share a name.
      key = name.replace('.', '_')
      found[key if key not in found else f'{key}_{line}'] = test
  return [
    (name, test)
    for name, test in sorted(found.items())
    if slow is None or name.endswith(_SLOW) == slow
  ]


def _names(source):
  """Returns the modules that an example may use; TFP only if it does."""
  import mi_tf

  names = {'keras': keras, 'mi_tf': mi_tf, 'np': np, 'tf': tf}
  if re.search(r'\btf[pdb]\.', source):
    import tensorflow_probability as tfp

    names.update(tfp=tfp, tfd=tfp.distributions, tfb=tfp.bijectors)
  return names


class DoctestTest(test_util.TestCase):
  def test_there_are_examples(self):
    self.assertNotEmpty(_examples())

  @parameterized.named_parameters(*_examples(slow=False))
  def test_example_prints_what_it_says(self, test):
    self.assertPrints(test)

  @parameterized.named_parameters(*_examples(slow=True))
  @test_util.full(
    'Quicker tests cover these functions; this finds errors in docstrings.'
  )
  def test_slow_example_prints_what_it_says(self, test):
    self.assertPrints(test)

  def assertPrints(self, test):
    # The numbers are part of the documentation: not from the session's seed.
    keras.utils.set_random_seed(0)
    test.globs.update(_names(test.docstring))
    report = []
    runner = doctest.DocTestRunner(optionflags=_OPTIONS, verbose=False)
    runner.run(test, out=report.append)
    if runner.failures:
      self.fail('\n' + ''.join(report))


if __name__ == '__main__':
  unittest.main()
