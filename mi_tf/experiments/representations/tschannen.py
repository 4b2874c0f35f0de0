"""The configs of the experiments of Tschannen et al. [1].

#### References

[1]: Michael Tschannen, Josip Djolonga, Paul K. Rubenstein, Sylvain Gelly,
     Mario Lucic. On Mutual Information Maximization for Representation
     Learning. _International Conference on Learning Representations_, 2020.
     https://arxiv.org/abs/1907.13625
"""

import itertools
import math

from mi_tf.experiments import images
from mi_tf.experiments.representations import two_view

OBJECTIVES = ('info_nce', 'nwj')

_NEAR_ZERO = {
  'class_name': 'TruncatedNormal',
  'config': {'mean': 0.0, 'stddev': 1e-4},
}
_QUICK = {
  'dataset': 'digits',
  'steps': 60,
  'evaluations': 2,
  'learning_rate': 1e-3,
}
CRITICS = {
  'bilinear': {},
  'separable': {'hidden_units': [100], 'embedding_size': 100},
  'concat': {'hidden_units': [200]},
}


def invertible(options):
  """Returns configs of figure 1 (a, b): encoders that keep all information."""
  return [
    _config('invertible', options, seed, objective=objective, **_flow(options))
    for seed, objective in itertools.product(_seeds(options), OBJECTIVES)
  ]


def hard_to_invert(options):
  """Returns configs of figure 2: encoders that may be hard to invert."""
  size = math.prod(images.half_shape(_dataset(options)))
  encoder = {
    'units': [size] * (2 if options.quick else 5),
    'shortcuts': True,
    'kernel_initializer': _NEAR_ZERO,
  }
  return [
    _config(
      'hard_to_invert',
      options,
      seed,
      encoder='Mlp',
      encoder_options=encoder,
      objective=objective,
      noise=0.05,
      jacobians=8 if options.quick else 128,
    )
    for seed, objective in itertools.product(_seeds(options), OBJECTIVES)
  ]


def critics(options):
  """Returns configs of figure 3: critics of different capacity."""
  return [
    _config(
      'critics',
      options,
      seed,
      critic=critic,
      critic_options=CRITICS[critic],
      objective=objective,
      **_mlp(options),
    )
    for seed, objective, critic in itertools.product(
      _seeds(options), OBJECTIVES, CRITICS
    )
  ]


def encoders(options):
  """Returns configs of figure 4 (a, b): encoders at equal values of a bound."""
  return [
    _config(
      'encoders', options, seed, objective=objective, target=target, **encoder
    )
    for seed, target, objective, encoder in itertools.product(
      _seeds(options),
      (1.0,) if options.quick else (2.0, 4.0),
      OBJECTIVES,
      (_conv_net(options), _mlp(options)),
    )
  ]


def conv_net(options):
  """Returns configs of the paper's best setting: ConvNets without a target."""
  return [
    _config(
      'conv_net', options, seed, objective='info_nce', **_conv_net(options)
    )
    for seed in _seeds(options)
  ]


def _dataset(options):
  return options.dataset or (_QUICK['dataset'] if options.quick else 'mnist')


def _seeds(options):
  return range(options.seed, options.seed + options.runs)


def _config(name, options, seed, **settings):
  """Returns a `two_view.Config`."""
  chosen = {'critic': 'bilinear', 'critic_options': {}, **settings}
  if options.quick:
    chosen = {**chosen, **_QUICK}
  for key in ('dataset', 'steps'):
    if getattr(options, key) is not None:
      chosen[key] = getattr(options, key)
  return two_view.Config(experiment=name, seed=seed, **chosen)


def _mlp(options):
  units = [64, 32] if options.quick else [300, 300, 100]
  return {'encoder': 'Mlp', 'encoder_options': {'units': units}}


def _conv_net(options):
  encoder = {'image_shape': list(images.half_shape(_dataset(options)))}
  if options.quick:
    encoder |= {'filters': [8, 16], 'kernel_size': 3, 'output_size': 32}
  return {'encoder': 'ConvNet', 'encoder_options': encoder}


def _flow(options):
  """Returns the settings of the flow.

  The flow has no scales: float32 soon can't invert a flow with scales.
  """
  sizes = {'num_couplings': 30, 'hidden_units': [512, 512]}
  if options.quick:
    sizes = {'num_couplings': 4, 'hidden_units': [32, 32]}
  return {
    'encoder': 'RealNvp',
    'encoder_options': {**sizes, 'shift_only': True},
  }
