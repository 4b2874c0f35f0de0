"""Tests of the checks of arguments."""

import math

from absl.testing import absltest

from mi_tf.tasks import arguments


class ArgumentsTest(absltest.TestCase):
  def test_message_has_the_rule_and_all_arguments(self):
    arguments.check(True, 'be low', a=1)
    with self.assertRaisesRegex(
      ValueError, r'^`a` must be low\. Received: a=1, b=two\.$'
    ):
      arguments.check(False, 'be low', a=1, b='two')

  def test_each_argument_is_checked(self):
    arguments.at_least(2, a=2, b=3)
    with self.assertRaisesRegex(
      ValueError, r'^`b` must be at least 2\. Received: b=1\.$'
    ):
      arguments.at_least(2, a=2, b=1)
    arguments.positive(a=0.1)
    for value in (0.0, math.nan):
      with self.assertRaisesRegex(
        ValueError, '^`a` must be positive. Received'
      ):
        arguments.positive(a=value)


if __name__ == '__main__':
  absltest.main()
