"""Tests of what makes a fingerprint of code change, and what does not."""

import importlib
import importlib.util
import pathlib
import sys

from absl.testing import parameterized

from mi_tf.benchmarks import fingerprint
from mi_tf_test import test_util

_FILES = {
  'start.py': """
import numpy as np

from code_of_a_test.parts import one
from code_of_a_test.parts import two

__all__ = ['value']
SCALE = 2
value = one.f(SCALE) + two.f(np.log(3))


class Model:
  size: int = 3

  def call(self, x: float):
    \"\"\"Doc.\"\"\"
    if x < 0:
      raise ValueError(f'No: {x}.')
    one = self.size
    return one * two.Part(x).call()
""",
  'parts/one.py': """
_SIZE = 10


def f(x):
  \"\"\"Doc.\"\"\"
  return x + _SIZE
""",
  'parts/two.py': """
_SIZE = 20


def f(x):
  return f(x - _SIZE) if x > 0 else x


class Part:
  def __init__(self, x):
    self.x = x

  def call(self):
    return self.x
""",
  'parts/other.py': 'a = 1\n',
}
_PART = _FILES['parts/two.py'].partition('\n\nclass')[2]


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

  def changed(self, name, *pairs):
    """Returns the files with texts of one replaced; pairs of old and new."""
    text = _FILES[name]
    for old, new in pairs:
      assert old in text
      text = text.replace(old, new)
    return {**_FILES, name: text}

  @parameterized.parameters(
    ('start.py', 'SCALE = 2', 'SCALE = 3'),
    ('start.py', 'size: int = 3', 'size: int = 4'),
    ('start.py', 'x < 0', 'x < 1'),
    ('start.py', 'np.log(3)', 'np.exp(3)'),
    ('parts/one.py', '_SIZE = 10', '_SIZE = 11'),
    ('parts/one.py', 'x + _SIZE', 'x - _SIZE'),
    ('parts/two.py', 'return self.x', 'return -self.x'),
    # Functions of one name, in two modules.
    ('start.py', 'one.f(SCALE)', 'two.f(SCALE)'),
    ('start.py', 'import numpy as np', 'import math as np'),
  )
  def test_it_changes_with_what_is_used(self, name, old, new):
    whole = self.of(_FILES)
    self.assertRegex(whole, '^[0-9a-f]{8}$')
    self.assertNotEqual(whole, self.of(self.changed(name, (old, new))))

  @parameterized.parameters(
    ('start.py', 'Doc.', 'Other.'),
    ('start.py', 'No: {x}.', 'x is less than 0: {x}.'),
    ('start.py', 'x: float)', 'x: float | None) -> float'),
    ('start.py', 'size: int', 'size: float'),
    ('start.py', 'SCALE = 2', 'SCALE: int = 2'),
    ('start.py', 'SCALE', 'FACTOR'),
    ('start.py', "['value']", "['value', 'SCALE']"),
    ('parts/one.py', 'return x + _SIZE', '# Adds.\n  return (x + _SIZE)'),
    ('parts/one.py', '_SIZE', '_OTHER_NAME'),
    ('parts/other.py', 'a = 1', 'a = 2'),
  )
  def test_it_stays_where_no_number_can_change(self, name, old, new):
    self.assertEqual(self.of(_FILES), self.of(self.changed(name, (old, new))))

  def test_aliases_of_modules_may_change(self):
    for old, new, used in (
      ('import two', 'import two as lib', 'two.'),
      ('numpy as np', 'numpy as lib', 'np.'),
    ):
      files = self.changed('start.py', (old, new), (used, 'lib.'))
      self.assertEqual(self.of(_FILES), self.of(files))

  def test_swapped_constants_are_a_change(self):
    one = self.changed('parts/one.py', ('10', '20'))['parts/one.py']
    two = self.changed('parts/two.py', ('20', '10'))['parts/two.py']
    swapped = {**_FILES, 'parts/one.py': one, 'parts/two.py': two}
    self.assertNotEqual(self.of(_FILES), self.of(swapped))

  def test_modules_may_move_and_change_their_names(self):
    moved = self.changed(
      'start.py',
      ('code_of_a_test.parts import one', 'code_of_a_test import adding as a'),
      ('one.f', 'a.f'),
    )
    moved['adding.py'] = moved.pop('parts/one.py')
    self.assertEqual(self.of(_FILES), self.of(moved))

  def test_classes_may_move_to_other_modules(self):
    moved = self.changed(
      'start.py',
      ('import two', 'import two\nfrom code_of_a_test.classes import Part'),
      ('two.Part', 'Part'),
    )
    moved['parts/two.py'] = _FILES['parts/two.py'].replace(
      '\n\nclass' + _PART, ''
    )
    moved['classes.py'] = 'class' + _PART
    self.assertEqual(self.of(_FILES), self.of(moved))

  def test_packages_may_export_what_their_modules_define(self):
    exported = self.changed(
      'start.py', ('from code_of_a_test.parts import one', ''), ('one.f', 'f')
    )
    exported['start.py'] = (
      'from code_of_a_test.parts import f, two\n' + exported['start.py']
    ).replace('from code_of_a_test.parts import two\n', '')
    exported['parts/__init__.py'] = 'from code_of_a_test.parts.one import f\n'
    self.assertEqual(self.of(_FILES), self.of(exported))
    one = _FILES['parts/one.py'].replace('x + _SIZE', 'x - _SIZE')
    self.assertNotEqual(
      self.of(_FILES), self.of({**exported, 'parts/one.py': one})
    )

  def test_modules_are_left_out_by_name(self):
    changed = self.changed('parts/one.py', ('x + _SIZE', 'x - _SIZE'))
    for name in ('code_of_a_test.parts', 'code_of_a_test.parts.one'):
      self.assertEqual(
        self.of(_FILES, without=(name,)), self.of(changed, without=(name,))
      )

  def test_estimates_depend_on_their_methods_and_not_on_figures(self):
    code = fingerprint._Code(
      ['mi_tf.estimation.estimate_mi'], fingerprint._WITHOUT
    )
    used = {name for name, module in code.modules.items() if module}
    methods = {n for n in used if n.startswith('mi_tf.estimation.methods.')}
    self.assertGreater(len(methods), 5)
    self.assertEmpty([n for n in used if 'plotting' in n or 'progress' in n])

  def test_what_is_left_out_exists(self):
    for name in fingerprint._WITHOUT:
      self.assertIsNotNone(importlib.util.find_spec(name), name)


if __name__ == '__main__':
  test_util.main()
