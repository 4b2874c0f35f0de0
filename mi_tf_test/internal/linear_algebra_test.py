"""Tests of the threads that linear algebra takes."""

import numpy as np

from mi_tf.internal import linear_algebra
from mi_tf_test import test_util


def _numbers():
  return [get() for get, _ in linear_algebra._libraries()]


class OneThreadTest(test_util.TestCase):
  def test_takes_one_inside_and_gives_back_what_was_there(self):
    before = _numbers()
    with linear_algebra.one_thread():
      self.assertEqual(_numbers(), [1] * len(before))
      with linear_algebra.one_thread():
        self.assertEqual(_numbers(), [1] * len(before))
      self.assertEqual(_numbers(), [1] * len(before))
    self.assertEqual(_numbers(), before)

  def test_gives_back_after_an_error(self):
    before = _numbers()
    with self.assertRaisesRegex(ValueError, 'inside'):
      with linear_algebra.one_thread():
        raise ValueError('inside')
    self.assertEqual(_numbers(), before)

  def test_a_library_without_these_functions_is_left_alone(self):
    self.assertEqual(linear_algebra._functions('no such file'), [])
    self.assertEqual(linear_algebra._functions(np.__file__), [])


if __name__ == '__main__':
  test_util.main()
