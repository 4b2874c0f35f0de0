"""Tests of the record of versions that the package was tried with."""

import fnmatch
import json
import pathlib
import re

from mi_tf_test import compatibility
from mi_tf_test import source_tree
from mi_tf_test import test_util

_RECORD = source_tree.ROOT / 'mi_tf_test' / 'records' / 'compatibility.json'


class CompatibilityTest(test_util.TestCase):
  def test_all_pass_in_each_row(self):
    record = json.loads(_RECORD.read_text('utf-8'))
    self.assertSequenceEqual(list(record), list(compatibility.rows()))
    for name, row in record.items():
      version, _ = compatibility.rows()[name]
      self.assertStartsWith(row['Python'], f'{version}.')
      self.assertRegex(row['tests'], r'^[1-9]\d* passed$', name)
      self.assertEqual(row['a fit'], 'works', name)
      self.assertEqual(row['beside Keras 2'], 'works', name)

  def test_the_oldest_are_what_the_installation_allows(self):
    row = json.loads(_RECORD.read_text('utf-8'))['oldest']
    pins = dict(pin.split('==') for pin in compatibility.oldest())
    shown = set(row) & set(pins)
    self.assertLen(shown, len(row) - 4)  # Not Python and the outcomes.
    for name in shown:
      self.assertTrue(fnmatch.fnmatch(row[name], pins[name]), name)

  def test_the_readme_has_the_table_of_the_record(self):
    record = json.loads(_RECORD.read_text('utf-8'))
    table = '\n'.join(compatibility.table(record))
    readme = (source_tree.ROOT / 'README.md').read_text('utf-8')
    self.assertIn(f'\n\n{table}\n\n', readme)
    (least,) = re.findall(r'It needs Python ([0-9.]+) or newer', readme)
    self.assertStartsWith(record['oldest']['Python'], f'{least}.')

  def test_a_new_row_keeps_the_others_in_order(self):
    path = pathlib.Path(self.create_tempdir().full_path) / 'record.json'
    names = list(compatibility.rows())
    for name in (names[2], names[0], names[2]):
      compatibility.write(path, name, {'tests': f'of {name}'})
    record = json.loads(path.read_text('utf-8'))
    self.assertSequenceEqual(list(record), [names[0], names[2]])
    self.assertEqual(record[names[0]], {'tests': f'of {names[0]}'})

  def test_an_interpreter_that_is_not_there_is_none(self):
    self.assertIsNone(compatibility.interpreter('3.99'))


if __name__ == '__main__':
  test_util.main()
