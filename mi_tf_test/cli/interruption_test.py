"""Tests of Ctrl-C."""

import json
import os
import signal
import threading
import time

import numpy as np

from mi_tf.cli import interruption
from mi_tf_test import processes
from mi_tf_test import test_util


class InterruptionTest(test_util.TestCase):
  def test_the_first_ends_training_and_the_second_the_process(self):
    before = signal.getsignal(signal.SIGINT)
    with interruption.Interruption() as interrupted:
      self.assertFalse(interrupted.stopped)
      signal.raise_signal(signal.SIGINT)
      self.assertTrue(interrupted.stopped)
      with self.assertRaises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    self.assertIs(signal.getsignal(signal.SIGINT), before)

  def test_threads_that_may_not_handle_signals_train_as_ever(self):
    failed = []

    def run():
      try:
        with interruption.Interruption() as interrupted:
          failed.append(interrupted.stopped)
      except ValueError as error:
        failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    self.assertEqual(failed, [False])

  @test_util.full(
    'The handler has tests; only here does a signal end a real training.'
  )
  def test_ctrl_c_prints_the_estimate_so_far(self):
    path = self.create_tempdir().create_file('pairs.npz').full_path
    x, noise = self.rng().normal(size=(2, 4_000))
    np.savez(path, x=x, y=x + noise)
    # Something must tell when training goes on: the log of the epochs.
    program = (
      'import sys\n'
      f"sys.argv += ['estimate', {path!r}, '--json', '--folds=2']\n"
      "sys.argv += ['--critic=elliptical']\n"
      'from mi_tf.cli import commands, training_progress\n'
      'class Told(training_progress.TrainingProgress):\n'
      '  def on_epoch_end(self, epoch, logs=None):\n'
      "    print('epoch', file=sys.stderr, flush=True)\n"
      'commands.training_progress.TrainingProgress = Told\n'
      'sys.exit(commands.main(sys.argv))\n'
    )
    running = processes.start_code(program)
    self.addCleanup(running.kill)
    while 'epoch' not in running.stderr():
      self.assertTrue(running.process.is_alive(), running.stderr())
      time.sleep(0.02)
    time.sleep(0.1)
    os.kill(running.process.pid, signal.SIGINT)
    done = running.wait()
    self.assertEqual(done.returncode, 130, done.stderr)
    self.assertIn('mi_tf: stopping; the estimate so far follows', done.stderr)
    self.assertNotIn('Traceback', done.stderr)
    found = json.loads(done.stdout)
    self.assertEqual(found['warnings'][0], interruption.WARNING)
    self.assertLen(found['diagnostics']['epochs'], 2)
    low, high = found['interval']
    self.assertBetween(0.5 * np.log(2.0), low - 0.01, high + 0.01)


if __name__ == '__main__':
  test_util.main()
