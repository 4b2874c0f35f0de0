"""Tests of what commands have in common."""

import contextlib
import io

from absl import flags
from absl.testing import parameterized

from mi_tf.internal import command_line
from mi_tf_test import test_util


class CommandLineTest(test_util.TestCase):
  def parse(self, *args):
    """Returns what is returned, or the exit code; and what was written."""
    values = flags.FlagValues()
    flags.DEFINE_integer('n', 7, 'A number.', flag_values=values)
    flags.DEFINE_bool('help', False, 'Show this.', flag_values=values)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
      try:
        found = command_line.parse(values, ['program', *args], 'The usage.')
      except SystemExit as stop:
        found = stop.code
    return found, values['n'].value, out.getvalue(), err.getvalue()

  def test_arguments_are_what_is_no_flag(self):
    self.assertEqual(self.parse('a', '--n=3', 'b')[:2], (['a', 'b'], 3))

  def test_help_shows_the_usage_and_the_flags(self):
    code, _, out, _ = self.parse('--help')
    self.assertEqual(code, 0)
    self.assertStartsWith(out, 'The usage.')
    self.assertIn('A number.', out)

  @parameterized.parameters('--n=x', '--m=3')
  def test_mistakes_are_told_in_one_line(self, flag):
    code, _, _, err = self.parse(flag)
    self.assertEqual(code, 2)
    self.assertStartsWith(err, 'mi_tf: ')
    self.assertEqual(err.count('\n'), 1)

  def test_shards_are_read(self):
    self.assertEqual(command_line.shard('1/3'), (1, 3))
    for text in ('1', '1/2/3', 'a/2', '/2'):
      with self.assertRaisesRegex(ValueError, '--shard must be such as 0/2'):
        command_line.shard(text)


if __name__ == '__main__':
  test_util.main()
