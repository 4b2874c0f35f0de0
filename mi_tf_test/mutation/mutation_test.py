"""Tests of mutation runs, and of the record of killed mutants."""

import json
import pathlib
import subprocess
import sys

from absl.testing import absltest

from mi_tf_test import source_tree
from mi_tf_test import test_util
from mi_tf_test.mutation import mutants
from mi_tf_test.mutation import run
from mi_tf_test.mutation import test_map

_TEXT = """\"\"\"A module.\"\"\"

LIMIT = 3


def add(a, b):
  \"\"\"Adds.\"\"\"
  def inner():
    return a + b
  return inner()


class Box:
  size = 1

  def grow(self, by):
    total = self.size + by
    return total

  def shrink(self, by):
    total = self.size + by
    return total

  def close(self):
    pass
"""

# Runs one mutant of a made-up checkout; TensorFlow is not imported.
_KILL = """
import pathlib
import sys

import pytest  # Once for all forks.

from mi_tf_test.mutation import mutants
from mi_tf_test.mutation import run
from mi_tf_test.mutation import test_map
from mi_tf_test import test_util

root = pathlib.Path(sys.argv[1])
text = (root / 'mi_tf' / 'thing.py').read_text('utf-8')
suite = run.Suite(root, test_map.read(root / 'map'), [], 'test')
more = ('n + 1', 'n - 1')
again = ['mi_tf_test/thing_test.py::test_again', run.NOT_THERE, None]
for change, likely in ((more, []), (more, again), (('0.1', '0.2'), again)):
  mutant = mutants.difference(
    'mi_tf/thing.py', 'made_up', text, text.replace(*change)
  )
  print(suite.killed_by(mutant, likely), sorted(suite.failing))
"""

_THING = """
def more(n):
  return n + 1


def wait():
  return 0.1
"""

_THING_TESTS = """
from mi_tf import thing


def test_that_fails_anyway():
  assert thing.more(1) == 3


def test_more():
  assert thing.more(1) == 2


def test_again():
  assert thing.more(2) == 3
"""


def _changed(old, new, count=1):
  return mutants.difference(
    'mi_tf/a.py', 'op', _TEXT, _TEXT.replace(old, new, count)
  )


def _entry(test, seconds, *entered):
  return test_map.Entry(f'mi_tf_test/{test}', seconds, frozenset(entered))


class MutantsTest(absltest.TestCase):
  def test_difference_is_the_lines_that_change_and_where(self):
    mutant = _changed('a + b', 'a - b')
    self.assertEqual(mutant.scope, 'add.inner')
    self.assertEqual(mutant.before, ('    return a + b',))
    self.assertEqual(mutant.after, ('    return a - b',))
    self.assertEqual(mutant.around, ('  def inner():', '  return inner()'))
    self.assertEqual(_changed('size = 1', 'size = 2').scope, 'Box')
    self.assertEqual(_changed('LIMIT = 3', 'LIMIT = 4').scope, '')

  def test_what_does_not_parse_or_change_is_no_mutant(self):
    self.assertIsNone(_changed('a + b', 'a +'))
    self.assertIsNone(_changed('a + b', 'a + b'))

  def test_mutants_apply_where_their_lines_still_stand(self):
    mutant = _changed('a + b', 'a - b')
    moved = _TEXT.replace('LIMIT = 3\n', 'MORE = 1\nLIMIT = 3\n')
    self.assertEqual(
      mutants.apply(mutant, moved), moved.replace('a + b', 'a - b')
    )
    self.assertIsNone(mutants.apply(mutant, _TEXT.replace('a + b', 'b + a')))
    other = _TEXT.replace('def inner', 'def within')
    self.assertIsNone(mutants.apply(mutant, other))

  def test_lines_that_stand_twice_are_told_apart_by_function(self):
    grow = _changed('self.size + by', 'self.size - by')
    self.assertEqual(grow.scope, 'Box.grow')
    changed = mutants.apply(grow, _TEXT)
    self.assertEqual(changed, _TEXT.replace('size + by', 'size - by', 1))

  def test_lines_that_stand_twice_in_a_function_need_their_neighbors(self):
    text = 'def f(a):\n  a += 1\n  b = a\n  a += 1\n  return a + b\n'
    other = text.replace('a += 1', 'a += 2', 1)
    mutant = mutants.difference('mi_tf/a.py', 'op', text, other)
    self.assertEqual(mutants.apply(mutant, text), other)
    twice = text.replace('  b = a\n', '  b = a\ndef g():\n  pass\n')
    self.assertIsNone(
      mutants.apply(mutant, text.replace('  b = a\n', '').replace('a += 1', ''))
    )
    self.assertIsNotNone(mutants.apply(mutant, twice))

  def test_mutants_go_through_json(self):
    mutant = _changed('a + b', 'a - b')
    record = json.loads(json.dumps({'id': 'x', **mutant.to_json()}))
    self.assertEqual(mutants.Mutant.from_json(record), mutant)

  def test_samples_are_from_all_files_and_change_a_line_once(self):
    def made_up(file, i, operator):
      line = (f'line {i}',)
      return mutants.Mutant(file, 'f', operator, line, (operator,), ('', ''))

    found = [made_up('big.py', i, 'often') for i in range(90)]
    found += [made_up('big.py', i, 'rare') for i in range(5)]
    found += [made_up('small.py', i, 'often') for i in range(3)]
    drawn = mutants.sample({'g': found}, {'g': 20}, seed=0)['g']
    self.assertLen(drawn, 20)
    self.assertEqual(sum(m.file == 'small.py' for m in drawn), 3)
    self.assertIn('rare', {m.operator for m in drawn})
    self.assertLen({(m.file, m.before) for m in drawn}, 20)
    again = mutants.sample({'g': found}, {'g': 20}, seed=0)['g']
    self.assertEqual(drawn, again)
    self.assertNotEqual(
      drawn, mutants.sample({'g': found}, {'g': 20}, seed=1)['g']
    )

  def test_groups_are_of_modules_that_exist(self):
    for group, patterns in mutants.GROUPS.items():
      found = mutants.modules(source_tree.ROOT, group)
      self.assertGreaterEqual(len(found), len(patterns), group)
      for file in found:
        self.assertTrue((source_tree.ROOT / file).exists(), file)


