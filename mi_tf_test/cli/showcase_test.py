"""Tests of the table of known sources."""

import contextlib
import io
import math
from unittest import mock

from mi_tf import tasks
from mi_tf.cli import commands
from mi_tf.cli import showcase
from mi_tf.tasks import showcase_tasks
from mi_tf_test import test_util


class ShowcaseTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    gaussian = tasks.correlated_gaussian
    sources = [gaussian(1, rho=0.75), gaussian(2, rho=0.0, name='nothing')]
    self.enter_context(
      mock.patch.object(showcase_tasks, 'showcase', return_value=sources)
    )

  def _lines(self, *args, **kwargs):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
      showcase.show(*args, **kwargs)
    return out.getvalue().splitlines()

  def test_truth_and_estimate_of_each_source_are_told(self):
    lines = self._lines(200, method='elliptical', folds=1)
    self.assertEqual(
      lines[0],
      'Mutual information in nats, from 200 samples of each source (seed 0).',
    )
    self.assertRegex(
      lines[2], '^source +truth +estimate +95 % interval +method'
    )
    self.assertEqual(set(lines[3]), {'-'})
    rest = r' +\d\.\d{3} +\[\d\.\d{3}, \d\.\d{3}\]  [a-z +]+ +\d+\.\d$'
    self.assertRegex(lines[4], r'^1v1-normal-0\.75 +0\.413' + rest)
    self.assertRegex(lines[5], r'^nothing +0\.000' + rest)
    for line in lines[2:6]:
      self.assertLen(line, len(lines[3]))
    self.assertRegex(
      lines[-1], r'^The interval holds the truth for \d of 2 sources \(\d+ s\)'
    )

  def test_bits_are_bits_in_all_columns(self):
    result = mock.Mock()
    result.interval = (0.3, 0.5)
    shown = result.to.return_value
    shown.mi, shown.interval, shown.method = 1.25, (1.0, 1.5), 'guess'
    with mock.patch.object(showcase, 'estimate_mi', return_value=result):
      lines = self._lines(200, units='bits', seed=5)
    self.assertIn('in bits', lines[0])
    self.assertIn('(seed 5)', lines[0])
    # The interval counts in nats, where the truths are .413 and 0.
    truth = -0.5 * math.log2(1.0 - 0.75**2)
    self.assertRegex(
      lines[4], rf' {truth:.3f} +1\.250 +\[1\.000, 1\.500\]  guess '
    )
    self.assertIn('for 1 of 2 sources', lines[-1])
    result.to.assert_called_with('bits')

  def test_sources_that_a_method_does_not_apply_to_are_told(self):
    classes = tasks.noisy_labels(3, 0.5)
    sources = [classes, *showcase_tasks.showcase.return_value]
    with mock.patch.object(showcase_tasks, 'showcase', return_value=sources):
      lines = self._lines(200, method='neighbors', folds=1)
    self.assertRegex(
      lines[4], rf'^{classes.name} +\d\.\d+ +- +-  does not apply +-$'
    )
    self.assertLen(lines[4], len(lines[3]))
    self.assertRegex(lines[5], r'^1v1-normal-0\.75 .* neighbors ')
    self.assertRegex(lines[-1], r' for \d of 2 sources ')

  def test_other_errors_of_the_table_are_not_hidden(self):
    with self.assertRaisesRegex(ValueError, 'folds'):
      self._lines(200, method='neighbors', folds=10_000)

  def test_all_methods_have_room(self):
    for name in ('independence', 'network + neighbors'):
      self.assertLess(len(name), 20)
    for source in showcase_tasks.showcase.return_value:
      self.assertLess(len(source.name), 28)

  def test_flags_are_passed_on(self):
    with mock.patch.object(showcase, 'show') as show:
      argv = ['mi_tf', '--samples=200', '--bits', '--method=neighbors']
      self.assertEqual(commands.main([*argv, '--folds=2']), 0)
    show.assert_called_once_with(
      200, units='bits', method='neighbors', seed=0, folds=2
    )


if __name__ == '__main__':
  test_util.main()
