"""Tests of the benchmark of tests of independence."""

import contextlib
import io
import json

from absl.testing import parameterized

from mi_tf.benchmarks.independence import command
from mi_tf_test import test_util


def _run(*argv):
  """Returns what a command prints."""
  with contextlib.redirect_stdout(io.StringIO()) as out:
    code = command.main(['independence', *argv])
  assert code == 0
  return out.getvalue()


class IndependenceTest(test_util.TestCase):
  def test_command_counts_small_p_values_and_keeps_records(self):
    path = self.create_tempdir().full_path + '/records.jsonl'
    argv = (
      *('--n=50', '--samples=20', '--permutations=19'),
      '--power_permutations=19',
      *('--power_n=100', '--power_samples=1', f'--records={path}'),
    )
    text = _run(*argv)
    with open(path, encoding='utf-8') as file:
      kept = [json.loads(line) for line in file]
    self.assertLen(kept, 12)
    self.assertEqual({c[0] for c in kept[0]['counts'].values()}, {2})
    self.assertEqual([c[0] for c in kept[1]['counts'].values()], [1, 1])
    for record in kept[2:]:
      for samples, small, smaller in record['counts'].values():
        self.assertEqual(samples, 1)
        self.assertBetween(small, smaller, 1)
    self.assertIn('| all methods | 50 | 20 |', text)
    # A run with a record is not run again.
    self.assertEqual(_run(*argv), text)
    self.assertEqual(_run(f'--records={path}', '--report=-'), text)

  @parameterized.parameters(
    ('--case=x', '--case is unknown. Received: x.'),
    ('--part=x', '--part is unknown. Received: x.'),
    ('--power_n=99', '--power_n is unknown. Received: 99.'),
    ('--n=x', '--n must be integers. Received: .x.'),
  )
  def test_command_says_what_is_wrong(self, argument, message):
    path = self.create_tempdir().full_path + '/records.jsonl'
    err = io.StringIO()
    with contextlib.redirect_stderr(err), self.assertRaises(SystemExit):
      _run(argument, f'--records={path}')
    self.assertRegex(err.getvalue(), message)


if __name__ == '__main__':
  test_util.main()
