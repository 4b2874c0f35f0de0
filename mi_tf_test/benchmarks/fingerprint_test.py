"""Tests of what makes a fingerprint of code change, and what does not."""

import importlib
import pathlib
import sys

from mi_tf.benchmarks import fingerprint
from mi_tf_test import test_util

_START = 'from code_of_a_test.parts import one\n\nvalue = one.f(2)\n'
_ONE = 'def f(x):\n  """Doc."""\n  return x + 1\n'
_FILES = {'start.py': _START, 'parts/one.py': _ONE, 'parts/other.py': 'a = 1\n'}


class FingerprintTest(test_util.TestCase):
  def of(self, files, *modules, **kwargs):
    """Returns the fingerprint of a package of these files."""
    folder = pathlib.Path(self.create_tempdir().full_path)
    for name, text in files.items():
      path = folder / 'code_of_a_test' / name
      path.parent.mkdir(parents=True, exist_ok=True)
      path.write_text(text)
      for parent in (path.parent, folder / 'code_of_a_test'):
        (parent / '__init__.py').touch()
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
      return fingerprint.fingerprint(
        *[f'code_of_a_test.{m}' for m in modules or ['start']], **kwargs
      )
    finally:
      sys.path.remove(str(folder))
      for name in [n for n in sys.modules if n.startswith('code_of_a_test')]:
        del sys.modules[name]

  def changed(self, name, old, new):
    assert old in _FILES[name]
    return {**_FILES, name: _FILES[name].replace(old, new)}

  def test_it_changes_with_what_is_used(self):
    whole = self.of(_FILES)
    self.assertRegex(whole, '^[0-9a-f]{8}$')
    self.assertNotEqual(whole, self.of(self.changed('start.py', '2', '3')))
    self.assertNotEqual(
      whole, self.of(self.changed('parts/one.py', 'x + 1', 'x + 2'))
    )

  def test_it_stays_where_nothing_that_is_used_changes(self):
    whole = self.of(_FILES)
    for name, old, new in (
      ('parts/one.py', 'Doc.', 'Other.'),
      ('parts/one.py', 'return x + 1', '# Adds.\n  return (x + 1)'),
      ('parts/other.py', 'a = 1', 'a = 2'),
    ):
      self.assertEqual(whole, self.of(self.changed(name, old, new)))

  def test_modules_may_move_and_change_their_names(self):
    moved = {
      'start.py': 'from code_of_a_test import two\n\nvalue = two.f(2)\n',
      'two.py': _ONE,
    }
    self.assertEqual(self.of(_FILES), self.of(moved))

  def test_modules_are_left_out_by_name(self):
    changed = self.changed('parts/one.py', 'x + 1', 'x + 2')
    for name in ('code_of_a_test.parts', 'code_of_a_test.parts.one'):
      self.assertEqual(
        self.of(_FILES, without=(name,)), self.of(changed, without=(name,))
      )

  def test_estimates_depend_on_their_methods_and_not_on_figures(self):
    names = ('estimation.estimate_mi', 'estimation.methods.neighbors')
    used = fingerprint._used(['mi_tf.estimation.estimate_mi'], ())
    texts = [fingerprint._text(tree) for tree in used]
    for name in names:
      path = fingerprint._path(f'mi_tf.{name}')
      tree = fingerprint.ast.parse(path.read_text('utf-8'))
      self.assertIn(fingerprint._text(tree), texts)
    self.assertLess(
      len(
        fingerprint._used(['mi_tf.estimation.estimate_mi'], ['mi_tf.plotting'])
      ),
      len(used),
    )


if __name__ == '__main__':
  test_util.main()
