"""Tests that memory does not grow with estimates and builds."""

import json

import numpy as np

from mi_tf_test import source_tree
from mi_tf_test import test_util
from mi_tf_test.robustness import soak

_RECORD = source_tree.ROOT / 'mi_tf_test' / 'records' / 'soak.jsonl'


class SoakTest(test_util.TestCase):
  @test_util.full(
    'The record has the growth over thousands of them; this finds changes '
    'since.'
  )
  def test_neither_estimates_nor_models_leave_graphs_behind(self):
    # The default would need more estimates: it chooses among many methods.
    for name, (_, run) in soak.KINDS.items():
      if name == 'default':
        continue
      ((_, _, graphs),) = soak.growth(run, 3)
      self.assertLessEqual(graphs, 0.0, name)

  def test_record_does_not_grow(self):
    rows = [
      json.loads(line) for line in _RECORD.read_text('utf-8').splitlines()
    ]
    least = {
      'builds': 1000,
      'default': 1000,
      'estimates': 10_000,
      'images': 200,
    }
    self.assertSameElements([row['kind'] for row in rows], least)
    for row in rows:
      self.assertGreaterEqual(row['runs'], least[row['kind']])
      half = {seen: sum(row[seen][5:]) for seen in soak.SEEN}
      # 10 kB for each default estimate: less than a new name of a variable.
      most = row['runs'] / (200 if row['kind'] == 'default' else 500)
      self.assertLessEqual(half['MiB'], most, row['kind'])
      self.assertLessEqual(half['objects'], 100, row['kind'])
      self.assertLessEqual(half['graphs'], 0, row['kind'])

  @test_util.full(
    'Of the command alone; it collects all objects of the process six times.'
  )
  def test_what_grows_is_seen_in_each_part(self):
    kept = []
    parts = list(soak.growth(lambda i: kept.append([[i]] * 1), 500, parts=2))
    self.assertLen(parts, 2)
    for _, objects, _ in parts:
      self.assertGreater(objects, 400.0)
    self.assertEqual(np.shape(kept), (550, 1, 1))


if __name__ == '__main__':
  test_util.main()
