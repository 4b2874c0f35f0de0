"""Tests of the table and the figure of the self-consistency tests."""

import io

from absl.testing import parameterized

from mi_tf.benchmarks.self_consistency import report
from mi_tf_test import test_util


def _record(test, rows, mi, *, estimator='mi_tf', seed=0, **config):
  return {
    'config': {
      'benchmark': 'self_consistency',
      'images': 'mnist',
      'test': test,
      'rows': rows,
      'n': 100,
      'seed': seed,
      'estimator': estimator,
      'recipe': 'v1',
      'options': {'folds': 1},
      **config,
    },
    **({'error': 'ValueError: No.'} if mi is None else {'estimate': mi}),
    'cpu_seconds': 3.0,
  }


def _records(**kwargs):
  return [
    _record('masked', 7, 1.0, **kwargs),
    _record('masked', 14, 3.0, **kwargs),
    _record('masked', 28, 4.0, **kwargs),
    _record('independent', 28, 0.2, **kwargs),
    _record('processed', 7, 1.1, **kwargs),
    _record('processed', 14, 2.7, **kwargs),
    _record('additive', 7, 1.8, **kwargs),
    _record('additive', 14, 3.6, **kwargs),
  ]


def _rows(text):
  return [
    [cell.strip() for cell in line.strip('|').split('|')]
    for line in text.splitlines()
    if line.startswith('| mi_tf')
  ]


class ReportTest(test_util.TestCase):
  def test_ratios_are_to_the_right_estimates(self):
    (row,) = _rows(report.report(_records()))
    self.assertEqual(
      row,
      [
        'mi_tf',
        '4.00',  # All rows.
        '0.25',
        '0.75',
        '1.00',
        'yes',
        '0.05',  # 0.2 / 4.
        '1.00',  # 1.1 and 0.9.
        '1.50',  # 1.8 and 1.2.
        '0',
        '3.0',
      ],
    )

  def test_estimates_that_fall_are_told(self):
    found = [*_records(), _record('masked', 14, 0.5)]
    self.assertEqual(_rows(report.report(found))[0][5], 'no')

  def test_seeds_are_averaged_and_new_recipes_count(self):
    found = [
      _record('masked', 28, 1.0, recipe='v0'),
      _record('masked', 28, 4.0),
      _record('masked', 28, 8.0, seed=1),
    ]
    (row,) = _rows(report.report(found))
    self.assertEqual(row[1], '6.00')

  def test_what_cannot_be_divided_is_a_dash(self):
    found = [
      _record('masked', 7, 0.01),
      _record('masked', 28, None),
      _record('processed', 7, 1.0),
      _record('additive', 14, 1.0),
    ]
    (row,) = _rows(report.report(found))
    self.assertEqual(
      row, ['mi_tf', '-', '-', '-', '-', '-', '-', '-', '1', '3.0']
    )

  def test_estimators_and_kinds_of_runs_are_told_apart(self):
    found = [
      *_records(),
      *_records(estimator='mi_tf_nwj'),
      *_records(images='generated'),
      *_records(options={}),
    ]
    text = report.report(found)
    self.assertEqual(
      [row[0] for row in _rows(text)], ['mi_tf', 'mi_tf_nwj', 'mi_tf', 'mi_tf']
    )
    for heading in ('(mnist), folds=1', '(generated), f', '(mnist), defaults'):
      self.assertIn(heading, text)


class DrawTest(test_util.TestCase):
  def test_ratios_are_drawn_over_rows(self):
    figure = report.draw([*_records(), *_records(estimator='mi_tf_nwj')])
    picture = io.BytesIO()
    figure.savefig(picture, format='png')
    self.assertLess(len(picture.getvalue()), 200_000)
    expected = (
      [[7, 0.25], [14, 0.75], [28, 1.0]],
      [[7, 1.1], [14, 0.9]],
      [[7, 1.8], [14, 1.2]],
    )
    for axes, points in zip(figure.axes, expected):
      lines = {line.get_label(): line for line in axes.lines}
      self.assertAllClose(lines['mi_tf_nwj'].get_xydata(), points)

  @parameterized.parameters(([],), ([_record('masked', 28, None)],))
  def test_few_records_are_drawn(self, found):
    figure = report.draw(found)
    figure.savefig(io.BytesIO(), format='png')
    self.assertLen(figure.axes, 3)


if __name__ == '__main__':
  test_util.main()
