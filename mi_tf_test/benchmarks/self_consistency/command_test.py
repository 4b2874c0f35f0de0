"""Tests of the self-consistency tests."""

import contextlib
import io
import pathlib
from unittest import mock

import numpy as np

from mi_tf.benchmarks import estimators
from mi_tf.benchmarks.self_consistency import command
from mi_tf.internal import records
from mi_tf_test import test_util


class SelfConsistencyTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.path = pathlib.Path(self.create_tempdir().full_path) / 'records.jsonl'
    self.calls = []

    def fake(x, y, seed, **options):
      """Counts the rows of each image in X that Y shows."""
      self.calls.append((x.shape, seed, options))
      shown = {}
      for image, part in zip(np.moveaxis(x, -1, 0), np.moveaxis(y, -1, 0)):
        rows = 1 + np.max(np.nonzero(part)[1])
        known = np.all((part == image) | (part == 0))
        key = image.tobytes()
        shown[key] = max(shown.get(key, 0), rows * known)
      return {'estimate': float(sum(shown.values()))}

    self.enter_context(
      mock.patch.dict(
        estimators.ESTIMATORS,
        {'mi_tf_x': estimators.Estimator(fake, lambda: 'v1')},
      )
    )

  def _run(self, *args):
    """Returns the exit code, and what was written to both streams."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
      try:
        code = command.main(['program', f'--records={self.path}', *args])
      except SystemExit as stop:
        code = stop.code
    return code, out.getvalue(), err.getvalue()

  def test_a_consistent_estimator_has_perfect_scores(self):
    code, out, _ = self._run(
      '--images=generated', '--estimators=mi_tf_x', '--n=80', '--rows=7,14'
    )
    self.assertEqual(code, 0)
    (row,) = [line for line in out.splitlines() if line.startswith('| mi_tf_x')]
    self.assertEqual(
      [cell.strip() for cell in row.split('|')[2:10]],
      ['28.00', '0.25', '0.50', '1.00', 'yes', '0.00', '1.00', '2.00'],
    )
    found = records.read(self.path)
    self.assertEqual(
      [(r['config']['test'], r['config']['rows']) for r in found],
      [
        ('masked', 7),
        ('masked', 14),
        ('masked', 28),
        ('independent', 28),
        ('processed', 7),
        ('additive', 7),
        ('processed', 14),
        ('additive', 14),
      ],
    )
    self.assertEqual(self.calls[0][0], (80, 28, 28, 1))
    self.assertEqual(self.calls[-1][0], (80, 28, 28, 2))
    self.assertEqual(found[0]['config']['images'], 'generated')
    self.assertIn('cpu_seconds', found[0])

  def test_what_is_recorded_is_not_run_again(self):
    args = (
      '--images=generated',
      '--estimators=mi_tf_x',
      '--n=60',
      '--rows=14',
    )
    self._run(*args, '--max_runs=2')
    self._run(*args)
    self.assertLen(self.calls, 5)
    self._run(*args)
    self.assertLen(self.calls, 5)
    self._run(*args, '--options={"folds": 3}')
    self.assertEqual(self.calls[5][2], {'folds': 3})
    self._run(*args, '--seeds=1')
    self.assertLen(self.calls, 15)

  def test_mistakes_are_told_in_one_line(self):
    empty = self.create_tempdir().full_path
    for arg, message in (
      ('--rows=a', "--rows must be integers. Received: 'a'"),
      ('--rows=3,29', '--rows must be from 4 to 28. Received: 3,29'),
      ('--estimators=x', 'Estimators must be among'),
      ('--options=3', '--options must be an object'),
      ('--n=59', 'n'),
      (f'--data_dir={empty}', 'There is no MNIST'),
    ):
      code, out, err = self._run(arg)
      self.assertEqual((code, out), (2, ''))
      self.assertLen(err.splitlines(), 1)
      self.assertRegex(err, message)
    self.assertFalse(self.path.exists())

  @test_util.full('The parts of a run have tests; this one estimates.')
  def test_the_quick_tests_estimate(self):
    code, out, err = self._run('--quick', '--n=120', '--max_runs=2')
    self.assertEqual((code, err), (0, ''))
    half, whole = records.read(self.path)
    self.assertEqual(half['config']['options']['folds'], 1)
    self.assertEqual(half['config']['estimator'], 'mi_tf')
    self.assertGreater(whole['estimate'], 0.2)
    self.assertRegex(half['diagnostics']['x'], 'images 28x28x1')
    self.assertIn('| mi_tf | ', out)


if __name__ == '__main__':
  test_util.main()
