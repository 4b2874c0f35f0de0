"""Tests of the lines of the everyday benchmark."""

from mi_tf.benchmarks.everyday import report
from mi_tf.internal import records
from mi_tf_test import test_util


def _record(mi, *flags, ksg=None, **fields):
  config = {'task': 'counts/x', 'n': 100, 'seed': 0}
  return records.plain(
    {
      'config': config,
      'group': 'counts',
      'truth': 0.25,
      'mi': mi,
      'interval': (0.2, 0.3),
      'error_nats': mi - 0.25,
      'method': 'table',
      'seconds': 1.0,
      'warnings': 0,
      'flags': flags,
      'ksg': ksg,
      'failure': None,
      **fields,
    }
  )


_FAILURE = _record(
  float('nan'), 'FAILED', interval=(float('nan'),) * 2, failure='TypeError: No.'
)


class EverydayReportTest(test_util.TestCase):
  def test_summary_counts_each_group(self):
    found = [
      _record(0.26, ksg=0.3),
      _record(0.1, 'MISS', 'SILENT', 'FAR', ksg=0.2),
      _FAILURE,
    ]
    self.assertEqual(
      report.summary(found),
      'counts            3 runs  mean error 0.0800  most 0.1500  miss 1  '
      'silent 1  seconds 1.00, most 1.00  FAR 1  FAILED 1  '
      '(ksg 0.0500, most 0.0500)',
    )

  def test_row_has_the_numbers_and_what_went_wrong(self):
    row = report.row(_record(0.26, 'FAR', ksg=0.3, oracle_stderr=0.01))
    for text in ('counts/x', '[0.200, 0.300]', '+0.010', 'table', 'FAR'):
      self.assertIn(text, row)
    self.assertEndsWith(row, '(ksg +0.050)  (oracle +-0.010)')
    self.assertEndsWith(report.row(_FAILURE), 'FAILED  TypeError: No.')

  def test_report_has_a_header_and_a_line_for_each_record(self):
    lines = report.report([_record(0.26), _record(0.2)]).splitlines()
    self.assertLen(lines, 4)
    self.assertStartsWith(lines[0], 'task ')


if __name__ == '__main__':
  test_util.main()
