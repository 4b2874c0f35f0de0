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
      *('--method=table,network', '--n=50', '--samples=4', '--permutations=19'),
      '--power_permutations=19',
      *('--power_n=100', '--power_samples=1', f'--records={path}'),
    )
    text = _run(*argv)
    with open(path, encoding='utf-8') as file:
      kept = [json.loads(line) for line in file]
    self.assertLen(kept, 11)  # Networks need more rows.
    self.assertEqual([c[0] for c in kept[0]['counts'].values()], [2, 2])
    for record in kept[1:]:
      for samples, small, smaller in record['counts'].values():
        self.assertEqual(samples, 1)
        self.assertBetween(small, smaller, 1)
    self.assertIn('| table | 50 | 4 |', text)
    # A run with a record is not run again.
    self.assertEqual(_run(*argv), text)
    self.assertEqual(_run(f'--records={path}', '--report=-'), text)

  @parameterized.parameters(
    ('--method=x', '--method is unknown. Received: x.'),
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
