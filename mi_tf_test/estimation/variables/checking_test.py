"""Tests of checking what users hold."""

import contextlib
import datetime
import decimal
import fractions

from absl.testing import parameterized
import hypothesis
from hypothesis import strategies as st
import numpy as np
import pandas as pd
import tensorflow as tf

from mi_tf.estimation.variables import checking
from mi_tf_test import properties
from mi_tf_test import test_util

_N = 200
_DAY = datetime.timedelta(days=1)
_LETTERS = {'class': 'c', 'count': 'k', 'number': 'n', 'atoms': 'a'}


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
    variable = checking.check(value, 'x', **kwargs)
    self.assertIsNone(variable.images)
    found = ''.join(_LETTERS[c.kind] for c in variable.columns)
    self.assertEqual(found, kinds)
    for column in variable.columns:
      self.assertEqual((column.values.ndim, column.values.dtype), (1, float))
    return variable

  def _values(self, variable):
    return np.stack([c.values for c in variable.columns], axis=1)

  @parameterized.parameters('float16', 'float32', 'float64', 'longdouble')
  def test_floats_are_numbers(self, dtype):
    value = self.rng().normal(size=(_N, 3)).astype(dtype)
    variable = self._assert_kinds(value, 'nnn')
    self.assertLen(variable, _N)
    self.assertAllEqual(self._values(variable), value.astype(np.float64))
    self._assert_kinds(_few().astype(dtype), 'k')

  def test_bfloat16_is_a_number(self):
    tensor = tf.constant(self.rng().uniform(1, 2, size=_N) * 2.0 ** _few(_N, 9))
    tensor = tf.cast(tensor, tf.bfloat16)
    variable = self._assert_kinds(tensor, 'n')
    self.assertAllEqual(variable.columns[0].values, tf.cast(tensor, tf.float64))

  @parameterized.parameters('int8', 'uint8', 'int32', 'int64', 'float32')
  def test_integers_that_repeat_are_counts(self, dtype):
    variable = self._assert_kinds(_few(classes=50).astype(dtype), 'k')
    self.assertTrue(variable.is_discrete)
    self.assertAllClose(variable.entropy, np.log(50.0))
    self._assert_kinds(_few(classes=51).astype(dtype), 'a')

  def test_the_values_of_a_memory_map_are_read(self):
    path = self.create_tempfile().full_path
    np.save(path + '.npy', _few().astype(np.float64))
    self._assert_kinds(np.load(path + '.npy', mmap_mode='r'), 'k')

  @parameterized.parameters(
    (np.array(['b', 'a'] * 100),),
    (np.array([b'b', b'a'] * 100),),
    (np.array(['b', 'a'] * 100, object),),
    (np.array([b'b', b'a'] * 100, object),),
    (np.array(['b', 'a'] * 100, np.dtypes.StringDType()),),
    (np.array([True, False] * 100),),
    (np.array([True, False] * 100, object),),
    (['b', 'a'] * 100,),
    ([True, False] * 100,),
    ([2, 1] * 100,),
    (tf.constant(['b', 'a'] * 100),),
    (tf.constant([True, False] * 100),),
    (pd.Series(['b', 'a'] * 100),),
    (pd.Series(['b', 'a'] * 100, dtype='category'),),
    (pd.Series(['b', 'a'] * 100, dtype='string'),),
    (pd.Series(['b', 'a'] * 100, dtype='string[pyarrow]'),),
    (pd.Series([True, False] * 100, dtype='boolean'),),
    (pd.Series([2, 1] * 100, dtype='Int64'),),
    (pd.Categorical(['b', 'a'] * 100),),
  )
  def test_classes_are_coded_in_the_order_of_their_values(self, value):
    variable = self._assert_kinds(value, 'c')
    self.assertAllEqual(variable.columns[0].values, [1.0, 0.0] * 100)

  @parameterized.parameters(
    ([1, 2.5, np.float32(3), np.int64(4)],),
    ([decimal.Decimal('1'), 2.5, 3, decimal.Decimal(4)],),
    ([fractions.Fraction(1), fractions.Fraction(5, 2), 3.0, 4],),
  )
  def test_objects_that_are_numbers_are_numbers(self, value):
    variable = self._assert_kinds(np.array(value * 50, object), 'k')
    self.assertAllEqual(variable.columns[0].values[:4], [1.0, 2.5, 3.0, 4.0])

  def test_kinds_can_be_demanded(self):
    self._assert_kinds(_few(), 'a', kind='continuous')
    self._assert_kinds(self.rng().normal(size=_N), 'n', kind='continuous')
    self._assert_kinds(np.array([True, False] * 100), 'a', kind='continuous')
    self._assert_kinds(_few(classes=50), 'c', kind='categorical')
    self._assert_kinds(_few() / 2.0, 'c', kind='categorical')

  @parameterized.parameters(
    ([[0.5, 1.5]] * 99 + [[1.5, 2.5]], 'cc'),
    ([1.0] * 99 + [2.0], 'c'),
    ([1] * 99 + [2], 'c'),
  )
  def test_lists_are_arrays(self, value, kinds):
    self._assert_kinds(value, kinds)

  def test_tensors_and_variables_are_arrays(self):
    value = self.rng().normal(size=(_N, 2))
    for tensor in (tf.constant(value), tf.Variable(value)):
      variable = self._assert_kinds(tensor, 'nn')
      self.assertAllEqual(self._values(variable), value)

  def test_the_order_of_an_ordered_categorical_is_kept(self):
    sizes = pd.Categorical(
      ['mid', 'low', 'top', 'mid'] * 50,
      categories=['low', 'mid', 'top'],
      ordered=True,
    )
    for value in (sizes, pd.Series(sizes), pd.DataFrame({'size': sizes})):
      variable = self._assert_kinds(value, 'k')
      self.assertAllEqual(variable.columns[0].values[:4], [1, 0, 2, 1])

  @parameterized.parameters(
    (pd.Series(pd.date_range('2026-01-01', periods=_N)),),
    (pd.date_range('2026-01-01', periods=_N).to_numpy(),),
    (pd.Series(pd.date_range('2026-01-01', periods=_N, tz='Asia/Tokyo')),),
    (pd.Series(pd.period_range('2026-01-01', periods=_N, freq='D')),),
    (pd.Series(pd.timedelta_range('1 day', periods=_N)),),
    (np.arange(_N).astype('timedelta64[D]'),),
    ([datetime.date.fromordinal(9**6 + i) for i in range(_N)],),
    ([datetime.datetime.fromordinal(9**6 + i) for i in range(_N)],),
    ([datetime.timedelta(i) for i in range(_N)],),
    ([pd.Timestamp('2026-01-01', tz='UTC') + i * _DAY for i in range(_N)],),
  )
  def test_times_are_numbers(self, value):
    variable = self._assert_kinds(value, 'n')
    steps = np.diff(variable.columns[0].values)
    self.assertAllClose(steps / steps[0], np.ones(_N - 1))

  def test_times_can_be_missing(self):
    value = np.array(['2026-01-01', 'NaT', '2026-01-03'] * 9, 'datetime64[D]')
    with self.assertRaisesRegex(ValueError, 'Received: 9 in column 0'):
      checking.check(value, 'x')
    with self.assertRaisesRegex(ValueError, 'Received: 9 in column 0'):
      checking.check(pd.Series(value), 'x')

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
    variable = self._assert_kinds(frame, 'nckncka'.replace('a', 'c'))
    self.assertEqual(
      variable.describe(), '2 numbers, 2 counts, 3 classes (2 values)'
    )
    self.assertEqual([c.name for c in variable.columns][-2:], ['floor', '7'])

  def test_fields_of_structured_arrays_have_their_own_kinds(self):
    table = np.zeros(
      _N, [('a', float), ('b', 'U3'), ('c', np.int32), ('d', object)]
    )
    table['a'] = self.rng().normal(size=_N)
    table['b'] = ['x', 'y'] * 100
    table['c'] = _few()
    table['d'] = list(range(_N))
    variable = self._assert_kinds(table, 'nckn')
    self.assertAllEqual(variable.columns[0].values, table['a'])
    self.assertAllEqual(variable.columns[3].values, np.arange(_N))
    table['c'] = 0
    self.assertEqual(self._assert_kinds(table, 'ncn').dropped, ('c',))

  def test_series_are_read_whatever_their_index(self):
    values = self.rng().normal(size=_N)
    variable = self._assert_kinds(pd.Series(values, index=range(5, 205)), 'n')
    self.assertAllEqual(variable.columns[0].values, values)

  def test_more_than_two_dimensions_are_flattened(self):
    value = self.rng().normal(size=(_N, 3, 7))
    variable = self._assert_kinds(value, 'n' * 21)
    self.assertAllEqual(self._values(variable), value.reshape(_N, 21))

  def test_constant_columns_are_left_out_and_named(self):
    value = self.rng().normal(size=(_N, 3))
    value[:, 1] = 2.0
    variable = self._assert_kinds(value, 'nn')
    self.assertEqual(variable.dropped, ('1',))
    frame = pd.DataFrame({'a': 'same', 'b': value[:, 0], 'c': 1})
    variable = self._assert_kinds(frame, 'n')
    self.assertEqual(variable.dropped, ('a', 'c'))


