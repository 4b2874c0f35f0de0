"""Tests of the command that tries the package with other versions."""

import json
import pathlib

from mi_tf_test import source_tree
from mi_tf_test import test_util
from mi_tf_test.robustness import compatibility

_RECORD = source_tree.ROOT / 'mi_tf_test' / 'records' / 'compatibility.json'


class CompatibilityTest(test_util.TestCase):
  def test_a_new_row_keeps_the_others_in_order(self):
    path = pathlib.Path(self.create_tempdir().full_path) / 'record.json'
    names = list(compatibility.rows())
    for name in (names[2], names[0], names[2]):
      compatibility.write(path, name, {'tests': f'of {name}'})
    record = json.loads(path.read_text('utf-8'))
    self.assertSequenceEqual(list(record), [names[0], names[2]])
    self.assertEqual(record[names[0]], {'tests': f'of {names[0]}'})

  def test_its_tests_are_there(self):
    for name in compatibility._SMOKE:
      self.assertTrue((source_tree.ROOT / 'mi_tf_test' / name).is_file(), name)

  def test_an_interpreter_that_is_not_there_is_none(self):
    self.assertIsNone(compatibility.interpreter('3.99'))

  def test_record_has_every_row_and_the_readme_shows_it(self):
    record = json.loads(_RECORD.read_text('utf-8'))
    self.assertSequenceEqual(list(record), list(compatibility.rows()))
    for name, row in record.items():
      self.assertRegex(row['tests'], r'^[0-9]{3,} passed$', name)
      self.assertEqual(row['a fit'], 'works', name)
      self.assertEqual(row['beside Keras 2'], 'works', name)
    # All rows ran the same tests.
    self.assertLen({row['tests'] for row in record.values()}, 1)
    readme = (source_tree.ROOT / 'README.md').read_text('utf-8')
    self.assertIn('\n'.join(compatibility.table(record)), readme)


if __name__ == '__main__':
  test_util.main()
