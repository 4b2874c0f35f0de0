"""Tests of MiEstimate: units, text, JSON and pictures."""

import json
import math
import os
import pathlib

from absl.testing import parameterized
import numpy as np

import mi_tf
from mi_tf_test import test_util

_LOG_2 = math.log(2.0)
_CANDIDATES = (
  {'method': 'independence', 'mi': 0.0, 'loss': 1.386294, 'seconds': 0.001},
  {'method': 'elliptical', 'mi': 0.5, 'loss': 1.25, 'seconds': 12.345},
)


def make_estimate(**kwargs):
  """Returns an estimate of five samples."""
  fields = dict(
    mi=0.5,
    stderr=0.1,
    interval=(0.29, 0.71),
    lower_bound=0.25,
    pointwise=np.array([0.1, 0.9, 0.4, -0.2, 1.3]),
    indices=np.array([0, 2, 3, 5, 7]),
    num_samples=5,
    guarantee='none',
    diagnostics={
      'mean_exp_score': np.float32(0.75),
      'epochs': [np.int64(3), 4],
      'critic': 'EllipticalCritic',
      'sizes': np.array([1, 2]),
    },
    history={'loss': [1.5, 1.25], 'val_loss': [1.75, np.float64(1.5)]},
    marginal_scores=np.array([-3.0, -1.0, 0.5]),
  )
  return mi_tf.MiEstimate(**{**fields, **kwargs})


def _refuse(constant):
  raise ValueError(f'{constant} is not JSON.')


class UnitsTest(test_util.TestCase):
  def test_bits_are_nats_over_log_two(self):
    nats = make_estimate(cap=1.5, candidates=_CANDIDATES)
    bits = nats.to('bits')
    self.assertEqual((nats.units, bits.units), ('nats', 'bits'))
    for field in (
      'mi',
      'stderr',
      'interval',
      'lower_bound',
      'pointwise',
      'cap',
    ):
      self.assertAllClose(
        np.array(getattr(bits, field)) * _LOG_2,
        getattr(nats, field),
        rtol=1e-12,
        atol=1e-14,
      )
    self.assertEqual(nats.mi, 0.5)
    self.assertAllClose([c['mi'] * _LOG_2 for c in bits.candidates], [0.0, 0.5])
    self.assertEqual([c['loss'] for c in bits.candidates], [1.386294, 1.25])
    self.assertEqual(nats.candidates, _CANDIDATES)
    self.assertEqual(make_estimate().to('bits').cap, math.inf)

  def test_to_bits_and_back_is_where_it_began(self):
    nats = make_estimate()
    again = nats.to('bits').to('bits').to('nats').to('nats')
    self.assertAllClose(again.interval, nats.interval, rtol=1e-14, atol=1e-14)
    self.assertAllClose(again.pointwise, nats.pointwise, rtol=1e-14, atol=1e-14)
    self.assertEqual(again.units, 'nats')
    self.assertIs(again.diagnostics, nats.diagnostics)

  @parameterized.parameters('bit', 'hartleys', '')
  def test_other_units_are_refused(self, units):
    with self.assertRaisesRegex(
      ValueError,
      r"^`units` must be one of \['bits', 'nats'\]. "
      f"Received: units='{units}'.$",
    ):
      make_estimate().to(units)

  def test_it_counts_as_a_number(self):
    self.assertEqual(float(make_estimate()), 0.5)
    self.assertAllClose(float(make_estimate().to('bits')), 0.5 / _LOG_2)

  def test_formats_are_those_of_floats(self):
    estimate = make_estimate()
    self.assertEqual(f'{estimate:.3f}', '0.500')
    self.assertEqual(f'{estimate.to("bits"):>8.2f}', '    0.72')
    self.assertEqual(f'{estimate:.0%}', '50%')
    self.assertEqual(f'{estimate}', str(estimate))
    self.assertEqual(f'{estimate:10}', '       0.5')
    with self.assertRaisesRegex(ValueError, 'format'):
      format(estimate, 'd')


class NormalizedTest(test_util.TestCase):
  def test_gaussians_have_the_size_of_their_correlation(self):
    for rho in (0.0, 0.3, -0.95):
      estimate = make_estimate(mi=-0.5 * math.log1p(-(rho**2)))
      for units in ('nats', 'bits'):
        self.assertAllClose(estimate.to(units).normalized, abs(rho))

  def test_discrete_variables_have_the_share_of_their_entropy(self):
    estimate = make_estimate(mi=0.25 * _LOG_2, cap=_LOG_2)
    self.assertAllClose(estimate.normalized, 0.25)
    self.assertAllClose(estimate.to('bits').normalized, 0.25)

  @parameterized.parameters(
    (-0.01, math.inf, 0.0),
    (-0.01, 1.0, 0.0),
    (800.0, math.inf, 1.0),
    (1.0000001, 1.0, 1.0),
    (0.0, 0.0, 0.0),
  )
  def test_it_is_from_0_to_1(self, mi, cap, expected):
    self.assertEqual(make_estimate(mi=mi, cap=cap).normalized, expected)


