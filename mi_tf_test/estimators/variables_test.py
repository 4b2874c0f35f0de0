"""Tests of checking and encoding what users hold."""

import datetime
import math

from absl.testing import parameterized
import numpy as np
import pandas as pd
import tensorflow as tf

from mi_tf.estimators import variables
from mi_tf_test import test_util

_N = 200


_MISSING = (
  '^`x` must not have missing values or NaN: leave out such rows of all '
  r'variables, as `dropna\(\)` does in a `DataFrame` of them. '
)
_INFINITE = '^`x` must be finite. Received: 1 values in column 0 that are infi'


def _few(n=_N, classes=4):
  return np.arange(n) % classes


class KindsTest(test_util.TestCase):
  """What is taken for classes, for numbers, and for images."""

  def _assert_kinds(self, value, kinds, **kwargs):
    variable = variables.check(value, 'x', **kwargs)
    self.assertEqual(variable.kind, 'table')
    found = ''.join('c' if c else 'f' for c in variable.categorical)
    self.assertEqual(found, kinds)
    self.assertLen(variable.columns, len(kinds))
    for column, kind in zip(variable.columns, kinds):
      self.assertEqual(column.ndim, 1)
      if kind == 'f':
        self.assertEqual(column.dtype, np.float64)
    return variable

  @parameterized.parameters('float16', 'float32', 'float64')
  def test_floats_are_continuous(self, dtype):
    value = self.rng().normal(size=(_N, 3)).astype(dtype)
    variable = self._assert_kinds(value, 'fff')
    self.assertLen(variable, _N)
    self.assertAllEqual(np.stack(variable.columns, axis=1), value)
    self._assert_kinds(_few().astype(dtype), 'f')

  def test_bfloat16_is_continuous(self):
    tensor = tf.constant(self.rng().normal(size=_N), tf.bfloat16)
    variable = self._assert_kinds(tensor, 'f')
    self.assertAllEqual(variable.columns[0], tf.cast(tensor, tf.float64))

  @parameterized.parameters('int8', 'uint8', 'int32', 'int64')
  def test_integers_of_few_values_are_classes(self, dtype):
    self._assert_kinds(_few(classes=10).astype(dtype), 'c')
    # More than a twentieth of the rows.
    self._assert_kinds(_few(classes=11).astype(dtype), 'f')

  def test_two_values_are_always_few(self):
    self._assert_kinds(_few(10, 2), 'c')
    self._assert_kinds(_few(10, 3), 'f')

  def test_256_values_are_the_most_that_count_as_few(self):
    self._assert_kinds(_few(9000, 256), 'c')
    self._assert_kinds(_few(9000, 257), 'f')

  def test_integers_of_many_columns_are_continuous(self):
    few = np.stack([np.roll(_few(), i) for i in range(32)], axis=1)
    self._assert_kinds(few, 'c' * 32)
    more = np.concatenate([few, few[:, :1]], axis=1)
    self._assert_kinds(more, 'f' * 33)

  @parameterized.parameters(
    (np.array(['a', 'b'] * 100),),
    (np.array([b'a', b'b'] * 100),),
    (np.array(['a', 'b'] * 100, object),),
    (np.array([b'a', b'b'] * 100, object),),
    (np.array([True, False] * 100),),
    (np.array([True, False] * 100, object),),
    (['a', 'b'] * 100,),
    ([True, False] * 100,),
    (tf.constant(['a', 'b'] * 100),),
    (tf.constant([True, False] * 100),),
    (pd.Series(['a', 'b'] * 100),),
    (pd.Series(['a', 'b'] * 100, dtype='category'),),
    (pd.Series([True, False] * 100, dtype='boolean'),),
  )
  def test_text_and_bools_are_classes(self, value):
    variable = self._assert_kinds(value, 'c')
    encoded = variables.Encoder(variable, np.arange(_N))(
      variable, np.arange(_N)
    )
    self.assertEqual(encoded.shape, (_N, 2))
    self.assertAllEqual(encoded.sum(axis=1), np.ones(_N))
    self.assertAllEqual(encoded[0] + encoded[1], [1.0, 1.0])

  def test_objects_that_are_numbers_are_numbers(self):
    value = np.array([1, 2.5, np.float32(3), np.int64(4)] * 50, object)
    variable = self._assert_kinds(value, 'f')
    self.assertAllEqual(variable.columns[0][:4], [1.0, 2.5, 3.0, 4.0])

  def test_kinds_can_be_demanded(self):
    self._assert_kinds(_few(), 'f', kind='continuous')
    self._assert_kinds(np.array([True, False] * 100), 'f', kind='continuous')
    self._assert_kinds(_few(classes=50), 'c', kind='categorical')
    self._assert_kinds(_few() / 2.0, 'c', kind='categorical')

  @parameterized.parameters(
    ([[0.5, 1.5]] * 99 + [[1.5, 2.5]], 'ff'),
    ([1.0] * 99 + [2.0], 'f'),
    ([1] * 99 + [2], 'c'),
  )
  def test_lists_are_arrays(self, value, kinds):
    self._assert_kinds(value, kinds)

  def test_tensors_and_variables_are_arrays(self):
    value = self.rng().normal(size=(_N, 2))
    for tensor in (tf.constant(value), tf.Variable(value)):
      variable = self._assert_kinds(tensor, 'ff')
      self.assertAllEqual(np.stack(variable.columns, axis=1), value)

  def test_columns_of_tables_have_their_own_kinds(self):
    frame = pd.DataFrame(
      {
        'height': self.rng().normal(size=_N),
        'city': ['Oslo', 'Bergen'] * 100,
        'rooms': _few(),
        'zip': np.arange(_N),
        'lift': [True, False] * 100,
        'floor': pd.array(_few(), dtype='Int64'),
        7: pd.Series(['a', 'b'] * 100, dtype='category'),
      }
    )
    variable = self._assert_kinds(frame, 'fccfccc')
    self.assertEqual(
      variable.describe(), '5 categorical + 2 continuous columns'
    )

  def test_fields_of_structured_arrays_have_their_own_kinds(self):
    table = np.zeros(
      _N, [('a', float), ('b', 'U3'), ('c', np.int32), ('d', object)]
    )
    table['a'] = self.rng().normal(size=_N)
    table['b'] = ['x', 'y'] * 100
    table['c'] = _few()
    table['d'] = list(range(_N))
    variable = self._assert_kinds(table, 'fccf')
    self.assertAllEqual(variable.columns[0], table['a'])
    self.assertAllEqual(variable.columns[3], np.arange(_N))
    table['c'] = 0
    self.assertEqual(self._assert_kinds(table, 'fcf').dropped, ('c',))

  def test_series_are_read_whatever_their_index(self):
    values = self.rng().normal(size=_N)
    variable = self._assert_kinds(pd.Series(values, index=range(5, 205)), 'f')
    self.assertAllEqual(variable.columns[0], values)

  def test_more_than_two_dimensions_are_flattened(self):
    value = self.rng().normal(size=(_N, 3, 7))
    variable = self._assert_kinds(value, 'f' * 21)
    self.assertAllEqual(
      np.stack(variable.columns, axis=1), value.reshape(_N, 21)
    )

  def test_constant_columns_are_left_out_and_named(self):
    value = self.rng().normal(size=(_N, 3))
    value[:, 1] = 2.0
    variable = self._assert_kinds(value, 'ff')
    self.assertEqual(variable.dropped, ('1',))
    frame = pd.DataFrame({'a': 'same', 'b': value[:, 0], 'c': 1})
    variable = self._assert_kinds(frame, 'f')
    self.assertEqual(variable.dropped, ('a', 'c'))

  @parameterized.parameters(
    (np.ones(_N) * _few(), '1 continuous column'),
    (_few(), '1 categorical column'),
    (np.eye(_N)[:, :2], '2 continuous columns'),
  )
  def test_description_counts_the_columns(self, value, text):
    self.assertEqual(variables.check(value, 'x').describe(), text)


