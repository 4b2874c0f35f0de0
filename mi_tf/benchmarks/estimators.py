"""The estimators that benchmarks compare: mi_tf's and other packages'.

Estimators of packages that are not installed are left out.
"""

from collections.abc import Callable
import dataclasses
import functools
import importlib
import itertools
import json

from absl import flags
from absl import logging
import numpy as np

import mi_tf
from mi_tf.benchmarks import command
from mi_tf.benchmarks import fingerprint
from mi_tf.benchmarks import ksg
from mi_tf.internal import records
from mi_tf.objectives import registry

OURS = 'mi_tf'  # The prefix of mi_tf's estimators.
_PERMUTATIONS = 99  # This number changes the p-value only.

_BMI = 'bmi.estimators'

_SCALARS = (bool, int, float, str, np.generic)


@dataclasses.dataclass(frozen=True)
class Estimator:
  """An estimator that takes part in benchmarks.

  Attributes:
    estimate: callable `(x, y, seed, **options) -> dict`. The dict has
      'estimate' in nats.
    recipe: callable that returns the version of the estimator: a text that
      changes when the estimates may change.
    takes: callable `(x, y) -> bool`, True if the estimator takes x and y.
    module: `str`, the module that the estimator needs.
  """

  estimate: Callable
  recipe: Callable
  takes: Callable = lambda x, y: True
  module: str = 'mi_tf'


def define_flags(values, names, seeds, options=None):
  """Defines the flags that choose estimators, seeds and options.

  Args:
    values: `flags.FlagValues`.
    names: list of `str`, the default estimators.
    seeds: list of `str`, the default seeds.
    options: dict, the default of the flag `options`, which holds arguments of
      `estimate_mi`. Default value: `None`, which means no such flag.
  """
  flags.DEFINE_list(
    'seeds', seeds, 'Seeds of samples and estimators.', flag_values=values
  )
  flags.DEFINE_list(
    'estimators',
    list(names),
    f'Estimators, of: {", ".join(sorted(ESTIMATORS))}.',
    flag_values=values,
  )
  flags.DEFINE_string(
    'recipe',
    None,
    "Name of the version of mi_tf's estimators, by which records are found "
    'again. Default: a fingerprint of their code.',
    flag_values=values,
  )
  if options is not None:
    flags.DEFINE_string(
      'options',
      json.dumps(options),
      "Arguments of estimate_mi for mi_tf's estimators, as JSON.",
      flag_values=values,
    )


def settings(values):
  """Returns the settings of runs that flags ask for, seed by seed.

  This order makes the first records cover all tasks, and shards equal.

  Args:
    values: `flags.FlagValues` with the flags of `define_flags`.

  Returns:
    List of dicts with 'seed', 'estimator' and 'recipe'. If the flag `options`
    is defined, the dicts have 'options', too.
  """
  seeds = command.integers('seeds', values.seeds)
  options = {}
  if 'options' in values:
    options = {'options': command.json_object('options', values.options)}
  found = []
  for seed, name in itertools.product(seeds, available(values.estimators)):
    recipe = ESTIMATORS[name].recipe()
    given = options
    if name.startswith(OURS):
      recipe = values.recipe or recipe
    else:
      given = {key: {} for key in options}
    found.append({'seed': seed, 'estimator': name, 'recipe': recipe, **given})
  return found


def available(names):
  """Returns the estimators whose package can be imported; logs the others.

  Args:
    names: list of names in `ESTIMATORS`.

  Raises:
    ValueError: if a name is not known.
  """
  found = []
  for name in names:
    if name not in ESTIMATORS:
      raise ValueError(
        f'Estimators must be among {sorted(ESTIMATORS)}. Received: {name!r}.'
      )
    try:
      importlib.import_module(ESTIMATORS[name].module)
    except Exception as error:  # Other packages fail in many ways.
      logging.warning('%s is left out: %r', name, error)
    else:
      found.append(name)
  return found


