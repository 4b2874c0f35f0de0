"""Tests of the steps from variables to estimates."""

import types

import numpy as np

from mi_tf.estimation import pipeline
from mi_tf.estimation.variables import checking
from mi_tf.estimation.variables import variable
from mi_tf_test import test_util


class EstimatesTest(test_util.TestCase):
  def test_all_have_the_same_rows_held_out(self):
    rng = self.rng()
    x = checking.check(rng.normal(size=240), 'x')
    y = checking.check(rng.normal(size=240), 'y')
    z = checking.check(rng.integers(3, size=240), 'z')
    found = pipeline.estimates(
      [(x, y), (x, z)], options=pipeline.Options(folds=1, seed=5)
    )
    self.assertLen(found, 2)
    self.assertAllEqual(found[0].indices, found[1].indices)
    self.assertEqual(found[0].cap, np.inf)
    self.assertEqual(found[1].cap, z.entropy)
    self.assertLessEqual(found[1].interval[1], np.log(3.0))

  def test_names_of_variables_are_in_messages(self):
    a, b = (checking.check(np.arange(n) ** 2.0, 'a') for n in (50, 60))
    with self.assertRaisesRegex(ValueError, '^`a` and `a` must have the same'):
      pipeline.estimates([(a, b)])

  def test_warnings_of_few_rows_say_what_to_do(self):
    x, y = (
      checking.check(self.rng(name).normal(size=(190, 3)), name)
      for name in 'xy'
    )
    (estimate,) = pipeline.estimates(
      [(x, y)], options=pipeline.Options('elliptical', permutations=9)
    )
    self.assertIn(
      '190 rows are few for 6 columns: an estimate near 0 may hide weak '
      'dependence. Get 240 rows or more, or leave out columns.',
      estimate.warnings,
    )

  def test_columns_that_were_left_out_are_named_up_to_ten(self):
    sides = [
      variable.Variable(name, (), dropped=tuple(dropped))
      for name, dropped in (('x', ''), ('y', 'ab'), ('z', '0123456789cd'))
    ]
    self.assertEqual(
      pipeline._dropped_columns(*sides),
      [
        'Columns of y that do not vary were left out: a, b.',
        'Columns of z that do not vary were left out: '
        '0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more.',
      ],
    )

  def test_the_bound_is_read_off_what_scores_all_pairs_quickly(self):
    def candidate(loss, cheap=True):
      fit = types.SimpleNamespace(pairs_are_cheap=cheap)
      return types.SimpleNamespace(fit=fit, loss=loss)

    nothing, near = candidate(1.386), candidate(1.0, cheap=False)
    first, second = candidate(1.2), candidate(1.1)
    found = [nothing, first, near, second]
    self.assertIs(pipeline._best_with_cheap_pairs(found, near), second)
    self.assertIs(pipeline._best_with_cheap_pairs(found, first), first)
    self.assertIs(pipeline._best_with_cheap_pairs([nothing, near], near), near)


if __name__ == '__main__':
  test_util.main()
