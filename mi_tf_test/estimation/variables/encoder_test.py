"""Tests of the encoder of variables."""

import math

from absl.testing import parameterized
import numpy as np
import pandas as pd
from scipy import stats

from mi_tf.estimation.variables import checking
from mi_tf.estimation.variables import encoder
from mi_tf_test import test_util

_N = 200


class EncoderTest(test_util.TestCase):
  def _encode(self, value, train, rows, **kwargs):
    variable = checking.check(value, 'x', **kwargs)
    return encoder.Encoder(variable, train)(variable, rows)

  def test_ranks_become_quantiles_of_the_normal(self):
    value = self.rng().standard_cauchy(size=_N)
    rows = np.arange(_N)
    encoded = self._encode(value, rows, rows)
    self.assertEqual((encoded.shape, encoded.dtype), ((_N, 1), np.float32))
    rank = np.argsort(np.argsort(value))
    level = np.array([math.erf(z / math.sqrt(2.0)) for z in encoded[:, 0]])
    self.assertAllClose(0.5 + 0.5 * level, (rank + 0.5) / _N, atol=1e-6)

  @parameterized.parameters(
    np.exp, np.cbrt, lambda v: 1e9 + 1e3 * v, lambda v: -1e-20 * v
  )
  def test_scale_does_not_matter(self, fn):
    value = self.rng().normal(size=_N)
    rows = np.arange(_N)
    first = self._encode(value, rows, rows)
    second = self._encode(fn(value), rows, rows)
    self.assertAllClose(np.abs(first), np.abs(second), rtol=1e-5)

  def test_scores_rise_strictly_with_the_values(self):
    value = self.rng().standard_cauchy(size=_N)
    train = np.arange(100)
    encoded = self._encode(value, train, np.arange(_N))[:, 0]
    inside = (value >= value[train].min()) & (value <= value[train].max())
    order = np.argsort(value[inside])
    self.assertAllGreater(np.diff(encoded[inside][order]), 0.0)

  def test_equal_values_have_equal_scores(self):
    value = np.array([1.0, 2.0, 2.0, 2.0, 3.0, 3.0, 5.0, 9.0])
    rows = np.arange(8)
    encoded = self._encode(value, rows, rows)[:, 0]
    self.assertLen(set(encoded), 5)
    self.assertLen(set(encoded[1:4]), 1)
    # The three 2s stand in the middle of ranks 1, 2 and 3.
    level = 0.5 + 0.5 * math.erf(encoded[1] / math.sqrt(2.0))
    self.assertAllClose(level, 2.5 / 8.0, atol=1e-6)

  def test_unseen_values_are_interpolated_and_clipped(self):
    value = np.array([0.0, 1.0, 2.0, 3.0, 0.25, -5.0, 99.0])
    encoded = self._encode(value, np.arange(4), np.arange(7))[:, 0]
    self.assertAllClose(encoded[4], 0.75 * encoded[0] + 0.25 * encoded[1])
    self.assertEqual(encoded[5], encoded[0])
    self.assertEqual(encoded[6], encoded[3])

  def test_columns_that_do_not_vary_in_training_are_finite(self):
    value = np.array([1.0] * 10 + [2.0, 3.0])
    encoded = self._encode(value, np.arange(10), np.arange(12))
    self.assertAllEqual(encoded, np.zeros((12, 1)))

  def test_classes_become_indicators(self):
    value = np.array(['b', 'a', 'c', 'a', 'b', 'c'])
    encoded = self._encode(value, np.arange(6), np.arange(6))
    self.assertEqual(encoded.dtype, np.float32)
    self.assertAllEqual(encoded, np.eye(3)[[1, 0, 2, 0, 1, 2]])

  def test_classes_unseen_in_training_have_an_indicator(self):
    value = ['b', 'a'] * 5 + ['c', 'c']
    encoded = self._encode(value, np.arange(10), np.arange(12))
    self.assertAllEqual(encoded[10], [0.0, 0.0, 1.0])

  def test_counts_are_numbers_or_indicators(self):
    value = np.arange(60) % 3
    rows = np.arange(60)
    variable = checking.check(value, 'x')
    encoded = encoder.Encoder(variable, rows)(variable, rows)
    exact = stats.norm.ppf([1 / 6, 1 / 2, 5 / 6])
    self.assertAllClose(encoded[:, 0], exact[value], atol=1e-6)
    encoded = encoder.Encoder(variable, rows, counts=encoder.INDICATORS)(
      variable, rows, np.float64
    )
    self.assertEqual(encoded.dtype, np.float64)
    self.assertAllEqual(encoded, np.eye(3)[value])
    with self.assertRaisesRegex(
      ValueError, r"^`counts` must be one of \['numbers', 'indicators'\]. Rec"
    ):
      encoder.Encoder(variable, rows, counts='none')

  def test_images_are_passed_on(self):
    pixels = self.rng().integers(0, 256, (30, 8, 8), dtype=np.uint8)
    variable = checking.check(pixels, 'x')
    rows = np.array([3, 1])
    encoded = encoder.Encoder(variable, np.arange(9))(variable, rows)
    self.assertAllEqual(encoded, variable.images[rows])

  @parameterized.parameters(
    (['a', 'b'] * 100,), ([True, False] * 100,), ([0, 1] * 100,)
  )
  def test_two_classes_have_two_indicators(self, value):
    encoded = self._encode(value, np.arange(_N), np.arange(_N))
    self.assertAllEqual(encoded[:, 0] + encoded[:, 1], np.ones(_N))
    self.assertAllEqual(encoded[0] + encoded[1], [1.0, 1.0])

  def test_columns_of_both_kinds_stand_side_by_side(self):
    frame = pd.DataFrame(
      {'a': np.arange(9.0), 'b': list('xyzxyzxyz'), 'c': -np.arange(9.0)}
    )
    rows = np.arange(9)
    encoded = self._encode(frame, rows, rows)
    self.assertEqual(encoded.shape, (9, 5))
    self.assertAllEqual(encoded[:, 1:4], np.eye(3)[rows % 3])
    self.assertAllClose(encoded[:, 0], -encoded[:, 4], atol=1e-6)

  def test_encoding_does_not_depend_on_held_out_values(self):
    value = self.rng().normal(size=(_N, 2))
    train, held_out = np.arange(150), np.arange(150, _N)
    encoded = self._encode(value, train, train)
    some = self._encode(value, train, held_out[:10])
    changed = value.copy()
    changed[160:] = 1e6 * self.rng('other').normal(size=(40, 2))
    self.assertAllEqual(self._encode(changed, train, train), encoded)
    self.assertAllEqual(self._encode(changed, train, held_out[:10]), some)


if __name__ == '__main__':
  test_util.main()
