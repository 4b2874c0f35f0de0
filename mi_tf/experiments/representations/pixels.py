"""A linear classifier of the pixels, for comparison with representations."""

import dataclasses

import mi_tf
from mi_tf.experiments import images
from mi_tf.internal import records


@dataclasses.dataclass(frozen=True)
class Config:
  """The config of a run.

  Attributes:
    noise: `float`, the standard deviation of noise on the pixels.
    dataset: `str`, as for `images.load`.
    seed: `int`, the seed of the noise and of the classifier.
    experiment: 'pixels'.
  """

  noise: float
  dataset: str = 'mnist'
  seed: int = 0
  experiment: str = 'pixels'


def configs(options):
  """Returns the configs."""
  dataset = options.dataset or ('digits' if options.quick else 'mnist')
  seeds = range(options.seed, options.seed + options.runs)
  return [
    Config(noise, dataset, seed) for seed in seeds for noise in (0.0, 0.05)
  ]


def run(config, context):
  """Returns the record, with the accuracy on upper halves of test images."""
  timer = records.Timer()
  with timer:
    splits = images.load(config.dataset, context.data_dir)
    x, test_x = (
      images.add_noise(
        images.halves(split.images)[0], config.noise, [config.seed, i]
      )
      for i, split in enumerate(splits)
    )
    accuracy = mi_tf.callbacks.linear_probe_accuracy(
      x, splits[0].labels, test_x, splits[1].labels, seed=config.seed
    )
  return {
    'accuracy': accuracy,
    'wall_seconds': timer.wall_seconds,
    'cpu_seconds': timer.cpu_seconds,
    'versions': records.versions('scikit-learn'),
  }