class ImagesTest(test_util.TestCase):
  @parameterized.parameters(
    ((30, 8, 9), 'images 8x9x1'),
    ((30, 8, 9, 1), 'images 8x9x1'),
    ((30, 4, 4, 3), 'images 4x4x3'),
  )
  def test_images_are_scaled_and_have_channels(self, shape, text):
    pixels = self.rng().integers(0, 256, shape, dtype=np.uint8)
    variable = checking.check(pixels, 'x')
    self.assertEqual((variable.columns, variable.describe()), ((), text))
    self.assertLen(variable, 30)
    images = variable.images
    self.assertEqual(images.dtype, np.float32)
    self.assertAllClose(images.mean(), 0.0, atol=1e-5)
    self.assertAllClose(images.std(), 1.0, rtol=1e-4)
    scaled = pixels.astype(np.float64).reshape(images.shape)
    scaled = (scaled - scaled.mean()) / scaled.std()
    self.assertAllClose(images, scaled, rtol=1e-4, atol=1e-4)

  @parameterized.parameters((30, 7, 9), (30, 9, 7))
  def test_narrow_arrays_are_tables(self, *shape):
    value = self.rng().normal(size=shape)
    self.assertIsNone(checking.check(value, 'x').images)
    self.assertIsNotNone(checking.check(value, 'x', 'image').images)
    value = self.rng().normal(size=(30, 9, 9))
    self.assertIsNone(checking.check(value, 'x', 'continuous').images)

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
      checking.check(value, 'x', 'image')

  def test_pixels_must_be_finite_and_vary(self):
    images = self.rng().normal(size=(30, 8, 8, 1))
    images[2, :2, 3] = np.nan
    images[3, 0, 0] = np.inf
    with self.assertRaisesRegex(
      ValueError, '^`y` must be finite. Received: 3 values that are NaN or inf'
    ):
      checking.check(images, 'y')
    with self.assertRaisesRegex(ValueError, '^`y` must vary. Received: const'):
      checking.check(np.ones((30, 8, 8, 1)), 'y')


