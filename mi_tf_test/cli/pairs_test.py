"""Tests of the checks of pairs."""

from absl.testing import parameterized
import numpy as np

from mi_tf.cli import pairs
from mi_tf_test import test_util

_N = pairs.MIN_ROWS
_GOOD = np.arange(_N)


def _with(value, dtype=np.float64):
  array = np.arange(3.0 * _N, dtype=dtype).reshape(_N, 3)
  array[4, 1] = value
  return array


class CheckedPairTest(test_util.TestCase):
  @parameterized.parameters(
    (np.arange(_N, dtype=np.float16),),
    (np.arange(2 * _N, dtype=np.uint8).reshape(_N, 2),),
    (np.arange(_N) % 2 == 0,),
    (np.array(['a', 'b'] * (_N // 2)),),
    (np.array([[b'a'], [b'b']] * (_N // 2)),),
    (np.tile(_GOOD[:, None, None], [1, 4, 5]),),
  )
  def test_good_arrays_come_back_as_they_are(self, array):
    x, y = pairs.checked_pair(array, _GOOD)
    self.assertIs(x, array)
    self.assertIs(y, _GOOD)

  def test_constant_pixels_of_images_are_fine(self):
    images = np.zeros((_N, 4, 4))
    images[3, 1, 1] = 1.0
    pairs.checked_pair(images, _GOOD)

  @parameterized.parameters(
    (np.array(1.0), "^'x' is a single value, not an array.$"),
    (np.zeros(_N, complex), "^'x' must hold numbers or text, and not complex1"),
    (np.zeros(_N, object), "^'x' must hold numbers or text, and not object.$"),
    (
      np.array([['a', 'b']] * _N),
      r"^'x' must be one column of text, and not of shape \(20, 2\).$",
    ),
    (np.zeros((_N, 0)), "^'x' has no columns.$"),
    (
      np.arange(_N + 3),
      '^x and y must have the same number of rows, but x has 23 and y has 20.$',
    ),
    (_with(np.nan), r"^'x\[:, 1\]' has 1 of 20 values that are NaN or infinit"),
    (_with(-np.inf)[:, 1:2], "^'x' has 1 of 20 values that are NaN or infinit"),
    (_with(np.inf)[:, None], "^'x' has 1 of 60 values that are NaN or infinit"),
    (np.full(_N, 2), "^'x' must vary, but the same value stands in every row"),
    (np.array(['a'] * _N), "^'x' must vary"),
    (np.ones((_N, 3, 3)), "^'x' must vary"),
    (_with(1.0)[:, [0, 0, 1]] * [0, 1, 0], r"^'x\[:, 0\]', 'x\[:, 2\]' must v"),
    (np.ones((_N, 15)), r"'x\[:, 11\]' and 3 more must vary"),
  )
  def test_what_is_wrong_with_x_is_said(self, x, message):
    with self.assertRaisesRegex(pairs.InputError, message):
      pairs.checked_pair(x, _GOOD)

  def test_y_is_checked_too(self):
    with self.assertRaisesRegex(pairs.InputError, "^'price' must vary"):
      pairs.checked_pair(_GOOD, np.ones(_N), label_y='price')

  def test_columns_are_called_by_their_names(self):
    with self.assertRaisesRegex(pairs.InputError, "^'b' has 1 of 20 values"):
      pairs.checked_pair(_with(np.nan), _GOOD, label_x=['a', 'b', 'c'])

  def test_few_rows_are_refused(self):
    for n in (0, 1, _N - 1):
      with self.assertRaisesRegex(
        pairs.InputError, f'^At least 20 rows are needed, but there are {n}.$'
      ):
        pairs.checked_pair(np.arange(n), np.arange(n))


class NamesTest(test_util.TestCase):
  def test_names_are_listed_up_to_a_dozen(self):
    self.assertEqual(pairs.listed([]), 'nothing')
    self.assertEqual(pairs.listed(['a', 'b']), "'a', 'b'")
    self.assertEndsWith(pairs.listed(map(str, range(20))), "'11', and 8 more")

  def test_names_must_differ(self):
    pairs.check_distinct(['a', 'b'])
    with self.assertRaisesRegex(pairs.InputError, "^'a' was asked for twice.$"):
      pairs.check_distinct(['a', 'b', 'a'])


if __name__ == '__main__':
  test_util.main()
