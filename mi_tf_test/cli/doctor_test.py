"""Tests of what is told for reports of bugs."""

import contextlib
import io
import os
from unittest import mock

import keras

import mi_tf
from mi_tf.cli import commands
from mi_tf.cli import doctor
from mi_tf_test import test_util


class DoctorTest(test_util.TestCase):
  def run_doctor(self, *checks):
    """Returns the exit code and the output of some checks."""
    out = io.StringIO()
    with (
      mock.patch.object(doctor, 'CHECKS', checks),
      contextlib.redirect_stdout(out),
    ):
      code = commands.main(['mi_tf', 'doctor'])
    return code, out.getvalue()

  @test_util.full('Each check is a test elsewhere; this runs them as users do.')
  def test_all_is_well(self):
    code, out = self.run_doctor(*doctor.CHECKS)
    self.assertEqual(code, 0, out)
    self.assertIn('ok   InfoNCE of exact scores, .511 nats: 0.5', out)
    self.assertEqual(out.count('\n  ok   '), 4)
    self.assertEndsWith(out, 'All is well.\n')

  def test_versions_devices_and_settings_are_told(self):
    secrets = {'TF_TOKEN_x': 'hidden', 'TF_XLA_FLAGS': '--seen', 'XLA': 'no'}
    with mock.patch.dict(os.environ, secrets):
      _, out = self.run_doctor()
    for line in (
      f'mi_tf {mi_tf.__version__}\n',
      f'\nkeras {keras.__version__}\n',
      '/physical_device:CPU:0',
      '\n  TF_XLA_FLAGS=--seen\n',
    ):
      self.assertIn(line, out)
    self.assertNotIn('hidden', out)

  def test_libraries_that_are_missing_are_told(self):
    with mock.patch.object(doctor, '_OPTIONAL', ('no-such-library',)):
      _, out = self.run_doctor()
    self.assertIn('\nno-such-library is not installed (optional)\n', out)

  def test_failures_are_told_and_counted(self):
    def wrong():
      """Seven."""
      return '6', False

    def broken():
      """Eight."""
      raise RuntimeError('No eight.\nNowhere.')

    code, out = self.run_doctor(wrong, broken)
    self.assertEqual(code, 2)
    self.assertIn('FAIL Seven: 6 (', out)
    self.assertIn('FAIL Eight: RuntimeError: No eight. (', out)
    self.assertEndsWith(out, '2 checks failed.\n')


if __name__ == '__main__':
  test_util.main()