class ErrorsTest(test_util.TestCase):
  def _assert_refused(self, error, message, value, kind='auto'):
    with self.assertRaisesRegex(error, message) as caught:
      checking.check(value, 'x', kind)
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
    (np.zeros(9, [('a', float, 2)]), '.*a'),
    (np.zeros((9, 2), [('a', float)]), '.*a'),
  )
  def test_other_dtypes_are_refused(self, value, name):
    self._assert_refused(
      TypeError,
      f'^`x` must hold real numbers, times or strings. Received: dtype={name}',
      value,
    )

  @parameterized.parameters(
    ([datetime.time(i) for i in range(9)], 'time'),
    ([1j, 2j, 3], 'complex'),
    ([{1}, {2}, {3}], 'set'),
    ([1, 'a', {}, {}], 'dict'),
  )
  def test_columns_of_other_objects_are_refused(self, value, name):
    self._assert_refused(
      TypeError,
      '^`x` must hold numbers, times or strings. Received: column 0 of '
      f'{name}.$',
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
    (np.arange(9.0), 'categorical', 9), (list('abcdefg'), 'auto', 7)
  )
  def test_classes_that_hardly_repeat_are_refused(self, value, kind, count):
    self._assert_refused(
      ValueError,
      '^`x` must repeat its classes to be categorical: a column that hardly '
      'does so looks like an identifier, to be left out, or its values to be '
      f'put into groups. Received: {count} different values in '
      f'{count} rows of column 0.$',
      value,
      kind=kind,
    )

  @parameterized.parameters(
    (
      lambda i: f'{i / 7}',
      r'numbers as text, to be made numbers \(`float64`\)',
    ),
    (
      lambda i: f'2026-01-{i + 1:02}',
      r'dates as text, .* \(`datetime64\[us\]`\)',
    ),
  )
  def test_numbers_and_dates_as_text_are_told(self, spell, what):
    self._assert_refused(
      ValueError,
      '^`x` must repeat its classes to be categorical: these are '
      f'{what} first. Received: 20 different values in 20 rows of column 0.$',
      [spell(i) for i in range(20)],
    )


class RangesTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.values = self.rng().normal(size=50)

  @parameterized.parameters(1e-300, 1e30, 1e300)
  def test_the_unit_of_a_column_does_not_matter(self, unit):
    column = checking.check(unit * self.values, 'x').columns[0].values
    self.assertAllFinite(np.square(column))
    ratio = column / self.values
    self.assertAllClose(ratio, np.full(50, ratio[0]), rtol=1e-12)

  @parameterized.parameters(np.int64, np.uint64, object)
  def test_neighbors_among_large_integers_stay_apart(self, dtype):
    least = 10**30 if dtype is object else 2**63 - 60
    values = np.array([least + i for i in range(50)], dtype)
    column = checking.check(values, 'x', 'continuous').columns[0].values
    self.assertAllClose(np.diff(column), np.ones(49))

  @parameterized.parameters(
    ([i * 10**400 for i in range(50)],),
    (np.linspace(0.0, 1.0, 50) * (np.longdouble(10) ** 400),),
    ([0.5] * 49 + [10**400],),
  )
  def test_what_float64_cannot_hold_is_refused(self, values):
    with self.assertRaisesRegex(ValueError, '`x` must be in the range of flo'):
      checking.check(values, 'x')

  @parameterized.parameters(1e-30, 1e30, 3e37)
  def test_the_unit_of_images_does_not_matter(self, unit):
    images = self.rng().uniform(size=(50, 4, 4, 1)).astype(np.float32)
    self.assertAllClose(
      checking.check(np.float32(unit) * images, 'x').images,
      checking.check(images, 'x').images,
      rtol=1e-5,
      atol=1e-5,
    )


class MissingTest(test_util.TestCase):
  """Missing cells as values of their own: `missing='class'`."""

  def test_missing_classes_are_the_last_class(self):
    for value in (
      ['b', None, 'a', 'b'],
      pd.Series(['b', None, 'a', 'b'], dtype='category'),
      pd.Series([2, None, 1, 2], dtype='Int64'),
      np.array([2.0, np.nan, 1.0, 2.0]),
      pd.Series([True, None, False, True], dtype='boolean'),
    ):
      column = pd.concat([pd.Series(value)] * 9)
      variable = checking.check(column, 'x', missing='class')
      self.assertLen(variable.columns, 1)
      self.assertEqual(variable.columns[0].kind, 'class')
      self.assertAllEqual(variable.columns[0].values[:4], [1, 2, 0, 1])

  def test_missing_numbers_have_a_column_beside_them(self):
    values = self.rng().normal(size=_N)
    values[:9] = np.nan
    frame = pd.DataFrame({'a': values, 'b': ['c', 'd'] * 100})
    variable = checking.check(frame, 'x', missing='class')
    names = [c.name for c in variable.columns]
    self.assertEqual(names, ['a', 'a is missing', 'b'])
    self.assertEqual(
      variable.describe(), '1 number with ties, 2 classes (2 values)'
    )
    numbers, flags, _ = (c.values for c in variable.columns)
    self.assertAllEqual(flags, np.arange(_N) < 9)
    self.assertAllEqual(numbers[9:], values[9:])
    self.assertLen(set(numbers[:9]), 1)
    self.assertIn(numbers[0], values[9:])

  def test_a_constant_with_gaps_is_what_is_missing(self):
    value = pd.DataFrame({'a': [None, 3.0] * 9, 'b': [None] * 18})
    variable = checking.check(value, 'x', missing='class')
    self.assertAllEqual(variable.codes, [1, 0] * 9)
    self.assertEqual(variable.dropped, ('b',))

  def test_other_options_are_refused(self):
    with self.assertRaisesRegex(
      ValueError, r"^`missing` must be one of \['refuse', 'class'\]. Received: "
    ):
      checking.check([1.0, 2.0], 'x', missing='drop')


