"""All experiments by name, and the tables of their records."""

from mi_tf.experiments import experiment
from mi_tf.experiments.bounds import correlated_gaussians
from mi_tf.experiments.bounds import correlated_gaussians_figures
from mi_tf.experiments.bounds import non_iid
from mi_tf.experiments.bounds import staircase
from mi_tf.experiments.bounds import staircase_figures
from mi_tf.experiments.gans import figures as gan_figures
from mi_tf.experiments.gans import gaussians
from mi_tf.experiments.gans import halves
from mi_tf.experiments.representations import adversarial
from mi_tf.experiments.representations import deep_infomax
from mi_tf.experiments.representations import deep_infomax_figures
from mi_tf.experiments.representations import fair_representation
from mi_tf.experiments.representations import pixels
from mi_tf.experiments.representations import tschannen
from mi_tf.experiments.representations import tschannen_figures as figures
from mi_tf.experiments.representations import two_view
from mi_tf.internal import markdown

EXPERIMENTS = {
  'pixels': experiment.Experiment(
    pixels.configs, pixels.run, None, figures.pixels_table
  ),
  'invertible': experiment.Experiment(
    tschannen.invertible, two_view.run, figures.invertible, figures.table
  ),
  'adversarial': experiment.Experiment(
    adversarial.configs, adversarial.run, figures.adversarial, figures.table
  ),
  'hard_to_invert': experiment.Experiment(
    tschannen.hard_to_invert,
    two_view.run,
    figures.hard_to_invert,
    figures.table,
  ),
  'critics': experiment.Experiment(
    tschannen.critics, two_view.run, figures.critics, figures.table
  ),
  'encoders': experiment.Experiment(
    tschannen.encoders, two_view.run, figures.encoders, figures.table
  ),
  'non_iid': experiment.Experiment(
    non_iid.configs, non_iid.run, figures.non_iid, figures.non_iid_table
  ),
  'conv_net': experiment.Experiment(
    tschannen.conv_net, two_view.run, figures.invertible, figures.table
  ),
  'deep_infomax': experiment.Experiment(
    deep_infomax.configs,
    deep_infomax.run,
    deep_infomax_figures.draw,
    deep_infomax_figures.table,
    settings=(
      'objective',
      'local',
      'global_critic',
      'alpha',
      'beta',
      'gamma',
    ),
  ),
  'correlated_gaussians': experiment.Experiment(
    correlated_gaussians.configs,
    correlated_gaussians.run,
    correlated_gaussians_figures.draw,
    correlated_gaussians_figures.table,
  ),
  'staircase': experiment.Experiment(
    staircase.configs,
    staircase.run,
    staircase_figures.draw,
    staircase_figures.table,
  ),
  'fair_representation': experiment.Experiment(
    fair_representation.configs,
    fair_representation.run,
    fair_representation.draw,
    fair_representation.table,
  ),
  'gan_25_gaussians': experiment.Experiment(
    gaussians.configs,
    gaussians.run,
    gan_figures.draw,
    gan_figures.table,
    settings=('beta',),
    animate=gan_figures.animate,
  ),
  'gan_halves': experiment.Experiment(
    halves.configs,
    halves.run,
    gan_figures.draw,
    gan_figures.table,
    settings=('beta',),
  ),
}


def report(found):
  """Returns the tables as Markdown.

  Args:
    found: dict, name of an experiment -> list of records.
  """
  parts = []
  for name, runs in found.items():
    failed = [r for r in runs if 'error' in r]
    runs = [r for r in runs if 'error' not in r]
    parts.append(f'## {name}\n')
    if runs:
      parts.append(markdown.table(*EXPERIMENTS[name].table(runs)))
    parts.extend(f'Failed: {r["error"]}\n' for r in failed)
  return '\n'.join(parts)
