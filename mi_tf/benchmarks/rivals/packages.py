"""Estimators of packages that run beside mi_tf, with their defaults."""

import functools
import importlib

import numpy as np

from mi_tf.benchmarks.rivals import estimator

_BMI = 'bmi.estimators'


def _are_columns(x, y):
  return estimator.is_column(x) and estimator.is_column(y)


def _are_tables(x, y):
  return all(estimator.is_numbers(v) and np.ndim(v) == 2 for v in (x, y))


def _values(side):
  """Returns a column's numbers, or the codes of its classes."""
  if estimator.is_numbers(side):
    return np.asarray(side, np.float64).reshape(-1)
  return estimator.codes(side)


def _sklearn_knn(x, y, seed):
  """Returns scikit-learn's estimate: nearest neighbors, or a table's plug-in.

  The plug-in is for two sides of classes.
  """
  selection = importlib.import_module('sklearn.feature_selection')
  estimate = (
    selection.mutual_info_regression
    if estimator.is_numbers(y)
    else selection.mutual_info_classif
  )
  (mi,) = estimate(
    _values(x)[:, np.newaxis],
    _values(y),
    discrete_features=[not estimator.is_numbers(x)],
    random_state=seed,
  )
  return {'estimate': float(mi)}


def _bmi(name, neural=False):
  """Returns an estimator of bmi, the package of the Beyond Normal benchmark."""

  def estimate(x, y, seed):
    module = importlib.import_module(_BMI)
    options = {'seed': seed, 'verbose': False} if neural else {}
    mi = getattr(module, name)(**options).estimate(x, y)
    return {'estimate': float(mi)}

  return _package(estimate, 'benchmark-mi', _are_tables, _BMI)


def _package(estimate, package, takes, module):
  """Returns the `Estimator` of a package with the name that pip knows."""
  return estimator.Estimator(
    estimate, functools.partial(estimator.version_of, package), takes, module
  )


ESTIMATORS = {
  'sklearn_knn': _package(
    _sklearn_knn, 'scikit-learn', _are_columns, 'sklearn.feature_selection'
  ),
  'bmi_cca': _bmi('CCAMutualInformationEstimator'),
  'bmi_ksg': _bmi('KSGEnsembleFirstEstimator'),
  'bmi_info_nce': _bmi('InfoNCEEstimator', neural=True),
  'bmi_mine': _bmi('MINEEstimator', neural=True),
  'bmi_nwj': _bmi('NWJEstimator', neural=True),
}
