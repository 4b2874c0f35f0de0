"""Tests of joining variables."""

import numpy as np

from mi_tf.estimation.variables import checking
from mi_tf.estimation.variables import joining
from mi_tf_test import test_util

_N = 60


class JoinTest(test_util.TestCase):
  def test_columns_are_those_of_all_parts(self):
    x = checking.check(np.stack([np.arange(_N), np.ones(_N)], axis=1), 'x')
    z = checking.check(['b', 'a', 'c'] * 20, 'z')
    both = joining.join([x, z], 'x and z')
    self.assertEqual((both.name, len(both)), ('x and z', _N))
    self.assertEqual(both.columns, (*x.columns, *z.columns))
    self.assertEqual((both.dropped, both.notes), (('1',), x.notes))
    self.assertLen(both.notes, 1)
    self.assertEqual(both.describe(), '1 number, 1 class (3 values)')

  def test_discrete_parts_have_an_entropy_together(self):
    rows = np.arange(_N)
    x, z = (checking.check(rows % k, 'x') for k in (2, 3))
    both = joining.join((x, z), 'x and z')
    self.assertAllClose(both.entropy, np.log(6.0))

  def test_what_is_no_table_of_the_same_rows_is_refused(self):
    x = checking.check(np.arange(_N) % 3, 'x')
    images = self.rng().uniform(size=(_N, 4, 4, 1))
    with self.assertRaisesRegex(
      ValueError,
      '^`z` must be a table of columns. Received: images 4x4x1.$',
    ):
      joining.join([x, checking.check(images, 'z')], 'all')
    with self.assertRaisesRegex(
      ValueError, '^`z` must have as many rows as `x`. Received: 9 and 60 rows.'
    ):
      joining.join([x, checking.check(np.arange(9.0), 'z')], 'all')
    with self.assertRaisesRegex(ValueError, '^`parts` must not be empty.$'):
      joining.join([], 'all')


if __name__ == '__main__':
  test_util.main()
