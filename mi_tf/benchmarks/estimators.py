"""The estimators that benchmarks compare: mi_tf's and its rivals'.

Rivals that are not installed are left out: `mi_tf.benchmarks.rivals` says how
to install them.
"""

import functools
import importlib
import itertools
import json
import math

from absl import flags
from absl import logging
import numpy as np

import mi_tf
from mi_tf.benchmarks import command
from mi_tf.benchmarks import fingerprint
from mi_tf.benchmarks import ksg
from mi_tf.benchmarks.rivals import cca
from mi_tf.benchmarks.rivals import estimator
from mi_tf.benchmarks.rivals import gcmi
from mi_tf.benchmarks.rivals import packages
from mi_tf.benchmarks.rivals import remote
from mi_tf.objectives import registry

Estimator = estimator.Estimator

OURS = 'mi_tf'  # The prefix of mi_tf's estimators.
_PERMUTATIONS = 99  # This number changes the p-value only.

_SCALARS = (bool, int, float, str, np.generic)


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
      ESTIMATORS[name].recipe()
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
    **({'cap': result.cap} if math.isfinite(result.cap) else {}),
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


def _ksg(x, y, seed):
  return {'estimate': ksg.estimate(x, y, seed=seed), 'method': 'ksg'}


def _cca(x, y, seed):
  del seed
  return {'estimate': cca.estimate(x, y)}


def _gcmi(x, y, seed):
  del seed
  return {'estimate': gcmi.estimate(x, y)}


ESTIMATORS = {
  'mi_tf': Estimator(_mi_tf, _mi_tf_recipe),
  **{
    f'mi_tf_{name}': Estimator(
      functools.partial(_mi_tf, objective=name), _mi_tf_recipe
    )
    for name in registry.OBJECTIVES
  },
  'cca': Estimator(_cca, lambda: 'closed form', cca.takes),
  'gcmi': Estimator(_gcmi, lambda: 'gcmi1', gcmi.takes),
  'ksg': Estimator(_ksg, lambda: 'ksg3', ksg.takes),
  **packages.ESTIMATORS,
  **remote.ESTIMATORS,
}
