"""Tests of README's tables of the accuracy benchmark."""

from mi_tf.benchmarks import command
from mi_tf.benchmarks.accuracy import families
from mi_tf.benchmarks.accuracy import readme
from mi_tf.benchmarks.accuracy import runs
from mi_tf.internal import records
from mi_tf_test import source_tree
from mi_tf_test import test_util
from mi_tf_test.benchmarks import made_up


def _two_sizes():
  """Returns records of ours, and of rivals that take some of the runs."""
  return [
    *(made_up.record(0.1, task=task) for task in 'abcde'),
    *(made_up.record(0.4, task=task, n=300) for task in 'abcde'),
    *(made_up.peer(0.2, task=task) for task in 'abcd'),
    *(made_up.peer(0.2, task=task, n=300) for task in 'abcde'),
    made_up.peer(0.05, task='a', estimator='ksg'),
    made_up.record(0.0, task='a', estimator='reference'),
    made_up.record(0.0, task='a', estimator='mi_tf_js'),
    made_up.failure(task='e', estimator='ksg'),
  ]


class TablesTest(test_util.TestCase):
  def test_the_best_rival_takes_four_fifths_of_the_tasks(self):
    header, row, everything = made_up.rows(readme.by_family(_two_sizes()))
    self.assertEqual(header[:3], ['family', 'n = 100', 'n = 300'])
    self.assertEqual(
      row,
      [
        *('`beyond_normal`: 40 tasks', '-', '.40 / **.20 cca**, 0 %', '-', '-'),
        '.10 / .20 cca, 100 %',
      ],
    )
    self.assertEqual(everything, ['all', '-', '0 %', '-', '-', '100 %'])

  def test_runs_are_counted(self):
    found = [
      *_two_sizes(),
      made_up.failure(task='f'),
      *made_up.all_tasks(0.0, family='flow', n=400),
    ]
    text = ' '.join(readme.by_family(found).split())
    for claim in (
      'Other sizes, with the number of tasks: `flow`, n = 400: .000 / -, 100 %'
      ' (40).',
      'These are 130 runs, beside 1 that failed, of 45 tasks, with up to 3',
      '96.2 % hold the truth. Fewest do in these families: 100 % of `flow`.',
      'Lower bounds above the truth: 3.8 %.',
      'A rival is better in 1 of the 2 cells that have one.',
    ):
      self.assertIn(claim, text)

  def test_intervals_without_an_upper_end_are_counted(self):
    opened = made_up.record(0.1, task='b', interval=[0.5, None])
    text = ' '.join(readme.by_family([*_two_sizes(), opened]).split())
    self.assertNotIn('at least', ' '.join(readme.by_family(_two_sizes())))
    self.assertIn(
      '1 of them say "at least", without an upper end: 1 in `beyond_normal`. Of'
      ' the others, 50.0 % hold the truth.',
      text,
    )

  def test_all_losses_are_listed(self):
    _, row = made_up.rows(readme.losses(_two_sizes()))
    self.assertEqual(row[1:], ['-', 'cca .50', '-', '-', 'ksg .50 (1)'])
    self.assertEqual(readme.losses(_two_sizes()[:5]), '')

  def test_rivals_are_compared_on_the_same_runs(self):
    found = [
      *_two_sizes(),
      made_up.record(0.1, family='flow'),
      made_up.peer(0.4, family='flow'),
      made_up.record(0.0, family='wide', n=100),
      made_up.peer(0.4, family='wide', n=100),
    ]
    _, cca, ksg = made_up.rows(readme.rivals(found))
    self.assertEqual(
      cca,
      [
        *('cca', 'inf, 0 of 1 (1)', '.50, 1 of 1 (5)', '-', '-'),
        '3.00, 0 of 2 (5)',
      ],
    )
    self.assertEqual(ksg[-1], '.50, 1 of 1 (1)')

  def test_published_figures_have_a_star(self):
    rows = {
      row[0]: row[1:]
      for row in made_up.rows(readme.beyond_normal(_two_sizes()))
    }
    self.assertEqual(rows['mi_tf'], ['-', '.40', '-', '-', '.10'])
    self.assertEqual(rows['cca'], ['-', '.20', '-', '-', '.20 (4; .10)'])
    self.assertEqual(
      rows['[ALICE](https://arxiv.org/abs/2609.34962)*'],
      ['-', '-', '.092', '.063', '.060'],
    )
    self.assertEqual(readme.beyond_normal([made_up.record(family='flow')]), '')

  def test_numbers(self):
    for value, text in (
      (0.0, '.000'),
      (0.0994, '.099'),
      (0.0996, '.10'),
      (12.345, '12.35'),
      (3566.9, '3,567'),
    ):
      self.assertEqual(readme._number(value), text)


class FillTest(test_util.TestCase):
  def test_text_between_the_comments_is_made_anew(self):
    text = ''.join(
      f'Before {name}.\n<!-- accuracy: {name} -->\nGone.\n<!-- end -->\nEnd.\n'
      for name in readme.TABLES
    )
    filled = readme.fill(text, _two_sizes())
    self.assertNotIn('Gone', filled)
    for name, make in readme.TABLES.items():
      table = make(_two_sizes()).strip()
      self.assertIn(
        f'{name}.\n<!-- accuracy: {name} -->\n\n{table}\n\n<!-- end -->\nEnd',
        filled,
      )
      self.assertIn(table, readme.report(_two_sizes()))
    self.assertEqual(readme.fill(filled, _two_sizes()), filled)

  def test_a_text_without_the_comments_is_refused(self):
    with self.assertRaisesRegex(ValueError, 'families -->. once.* 0 of them'):
      readme.fill('# README', _two_sizes())

  def test_readme_has_the_tables_of_the_records(self):
    found = [
      record
      for record in records.read(command.FOLDER / 'accuracy')
      if record['config'].get('split', families.SPLITS[0]) == 'report'
    ]
    text = (source_tree.ROOT / 'README.md').read_text('utf-8')
    self.assertEqual(
      readme.fill(text, runs.newest(found)),
      text,
      'Run `python -m mi_tf.benchmarks.accuracy --readme=README.md`.',
    )


if __name__ == '__main__':
  test_util.main()
