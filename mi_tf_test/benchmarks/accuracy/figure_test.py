"""Tests of the figure of the accuracy benchmark."""

import io
import sys

from absl.testing import parameterized

from mi_tf.benchmarks.accuracy import figure as figure_lib
from mi_tf_test import test_util
from mi_tf_test.benchmarks import made_up


class DrawTest(test_util.TestCase):
  def _draw(self, found):
    figure = figure_lib.draw(found)
    picture = io.BytesIO()
    # Warnings are errors: the layout must fit.
    figure.savefig(picture, format='png')
    self.assertLess(len(picture.getvalue()), 200_000)
    return figure.axes

  def test_errors_and_estimates_are_where_they_belong(self):
    errors, truths, calibration = self._draw(
      [
        made_up.record(0.11, task='a', truth=2.0, width=0.1),
        made_up.record(-0.21, task='b', truth=3.0, width=0.1),
        made_up.record(0.5, task='c', truth=9.0, family='low_dim'),
        made_up.peer(0.4, task='b', truth=3.0),
        made_up.failure(task='b', seed=1),
      ]
    )
    lines = {line.get_label(): line for line in errors.lines}
    self.assertAllClose(lines['mi_tf'].get_xydata(), [[0.11, 0], [-0.21, 1]])
    self.assertAllClose(lines['cca'].get_xydata(), [[0.4, 1]])
    self.assertEqual(
      [label.get_text() for label in errors.get_yticklabels()], ['a', 'b']
    )
    lines = {line.get_label(): line for line in truths.lines}
    self.assertAllClose(
      lines['mi_tf'].get_xydata(), [[2.0, 2.11], [3.0, 2.79], [9.0, 9.5]]
    )
    # 2.2, -4.2 and (beyond the end) 10 standard errors.
    (bars,) = calibration.containers
    filled = [round(float(b.get_x()), 6) for b in bars if b.get_height() > 0]
    self.assertEqual(filled, [-4.5, 2.0, 4.5])

  def test_the_full_run_fits(self):
    found = [
      record
      for error, name in ((0.1, 'mi_tf'), (0.2, 'bmi_ksg'), (0.3, 'bmi_cca'))
      for record in made_up.all_tasks(error, estimator=name)
    ]
    for record in found:
      record['config']['task'] = (
        f'spiral-normal_cdf-multinormal-{record["config"]["task"]}'
      )
    self.assertLen(self._draw(found)[0].get_yticklabels(), 40)

  @parameterized.parameters(
    ([],),
    ([made_up.failure()],),
    ([made_up.record(stderr=0.0)],),
    ([made_up.peer(1e6)],),
    ([made_up.record(family='independent', truth=0.0)],),
  )
  def test_unusual_records_are_drawn(self, found):
    self.assertLen(self._draw(found), 3)

  def test_pyplot_is_not_needed(self):
    before = 'matplotlib.pyplot' in sys.modules
    self._draw([made_up.record()])
    self.assertEqual('matplotlib.pyplot' in sys.modules, before)


if __name__ == '__main__':
  test_util.main()
