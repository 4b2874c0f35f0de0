"""Tests of times and peaks of memory."""

import numpy as np

from mi_tf.benchmarks.speed import timing
from mi_tf_test import processes
from mi_tf_test import test_util


class InterleavedTest(test_util.TestCase):
  def test_contenders_take_turns_after_a_warm_up(self):
    calls = []
    seconds = timing.interleaved(
      {'a': lambda: calls.append('a'), 'b': lambda: calls.append('b')}, 3
    )
    self.assertEqual(''.join(calls), 'ab' * 4)
    self.assertEqual({k: len(v) for k, v in seconds.items()}, {'a': 3, 'b': 3})

  def test_wall_and_processor_time_are_told_apart(self):
    def work():
      np.linalg.svd(np.ones((150, 150)))

    for measure in ('wall', 'cpu'):
      (times,) = timing.interleaved({'work': work}, 2, measure).values()
      self.assertAllGreater(times, 0.0)


class RatioTest(test_util.TestCase):
  def test_median_and_quartiles_are_of_neighboring_calls(self):
    seconds = {'a': [2.0, 6.0, 20.0], 'b': [1.0, 2.0, 4.0]}
    self.assertEqual(
      timing.ratio(seconds, 'a', 'b'), {'ratio': 3.0, 'low': 2.5, 'high': 4.0}
    )
    self.assertEqual(timing.summary(seconds), {'a': 6.0, 'b': 2.0})


class MemoryTest(test_util.TestCase):
  def test_peak_grows_with_what_is_held(self):
    # In a new process, whose peak so far is small.
    program = """
import numpy as np
from mi_tf.benchmarks.speed import timing
before = timing.peak_mib()
held = np.ones(int(1.5 * before * 2**20), np.int8)
print((timing.peak_mib() - before) / before)
"""
    printed = processes.run_code(program).stdout
    self.assertGreater(float(printed.splitlines()[-1]), 0.4)

  def test_last_line_of_a_program_comes_back(self):
    line = timing.in_new_process('this')
    self.assertIn('honking great idea', line)

  def test_program_that_fails_is_an_error(self):
    with self.assertRaisesRegex(RuntimeError, 'no_such_module x failed: .*No'):
      timing.in_new_process('no_such_module', 'x')


if __name__ == '__main__':
  test_util.main()
