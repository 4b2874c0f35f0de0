"""Tests of what notebooks show of an estimate."""

import re
from xml.etree import ElementTree

from absl.testing import parameterized
import numpy as np

from mi_tf_test import test_util
from mi_tf_test.plotting import made_up


class NotebookViewTest(test_util.TestCase):
  def view(self, **kwargs):
    return made_up.estimate(self.rng(), **kwargs)._repr_html_()

  def svg(self, text):
    return ElementTree.fromstring(re.search('<svg.*</svg>', text).group(0))

  def test_numbers_are_those_of_the_text(self):
    estimate = made_up.estimate(self.rng())
    for shown in (estimate, estimate.to('bits')):
      text = re.sub('<svg.*</svg>', '', shown._repr_html_())
      self.assertIn(str(shown), re.sub('<.*?>', '', text))

  def test_warnings_and_p_value_are_shown(self):
    text = self.view(warnings=('Few <samples>.', 'Wild.'), p_value=0.005)
    self.assertIn('Few &lt;samples&gt;.', text)
    self.assertIn('Wild.', text)
    self.assertIn('p-value of independence 0.005', text)
    self.assertNotIn('p-value', self.view())

  def test_candidates_are_in_a_folded_table(self):
    self.assertNotIn('<details', self.view())
    candidates = (
      {'method': 'a<b', 'mi': 0.25, 'loss': 1.25, 'seconds': 0.5},
      {'method': 'b', 'mi': 0.5, 'loss': 1.125, 'seconds': 2.0},
    )
    text = self.view(candidates=candidates)
    found = re.search('<details><summary>.*</summary>(.*)</details>', text)
    table = ElementTree.fromstring(found.group(1))
    cells = [[cell.text for cell in row] for row in table.iter('tr')]
    self.assertEqual(
      cells,
      [
        ['method', 'nats', 'loss', 'seconds'],
        ['a<b', '0.2500', '1.2500', '0.50'],
        ['b', '0.5000', '1.1250', '2.00'],
      ],
    )
    self.assertEqual([cell.tag for cell in table[0]], ['th'] * 4)

  def test_picture_is_to_scale(self):
    svg = self.svg(self.view(mi=0.5, interval=(0.25, 1.0), lower_bound=0.125))
    first, *_, last = (float(text.get('x')) for text in svg.iter('text'))
    place = lambda value: first + value * (last - first)
    self.assertAllClose(
      float(svg.find('circle').get('cx')), place(0.5), atol=0.1
    )
    _, interval, bound = (path.get('d') for path in svg.iter('path'))
    ends = [float(n) for n in re.match(r'M(\S+) 20H(\S+?)M', interval).groups()]
    self.assertAllClose(ends, [place(0.25), place(1.0)], atol=0.1)
    self.assertAllClose(
      float(re.match(r'M(\S+) ', bound).group(1)), place(0.125), atol=0.1
    )

  @parameterized.parameters(
    (0.0, 1.0, ['0', '1']),
    (-1.0, 1.0, ['-1', '1', '0']),
    (-0.01, 1.0, ['-0.01', '1']),
    (0.0, 0.0, ['0', '0']),
  )
  def test_ends_are_named_and_zero_where_there_is_room(
    self, low, high, expected
  ):
    svg = self.svg(self.view(mi=high, interval=(low, high), lower_bound=0.0))
    self.assertEqual([text.text for text in svg.iter('text')], expected)

  def test_an_arrow_leads_to_an_infinite_end(self):
    svg = self.svg(self.view(mi=2.0, interval=(1.0, np.inf), lower_bound=0.5))
    _, interval, _ = (path.get('d') for path in svg.iter('path'))
    self.assertEndsWith(interval, '20l-8 -6m8 6l-8 6')

  def test_what_is_not_finite_has_no_picture(self):
    text = self.view(mi=np.nan, interval=(0.0, np.inf))
    self.assertNotIn('<svg', text)
    self.assertIn('nan nats', text)


if __name__ == '__main__':
  test_util.main()
