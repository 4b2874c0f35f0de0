"""Tests that bad input ends in an answer or in a one-sentence error of ours."""

import re

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

from mi_tf.estimation.variables import checking
from mi_tf.estimation.variables import encoder
from mi_tf.estimation.variables import variable
from mi_tf_test import test_util
from mi_tf_test.bad_input import arrays
from mi_tf_test.bad_input import cases

_X = arrays.good()[0]
_INDEX = np.arange(arrays.ROWS)
# Accepted cases, and a plain array with the same content.
_PLAIN = {
  **dict.fromkeys(
    (
      '1e-30',
      '1e-300',
      '1e-30 in float32',
      '1e30',
      '1e30 in float32',
      '1e300',
      'big endian',
      'far from zero',
      'list of lists',
      'list of tensors',
      'longdouble',
      'pandas nullable floats',
      'read-only',
      'subnormal',
      'tensor',
      'variable',
      'tuple',
    ),
    _X,
  ),
  'Fortran order': np.hstack([_X, -(_X**2)]),
  'bfloat16': np.float64(tf.cast(_X, tf.bfloat16)),
  'bools': _X > 0.0,
  'bytes': _INDEX % 2,
  'columns of other scales': np.hstack([_X, _X]),
  **dict.fromkeys(
    (
      'dates',
      'dates with zones',
      'decimals',
      'fractions',
      'frame of dates',
      'time differences',
    ),
    np.float64(_INDEX),
  ),
  'dates of Python': np.float64(_INDEX % 28),
  'empty strings': _INDEX % 2,
  'float16': np.float64(np.float16(_X)),
  'frame of categories': _INDEX % 4,
  'frame of equal names': np.hstack([_X, _X**2]),
  'huge integers': np.float64(_INDEX),
  'int64 at its ends': _INDEX % 2,
  'int8': _INDEX % 4,
  'numbers and bools': np.where(_INDEX % 2, 1.0, 1.5),
  'one column of two is constant': _X,
  'range': np.float64(_INDEX),
  'strings': _INDEX % 4,
  'strings of formulas': _INDEX % 2,
  'strings with null characters': 1 - _INDEX % 2,
  'tensor of strings': _INDEX % 4,
  'uint64 at its end': -np.float64(_INDEX),
  'view that goes backwards': _X[::-1].copy(),
}

# Accepted cases that are plain arrays or frames.
_OWN = {
  'all but one the same',
  'columns that add up',
  'constant but for rounding',
  'ends of the range',
  'five dimensions',
  'frame of mixed columns',
  'heavy tails',
  'heavy ties',
  'images of 1e30',
  'mostly zeros',
  'one far away',
  'the same column twice',
  'three dimensions',
  'two values',
}


class BadInputTest(test_util.TestCase):
  @parameterized.parameters(*cases.PARTS)
  def test_what_comes_of_each_case_is_as_the_table_says(self, part):
    folder = self.create_tempdir().full_path
    found = cases.table(folder, parts=[part])
    names = {line.split(' -> ')[0] for line in found}
    expected = [
      line
      for line in cases.GOLDEN.read_text('utf-8').splitlines()
      if line.split(' -> ')[0] in names
    ]
    self.assertEqual(
      found,
      expected,
      'Where that is right: python -m mi_tf_test.bad_input.cases --refresh',
    )

  def test_table_has_the_cases_of_all_parts(self):
    folder = self.create_tempdir().full_path
    names = list(cases.cases(folder))
    self.assertGreater(len(names), 200)
    lines = cases.GOLDEN.read_text('utf-8').splitlines()
    self.assertSameElements([line.split(' -> ')[0] for line in lines], names)

  @parameterized.named_parameters((name, name) for name in _PLAIN)
  def test_odd_arrays_are_read_as_plain_ones(self, name):
    odd = checking.check(arrays.arrays()[name](), 'x')
    classes = all(c.kind == variable.CLASS for c in odd.columns)
    kind = 'categorical' if classes else 'auto'
    plain = checking.check(_PLAIN[name], 'x', kind)
    odd, plain = (
      encoder.Encoder(v, _INDEX[:40])(v, _INDEX) for v in (odd, plain)
    )
    self.assertAllClose(odd, plain, atol=1e-3)
    self.assertGreater(np.std(odd), 0.1)

  def test_all_that_is_accepted_is_compared_or_has_no_plain_twin(self):
    accepted = re.findall(
      '^estimate_mi: x is (.*) -> answer$',
      cases.GOLDEN.read_text('utf-8'),
      re.MULTILINE,
    )
    self.assertSameElements(accepted, _OWN | set(_PLAIN))

  def test_silent_outcomes_are_found(self):
    def raises(error):
      raise error

    for run in (
      lambda: [1.0, float('nan')],
      lambda: raises(ValueError('Not raised by mi_tf.')),
    ):
      with self.assertRaises(cases.Silent):
        cases.outcome(run)
    self.assertEqual(cases.outcome(lambda: [1.0]), 'answer')


if __name__ == '__main__':
  test_util.main()
