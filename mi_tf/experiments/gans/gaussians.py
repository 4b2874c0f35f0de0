"""A GAN on 25 Gaussians that keeps information about its noise, or doesn't.

The mixture is the one of [1] and of the TensorFlow 1 estimator of Boudiaf. The
generator's loss has the mutual information of the noise z and the sample G(z),
so that it covers all modes.

The records of five seeds (`python -m mi_tf.experiments report
gan_25_gaussians`): the plain GAN, without mutual information and without a
gradient penalty, loses half of the modes; with the penalty alone it loses four
of 25; with both it loses none, and the modes' shares are even. Clipped, mutual
information does less: shares stay uneven. The plain GAN has the most samples of
high quality; the penalty alone has as many as both. There are no records of
mutual information without the penalty.

Unlike [1], the learning rate is 2e-3 and falls as a cosine, the critic sees
samples with noise, and the term ends before the training does: see `Config`.

#### References

[1]: Mohamed Ishmael Belghazi et al. MINE: Mutual Information Neural Estimation.
     _International Conference on Machine Learning_, 2018.
     https://arxiv.org/abs/1801.04062
"""

import dataclasses

from mi_tf.experiments.gans import mixtures
from mi_tf.experiments.gans import training

_SHOWN = 400  # Samples of a picture.


@dataclasses.dataclass(frozen=True)
class Config(training.Config):
  """All that decides the outcome of a run.

  With `noise` of .4 of the distance of the grid's means, mutual information is
  finite, and nearly the largest where all modes have equal shares.

  Attributes:
    data: 'grid', where the means of the 25 Gaussians are.
    experiment: 'gan_25_gaussians'.
  """

  data: str = 'grid'
  experiment: str = 'gan_25_gaussians'


def configs(options):
  """Returns the configs: with mutual information, clipped or not, and without.

  The last two of each seed have no penalty: the plain GAN, and the GAN with
  mutual information. `options.steps` is the number of all updates.
  """
  if options.dataset is not None:
    raise ValueError('--dataset is not for the experiment gan_25_gaussians.')
  found = [{'variant': variant} for variant in training.VARIANTS]
  found += [{'variant': v, 'penalty': 0.0} for v in ('none', 'mi')]
  return training.configs(options, Config, found)


def make_data(config):
  """Returns the `training.Data` of a config."""
  return training.Data(
    samples=mixtures.sample(config.num_samples, config.seed),
    coverage=mixtures.coverage,
    picture=lambda made: made[:_SHOWN].astype(float).round(2).tolist(),
    evaluated=2500,  # As in the papers: 100 for each mode.
    # All seeds in one file of less than 1 MB: the first one is animated.
    pictures=10 if config.seed == 0 else 1,
    noise_size=2,
  )


def run(config, context):
  """Trains and evaluates; returns the record."""
  return training.run(config, context, make_data)
