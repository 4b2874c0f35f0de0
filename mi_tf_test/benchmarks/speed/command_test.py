"""Tests of the speed benchmark's command."""

import contextlib
import io
from unittest import mock

from mi_tf.benchmarks.speed import cases
from mi_tf.benchmarks.speed import command
from mi_tf.internal import records
from mi_tf_test import test_util


class MainTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.path = self.create_tempfile('speed.jsonl').full_path
    self.outcome = {'value': 1.05}
    self.measure = self.enter_context(
      mock.patch.object(
        cases, 'measure', side_effect=lambda *args: self.outcome
      )
    )

  def run_main(self, *args):
    with contextlib.redirect_stdout(io.StringIO()) as out:
      code = command.main(['speed', f'--records={self.path}', *args])
    return code, out.getvalue()

  def test_cases_are_measured_once_and_reported(self):
    code, text = self.run_main('--cases=info_nce,dv', '--threads=2')
    self.assertEqual(code, 0)
    self.assertEqual(
      [call.args for call in self.measure.call_args_list],
      [('info_nce', 15, 2), ('dv', 15, 2)],
    )
    self.assertIn('1.05 x', text)
    self.assertIn('threads: 2', text)
    self.run_main('--cases=info_nce', '--threads=2')
    self.assertEqual(self.measure.call_count, 2)
    found = records.read(self.path)
    self.assertLen(found, 2)
    self.assertIn('cores', found[0]['machine'])
    self.assertIn('tensorflow', found[0]['versions'])

  def test_quick_repeats_less(self):
    self.run_main('--quick', '--cases=fit')
    self.assertEqual(self.measure.call_args.args, ('fit', 3, 1))

  def test_what_has_nothing_to_be_compared_to_has_no_record(self):
    self.outcome = None
    with self.assertRaises(SystemExit):
      with contextlib.redirect_stderr(io.StringIO()):
        self.run_main('--cases=notebook')
    self.assertEmpty(records.read(self.path))

  def test_unknown_case_exits_with_two(self):
    error = io.StringIO()
    with self.assertRaises(SystemExit) as caught:
      with contextlib.redirect_stderr(error):
        self.run_main('--cases=warp')
    self.assertEqual(caught.exception.code, 2)
    self.assertIn("Received: 'warp'", error.getvalue())


if __name__ == '__main__':
  test_util.main()
