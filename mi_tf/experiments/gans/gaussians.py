"""A GAN on 25 Gaussians that keeps information about its noise, or doesn't.

As in [1], the generator's loss has a term for the mutual information of the
noise z and the sample G(z), so that the generator covers all 25 modes.

`python -m mi_tf.experiments report gan_25_gaussians` shows the records of five
seeds. The plain GAN, without the term and without a gradient penalty, loses
half of the modes. With the penalty alone, the GAN loses four of 25 modes. With
penalty and term, the GAN loses no mode, and the modes have nearly equal shares.
If the term's gradients are clipped, shares stay uneven. The plain GAN has the
most samples of high quality; with the penalty, the term does not change their
number. There are no records of the term without the penalty.

Unlike [1], the learning rate is 2e-3 and falls as a cosine, the critic sees
samples with noise, and the term ends before training ends: see `Config`.

#### References

[1]: Mohamed Ishmael Belghazi et al. MINE: Mutual Information Neural Estimation.
     _International Conference on Machine Learning_, 2018.
     https://arxiv.org/abs/1801.04062
"""

import dataclasses

from mi_tf.experiments.gans import mixtures
from mi_tf.experiments.gans import training

_SHOWN = 400  # The number of samples in a picture.


@dataclasses.dataclass(frozen=True)
class Config(training.Config):
  """The config of a run.

  The default `noise` is .4 of the distance of neighboring means. Then mutual
  information is finite, and nearly the largest if modes have equal shares.

  Attributes:
    data: 'grid': the 25 means are a grid.
    experiment: 'gan_25_gaussians'.
  """

  data: str = 'grid'
  experiment: str = 'gan_25_gaussians'


def configs(options):
  """Returns configs for each variant: 'none', 'mi' and 'clipped'.

  For each seed, two more configs have no penalty: 'none', which is the plain
  GAN, and 'mi'. `options.steps` is the total number of updates.
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
    # Only the first seed is animated: the file of records stays below 1 MB.
    pictures=10 if config.seed == 0 else 1,
    noise_size=2,
  )


def run(config, context):
  """Trains and evaluates; returns the record."""
  return training.run(config, context, make_data)