class ImagesTest(test_util.TestCase):
  @parameterized.parameters(
    ((30, 8, 9), 'images 8x9x1'),
    ((30, 8, 9, 1), 'images 8x9x1'),
    ((30, 4, 4, 3), 'images 4x4x3'),
  )
  def test_images_are_scaled_and_have_channels(self, shape, text):
    pixels = self.rng().integers(0, 256, shape, dtype=np.uint8)
    variable = variables.check(pixels, 'x')
    self.assertEqual((variable.kind, variable.describe()), ('image', text))
    self.assertLen(variable, 30)
    images = variable.images
    self.assertEqual(images.dtype, np.float32)
    self.assertAllClose(images.mean(), 0.0, atol=1e-5)
    self.assertAllClose(images.std(), 1.0, rtol=1e-4)
    scaled = pixels.astype(np.float64).reshape(images.shape)
    scaled = (scaled - scaled.mean()) / scaled.std()
    self.assertAllClose(images, scaled, rtol=1e-4, atol=1e-4)

  def test_encoder_passes_images_on(self):
    pixels = self.rng().integers(0, 256, (30, 8, 8), dtype=np.uint8)
    variable = variables.check(pixels, 'x')
    rows = np.array([3, 1])
    encoded = variables.Encoder(variable, np.arange(9))(variable, rows)
    self.assertAllEqual(encoded, variable.images[rows])

  @parameterized.parameters((30, 7, 9), (30, 9, 7))
  def test_narrow_arrays_are_tables(self, *shape):
    value = self.rng().normal(size=shape)
    self.assertEqual(variables.check(value, 'x').kind, 'table')
    self.assertEqual(variables.check(value, 'x', 'image').kind, 'image')
    value = self.rng().normal(size=(30, 9, 9))
    self.assertEqual(variables.check(value, 'x', 'continuous').kind, 'table')

  @parameterized.parameters(
    (np.zeros((30, 5)), r'x.shape=\(30, 5\), dtype=float64'),
    (np.full((30, 8, 8), 'a'), 'dtype=<U1'),
    (np.zeros((30, 8, 8), complex), 'dtype=complex128'),
  )
  def test_what_is_no_image_is_refused(self, value, received):
    with self.assertRaisesRegex(
      ValueError,
      f'^`x` must be numeric, .* to be images. Received: .*{received}',
    ):
      variables.check(value, 'x', 'image')

  def test_pixels_must_be_finite_and_vary(self):
    images = self.rng().normal(size=(30, 8, 8, 1))
    images[2, :2, 3] = np.nan
    images[3, 0, 0] = np.inf
    with self.assertRaisesRegex(
      ValueError, '^`y` must be finite. Received: 3 values that are NaN or inf'
    ):
      variables.check(images, 'y')
    with self.assertRaisesRegex(ValueError, '^`y` must vary. Received: const'):
      variables.check(np.ones((30, 8, 8, 1)), 'y')