class MapTest(absltest.TestCase):
  def test_mirror_is_the_modules_test_file(self):
    self.assertEqual(
      test_map.mirror('mi_tf/bounds/nwj.py'), 'mi_tf_test/bounds/nwj_test.py'
    )

  def test_mirror_comes_first_and_then_the_quickest(self):
    name = 'mi_tf/a.py:add'
    entries = [
      _entry('slow_test.py::T::one', 50.0, name),
      _entry('slow_test.py::T::two', 90.0),
      _entry('slow_test.py::U::three', 7.0),
      _entry('a_test.py::T::one', 20.0),
      _entry('other_test.py::T::one', 1.0, 'mi_tf/b.py:add'),
      _entry('quick_test.py::T::one', 2.0, name, 'mi_tf/b.py:add'),
      _entry('quick_test.py::T::two', 3.0, name),
    ]
    mutant = _changed('a + b', 'a - b')

    def tests(select, most):
      chunks = test_map.chunks(entries, mutant, select, most)
      return [(c.tests, c.seconds) for c in chunks]

    mirror = (['mi_tf_test/a_test.py'], 20.0)
    quick = [f'mi_tf_test/quick_test.py::T::{n}' for n in ('one', 'two')]
    slow = 'mi_tf_test/slow_test.py::T'
    self.assertEqual(
      tests('test', 100.0), [mirror, ([*quick, f'{slow}::one'], 55.0)]
    )
    self.assertEqual(
      tests('test', 50.0), [mirror, (quick, 5.0), ([f'{slow}::one'], 50.0)]
    )
    self.assertEqual(tests('class', 50.0)[2], ([slow], 140.0))
    self.assertEqual(
      tests('file', 50.0)[2], (['mi_tf_test/slow_test.py'], 147.0)
    )

  def test_tests_are_those_that_enter_the_function_or_what_is_around_it(self):
    entries = [
      _entry('one_test.py::T::one', 1.0, 'mi_tf/a.py:Box.grow'),
      _entry('two_test.py::T::one', 2.0, 'mi_tf/a.py:add'),
      _entry('three_test.py::T::one', 3.0, 'mi_tf/b.py:add'),
    ]
    for old, new, files in (
      ('LIMIT = 3', 'LIMIT = 4', ['one', 'two']),
      ('size = 1', 'size = 2', ['one']),
      ('return total', 'return -total', ['one']),
      ('a + b', 'a - b', ['two']),
      # Nobody was seen to enter it.
      ('  pass', '  return 1', ['one']),
    ):
      found = test_map.chunks(entries, _changed(old, new), 'file', 60.0)
      self.assertEqual(
        [t for c in found for t in c.tests],
        [f'mi_tf_test/{name}_test.py' for name in files],
      )

  def test_instrumented_functions_say_that_they_were_entered(self):
    text = test_map.instrumented('mi_tf/a.py', _TEXT)
    hits = [line for line in text.splitlines() if 'mi_tf_hit' in line]
    self.assertLen(hits, 5)
    self.assertIn("('mi_tf/a.py:add.inner')", hits[1])
    names = {}
    exec(text, names)
    self.assertEqual(names['add'](1, 2), 3)
    self.assertEqual(names['add'].__doc__, 'Adds.')

  def test_maps_are_made_and_read(self):
    root = pathlib.Path(self.create_tempdir().full_path)
    _make_checkout(root)
    test_map.make(root, root / 'new', ['-n0', '-p', 'no:cacheprovider'])
    entered = {
      e.test: e.entered
      for e in test_map.read(root / 'new')
      if e.test.endswith('test_more')
    }
    self.assertEqual(entered, {f'{_TESTS}::test_more': {'mi_tf/thing.py:more'}})


