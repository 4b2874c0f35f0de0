"""Arrays that users pass by mistake."""

import datetime
import decimal
import fractions

import keras
import numpy as np
import pandas as pd
import scipy.sparse
import tensorflow as tf

ROWS = 64


def _rng():
  return np.random.default_rng(7)


def good(n=ROWS, columns=1):
  """Returns x and y, with about 0.35 nats for each column."""
  x = _rng().normal(size=(n, columns))
  return x, x + np.random.default_rng(8).normal(size=(n, columns))


def _with(value, at=3):
  """Returns normal numbers and one `value`."""
  x = good()[0]
  x[at, 0] = value
  return x


def _classes(n=ROWS, k=4):
  return np.arange(n) % k


def _ragged():
  return [[1.0], [2.0, 3.0]] * (ROWS // 2)


def _structured():
  return np.zeros(ROWS, dtype=[('a', float), ('b', int)])


def _far_apart():
  x = good()[0]
  x[0], x[1] = 1e300, -1e300
  return x


def arrays():
  """Returns a dict, the name of each case -> a function that makes the array.

  Each array is one side of the pairs, with `ROWS` rows if it has rows.
  """
  x = good()[0]
  rng = _rng()
  return {
    # Values that are missing.
    'nan': lambda: _with(np.nan),
    'inf': lambda: _with(np.inf),
    'minus inf': lambda: _with(-np.inf),
    'all nan': lambda: np.full((ROWS, 1), np.nan),
    'nan in float32': lambda: _with(np.nan).astype(np.float32),
    'nan in an image': lambda: np.full((ROWS, 8, 8, 1), np.nan, np.float32),
    'inf in float16': lambda: _with(np.inf).astype(np.float16),
    'none in a list': lambda: [None, *x[1:, 0].tolist()],
    'pandas NA': lambda: pd.Series([pd.NA, *x[1:, 0].tolist()]),
    'pandas NaT': lambda: pd.Series([pd.NaT] * ROWS),
    'pandas nullable integers': lambda: pd.Series(
      [None, *range(ROWS - 1)], dtype='Int64'
    ),
    'pandas nullable floats': lambda: pd.Series(x[:, 0], dtype='Float64'),
    'frame with a missing cell': lambda: pd.DataFrame(
      {'a': x[:, 0], 'b': _with(np.nan)[:, 0]}
    ),
    'frame of strings with a missing one': lambda: pd.DataFrame(
      {'a': [None, *'abc' * 21]}
    ),
    # Sizes.
    'no rows': lambda: np.zeros((0, 1)),
    'no columns': lambda: np.zeros((ROWS, 0)),
    'scalar': lambda: 1.0,
    'empty list': lambda: [],
    'five dimensions': lambda: rng.normal(size=(ROWS, 2, 2, 2, 2)),
    'three dimensions': lambda: rng.normal(size=(ROWS, 2, 2)),
    'transposed': lambda: x.T,
    'empty frame': lambda: pd.DataFrame(),
    # Constants and ties.
    'constant': lambda: np.ones((ROWS, 1)),
    'constant strings': lambda: ['a'] * ROWS,
    'constant image': lambda: np.ones((ROWS, 8, 8, 1), np.float32),
    'constant bools': lambda: np.ones(ROWS, bool),
    'constant but for rounding': lambda: np.ones((ROWS, 1)) + 1e-16 * x,
    'one column of two is constant': lambda: np.hstack([x, np.ones_like(x)]),
    'all but one the same': lambda: np.eye(ROWS)[:, :1],
    'two values': lambda: np.sign(x),
    'heavy ties': lambda: np.round(x),
    'mostly zeros': lambda: np.maximum(x - 1.0, 0.0),
    'the same column twice': lambda: np.hstack([x, x]),
    'columns that add up': lambda: np.hstack([x, 2.0 * x, 1.0 - x]),
    # Scales.
    '1e30': lambda: 1e30 * x,
    '1e-30': lambda: 1e-30 * x,
    '1e300': lambda: 1e300 * x,
    '1e-300': lambda: 1e-300 * x,
    'subnormal': lambda: 1e-310 * x,
    '1e30 in float32': lambda: (1e30 * x).astype(np.float32),
    '1e-30 in float32': lambda: (1e-30 * x).astype(np.float32),
    'far from zero': lambda: 1e12 + x,
    'one far away': lambda: _with(1e30),
    'ends of the range': _far_apart,
    'columns of other scales': lambda: np.hstack([1e30 * x, 1e-30 * x]),
    'heavy tails': lambda: np.random.default_rng(9).standard_cauchy((ROWS, 1)),
    'images of 1e30': lambda: (
      np.float32(1e30) * rng.normal(size=(ROWS, 8, 8, 1)).astype(np.float32)
    ),
    # Types.
    'float16': lambda: x.astype(np.float16),
    'longdouble': lambda: x.astype(np.longdouble),
    'bfloat16': lambda: tf.cast(x, tf.bfloat16),
    'complex': lambda: x + 1j,
    'complex without an imaginary part': lambda: x.astype(complex),
    'huge integers': lambda: [10**30 + i for i in range(ROWS)],
    'int64 at its ends': lambda: np.array(
      [np.iinfo(np.int64).min, np.iinfo(np.int64).max] * (ROWS // 2)
    ),
    'uint64 at its end': lambda: (
      np.iinfo(np.uint64).max - np.arange(ROWS, dtype=np.uint64)
    ),
    'int8': lambda: _classes().astype(np.int8),
    'bools': lambda: x[:, 0] > 0.0,
    'decimals': lambda: [decimal.Decimal(i) for i in range(ROWS)],
    'fractions': lambda: [fractions.Fraction(i, 3) for i in range(ROWS)],
    'strings': lambda: np.array(list('abcd') * (ROWS // 4)),
    'strings that are numbers': lambda: [str(v) for v in x[:, 0]],
    'strings of formulas': lambda: ['=1+1', '@SUM(A1)'] * (ROWS // 2),
    'strings with null characters': lambda: ['a\0b', 'a'] * (ROWS // 2),
    'empty strings': lambda: ['', 'a'] * (ROWS // 2),
    'bytes': lambda: np.array([b'a', b'\xff'] * (ROWS // 2)),
    'one string': lambda: 'abc',
    'strings that all differ': lambda: [f'id {i}' for i in range(ROWS)],
    'numbers and strings': lambda: np.array(
      [1.0, 'a'] * (ROWS // 2), dtype=object
    ),
    'numbers and bools': lambda: [1.5, True] * (ROWS // 2),
    'objects': lambda: np.array([object() for _ in range(ROWS)]),
    'functions': lambda: [len] * ROWS,
    'dates': lambda: np.arange(ROWS).astype('datetime64[D]'),
    'time differences': lambda: np.arange(ROWS).astype('timedelta64[s]'),
    'dates of Python': lambda: [
      datetime.date(2020, 1, 1 + i % 28) for i in range(ROWS)
    ],
    'dates with zones': lambda: pd.Series(
      pd.date_range('2020-01-01', periods=ROWS, tz='UTC')
    ),
    'frame of dates': lambda: pd.DataFrame(
      {'a': pd.date_range('2020-01-01', periods=ROWS)}
    ),
    'frame of categories': lambda: pd.DataFrame(
      {'a': pd.Categorical(list('abcd') * (ROWS // 4))}
    ),
    'frame of mixed columns': lambda: pd.DataFrame(
      {'a': x[:, 0], 'b': list('abcd') * (ROWS // 4)}
    ),
    'frame of equal names': lambda: pd.DataFrame(
      np.hstack([x, x**2]), columns=['a', 'a']
    ),
    'records': _structured,
    # Containers.
    'masked': lambda: np.ma.masked_greater(x, 1.0),
    'masked without a mask': lambda: np.ma.masked_array(x),
    'sparse': lambda: scipy.sparse.csr_matrix(np.maximum(x, 0.0)),
    'sparse array': lambda: scipy.sparse.coo_array(np.maximum(x, 0.0)),
    'sparse tensor': lambda: tf.sparse.from_dense(np.maximum(x, 0.0)),
    'ragged': _ragged,
    'ragged tensor': lambda: tf.ragged.constant(_ragged()),
    'ragged objects': lambda: np.array(_ragged(), dtype=object),
    'dictionary': lambda: {'x': x},
    'set': lambda: set(x[:, 0]),
    'generator': lambda: (v for v in x),
    'iterator of a map': lambda: map(float, x[:, 0]),
    'none': lambda: None,
    'data set': lambda: tf.data.Dataset.from_tensor_slices(x),
    'symbolic': lambda: keras.KerasTensor((ROWS, 1)),
    'tensor': lambda: tf.constant(x),
    'variable': lambda: tf.Variable(x),
    'tensor of strings': lambda: tf.constant(list('abcd') * (ROWS // 4)),
    'list of tensors': lambda: list(tf.constant(x)),
    'list of lists': lambda: x.tolist(),
    'tuple': lambda: tuple(x[:, 0]),
    'range': lambda: range(ROWS),
    'view that goes backwards': lambda: x[::-1],
    'read-only': lambda: np.broadcast_to(x, (1, ROWS, 1))[0],
    'big endian': lambda: x.astype('>f8'),
    'Fortran order': lambda: np.asfortranarray(np.hstack([x, -(x**2)])),
  }