class TextTest(test_util.TestCase):
  def test_text_is_one_line_if_nothing_looks_wrong(self):
    self.assertEqual(
      str(make_estimate()),
      '0.5000 nats, 95 % interval [0.2900, 0.7100], lower bound 0.2500 '
      '(critic, 5 held-out samples)',
    )
    self.assertStartsWith(str(make_estimate().to('bits')), '0.7213 bits, ')
    self.assertIn('(table, 5 held-out', str(make_estimate(method='table')))

  def test_table_has_a_line_for_each_candidate(self):
    self.assertEqual(make_estimate().table(), '')
    estimate = make_estimate(candidates=_CANDIDATES)
    self.assertEqual(
      estimate.table().split('\n'),
      [
        'method          nats    loss  seconds',
        'independence  0.0000  1.3863     0.00',
        'elliptical    0.5000  1.2500    12.35',
      ],
    )
    in_bits = estimate.to('bits').table()
    self.assertIn('bits', in_bits)
    self.assertIn('0.7213', in_bits)

  def test_each_warning_has_its_line(self):
    lines = str(make_estimate(warnings=('Few.', 'Wild.'))).split('\n')
    self.assertLen(lines, 3)
    self.assertEqual(lines[1:], ['Warning: Few.', 'Warning: Wild.'])


class JsonTest(test_util.TestCase):
  def test_numbers_come_back(self):
    estimate = make_estimate(mi=1.0 / 3.0, warnings=('Few.',))
    record = json.loads(estimate.to_json(), parse_constant=_refuse)
    self.assertEqual(record['mi'], 1.0 / 3.0)
    self.assertEqual(record['interval'], [0.29, 0.71])
    self.assertEqual(record['lower_bound'], 0.25)
    self.assertEqual(record['stderr'], 0.1)
    self.assertEqual(record['num_samples'], 5)
    self.assertEqual((record['units'], record['guarantee']), ('nats', 'none'))
    self.assertEqual(record['warnings'], ['Few.'])
    self.assertEqual(record['history']['val_loss'], [1.75, 1.5])
    self.assertEqual(
      record['diagnostics'],
      {
        'mean_exp_score': 0.75,
        'epochs': [3, 4],
        'critic': 'EllipticalCritic',
        'sizes': [1, 2],
      },
    )
    self.assertNotIn('pointwise', record)
    self.assertEqual((record['method'], record['candidates']), ('critic', []))
    self.assertIsNone(record['cap'])
    self.assertEqual(record['normalized'], estimate.normalized)

  def test_candidates_and_cap_come_back(self):
    estimate = make_estimate(method='a + b', candidates=_CANDIDATES, cap=1.5)
    record = json.loads(estimate.to_json(), parse_constant=_refuse)
    self.assertEqual((record['method'], record['cap']), ('a + b', 1.5))
    self.assertEqual(record['candidates'], list(_CANDIDATES))

  def test_pointwise_values_are_written_if_asked_for(self):
    estimate = make_estimate()
    record = json.loads(estimate.to_json(pointwise=True))
    self.assertEqual(record['pointwise'], estimate.pointwise.tolist())
    self.assertEqual(record['indices'], [0, 2, 3, 5, 7])

  def test_units_are_those_of_the_estimate(self):
    record = json.loads(make_estimate().to('bits').to_json())
    self.assertEqual(record['units'], 'bits')
    self.assertAllClose(record['mi'], 0.5 / _LOG_2)

  def test_file_holds_the_text(self):
    path = os.path.join(self.create_tempdir().full_path, 'estimate.json')
    estimate = make_estimate(warnings=('Größe.',))
    text = estimate.to_json(path)
    written = pathlib.Path(path).read_text(encoding='utf-8')
    self.assertEqual(written, text + '\n')
    self.assertEqual(json.loads(written)['warnings'], ['Größe.'])

  @parameterized.parameters(
    {'history': {'loss': [float('nan')]}},
    {'history': {'loss': [np.float32(np.nan)]}},
    {'diagnostics': {'effective_negatives': math.inf}},
    {'pointwise': np.array([-np.inf, 0.0, 1.0, 2.0, 3.0])},
  )
  def test_what_is_not_finite_is_still_json(self, **fields):
    text = make_estimate(**fields).to_json(pointwise=True)
    json.loads(text, parse_constant=_refuse)


class PlotTest(test_util.TestCase):
  def test_plot_is_a_figure_that_is_saved_if_asked_to(self):
    from matplotlib import figure

    folder = pathlib.Path(self.create_tempdir().full_path)
    self.assertIsInstance(make_estimate().plot(), figure.Figure)
    self.assertEmpty(list(folder.iterdir()))
    for name, start in (('a.png', b'\x89PNG'), ('a.pdf', b'%PDF')):
      drawn = make_estimate().plot(str(folder / name))
      self.assertIsInstance(drawn, figure.Figure)
      content = (folder / name).read_bytes()
      self.assertGreater(len(content), 1000)
      self.assertEqual(content[:4], start)


if __name__ == '__main__':
  test_util.main()
