"""Estimators of other packages, called as their READMEs tell a newcomer.

Integers, bools and text are classes, which are passed as codes 0, 1, ...
Options are the package's defaults, or the options of the first example in its
README. Packages without an argument for a seed get the global generators' seed.
"""

import contextlib
import functools
import importlib
import io

import keras
import numpy as np

from mi_tf.benchmarks.rivals import estimator

_BMI = 'bmi.estimators'


def _are_columns(x, y):
  return estimator.is_column(x) and estimator.is_column(y)


def _are_numbers(x, y):
  return estimator.is_numbers(x) and estimator.is_numbers(y)


def _are_tables(x, y):
  return _are_numbers(x, y) and np.ndim(x) == np.ndim(y) == 2


def _are_columns_of_numbers(x, y):
  return _are_columns(x, y) and _are_numbers(x, y)


def _are_classes(x, y):
  return not any(
    estimator.is_numbers(side) or np.ndim(side) > 2 for side in (x, y)
  )


def _values(side):
  """Returns a column's numbers, or the codes of its classes."""
  if estimator.is_numbers(side):
    return np.asarray(side, np.float64).reshape(-1)
  return estimator.codes(side)


@contextlib.contextmanager
def _quiet():
  """Drops what packages print: progress bars, and hints to their users."""
  with (
    contextlib.redirect_stdout(io.StringIO()),
    contextlib.redirect_stderr(io.StringIO()),
  ):
    yield


def _set_seed(seed):
  """Sets the global seeds of Python, NumPy and PyTorch."""
  keras.utils.set_random_seed(seed)
  torch = importlib.import_module('torch')
  torch.manual_seed(seed)
  return torch


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


def _ennemi(x, y, seed):
  """Returns ennemi's estimate: nearest neighbors, or a table's plug-in."""
  del seed  # Ennemi's noise has a seed of its own.
  mi = importlib.import_module('ennemi').estimate_mi(
    _values(y),
    _values(x),
    discrete_y=not estimator.is_numbers(y),
    discrete_x=not estimator.is_numbers(x),
  )
  return {'estimate': float(mi[0, 0])}


def _gmm_mi(x, y, seed):
  """Returns the mean over bootstrap samples, and its standard deviation.

  The form of GMM-MI for classes is left out, as it takes them to be equally
  frequent.
  """
  del seed  # GMM-MI has seeds of its own.
  contender = importlib.import_module('gmm_mi.mi').EstimateMI()
  with _quiet():
    mi, stderr = contender.fit_estimate(_values(x), _values(y))
  return {'estimate': float(mi), 'stderr': float(stderr)}


def _latentmi(x, y, seed):
  """Returns the mean of the pointwise values, which are in bits.

  Half of the samples train the representation, the other half are evaluated.
  The README of version 0.1.3 has a name, `lmi.lmi`, that the package has not:
  it is `lmi.estimate`.
  """
  lmi = importlib.import_module('latentmi.lmi')
  _set_seed(seed)
  sides = [np.reshape(side, (len(side), -1)) for side in (x, y)]
  with _quiet():
    bits, _, _ = lmi.estimate(*sides)
  return {'estimate': float(np.nanmean(bits) * np.log(2))}


def _torch_mist(x, y, seed):
  """Returns the value of MINE, as in the README's example of torch-mist.

  Its value is that of the samples that it is trained on.
  """
  module = importlib.import_module('torch_mist')
  torch = _set_seed(seed)
  sides = [torch.tensor(np.asarray(side, np.float32)) for side in (x, y)]
  with _quiet():
    mi, _ = module.estimate_mi(
      data=tuple(sides),
      estimator='mine',
      max_iterations=1000,
      hidden_dims=[128],
      verbose=False,
    )
  return {'estimate': float(mi)}


def _infomeasure(approach):
  """Returns one of infomeasure's estimators for tables of classes."""

  def estimate(x, y, seed):
    del seed
    mi = importlib.import_module('infomeasure').mutual_information(
      estimator.codes(x), estimator.codes(y), approach=approach
    )
    return {'estimate': float(mi)}

  return _package(estimate, 'infomeasure', _are_classes)


def _bmi(name, neural=False):
  """Returns an estimator of bmi, the package of the Beyond Normal benchmark."""

  def estimate(x, y, seed):
    module = importlib.import_module(_BMI)
    options = {'seed': seed, 'verbose': False} if neural else {}
    mi = getattr(module, name)(**options).estimate(x, y)
    return {'estimate': float(mi)}

  return _package(estimate, 'benchmark-mi', _are_tables, _BMI)


def _package(estimate, package, takes, module=None):
  """Returns the `Estimator` of a package with the name that pip knows."""
  return estimator.Estimator(
    estimate,
    functools.partial(estimator.version_of, package),
    takes,
    module or package,
  )


ESTIMATORS = {
  'sklearn_knn': _package(
    _sklearn_knn, 'scikit-learn', _are_columns, 'sklearn.feature_selection'
  ),
  'ennemi': _package(_ennemi, 'ennemi', _are_columns),
  'gmm_mi': _package(_gmm_mi, 'gmm-mi', _are_columns_of_numbers, 'gmm_mi.mi'),
  'latentmi': _package(_latentmi, 'latentmi', _are_numbers, 'latentmi.lmi'),
  'torch_mist': _package(_torch_mist, 'torch-mist', _are_tables, 'torch_mist'),
  'infomeasure_plug_in': _infomeasure('discrete'),
  'infomeasure_miller_madow': _infomeasure('miller_madow'),
  'infomeasure_chao_shen': _infomeasure('chao_shen'),
  'bmi_cca': _bmi('CCAMutualInformationEstimator'),
  'bmi_ksg': _bmi('KSGEnsembleFirstEstimator'),
  'bmi_info_nce': _bmi('InfoNCEEstimator', neural=True),
  'bmi_mine': _bmi('MINEEstimator', neural=True),
  'bmi_nwj': _bmi('NWJEstimator', neural=True),
}
