"""Tests of the command that tries the package with other versions."""

import json
import pathlib

from mi_tf_test import compatibility
from mi_tf_test import test_util


class CompatibilityTest(test_util.TestCase):
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
