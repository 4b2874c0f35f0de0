"""Records of experiments that nobody ran."""

import numpy as np

from mi_tf.experiments import catalogue
from mi_tf.experiments import experiment
from mi_tf.experiments.representations import two_view
from mi_tf.internal import records


def _correlated_gaussians(config):
  truth = -10.0 * np.log1p(-(config.rho**2))
  if config.method == 'estimate_mi':
    ends = {'interval': [0.9 * truth, 1.2 * truth]}
  else:
    ends = {'new_samples': 0.4 * truth}
  return {'truth': truth, 'mi': 0.5 * truth, 'cpu_seconds': 30.0, **ends}


def _staircase(config):
  truth = np.array(config.truths)
  return {
    'history': {
      'truth': truth,
      'mean': truth - 0.5,
      'variance': 0.0 * truth + 0.25,
      'mse': 0.0 * truth + 0.5,
      'trace': np.repeat(truth[:, np.newaxis] - 0.5, config.trace, axis=1),
    },
    'cap': np.log(config.batch_size),
  }


def _fair_representation(config):
  after = 0.6 if config.objective == 'none' else 0.1 + 0.01 * config.seed
  return {
    'history': {
      'step': [10, 20],
      'accuracy': [0.95, 0.94],
      'nuisance_accuracy': [0.9, 0.5 + after / 2.0],
      'mi': [0.6, after],
      'low': [0.5, after - 0.05],
      'high': [0.65, after + 0.05],
    }
  }


def _gan_halves(config):
  del config
  pixels = [[0, 100] * 98] * 24
  return {
    'samples': {'20': pixels},
    'counts': [100] * 100,
    'judge': {'accuracy': [0.9, 0.8], 'high_quality': 0.5},
  }


# What records of some experiments have besides, or instead.
_EXTRA = {
  'correlated_gaussians': _correlated_gaussians,
  'staircase': _staircase,
  'fair_representation': _fair_representation,
  'gan_halves': _gan_halves,
}


def runs(name, seeds=2):
  """Returns records of an experiment whose accuracy is known."""
  options = experiment.Options(runs=seeds)
  found = []
  for i, config in enumerate(catalogue.EXPERIMENTS[name].configs(options)):
    history = {
      'step': [0, 10, 20],
      'accuracy': [0.5, 0.6, 0.7 + 0.01 * config.seed],
      'mi': [0.1, 1.0, 2.0 + 0.1 * i],
      'local_mi': [0.1, 0.2, 0.3],
      'stderr': [0.01, 0.01, 0.01],
      'modes': [3, 20, 24 + config.seed],
      'well_covered': [1, 10, 20],
      'high_quality': [0.1, 0.5, 0.8 + 0.1 * config.seed],
      'divergence': [None, 0.5, 0.1 + 0.2 * config.seed],
      'inversion_error': [1e-6, 1e-5, 1e-5],
      'log_condition_number': np.outer(
        [0.1, 1.0, 2.0], np.linspace(0.5, 1.5, len(two_view.PERCENTILES))
      ),
    }
    record = {
      'config': config,
      'history': history,
      'truth': 0.0204,
      'accuracy': 0.8,
      'probes': {
        layer: {'linear': 0.7, 'hidden_layer': 0.75}
        for layer in ('pixels', 'conv', 'fc', 'y')
      },
      'prior': {'distance': 0.2},
      'dependence': 0.3,
      'information': 2.0,
      'counts': [100] * 25,
      'samples': {str(i): [[-4.0, 2.0], [0.1, 0.2]] for i in (1, 5, 20)},
      'wall_seconds': 60.0,
      **_EXTRA.get(name, lambda config: {})(config),
    }
    found.append(records.plain(record))
  return found
