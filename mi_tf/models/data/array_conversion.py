"""Conversion of data to arrays; errors say why a conversion fails."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf


def to_numpy(value: Any, name: str) -> np.ndarray:
  """Returns `value` as a nonempty NumPy array of at least one dimension.

  bfloat16 becomes float32. Ragged and empty arrays raise a `ValueError`. Data
  that is not dense raises a `TypeError`.
  """
  kind = type(value).__name__
  if isinstance(value, (tf.RaggedTensor, tf.SparseTensor)) or hasattr(
    value, 'tocsr'
  ):
    raise TypeError(f'`{name}` must be dense. Received: type {kind}.')
  if np.ma.isMaskedArray(value):
    raise TypeError(
      f'`{name}` must not be a masked array: drop the pairs '
      'with missing values first.'
    )
  if isinstance(value, keras.KerasTensor) or tf.is_symbolic_tensor(value):
    raise TypeError(
      f'`{name}` must hold values. Received: a symbolic {kind}, which has none '
      'yet.'
    )
  for method in ('numpy', 'to_numpy'):
    if hasattr(value, method):
      value = getattr(value, method)()
  if isinstance(value, (dict, set)) or hasattr(value, '__next__'):
    raise TypeError(f'`{name}` must be an array. Received: type {kind}.')
  try:
    value = np.asarray(value)
  except ValueError as e:
    raise ValueError(
      f'`{name}` must be rectangular: all of its rows must have the same shape.'
    ) from e
  if value.dtype.kind == 'O' and value.ndim == 0:
    raise TypeError(f'`{name}` must be an array. Received: type {kind}.')
  if value.dtype.name == 'bfloat16':
    value = value.astype(np.float32)
  if value.ndim == 0 or value.size == 0:
    raise ValueError(
      f'`{name}` must have shape [n] or [n, ...] and not be '
      f'empty. Received: {name}.shape={value.shape}.'
    )
  return value


def to_numbers(value: Any, name: str) -> np.ndarray | tf.Tensor:
  """Returns `value` as finite numbers, `[n, ...]`; errors are as in `to_numpy`.

  A `Tensor` stays a `Tensor`, on its device. NaN and infinite numbers raise a
  `ValueError`. Values that are not real numbers raise a `TypeError`.
  """
  array = value
  if not (isinstance(value, tf.Tensor) and value.shape.rank and tf.size(value)):
    array = to_numpy(value, name)
  is_tensor = isinstance(array, tf.Tensor)
  dtype = array.dtype.as_numpy_dtype if is_tensor else array.dtype
  kind = 'f' if dtype == tf.bfloat16.as_numpy_dtype else np.dtype(dtype).kind
  if kind not in 'biuf':
    raise TypeError(
      f'`{name}` must hold real numbers. '
      f'Received: {name}.dtype={np.dtype(dtype).name}.'
    )
  if kind == 'f':
    finite = tf.math.is_finite(array) if is_tensor else np.isfinite(array)
    bad = np.size(finite) - np.count_nonzero(finite)
    if bad:
      raise ValueError(
        f'`{name}` must be finite. Received: {bad} values that are NaN or '
        'infinite.'
      )
    # Keras trains in its default type.
    most = tf.as_dtype(keras.config.floatx()).max
    if np.max(np.abs(array)) > most:
      raise ValueError(
        f'`{name}` must be in the range of {keras.config.floatx()}: divide it '
        'by its standard deviation.'
      )
    if not is_tensor and array.dtype.itemsize > 8:
      array = array.astype(np.float64)
  return array


def to_values(
  value: Any, name: str, strings: bool = False
) -> np.ndarray | tf.Tensor:
  """Returns finite numbers, like `to_numbers`; if `strings`, also strings.

  Strings are returned as a `Tensor`.
  """
  if not strings:
    return to_numbers(value, name)
  if isinstance(value, tf.Tensor) and value.dtype == tf.string:
    return value
  array = to_numpy(value, name) if not isinstance(value, tf.Tensor) else value
  if _are_strings(array):
    return tf.constant(array.tolist(), tf.string, array.shape)
  return to_numbers(value, name)


def _are_strings(array):
  if isinstance(array, tf.Tensor) or array.dtype.kind not in 'OSUT':
    return False
  return array.dtype.kind != 'O' or all(
    isinstance(value, (str, bytes)) for value in array.flat
  )
