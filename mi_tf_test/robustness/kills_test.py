"""Tests that killed runs end with the results of uninterrupted ones."""

import json

from mi_tf_test import source_tree
from mi_tf_test import test_util
from mi_tf_test.robustness import kills

_RECORD = source_tree.ROOT / 'mi_tf_test' / 'records' / 'kills.json'


class KillsTest(test_util.TestCase):
  @test_util.full(
    '`atomic_backup_test` breaks each step of a backup; only here is a '
    'process killed.'
  )
  def test_fit_with_backups_ends_in_the_same_weights(self):
    found = kills.survive('fit', 1, seed=0, epochs=20)
    self.assertGreaterEqual(found['kills'], 1)
    self.assertLess(found['difference'], 1e-5)

  def test_other_numbers_are_a_difference(self):
    self.assertEqual(kills.distance({'a': [1.0]}, {'a': [1.0]}), 0.0)
    self.assertEqual(kills.distance({'a': [1.0]}, {'a': [3.0]}), 2.0 / 3.0)
    self.assertEqual(kills.distance({'a': 1}, {'b': 1}), float('inf'))

  def test_record_holds_twenty_kills_of_each_run(self):
    table = json.loads(_RECORD.read_text('utf-8'))
    self.assertEqual(set(table), set(kills.KINDS))
    for kind, row in table.items():
      self.assertGreaterEqual(row['kills'], 20, kind)
      self.assertLess(row['difference'], 1e-4, kind)


if __name__ == '__main__':
  test_util.main()