def _mi_tf(x, y, seed, objective=None, **options):
  """Returns the outcome of `estimate_mi`, or of critics with an objective."""
  if objective is not None:
    options['objective'] = objective
  options = {'permutations': _PERMUTATIONS, **options}
  result = mi_tf.estimate_mi(x, y, seed=seed, **options)
  return {
    'estimate': result.mi,
    'stderr': result.stderr,
    'interval': result.interval,
    'lower_bound': result.lower_bound,
    'p_value': result.p_value,
    'method': result.method,
    'warnings': result.warnings,
    'diagnostics': {
      name: value
      for name, value in result.diagnostics.items()
      if isinstance(value, _SCALARS)
    },
  }


@functools.cache
def _mi_tf_recipe():
  return fingerprint.fingerprint('mi_tf.estimation.estimate_mi')


def _cca(x, y, seed):
  """Returns the MI of Gaussians with the canonical correlations of x and y."""
  del seed
  sides = []
  for side in (x, y):
    centered = np.asarray(side, np.float64) - np.mean(side, 0, np.float64)
    vectors, values, _ = np.linalg.svd(centered, full_matrices=False)
    rank = np.sum(values > 1e-10 * values[0])
    sides.append(vectors[:, :rank])
  rho = np.linalg.svd(sides[0].T @ sides[1], compute_uv=False)
  return {
    'estimate': -0.5 * np.sum(np.log1p(-(np.minimum(rho, 1 - 1e-12) ** 2)))
  }


def _sklearn_knn(x, y, seed):
  """Returns scikit-learn's estimate by nearest neighbors."""
  from sklearn import feature_selection

  estimate = (
    feature_selection.mutual_info_classif
    if _is_class(y)
    else feature_selection.mutual_info_regression
  )
  (mi,) = estimate(
    x, y[:, 0], discrete_features=[_is_class(x)], random_state=seed
  )
  return {'estimate': mi}


def _ksg(x, y, seed):
  return {'estimate': ksg.estimate(x, y, seed=seed), 'method': 'ksg'}


def _bmi(name, neural=False):
  """Returns an estimator of bmi, the package of the Beyond Normal benchmark."""

  def estimate(x, y, seed):
    module = importlib.import_module(_BMI)
    options = {'seed': seed, 'verbose': False} if neural else {}
    mi = getattr(module, name)(**options).estimate(x, y)
    return {'estimate': float(mi)}

  return Estimator(
    estimate,
    functools.partial(_package_version, 'benchmark-mi'),
    takes=lambda x, y: _is_table(x) and _is_table(y),
    module=_BMI,
  )


def _package_version(package):
  return f'{package} {records.versions(package).get(package)}'


def _is_class(values):
  return values.dtype.kind in 'iu'


def _is_table(values):
  return values.ndim == 2 and values.dtype.kind == 'f'


ESTIMATORS = {
  'mi_tf': Estimator(_mi_tf, _mi_tf_recipe),
  **{
    f'mi_tf_{name}': Estimator(
      functools.partial(_mi_tf, objective=name), _mi_tf_recipe
    )
    for name in registry.OBJECTIVES
  },
  'cca': Estimator(
    _cca,
    lambda: 'closed form',
    takes=lambda x, y: _is_table(x) and _is_table(y),
  ),
  'ksg': Estimator(_ksg, lambda: 'ksg3', takes=ksg.takes),
  'sklearn_knn': Estimator(
    _sklearn_knn,
    functools.partial(_package_version, 'scikit-learn'),
    takes=lambda x, y: x.shape[1:] == (1,) and y.shape[1:] == (1,),
    module='sklearn.feature_selection',
  ),
  'bmi_cca': _bmi('CCAMutualInformationEstimator'),
  'bmi_ksg': _bmi('KSGEnsembleFirstEstimator'),
  'bmi_info_nce': _bmi('InfoNCEEstimator', neural=True),
  'bmi_mine': _bmi('MINEEstimator', neural=True),
  'bmi_nwj': _bmi('NWJEstimator', neural=True),
}
