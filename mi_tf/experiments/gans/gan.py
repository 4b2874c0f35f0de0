"""A GAN on 25 Gaussians that keeps information about its noise, or doesn't.

The mixture of 25 Gaussians of [1] and of the TensorFlow 1 estimator of Boudiaf:
the mutual information of the noise z and the sample G(z) is maximized with the
generator's loss, so that it covers all modes.

What came of it on five seeds, by
`python -m mi_tf.experiments report gan_25_gaussians`: the plain GAN, without
mutual information and without a gradient penalty, loses half of the modes; with
the penalty alone, four of 25; with both, none, and the modes' shares are even.
Clipped, mutual information does less: shares stay uneven. Samples of high
quality are most in the plain GAN, and as many with the penalty alone as with
both. Mutual information without the penalty (`configs` has it) is not among the
records.

Unlike [1], the learning rate is 2e-3 and falls as a cosine, the critic sees
samples with noise, and the term ends before the training does: see `Config`.

#### References

[1]: Mohamed Ishmael Belghazi et al. MINE: Mutual Information Neural Estimation.
     _International Conference on Machine Learning_, 2018.
     https://arxiv.org/abs/1801.04062
"""

import dataclasses

from mi_tf.experiments.gans import gan_training
from mi_tf.experiments.gans import mixtures

_KEPT = 400  # Samples of a picture.


@dataclasses.dataclass(frozen=True)
class Config(gan_training.Config):
  """All that decides the outcome of a run.

  With `noise` of .4 of the distance of the grid's means, mutual information is
  finite, and as good as largest where each mode has its share of the samples.
  The spiral's means are closer; no records are kept of it.

  Attributes:
    data: 'grid' or 'spiral', where the means of the 25 Gaussians are.
    experiment: 'gan_25_gaussians'.
  """

  data: str = 'grid'
  experiment: str = 'gan_25_gaussians'


def configs(options):
  """Returns the configs: with mutual information, clipped or not, and without.

  The last two of each seed have no penalty: the plain GAN, and with mutual
  information. `options.steps` is the number of updates in all.
  """
  data = options.dataset or 'grid'
  if data not in mixtures.MEANS:
    raise ValueError(
      f'--dataset must be one of {sorted(mixtures.MEANS)}. '
      f'Received: --dataset={data}.'
    )
  found = [{'variant': variant} for variant in gan_training.VARIANTS]
  found += [{'variant': v, 'penalty': 0.0} for v in ('none', 'mi')]
  return gan_training.configs(options, Config, found, data=data)


def make(config):
  """Returns the `gan_training.Gan` of a config."""
  return gan_training.Gan(config, 2, 2)


def run(config, context):
  """Trains and evaluates; returns the record."""

  def prepare():
    return gan_training.Task(
      gan=make(config),
      data=mixtures.sample(config.num_samples, config.seed, config.data),
      coverage=lambda made: mixtures.coverage(made, config.data),
      picture=lambda made: made[:_KEPT].astype(float).round(2).tolist(),
      evaluated=2500,  # As the papers have it.
      many=20,  # 100 are due.
      # All seeds in one file of less than 1 MB: the first one is animated.
      pictures=10 if config.seed == 0 else 1,
    )

  return gan_training.run(config, context, prepare)
