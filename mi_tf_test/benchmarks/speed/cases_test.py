"""Tests of the rows of the speed benchmark."""

import json
from unittest import mock

import numpy as np

from mi_tf.benchmarks.speed import cases
from mi_tf.benchmarks.speed import contenders
from mi_tf.benchmarks.speed import timing
from mi_tf.benchmarks.speed import training
from mi_tf_test import test_util

_SMALL = {'_SIZE': 32, '_DIM': 4}


class CasesTest(test_util.TestCase):
  def test_aims_are_as_hard_as_bars_or_harder(self):
    for name, case in cases.CASES.items():
      harder = case.aim >= case.bar if case.above else case.aim <= case.bar
      self.assertTrue(harder, name)
    self.assertLen({c.what for c in cases.CASES.values()}, 17)

  def test_bounds_are_measured_against_three_products(self):
    with mock.patch.multiple(cases, **_SMALL):
      for name in ('info_nce', 'smile'):
        found = cases.CASES[name].measure(2)
        self.assertGreater(found['value'], 0.0)
        self.assertBetween(found['value'], found['low'], found['high'])
        self.assertContainsSubset(
          {contenders.OURS, contenders.FLOOR}, found['seconds']
        )
      found = cases.CASES['info_nce_masked_xla'].measure(2)
      self.assertIn(contenders.TFP_XLA, found['seconds'])

  def test_ratio_is_that_of_the_others_time_to_ours(self):
    made = {'naive': None, contenders.OURS: None}
    seconds = {'naive': [6.0, 6.0], contenders.OURS: [2.0, 1.0]}
    with mock.patch.object(contenders, 'concat', return_value=made):
      with mock.patch.object(timing, 'interleaved', return_value=seconds):
        self.assertEqual(cases.CASES['concat'].measure(2)['value'], 4.5)

  def test_iterations_of_the_notebook_are_counted(self):
    made = dict.fromkeys((contenders.TORCH, 'mi_tf'))
    seconds = {contenders.TORCH: [1.0] * 3, 'mi_tf': [6.0] * 3}
    with mock.patch.object(training, 'notebook', return_value=made):
      with mock.patch.object(timing, 'interleaved', return_value=seconds):
        found = cases.CASES['own_means'].measure(2)
    self.assertAllClose(found['value'], 60_000 / 5 / 6.0)

  def test_without_pytorch_there_is_nothing_to_compare_to(self):
    made = {contenders.OURS: None}
    with mock.patch.object(training, 'notebook', return_value=made):
      for name in ('notebook', 'own_means'):
        self.assertIsNone(cases.CASES[name].measure(2))

  def test_new_processes_run_this_module(self):
    self.assertEqual(cases._MODULE, cases.__name__)

  def test_memory_is_that_of_new_processes(self):
    with mock.patch.object(
      timing, 'in_new_process', side_effect=['80', '10', '100.5']
    ) as run:
      found = cases.CASES['concat_memory'].measure(2)
      self.assertEqual(found['value'], 8.0)
      found = cases.CASES['memory_32768'].measure(2)
      self.assertEqual(found['value'], 100.5)
    names = [call.args[-1] for call in run.call_args_list]
    self.assertEqual(names, ['concat_naive', 'concat', 'streamed_32768'])
    self.assertContainsSubset(names, cases.MEMORY)

  @test_util.full(
    'What it prints is read in a test of its own; this one measures.'
  )
  def test_program_prints_what_memory_grows_by(self):
    held = []
    before = timing.peak_mib()

    def make(share):
      size = int(share * before * 2**20)
      return lambda: held.append(np.ones(size, np.int8))

    with mock.patch.dict(cases.MEMORY, {'work': (make, 1.5, 0.1)}):
      with mock.patch('builtins.print') as shown:
        cases.main(['', 'memory', 'work'])
    self.assertLen(held, 2)
    self.assertGreater(shown.call_args.args[0], 0.4 * before)

  def test_program_prints_the_outcome_of_a_case(self):
    case = mock.Mock(measure=lambda repeats: {'value': float(repeats)})
    with mock.patch.dict(cases.CASES, {'fit': case}):
      with mock.patch('builtins.print') as shown:
        cases.main(['', 'fit', '3'])
    self.assertEqual(json.loads(shown.call_args.args[0]), {'value': 3.0})


if __name__ == '__main__':
  test_util.main()
