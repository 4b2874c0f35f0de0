"""What can be told of `estimate_mi` before there is a layer to estimate."""

import inspect

import numpy as np

from mi_tf.estimation.estimate_mi import estimate_mi
from mi_tf.estimation.variables import checking
from mi_tf.internal import checks


def check(y, **options):
  """Raises an error that `estimate_mi(layer, y, **options)` would raise.

  Args:
    y: array, shape `[n, ...]`.
    **options: of `estimate_mi`.

  Raises:
    ValueError: if there are too few rows, y is constant or has missing values,
      or an option is out of its range.
    TypeError: if y holds neither numbers nor strings, or there is no such
      option.
  """
  from mi_tf.estimation import pipeline
  from mi_tf.estimation.trained_critics import options as critic_options

  known = list(inspect.signature(estimate_mi).parameters)[2:]
  others = sorted({*options} - {*known})
  if others:
    raise TypeError(
      f'Options must be among those of `estimate_mi`, {known}. '
      f'Received: {others}.'
    )
  n = len(y)
  if n < pipeline.MIN_SAMPLES:
    raise ValueError(
      f'`data` must have at least {pipeline.MIN_SAMPLES} rows. Received: {n}.'
    )
  kinds = {
    key: options[of] for key, of in _OF_Y.items() if options.get(of) is not None
  }
  checking.check(y, 'y', **kinds)
  method = options.get('method', 'auto')
  if method not in pipeline.METHODS:
    raise ValueError(
      f'`method` must be one of {list(pipeline.METHODS)}. '
      f'Received: method={method!r}.'
    )
  checks.integers_at_least(
    {
      name: (least, options[name])
      for name, least in (('seed', 0), ('folds', 1), ('permutations', 0))
      if options.get(name) is not None
    }
  )
  groups = options.get('groups')
  if groups is not None and len(groups) != n:
    raise ValueError(
      f'`groups` must have {n} rows, as `data`. Received: {len(groups)}.'
    )
  critic_options.Options(
    **{key: options[key] for key in _OF_CRITIC if key in options}
  ).check()


_OF_Y = {'kind': 'y_kind', 'missing': 'missing'}
_OF_CRITIC = (
  'critic',
  'objective',
  'batch_size',
  'learning_rate',
  'max_epochs',
  'patience',
  'callbacks',
)


def projected(values, components, weights=None):
  """Returns the loudest principal components of a layer.

  Args:
    values: array, shape `[n, ...]`.
    components: `int`, how many, or `None`.
    weights: positive array, shape `[n]`, how many times a row counts; or
      `None`, once.

  Returns:
    Array, shape `[n, components]`; the values themselves if they are no more.
  """
  from mi_tf.estimation.methods.canonical_correlations import (
    principal_components,
  )

  flat = values.reshape([len(values), -1]).astype(np.float64)
  if components is None or flat.shape[1] <= components:
    return values
  if np.all(flat == flat[0]):
    return values
  centered = flat - np.average(flat, axis=0, weights=weights)
  if weights is None:
    return principal_components.components(centered, components).values
  root = np.sqrt(weights)[:, np.newaxis]
  return (
    principal_components.components(root * centered, components).values / root
  )
