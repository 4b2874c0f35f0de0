"""Tests of the tables of all estimators."""

from mi_tf.benchmarks.accuracy import contenders
from mi_tf_test import test_util
from mi_tf_test.benchmarks import made_up


class ErrorsTest(test_util.TestCase):
  def _rows(self, found):
    return made_up.rows(contenders.errors(found))

  def test_the_least_error_is_bold(self):
    header, row = self._rows(
      [
        made_up.record(0.1),
        made_up.peer(-0.05),
        made_up.peer(0.3, estimator='ksg'),
      ]
    )
    self.assertEqual(header, ['family', 'n', 'mi_tf', 'cca', 'ksg'])
    self.assertEqual(
      row, ['beyond_normal', '10,000', '0.100', '**0.050**', '0.300']
    )

  def test_estimators_of_some_runs_are_compared_on_these(self):
    ours = [made_up.record(0.1, task='a'), made_up.record(0.5, task='b')]
    for error, cell in (
      (0.2, '0.200 (1 of 2; mi_tf 0.100)'),
      (0.01, '**0.010 (1 of 2; mi_tf 0.100)**'),
    ):
      _, row = self._rows([*ours, made_up.peer(error, task='a')])
      self.assertEqual(row[2:], ['**0.300**', cell])

  def test_reasons_of_missing_errors_are_told(self):
    found = [
      made_up.record(0.1),
      made_up.record(0.1, seed=1),
      made_up.refusal(),
      made_up.failure(estimator='gcmi'),
      made_up.failure(estimator='gcmi', seed=1),
      made_up.peer(0.2, estimator='ksg'),
      made_up.failure(estimator='ksg', seed=1),
      made_up.peer(0.2, estimator='other', n=300),
    ]
    _, other, row = self._rows(found)
    self.assertEqual(
      row[2:],
      [
        '**0.100**',
        '- (not taken)',
        '- (2 failed)',
        '0.200 (1 of 2; mi_tf 0.100; 1 failed)',
        '- (not run)',
      ],
    )
    self.assertEqual(other[2], '- (not run)')
    self.assertIn(
      '- cca does not take (columns of x; of y): (1 int64; 2 float64)\n',
      contenders.errors(found) + '\n',
    )

  def test_our_failures_show(self):
    _, row = self._rows(
      [made_up.record(0.1), made_up.failure(seed=1), made_up.peer(0.2)]
    )
    self.assertEqual(row[2:], ['**0.100 (1 failed)**', '0.200'])


class SquaredErrorsTest(test_util.TestCase):
  def test_losses_are_bold(self):
    found = [
      made_up.record(0.1, task='a'),
      made_up.record(0.1, task='b'),
      *(made_up.peer(0.2, task=task) for task in 'ab'),
      made_up.peer(0.05, task='b', estimator='ksg'),
      made_up.failure(estimator='other'),
    ]
    header, row = made_up.rows(contenders.squared_errors(found))
    self.assertEqual(header, ['family', 'n', 'cca', 'ksg'])
    self.assertEqual(row, ['beyond_normal', '10,000', '0.25', '**4.00 (1)**'])

  def test_without_rivals_there_is_no_table(self):
    self.assertEqual(contenders.squared_errors([made_up.record()]), '')


if __name__ == '__main__':
  test_util.main()