_TESTS = 'mi_tf_test/thing_test.py'


def _make_checkout(root):
  """Writes a module, its tests and their map."""
  for folder in ('mi_tf', 'mi_tf_test', 'map'):
    (root / folder).mkdir()
    (root / folder / '__init__.py').touch()
  (root / 'mi_tf' / 'thing.py').write_text(_THING, 'utf-8')
  (root / _TESTS).write_text(_THING_TESTS, 'utf-8')
  lines = [
    json.dumps([f'{_TESTS}::test_{name}', 0.1, 0.1, 0.0, 1, []])
    for name in ('that_fails_anyway', 'more', 'again')
  ]
  (root / 'map' / '1.jsonl').write_text('\n'.join(lines), 'utf-8')


@test_util.full(
  'Of the command alone, which is run by hand; each test starts a pytest '
  'of its own.'
)
class SuiteTest(absltest.TestCase):
  def test_tests_that_fail_with_a_mutant_alone_kill_it(self):
    root = pathlib.Path(self.create_tempdir().full_path)
    _make_checkout(root)
    result = subprocess.run(
      [sys.executable, '-c', _KILL, str(root)],
      cwd=source_tree.ROOT,
      capture_output=True,
      text=True,
      check=False,
    )
    self.assertEqual(result.returncode, 0, result.stderr)
    anyway = f"['{_TESTS}::test_that_fails_anyway']"
    self.assertEqual(
      result.stdout.splitlines(),
      [
        f'{_TESTS}::test_more {anyway}',
        # One that was likely to kill it was run first.
        f'{_TESTS}::test_again {anyway}',
        f'None {anyway}',
      ],
    )
    self.assertEqual((root / 'mi_tf' / 'thing.py').read_text('utf-8'), _THING)


class RecordTest(absltest.TestCase):
  """Bars of the suites, against the suite before it was made quicker."""

  @classmethod
  def setUpClass(cls):
    super().setUpClass()
    cls.record = json.loads(run.RECORD.read_text('utf-8'))

  def _killed(self, suite):
    return run.totals(self.record['mutants'], suite)['killed']

  def test_full_suite_kills_what_the_suite_before_killed(self):
    self.assertGreaterEqual(self._killed('full'), self._killed('before'))

  def test_daily_suite_kills_nearly_as_many(self):
    self.assertGreaterEqual(
      self._killed('daily'), 0.95 * self._killed('before')
    )

  def test_record_is_of_enough_mutants_of_each_kind(self):
    counted = [m for m in self.record['mutants'] if run.is_counted(m)]
    for group in mutants.GROUPS:
      of_group = [m for m in counted if m['id'].startswith(group)]
      self.assertGreaterEqual(len(of_group), 12, group)
    for suite in ('before', 'full', 'daily'):
      found = run.totals(counted, suite)
      self.assertEqual(sum(found.values()), len(counted), suite)
      self.assertEqual(
        found, {k: self.record['suites'][suite][k] for k in found}
      )

  def test_totals_count_mutants_that_every_suite_had(self):
    def made_up(a, b, **others):
      return {'killed_by': {'a': a, 'b': b}, **others}

    records = [
      made_up('t', None),
      made_up('t', 't'),
      made_up(None, 't'),
      made_up(None, None),
      made_up('t', run.NOT_THERE),
      made_up('t', None, equivalent='It is always given.'),
    ]
    for suite in 'ab':
      self.assertEqual(run.totals(records, suite), {'killed': 2, 'survived': 2})


if __name__ == '__main__':
  absltest.main()