class ErrorsTest(test_util.TestCase):
  def _assert_refused(self, error, message, value, kind='auto'):
    with self.assertRaisesRegex(error, message) as caught:
      variables.check(value, 'x', kind)
    self.assertNotIn('\n', str(caught.exception))
    self.assertEndsWith(str(caught.exception), '.')

  def test_kinds_are_known(self):
    self._assert_refused(
      ValueError,
      r"^`x_kind` must be one of \['auto', .*\]. Received: x_kind='number'.$",
      [1, 2],
      kind='number',
    )

  def test_nan_is_counted_in_its_column(self):
    value = self.rng().normal(size=(_N, 3))
    value[[3, 5], 1] = np.nan
    message = _MISSING + 'Received: 2 in column {}.$'
    self._assert_refused(ValueError, message.format('1'), value)
    frame = pd.DataFrame(value, columns=['a', 'price', 'c'])
    self._assert_refused(ValueError, message.format('price'), frame)

  @parameterized.parameters(np.inf, -np.inf)
  def test_infinity_is_refused(self, infinity):
    value = np.append(np.arange(9.0), infinity)
    for dtype in ('float16', 'float32', 'float64'):
      self._assert_refused(ValueError, _INFINITE, value.astype(dtype))
    self._assert_refused(ValueError, _INFINITE, value.astype(object))
    tensor = tf.constant(value, tf.bfloat16)
    self._assert_refused(ValueError, _INFINITE, tensor)

  @parameterized.parameters(
    (np.array(['a', None, 'b', None], object), 2),
    (np.array(['a', float('nan'), 'b', 'c'], object), 1),
    (np.array([1, np.float32('nan'), 2], object), 1),
    (np.array([1.0, None, 2.0], object), 1),
    (['a', None, 'b'], 1),
    (pd.Series(['a', None, 'b']), 1),
    (pd.Series([True, None, False], dtype='boolean'), 1),
    (pd.Series(['a', None, 'b'], dtype='string'), 1),
  )
  def test_missing_values_are_counted(self, value, count):
    self._assert_refused(
      ValueError, f'{_MISSING}Received: {count} in column 0.$', value
    )

  @parameterized.parameters(
    (pd.Series([1, None, 2], dtype='Int64'),),
    (pd.DataFrame({0: pd.array([1, 2, pd.NA], dtype='Int64')}),),
    (pd.DataFrame({0: [1, 2, None]}),),
  )
  def test_missing_numbers_are_counted_too(self, value):
    self._assert_refused(ValueError, ' Received: 1 .*in column 0', value)

  @parameterized.parameters(
    (np.ones(9),),
    (['a'] * 9,),
    (np.ones((9, 2)) * [1.0, 2.0],),
    (pd.DataFrame({'a': [1] * 9, 'b': ['c'] * 9}),),
    (tf.zeros([9]),),
  )
  def test_constants_are_refused(self, value):
    self._assert_refused(
      ValueError, '^`x` must vary. Received: constant values.$', value
    )

  @parameterized.parameters(
    ([],),
    (np.zeros((0, 3)),),
    (np.zeros((3, 0)),),
    (1.5,),
    ('text',),
    (tf.constant(3.0),),
  )
  def test_empty_ones_and_scalars_are_refused(self, value):
    self._assert_refused(
      ValueError,
      r'^`x` must have shape \[n\] or \[n, ...\] and not be empty. Received: '
      r'x.shape=\(',
      value,
    )

  @parameterized.parameters(
    (pd.DataFrame({'a': []}),), (pd.DataFrame(index=range(9)),)
  )
  def test_empty_tables_are_refused(self, value):
    self._assert_refused(ValueError, '^`x` must not be empty.$', value)

  def test_ragged_lists_are_refused(self):
    self._assert_refused(
      ValueError, '^`x` must be rectangular: ', [[1.0], [2.0, 3.0]]
    )

  @parameterized.parameters(
    (tf.ragged.constant([[1.0], [2.0, 3.0]]), 'RaggedTensor'),
    (tf.sparse.from_dense(tf.eye(3)), 'SparseTensor'),
  )
  def test_tensors_that_are_not_dense_are_refused(self, value, name):
    self._assert_refused(
      TypeError, f'^`x` must be dense. Received: type {name}.$', value
    )

  def test_masked_arrays_are_refused(self):
    value = np.ma.masked_equal(np.arange(9.0), 3.0)
    self._assert_refused(
      TypeError, '^`x` must not be a masked array: drop the pairs ', value
    )

  @parameterized.parameters(
    (np.arange(9) * 1j, 'complex128'),
    (np.arange('2026-01-01', '2026-01-09', dtype='datetime64[D]'), 'datetime'),
    (np.arange(9).astype('timedelta64[s]'), 'timedelta64'),
    (pd.DataFrame({'a': pd.date_range('2026-01-01', periods=9)}), 'datetime64'),
    (np.zeros(9, [('a', float, 2)]), '.*a'),
    (np.zeros((9, 2), [('a', float)]), '.*a'),
  )
  def test_other_dtypes_are_refused(self, value, name):
    self._assert_refused(
      TypeError,
      f'^`x` must hold real numbers or strings. Received: dtype={name}',
      value,
    )

  @parameterized.parameters(
    ([datetime.date(2026, 1, i) for i in range(1, 9)], 'date'),
    ([1, 'a', {}, {}], 'dict'),
  )
  def test_columns_of_other_objects_are_refused(self, value, name):
    self._assert_refused(
      TypeError,
      f'^`x` must hold numbers or strings. Received: column 0 of {name}.$',
      np.array(value, object),
    )

  @parameterized.parameters(
    ([1, 'a', 2, 'b'], "2 of 4 values in column 0 that .*, the first 'a'.$"),
    ([1.0, True, 2.0], '1 of 3 values in column 0 that .*, the first True.$'),
    ([1.0, 99 * 'a'], '1 of 2 values in column 0 that .*, the first .a{59}.$'),
  )
  def test_numbers_and_text_in_a_column_are_refused(self, value, received):
    self._assert_refused(
      TypeError,
      '^`x` must hold numbers alone or strings alone in each column. '
      f'Received: {received}',
      np.array(value, object),
    )

  def test_text_is_not_continuous(self):
    self._assert_refused(
      TypeError,
      '^`x` must hold numbers to be continuous. Received: strings in column 0.',
      ['a', 'b'] * 9,
      kind='continuous',
    )

  @parameterized.parameters(
    (np.arange(9.0), 'categorical', 9), (list('abcdefg') * 1, 'auto', 7)
  )
  def test_classes_that_hardly_repeat_are_refused(self, value, kind, count):
    self._assert_refused(
      ValueError,
      '^`x` must repeat its classes to be categorical. Received: '
      f'{count} different values in {count} rows of column 0.$',
      value,
      kind=kind,
    )


class RangesTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.values = self.rng().normal(size=50)

  @parameterized.parameters(1e-300, 1e30, 1e300)
  def test_the_unit_of_a_column_does_not_matter(self, unit):
    column = variables.check(unit * self.values, 'x').columns[0]
    self.assertAllFinite(np.square(column))
    ratio = column / self.values
    self.assertAllClose(ratio, np.full(50, ratio[0]), rtol=1e-12)

  @parameterized.parameters(np.int64, np.uint64, object)
  def test_neighbours_among_large_integers_stay_apart(self, dtype):
    least = 10**30 if dtype is object else 2**63 - 60
    values = np.array([least + i for i in range(50)], dtype)
    column = variables.check(values, 'x', 'continuous').columns[0]
    self.assertAllClose(np.diff(column), np.ones(49))

  @parameterized.parameters(
    ([i * 10**400 for i in range(50)],),
    (np.linspace(0.0, 1.0, 50) * (np.longdouble(10) ** 400),),
    ([0.5] * 49 + [10**400],),
  )
  def test_what_float64_cannot_hold_is_refused(self, values):
    with self.assertRaisesRegex(ValueError, '`x` must be in the range of flo'):
      variables.check(values, 'x')

  @parameterized.parameters(1e-30, 1e30, 3e37)
  def test_the_unit_of_images_does_not_matter(self, unit):
    images = self.rng().uniform(size=(50, 4, 4, 1)).astype(np.float32)
    self.assertAllClose(
      variables.check(np.float32(unit) * images, 'x').images,
      variables.check(images, 'x').images,
      rtol=1e-5,
      atol=1e-5,
    )


class EncoderTest(test_util.TestCase):
  def _encode(self, value, train, rows, **kwargs):
    variable = variables.check(value, 'x', **kwargs)
    return variables.Encoder(variable, train)(variable, rows)

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

  def test_unseen_classes_are_all_zero(self):
    known = variables.check(['b', 'a'] * 5, 'x')
    other = variables.check(['a', 'z'] * 5, 'x')
    rows = np.arange(2)
    encoded = variables.Encoder(known, np.arange(10))(other, rows)
    self.assertAllEqual(encoded, [[1.0, 0.0], [0.0, 0.0]])

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
