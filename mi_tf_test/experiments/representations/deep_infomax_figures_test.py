"""Tests of the figures of Deep InfoMax, on records that are made up."""

from mi_tf.experiments.representations import deep_infomax_figures
from mi_tf_test import test_util
from mi_tf_test.experiments import made_up


class DeepInfomaxFiguresTest(test_util.TestCase):
  def test_table_has_the_accuracy_of_each_layer(self):
    header, rows = deep_infomax_figures.table(made_up.runs('deep_infomax'))
    row = dict(zip(header, rows[0], strict=True))
    self.assertEqual(row['run'], 'JSD, local 1, prior 0.1')
    self.assertEqual(row['random encoder, y'], '0.5000 +- 0.0000')
    self.assertEqual(row['pixels'], '0.7000 +- 0.0000')
    self.assertEqual(row['hidden layer on y'], '0.7500 +- 0.0000')
    self.assertLen({r[0] for r in rows}, 7)


if __name__ == '__main__':
  test_util.main()