class NotesTest(test_util.TestCase):
  """Sentences of doubt about columns that look like identifiers."""

  def test_the_number_of_the_row_is_told(self):
    for value in (np.arange(_N), 5 + self.rng().permutation(_N) * 1.0):
      (note,) = checking.check(value, 'x').notes
      self.assertStartsWith(note, 'Column 0 of `x` has a value of its own in')
      self.assertEmpty(checking.check(value, 'x', 'continuous').notes)

  def test_identifiers_of_groups_are_told(self):
    for value in (np.arange(4000) // 4, self.rng().integers(0, 1000, 4000)):
      (note,) = checking.check(pd.DataFrame({'id': value}), 'y').notes
      self.assertStartsWith(note, 'Column id of `y` has ')
      self.assertIn(" pass y_kind='categorical', ", note)

  def test_times_are_no_identifiers(self):
    days = self.rng().integers(0, 365, 1500).astype('datetime64[D]')
    objects = [None, *days.astype(object)[1:]]
    self.assertLen(checking.check(days.astype(np.int64), 'x').notes, 1)
    for value in (days, pd.Series(days), np.array(objects)):
      self.assertEmpty(checking.check(value, 'x', missing='class').notes)

  def test_many_classes_for_the_rows_are_told(self):
    value = [f'street {i}' for i in self.rng().integers(0, 60, _N)]
    for kind in ('auto', 'categorical'):
      (note,) = checking.check(value, 'x', kind).notes
      self.assertIn(' classes in 200 rows, few of each: put rare ones ', note)
    self.assertEmpty(checking.check(value * 5, 'x').notes)

  def test_many_columns_are_told_in_few_sentences(self):
    value = np.stack([np.arange(_N)] * 50, axis=1)
    notes = checking.check(value, 'x').notes
    self.assertLen(notes, 4)
    self.assertEqual(notes[-1], 'So it is with 47 more columns of `x`.')

  @parameterized.parameters(
    (lambda rng: rng.integers(18, 90, 1000),),  # Ages.
    (lambda rng: rng.integers(1900, 2026, 3000),),  # Years.
    (lambda rng: rng.poisson(2000, 2000),),
    (lambda rng: np.exp(rng.normal(10.0, 1.0, 1000)).astype(int),),  # Incomes.
    (lambda rng: rng.normal(size=1000),),
    (lambda rng: np.linspace(0.0, 1.0, 1000),),
    (lambda rng: np.arange(10),),
  )
  def test_amounts_are_not(self, draw):
    self.assertEmpty(checking.check(draw(self.rng()), 'x').notes)


_CELLS = (
  st.floats(width=32),
  st.floats(),
  st.integers(),
  st.integers(-3, 3),
  st.booleans(),
  st.text(max_size=2),
  st.sampled_from(['a', 'b', b'c']),
  st.none(),
  st.decimals(),
  st.fractions(),
  st.dates(),
  st.datetimes(),
  st.timedeltas(),
  st.just(pd.NA),
  st.just(np.datetime64('NaT')),
  st.sampled_from([1j, [], {}, np.float16(2), np.uint8(3), np.str_('d')]),
)


@st.composite
def _tables(draw):
  """Draws a `DataFrame`, each column of one or two kinds of cells."""
  n = draw(st.integers(1, 30))
  columns = {}
  for i in range(draw(st.integers(1, 3))):
    kinds = draw(st.lists(st.sampled_from(_CELLS), min_size=1, max_size=2))
    pool = draw(st.lists(st.one_of(kinds), min_size=1, max_size=n))
    cells = [pool[draw(st.integers(0, len(pool) - 1))] for _ in range(n)]
    column = pd.Series(cells, dtype=object)
    if draw(st.booleans()):
      with contextlib.suppress(Exception):  # pandas has limits of its own.
        column = column.infer_objects().convert_dtypes()
    columns[f'c{i}'] = column
  return pd.DataFrame(columns)


class PropertiesTest(test_util.TestCase):
  @properties.examples(300)
  @hypothesis.given(
    _tables(),
    st.sampled_from(checking.KINDS),
    st.sampled_from(checking.MISSING),
  )
  def test_a_table_is_a_variable_or_one_sentence(self, frame, kind, missing):
    try:
      variable = checking.check(frame, 'x', kind, missing)
    except (TypeError, ValueError) as error:
      self.assertRegex(str(error), r'^`x` must [^\n]*\.$')
      return
    self.assertLen(variable, len(frame))
    for column in variable.columns:
      self.assertAllFinite(column.values)
      self.assertGreater(len(np.unique(column.values)), 1)
      if column.kind == 'class':
        self.assertAllEqual(
          np.unique(column.values), np.arange(column.values.max() + 1)
        )
    self.assertNotEmpty(variable.describe())
    if variable.is_discrete:
      self.assertBetween(variable.entropy, 1e-9, np.log(len(frame)) + 1e-9)


class CheckTableTest(test_util.TestCase):
  def test_images_are_an_error(self):
    with self.assertRaisesRegex(
      ValueError, '`z` must be a table.* Received: images 8x8x1'
    ):
      checking.check_table(self.rng().random((60, 8, 8, 1)), 'z')

  def test_tables_are_checked(self):
    value = np.array([1.0, np.nan, 2.0] * 20)
    with self.assertRaisesRegex(ValueError, '`z` must not have missing'):
      checking.check_table(value, 'z')
    found = checking.check_table(value, 'z', 'categorical', 'class')
    self.assertEqual(found.describe(), '1 class (3 values)')


if __name__ == '__main__':
  test_util.main()
