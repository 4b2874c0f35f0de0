"""Tests of the names in messages."""

from mi_tf.cli import errors
from mi_tf_test import test_util


class NamesTest(test_util.TestCase):
  def test_names_are_listed_up_to_a_dozen(self):
    self.assertEqual(errors.listed([]), 'nothing')
    self.assertEqual(errors.listed(['a', 'b']), "'a', 'b'")
    self.assertEndsWith(errors.listed(map(str, range(20))), "'11', and 8 more")

  def test_names_must_differ(self):
    errors.check_distinct(['a', 'b'])
    with self.assertRaisesRegex(
      errors.InputError, "^'a' was asked for twice.$"
    ):
      errors.check_distinct(['a', 'b', 'a'])


if __name__ == '__main__':
  test_util.main()
