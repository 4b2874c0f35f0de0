"""Tests of the records of runs."""

import dataclasses
import json
import pathlib
import time

import numpy as np

from mi_tf import version
from mi_tf.internal import records
from mi_tf_test import processes
from mi_tf_test import test_util


@dataclasses.dataclass(frozen=True)
class _Config:
  name: str
  rate: float = 0.1
  sizes: tuple = (3, 4)


class RecordsCase(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.folder = pathlib.Path(self.create_tempdir().full_path)
    self.path = self.folder / 'new' / 'records.jsonl'


class FileTest(RecordsCase):
  def test_what_is_appended_is_read_in_order(self):
    for i in range(3):
      records.append(self.path, {'config': {'i': i}, 'b': i / 3, 'a': 'é'})
    found = records.read(self.path)
    self.assertEqual([r['config']['i'] for r in found], [0, 1, 2])
    self.assertEqual(found[1]['b'], 0.333333)
    self.assertEqual(found[1]['a'], 'é')
    lines = self.path.read_text('utf-8').splitlines()
    self.assertLen(lines, 3)
    for line in lines:
      self.assertEqual(line, json.dumps(json.loads(line), sort_keys=True))

  def test_a_file_that_is_not_there_has_no_records(self):
    self.assertEqual(records.read(self.path), [])

  def test_several_files_are_read_one_after_the_other(self):
    other = self.folder / 'other.jsonl'
    records.append(other, {'config': {'i': 1}})
    records.append(self.path, {'config': {'i': 0}})
    found = records.read(self.path, other)
    self.assertEqual([r['config']['i'] for r in found], [0, 1])

  def test_a_folder_is_read_in_the_order_of_names(self):
    for name in ('b.jsonl', 'a.jsonl', 'c.json'):
      records.append(self.folder / name, {'config': {'i': name}})
    found = records.read(self.folder)
    self.assertEqual([r['config']['i'] for r in found], ['a.jsonl', 'b.jsonl'])

  def test_a_line_cut_off_is_left_out_and_the_next_record_kept(self):
    records.append(self.path, {'config': {'i': 0}})
    with open(self.path, 'a', encoding='utf-8') as file:
      file.write('{"config": {"i": 1}, "mi": 0.')
    self.assertLen(records.read(self.path), 1)
    records.append(self.path, {'config': {'i': 2}})
    with self.assertLogs(level='WARNING') as logs:
      found = records.read(self.path)
    self.assertEqual([r['config']['i'] for r in found], [0, 2])
    self.assertRegex(logs.output[0], r'records\.jsonl:2 ends too early')

  def test_lines_that_are_no_records_are_refused(self):
    for line in ('<<<<<<< ours', '[1, 2]', '3', '{"config": 1}', '{"a": 1}'):
      self.path.parent.mkdir(exist_ok=True)
      self.path.write_text('{"config": {}}\n' + line + '\n', 'utf-8')
      with self.subTest(line):
        with self.assertRaisesRegex(ValueError, 'must be a record.*line 2'):
          records.read(self.path)


class PlainTest(test_util.TestCase):
  def test_values_become_those_of_json(self):
    value = {
      'array': np.array([1.0, 2.0]),
      'number': np.float32(0.1),
      'count': np.int64(3),
      'flag': np.bool_(True),
      'nested': ({'nan': float('nan')}, float('inf'), None, True),
      7: 'key',
    }
    self.assertEqual(
      records.plain(value),
      {
        'array': [1.0, 2.0],
        'number': 0.1,
        'count': 3,
        'flag': True,
        'nested': [{'nan': None}, None, None, True],
        '7': 'key',
      },
    )

  def test_floats_keep_six_significant_digits(self):
    self.assertEqual(records.plain(1234567.8), 1234570.0)
    self.assertEqual(records.plain(-1.23456789e-9), -1.23457e-9)
    self.assertEqual(records.plain(1234567), 1234567)
    self.assertEqual(records.plain(1.26, digits=2), 1.3)


class KeyTest(test_util.TestCase):
  def test_key_of_a_config_is_that_of_its_record(self):
    config = _Config('a', rate=1 / 3)
    record = json.loads(records.key(config))
    self.assertEqual(records.key(config), records.key(record))
    self.assertEqual(
      records.key({'b': 1, 'a': 2}), records.key({'a': 2, 'b': 1})
    )

  def test_each_field_makes_a_difference(self):
    configs = [
      _Config('a'),
      _Config('b'),
      _Config('a', 0.2),
      _Config('a', 0.1, (3,)),
    ]
    self.assertLen({records.key(c) for c in configs}, 4)

  def test_the_latest_record_of_a_config_counts(self):
    found = records.latest(
      [
        {'config': {'i': 0}, 'mi': 1.0},
        {'config': {'i': 1}, 'mi': 2.0},
        {'config': {'i': 0}, 'mi': 3.0},
      ]
    )
    self.assertEqual([r['mi'] for r in found.values()], [2.0, 3.0])


class RunMissingTest(RecordsCase):
  def setUp(self):
    super().setUp()
    self.calls = []

  def _run(self, config):
    self.calls.append(config['i'])
    return {'square': config['i'] ** 2}

  def _configs(self, n=5):
    return [{'i': i} for i in range(n)]

  def test_each_config_is_run_once(self):
    new = records.run_missing(self._configs(3), self._run, self.path)
    self.assertEqual(
      new, [{'config': {'i': i}, 'square': i**2} for i in (0, 1, 2)]
    )
    self.assertEqual(records.read(self.path), new)
    new = records.run_missing(self._configs(5), self._run, self.path)
    self.assertLen(new, 2)
    self.assertEqual(self.calls, [0, 1, 2, 3, 4])

  def test_shards_share_the_work(self):
    for i in (0, 1):
      records.run_missing(self._configs(), self._run, self.path, shard=(i, 2))
    self.assertEqual(self.calls, [0, 2, 4, 1, 3])

  def test_records_may_go_to_several_files(self):
    def place(config):
      return self.folder / f'{config["i"] % 2}.jsonl'

    for _ in range(2):
      records.run_missing(self._configs(), self._run, place)
    self.assertEqual(self.calls, [0, 1, 2, 3, 4])
    found = records.read(place({'i': 1}))
    self.assertEqual([r['config']['i'] for r in found], [1, 3])

  def test_the_share_of_a_shard_does_not_depend_on_what_is_done(self):
    records.append(self.path, {'config': {'i': 0}})
    records.run_missing(self._configs(), self._run, self.path, shard=(1, 2))
    self.assertEqual(self.calls, [1, 3])

  def test_max_runs_ends_it_and_it_goes_on_from_there(self):
    for _ in range(2):
      records.run_missing(self._configs(), self._run, self.path, max_runs=2)
    self.assertEqual(self.calls, [0, 1, 2, 3])

  def test_a_failure_is_recorded_and_tried_again(self):
    def fail(config):
      if config['i'] == 1:
        raise RuntimeError('No luck.')
      return self._run(config)

    with self.assertLogs(level='ERROR'):
      new = records.run_missing(self._configs(3), fail, self.path)
    self.assertEqual(new[1]['error'], 'RuntimeError: No luck.')
    self.assertEqual(self.calls, [0, 2])
    new = records.run_missing(self._configs(3), self._run, self.path)
    self.assertEqual(new, [{'config': {'i': 1}, 'square': 1}])
    self.assertNotIn(
      'error', records.latest(records.read(self.path))['{"i": 1}']
    )

  def test_what_would_fail_them_all_is_raised(self):
    def run(config):
      raise OSError

    with self.assertRaises(OSError):
      records.run_missing(self._configs(), run, self.path, fatal=(OSError,))
    self.assertEmpty(records.read(self.path))

  def test_what_has_a_record_is_told(self):
    told = []

    def run(config):
      if config['i'] == 1:
        raise ValueError
      return self._run(config)

    def done(config):
      self.assertEqual(records.read(self.path)[-1]['config'], config)
      told.append(config['i'])

    records.run_missing(self._configs(3), run, self.path, done=done)
    self.assertEqual(told, [0, 2])

  def test_nothing_to_record_does_not_count_as_a_run(self):
    new = records.run_missing(
      self._configs(),
      lambda c: self._run(c) if c['i'] == 4 else None,
      self.path,
      max_runs=1,
    )
    self.assertEqual([r['config']['i'] for r in new], [4])

  def test_a_place_that_cannot_be_written_is_found_before_the_first_run(self):
    folder = pathlib.Path(self.create_tempdir().full_path)
    (folder / 'file').touch()
    runs = []
    with self.assertRaises(OSError):
      records.run_missing([{'a': 1}], runs.append, folder / 'file' / 'a.jsonl')
    self.assertEmpty(runs)

  def test_a_full_disk_is_an_error_and_the_run_is_done_again(self):
    path = pathlib.Path(self.create_tempdir().full_path) / 'a.jsonl'
    program = (
      'import resource, signal\n'
      'from mi_tf.internal import records\n'
      'signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n'
      'before = resource.getrlimit(resource.RLIMIT_FSIZE)\n'
      'resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))\n'
      "configs = [{'a': i} for i in range(3)]\n"
      "run = lambda config: {'text': 40 * 'a'}\n"
      'try:\n'
      f'  records.run_missing(configs, run, {str(path)!r})\n'
      'finally:\n'  # The error goes to a file, too.
      '  resource.setrlimit(resource.RLIMIT_FSIZE, before)\n'
    )
    result = processes.run_code(program)
    self.assertIn('OSError', result.stderr)
    self.assertIn('no space is left', result.stderr)
    self.assertLen(records.read(path), 1)
    new = records.run_missing(
      [{'a': i} for i in range(3)], lambda config: {'text': 'a'}, path
    )
    self.assertEqual([r['config'] for r in new], [{'a': 1}, {'a': 2}])
    self.assertLen(records.read(path), 3)

  def test_shards_out_of_range_are_refused(self):
    for shard in ((2, 2), (-1, 2)):
      with self.assertRaisesRegex(ValueError, '`shard` must be .*Received'):
        records.run_missing([], self._run, self.path, shard=shard)


class ProvenanceTest(RecordsCase):
  def test_versions_name_what_is_installed(self):
    found = records.versions('absl-py', 'no-such-package')
    self.assertContainsSubset(
      ['python', 'tensorflow', 'keras', 'numpy', 'absl-py'], found
    )
    self.assertNotIn('no-such-package', found)
    self.assertEqual(found['mi_tf'], version.__version__)

  def test_timer_tells_work_from_waiting(self):
    with records.Timer() as timer:
      time.sleep(0.05)
    self.assertBetween(timer.wall_seconds, 0.05, 5.0)
    with records.Timer() as timer:
      end = time.process_time() + 0.05
      while time.process_time() < end:
        pass
    self.assertBetween(timer.cpu_seconds, 0.05, 5.0)


if __name__ == '__main__':
  test_util.main()
