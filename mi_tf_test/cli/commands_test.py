"""Tests of the command line, most of them without starting a process."""

import contextlib
import io
import json
import os
import pathlib
from unittest import mock

from absl.testing import parameterized
import numpy as np

import mi_tf
from mi_tf.cli import commands
from mi_tf_test import processes
from mi_tf_test import source_tree
from mi_tf_test import test_util

_TFDS = source_tree.ROOT.parent / 'shared' / 'tfds'


class _CommandCase(test_util.TestCase):
  """Pairs in files, and a way to run a command on them."""

  def setUp(self):
    super().setUp()
    self.folder = pathlib.Path(self.create_tempdir().full_path)
    x, noise = self.rng('pairs').normal(size=(2, 300))
    self.x, self.y = x, 0.8 * x + 0.6 * noise

  def _npz(self, **arrays):
    path = str(self.folder / 'pairs.npz')
    np.savez(path, **(arrays or {'x': self.x, 'y': self.y}))
    return path

  def _run(self, *args):
    """Returns the exit code, and what was written to both streams."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
      try:
        code = commands.main(['mi_tf', *args])
      except SystemExit as stop:
        code = stop.code
    return code, out.getvalue(), err.getvalue()

  def _mock_estimate(self):
    """Returns a context in which `estimate_mi` returns a made-up estimate."""
    read = mi_tf.MiEstimate(
      mi=1.0,
      stderr=0.1,
      interval=(0.8, 1.2),
      lower_bound=0.7,
      pointwise=np.ones(10),
      indices=np.arange(10),
      num_samples=10,
      guarantee='none',
      diagnostics={},
      warnings=('Another.',),
    )
    return mock.patch.object(commands, 'estimate_mi', return_value=read)

  def _assert_refused(self, message, *args):
    code, out, err = self._run(*args)
    self.assertEqual(code, 2, out + err)
    self.assertEqual(out, '')
    self.assertStartsWith(err, 'mi_tf: ')
    self.assertEndsWith(err, '\n')
    self.assertLen(err.splitlines(), 1)
    self.assertRegex(err, message)


class EstimateTest(_CommandCase):
  def test_npz_gives_a_line(self):
    code, out, err = self._run('estimate', self._npz(), '--folds=1')
    self.assertEqual((code, err), (0, ''))
    lines = out.splitlines()
    self.assertRegex(
      lines[0],
      r'^-?\d\.\d{4} nats, 95 % interval \[-?\d\.\d{4}, \d\.\d{4}\], lower '
      r'bound \d\.\d{4} \(.*100 held-out samples\)$',
    )
    for line in lines[1:]:
      self.assertStartsWith(line, 'Warning: ')

  def test_csv_gives_json_and_a_picture(self):
    rows = [f'{a},{b},{a > 0},7\n' for a, b in zip(self.x, self.y)]
    path = self.folder / 'pairs.csv'
    path.write_text('width,height,wide,deep\n' + ''.join(rows))
    picture = self.folder / 'picture.png'
    flags = ['--folds=1', '--seed=3', '--json', f'--plot={picture}']
    columns = ['--x=width,wide,deep', '--y=height']
    code, out, err = self._run('estimate', str(path), *columns, *flags)
    self.assertEqual((code, err), (0, ''))
    nats = json.loads(out)
    self.assertEqual(nats['units'], 'nats')
    self.assertEqual(nats['diagnostics']['x'], '1 number, 1 class (2 values)')
    self.assertEqual(nats['diagnostics']['y'], '1 number')
    self.assertEqual(nats['diagnostics']['seed'], 3)
    self.assertEqual(
      nats['warnings'][0],
      'Columns of x that do not vary were left out: deep.',
    )
    self.assertEqual(picture.read_bytes()[:4], b'\x89PNG')

  def test_rows_with_missing_values_are_left_out_and_counted(self):
    rows = [f'{a},{b}\n' for a, b in zip(self.x, self.y)]
    path = self.folder / 'pairs.csv'
    self.x[3] = self.y[3] = self.y[5] = np.nan
    arrays = ['estimate', self._npz()]
    self._assert_refused(
      'x has 1 missing values, the first in row 4 of 300: pass --missing=drop '
      'to leave such rows out, or --missing=class to make missing values a',
      *arrays,
    )
    for line in (3, 5):
      rows[line] = 'NA,1\n'
    # That a column which is not used has no values does not matter.
    path.write_text('x,y,z\n' + ''.join(f'{s[:-1]},\n' for s in rows))
    self._assert_refused(
      "Column 'x' has 2 missing values.*: pass --missing=drop to leave such",
      'estimate',
      str(path),
    )
    rest = np.delete(np.arange(300), [3, 5])
    for command in (arrays, ['estimate', str(path)]):
      with self._mock_estimate() as estimate_mi:
        code, out, _ = self._run(*command, '--missing=drop', '--json')
      self.assertEqual(code, 0)
      self.assertEqual(
        json.loads(out)['warnings'],
        ['2 of 300 rows were left out: a value is missing.', 'Another.'],
      )
      for side, expected in zip(estimate_mi.call_args.args, (self.x, self.y)):
        side = side[side.dtype.names[0]] if side.dtype.names else side
        self.assertAllEqual(np.float64(side), expected[rest])

  def test_bits_are_printed_if_asked_for(self):
    path = self._npz()
    with mock.patch.object(commands, 'estimate_mi') as estimate_mi:
      estimate_mi.return_value.to.side_effect = lambda units: f'In {units}.'
      for flags, text in (((), 'In nats.'), (('--bits',), 'In bits.')):
        code, out, _ = self._run('estimate', path, *flags)
        self.assertEqual((code, out), (0, text + '\n'))

  def test_missing_cells_may_be_a_class_of_their_own(self):
    table = ['age,city,weight']
    rng = self.rng('table')
    for i in range(400):
      city = ['Oslo', 'Bergen', ''][i % 3]
      age = '' if i % 7 == 0 else rng.integers(20, 80)
      # Only where the city is not known, people are heavy.
      table.append(f'{age},{city},{rng.normal() + 9 * (not city):.6f}')
    path = self.folder / 'people.csv'
    path.write_text('\n'.join(table))
    columns = ['--x=age,city', '--y=weight', '--missing=class', '--json']
    code, out, err = self._run('estimate', str(path), *columns)
    self.assertEqual((code, err), (0, ''))
    record = json.loads(out)
    # log(3) - 2/3 log(2) = .637 nats.
    self.assertBetween(record['mi'], 0.5, 0.8)
    self.assertBetween(0.637, *record['interval'])

  def test_dates_are_times_and_groups_belong_together(self):
    day = np.datetime64('2024-01-01')
    rows = [
      f'{day + i},{i / 100 + self.x[i % 300]},p{i // 4}\n' for i in range(600)
    ]
    path = self.folder / 'visits.csv'
    path.write_text('day,value,person\n' + ''.join(rows))
    args = ['estimate', str(path), '--x=day', '--y=value', '--groups=person']
    with self._mock_estimate() as estimate_mi:
      code, _, err = self._run(*args)
    self.assertEqual((code, err), (0, ''))
    x = estimate_mi.call_args.args[0]['day']
    self.assertEqual(x[31].isoformat(), '2024-02-01T00:00:00')
    groups = estimate_mi.call_args.kwargs['groups']
    self.assertEqual(list(groups[3:5]), ['p0', 'p1'])
    code, out, err = self._run(*args, '--json')
    self.assertEqual((code, err), (0, ''))
    self.assertGreater(json.loads(out)['mi'], 0.3)
    self._assert_refused("has no column 'who'", *args[:-1], '--groups=who')
    self._assert_refused(
      "'day' was asked for twice", *args[:-1], '--groups=day'
    )

  def test_weights_of_a_file_are_those_of_its_rows(self):
    weights = np.arange(300) % 3 + 1
    rows = zip(self.x, np.where(self.x > 0.0, 'a', 'b'), weights, strict=True)
    path = self.folder / 'survey.csv'
    path.write_text('x,y,w\n' + ''.join(f'{x},{y},{w}\n' for x, y, w in rows))
    args = ['estimate', str(path), '--x=x', '--y=y', '--weights=w', '--json']
    code, out, err = self._run(*args)
    self.assertEqual((code, err), (0, ''))
    found = json.loads(out)['diagnostics']
    self.assertAllClose(found['effective_rows'], 300 * 12 / 14)
    path = self._npz(x=self.x, y=self.y, w=weights)
    with self._mock_estimate() as estimate_mi:
      self._run('estimate', path, '--weights=w')
    given = estimate_mi.call_args.kwargs['sample_weight']
    self.assertAllEqual(given, weights)
    self._assert_refused("has no array 'v'", 'estimate', path, '--weights=v')

  def test_groups_need_a_file_that_names_them(self):
    for name, array in (('a', self.x), ('b', self.y)):
      np.save(self.folder / f'{name}.npy', array)
    paths = [str(self.folder / f'{name}.npy') for name in 'ab']
    for source in (paths, ['--tfds=mnist']):
      self._assert_refused(
        '^mi_tf: --groups needs a .csv or an .npz file.$',
        'estimate',
        *source,
        '--groups=person',
      )

  def test_options_are_passed_on_only_where_they_are_given(self):
    path = self._npz(x=self.x, y=self.y, g=np.arange(300) // 2)
    with self._mock_estimate() as estimate_mi:
      self._run('estimate', path)
    self.assertEqual(
      estimate_mi.call_args.kwargs,
      {
        'method': 'auto',
        'x_kind': 'auto',
        'y_kind': 'auto',
        'groups': None,
        'sample_weight': None,
        'missing': 'refuse',
        'permutations': 0,
        'seed': 0,
      },
    )
    with self._mock_estimate() as estimate_mi:
      self._run(
        'estimate',
        path,
        '--method=neighbors',
        '--groups=g',
        '--folds=2',
        '--permutations=9',
        '--seed=3',
      )
    given = estimate_mi.call_args.kwargs
    self.assertAllEqual(given.pop('groups'), np.arange(300) // 2)
    self.assertEqual(given['method'], 'neighbors')
    self.assertEqual(given['permutations'], 9)
    self.assertEqual((given['folds'], given['seed']), (2, 3))
    self.assertNotIn('callbacks', given)

  @parameterized.parameters(
    ('--critic=bilinear', '--objective=info_nce', '--max_epochs=5'),
    ('--x_kind=image',),
  )
  def test_trainings_of_critics_are_shown(self, *flags):
    path = self._npz(x=np.zeros([50, 8, 8]), y=np.arange(50))
    with (
      self._mock_estimate() as estimate_mi,
      mock.patch.object(commands.checking, 'check') as check,
    ):
      check.return_value.images = None if '--critic' in flags[0] else self.x
      code, _, err = self._run('estimate', path, *flags)
    self.assertEqual((code, err), (0, ''))
    given = estimate_mi.call_args.kwargs
    self.assertLen(given['callbacks'], 2)
    if '--critic' in flags[0]:
      self.assertEqual(given['critic'], 'bilinear')
      self.assertEqual(given['objective'], 'info_nce')
      self.assertEqual(given['max_epochs'], 5)

  def test_candidates_are_printed_if_asked_for(self):
    path = self._npz()
    with mock.patch.object(commands, 'estimate_mi') as estimate_mi:
      shown = estimate_mi.return_value.to.return_value
      shown.__str__ = lambda self: 'An estimate.'
      shown.table.return_value = 'A table.'
      for flags, text in (
        ((), 'An estimate.\n'),
        (('--candidates',), 'An estimate.\n\nA table.\n'),
      ):
        code, out, _ = self._run('estimate', path, *flags)
        self.assertEqual((code, out), (0, text))

  @test_util.full('That options are passed on has a test; this trains.')
  def test_npy_files_and_critics_are_estimated(self):
    paths = []
    for name, array in (('a', self.x), ('b', self.y > 0.0)):
      paths.append(str(self.folder / f'{name}.npy'))
      np.save(paths[-1], array)
    code, out, _ = self._run(
      'estimate',
      *paths,
      '--json',
      '--y_kind=continuous',
      '--folds=2',
      '--objective=info_nce',
      '--critic=bilinear',
      '--max_epochs=2',
    )
    self.assertEqual(code, 0)
    record = json.loads(out)
    self.assertEqual(record['guarantee'], 'lower bound')
    self.assertEqual(record['diagnostics']['y'], '1 number with ties')
    self.assertEqual(record['diagnostics']['folds'], 2)
    self.assertEqual(record['diagnostics']['objective'], 'InfoNce')
    self.assertEqual(record['diagnostics']['critic'], 'BilinearCritic')

  @test_util.full('`readers_test` reads them; this estimates.')
  def test_real_images_and_labels_are_read_from_tfds(self):
    if not (_TFDS / 'mnist').exists():
      self.skipTest('There is no MNIST beside the checkout.')
    code, out, _ = self._run(
      'estimate',
      '--tfds=mnist',
      '--x=image',
      '--y=label',
      '--split=train[:600]',
      f'--data_dir={_TFDS}',
      '--folds=1',
      '--json',
    )
    self.assertEqual(code, 0)
    record = json.loads(out)
    self.assertEqual(record['diagnostics']['x'], 'images 28x28x1')
    self.assertEqual(record['diagnostics']['y'], '1 count')
    self.assertEqual(record['num_samples'], 200)
    # Digits tell their labels: log(10) = 2.3 nats, of which much is found.
    self.assertGreater(record['lower_bound'], 0.5)
    self.assertBetween(record['mi'], 0.8, 2.6)


class ErrorsTest(_CommandCase):
  def test_unknown_commands_are_named(self):
    self._assert_refused("^mi_tf: There is no command 'guess': it", 'guess')
    self._assert_refused("no command 'table'", 'table', 'extra')

  @parameterized.parameters(
    ('--folds=many', 'folds'),
    ('--samples=99', 'samples'),
    ('--no_such_flag', 'no_such_flag'),
    ('--json=perhaps', 'json'),
  )
  def test_flags_are_checked(self, flag, message):
    self._assert_refused(message, 'estimate', 'a.npz', flag)

  def test_input_is_either_files_or_a_data_set(self):
    self._assert_refused("Name a file after 'estimate'", 'estimate')
    self._assert_refused(
      'Pass either files or --tfds, and not both.$',
      'estimate',
      'a.npz',
      '--tfds=mnist',
    )
    self._assert_refused(
      '--x and --y must each name one feature.$',
      'estimate',
      '--tfds=mnist',
      '--x=a,b',
    )

  def test_files_are_checked(self):
    self._assert_refused('no.npz does not exist', 'estimate', 'no.npz')
    self._assert_refused("has no array 'z'", 'estimate', self._npz(), '--x=z')
    path = self.folder / 'bad.csv'
    path.write_text('x,y\n1,2\n3\n')
    self._assert_refused('1 cells in line 3', 'estimate', str(path))
    path.write_text('x,y\n' + '1,2\n' * 30 + '=1+1,2\n')
    self._assert_refused(
      '`x` must hold numbers alone or strings alone in each column. Received: '
      "1 of 31 values in column x that are not numbers, the first '=1\\+1'.$",
      'estimate',
      str(path),
    )

  def test_values_are_checked(self):
    self.x[7] = np.inf
    self._assert_refused('`x` must be finite', 'estimate', self._npz())
    path = self._npz(x=np.arange(30.0), y=np.arange(30.0))
    self._assert_refused('at least 40 rows', 'estimate', path)
    path = self._npz(x=np.arange(100) * 1j, y=np.arange(100.0))
    self._assert_refused('complex', 'estimate', path)

  @parameterized.parameters(
    ('--objective=kl', 'objective=kl: value should be one of <dv'),
    ('--critic=mlp', 'critic=mlp: value should be one of <bilinear'),
    ('--folds=0', '`folds` must be an integer, at least 1'),
    ('--folds=99', '`folds` must be from 1 to '),
    ('--method=guess', 'method=guess: value should be one of <auto'),
    ('--method=table', '`method` must be one that applies'),
    ('--max_epochs=9', '`max_epochs` needs a critic, an objective or images'),
    ('--seed=-1', 'negative'),
  )
  def test_options_are_checked(self, flag, message):
    self._assert_refused(message, 'estimate', self._npz(), flag)

  def test_pictures_that_cannot_be_written_are_errors(self):
    path = str(self.folder / 'missing' / 'a.png')
    drawn = self._npz(), f'--plot={path}'
    with mock.patch.object(commands, 'estimate_mi') as estimate_mi:
      shown = estimate_mi.return_value.to.return_value
      shown.plot.side_effect = lambda path: open(path, 'wb')
      code, _, err = self._run('estimate', *drawn)
    self.assertEqual(code, 2)
    self.assertStartsWith(err, 'mi_tf: ')
    self.assertLen(err.splitlines(), 1)

  def test_ctrl_c_stops_what_trains_no_critic_at_once(self):
    with self._mock_estimate() as estimate_mi:
      estimate_mi.side_effect = KeyboardInterrupt
      code, out, err = self._run('estimate', self._npz())
    self.assertEqual((code, out, err), (130, '', 'mi_tf: stopped.\n'))


class HelpTest(_CommandCase):
  @parameterized.parameters('--help', '-h', '-help')
  def test_help_lists_commands_and_flags(self, flag):
    code, out, err = self._run('estimate', flag)
    self.assertEqual((code, err), (0, ''))
    self.assertStartsWith(out, 'python -m mi_tf\n')
    for name in ('--tfds', '--method', '--critic', '--plot', '--samples'):
      self.assertIn(name, out)

  def test_help_knows_all_critics_and_the_objectives_for_all_of_them(self):
    from mi_tf.critics import registry
    from mi_tf.objectives import registry as objective_registry

    _, out, _ = self._run('--help')
    needs_density = {'club', 'leave_one_out', 'variational'}
    for name in {*objective_registry.OBJECTIVES} - needs_density | {
      *registry.CRITICS
    }:
      if name != 'joint':  # The other name of 'concat'.
        self.assertRegex(out, rf'\b{name}\b')
    for name in needs_density:
      self.assertNotRegex(out, rf'\b{name}\b')


class ProcessTest(test_util.TestCase):
  """The command line as users start it."""

  def _start(self, *args):
    result = processes.run_module('mi_tf', *args)
    # TensorFlow writes lines of its own.
    own = [s for s in result.stderr.splitlines() if s.startswith('mi_tf: ')]
    self.assertNotIn('Traceback', result.stderr)
    return result.returncode, result.stdout, own

  def test_help_exits_with_zero(self):
    code, out, own = self._start('--help')
    self.assertEqual((code, own), (0, []))
    self.assertStartsWith(out, 'python -m mi_tf\n')

  def test_unknown_flags_exit_with_two(self):
    code, out, own = self._start('estimate', '--no_such_flag')
    self.assertEqual((code, out), (2, ''))
    self.assertLen(own, 1)
    self.assertIn('no_such_flag', own[0])

  def test_errors_exit_with_two(self):
    code, out, own = self._start('estimate', 'no_such_file.npz')
    self.assertEqual((code, out), (2, ''))
    self.assertEqual(own, ['mi_tf: no_such_file.npz does not exist.'])

  def test_files_are_estimated(self):
    path = os.path.join(self.create_tempdir().full_path, 'pairs.npz')
    labels = np.arange(300) % 3
    np.savez(path, a=labels, b=labels)
    code, out, own = self._start(
      'estimate', path, '--x=a', '--y=b', '--folds=1', '--json', '--bits'
    )
    self.assertEqual((code, own), (0, []))
    record = json.loads(out)
    # Everything is shared: log2(3) = 1.58 bits.
    self.assertBetween(record['mi'], 1.3, 1.8)


if __name__ == '__main__':
  test_util.main()
