"""Tests of the choice and the groups of records."""

from mi_tf.benchmarks.accuracy import runs
from mi_tf_test import test_util
from mi_tf_test.benchmarks import made_up


class RunsTest(test_util.TestCase):
  def test_the_newest_recipe_counts(self):
    old = made_up.record(0.1, recipe='old')
    new = made_up.record(0.2, recipe='new')
    other = made_up.record(0.1, recipe='old', seed=1)
    found = runs.newest([old, made_up.versions(), other, new])
    self.assertCountEqual([r['estimate'] for r in found], [1.1, 1.2])

  def test_options_are_part_of_the_name(self):
    plain, other = made_up.record(), made_up.record(options={'folds': 5})
    self.assertEqual(runs.name(other), 'mi_tf (folds=5)')
    self.assertEqual(runs.of('mi_tf', [plain, other]), [plain])
    self.assertLen(runs.newest([plain, other]), 2)

  def test_ours_is_named_first(self):
    found = [
      made_up.peer(estimator=name)
      for name in ('reference', 'cca', 'mi_tf_mine', 'mi_tf', 'gcmi')
    ]
    self.assertEqual(
      runs.names(found), ['mi_tf', 'mi_tf_mine', 'cca', 'gcmi', 'reference']
    )

  def test_groups_are_in_the_order_of_families_and_sizes(self):
    found = [
      made_up.record(family='flow', n=1000),
      made_up.record(family='unknown', n=5),
      made_up.record(family='beyond_normal', n=1000),
      made_up.record(family='beyond_normal', n=300),
      made_up.record(family='flow', n=1000, seed=1),
    ]
    groups = runs.by(found, runs.family, runs.size)
    self.assertEqual(
      [(*key, len(each)) for key, each in groups.items()],
      [
        ('beyond_normal', 300, 1),
        ('beyond_normal', 1000, 1),
        ('flow', 1000, 2),
        ('unknown', 5, 1),
      ],
    )

  def test_failures_and_refusals_are_not_fine(self):
    record = made_up.record()
    found = runs.fine([made_up.failure(), record, made_up.refusal()])
    self.assertEqual(found, [record])

  def test_the_same_runs_are_in_one_order(self):
    ours = [made_up.record(task=task) for task in 'abc']
    theirs = [made_up.peer(task=task) for task in 'dcb']
    first, second = runs.same(ours, theirs)
    self.assertEqual([r['config']['task'] for r in first], ['b', 'c'])
    self.assertEqual([r['config']['task'] for r in second], ['b', 'c'])
    self.assertEqual(second[0]['config']['estimator'], 'cca')


if __name__ == '__main__':
  test_util.main()
