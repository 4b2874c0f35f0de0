"""Mixtures of 25 Gaussians in the plane, and how well samples cover them."""

import dataclasses
import itertools

import numpy as np

STDDEV = 0.05


def _spiral(count=25, radius=4.0, turns=1.75):
  """Returns points of equal distance on the arm of Archimedes' spiral."""
  angles = np.linspace(0.0, 2.0 * np.pi * turns, 10_000)
  arm = (
    radius * angles / angles[-1] * np.stack([np.cos(angles), np.sin(angles)])
  )
  steps = np.linalg.norm(np.diff(arm), axis=0)
  lengths = np.concatenate([[0.0], np.cumsum(steps)])
  even = np.linspace(0.0, lengths[-1], count)
  return np.stack([np.interp(even, lengths, a) for a in arm], axis=1)


# The means of each mixture, float32, shape `[25, 2]`.
MEANS = {
  'grid': np.array(
    list(itertools.product(range(-4, 5, 2), repeat=2)), np.float32
  ),
  'spiral': _spiral().astype(np.float32),
}


@dataclasses.dataclass(frozen=True)
class Coverage:
  """How samples are spread over the modes, after [1] and [2].

  A sample of a mixture is of high quality if it is within three standard
  deviations of a mean. A mode is covered if it is the nearest to a sample of
  high quality; the Kullback-Leibler divergence is that of their distribution
  over modes to the uniform one, or to what is due.

  Attributes:
    counts: int array, shape `[modes]`, samples of high quality of each mode.
    high_quality: `float`, their share of all samples.
    due: float array, shape `[modes]`, of mean 1, how often each mode is due.
      Default value: 1, all of them as often.

  #### References

  [1]: Akash Srivastava, Lazar Valkov, Chris Russell, Michael U. Gutmann,
       Charles Sutton. VEEGAN: Reducing Mode Collapse in GANs using Implicit
       Variational Learning. _Neural Information Processing Systems_, 2017.
       https://arxiv.org/abs/1705.07761
  [2]: Zinan Lin, Ashish Khetan, Giulia Fanti, Sewoong Oh. PacGAN: The power of
       two samples in generative adversarial networks. _Neural Information
       Processing Systems_, 2018. https://arxiv.org/abs/1712.04086
  """

  counts: np.ndarray
  high_quality: float
  due: np.ndarray | float = 1.0

  def modes(self, least=1):
    """Returns how many modes have at least `least` samples of high quality."""
    return int(np.sum(self.counts >= least))

  @property
  def divergence(self):
    """KL divergence to what is due, nats; NaN of no samples."""
    if not self.counts.any():
      return float('nan')
    shares = self.counts / self.counts.sum()
    is_there = shares > 0
    ratios = (shares * len(self.counts) / self.due)[is_there]
    return float(np.sum(shares[is_there] * np.log(ratios)))


def sample(n, seed, name='grid'):
  """Returns independent samples of a mixture, float32, shape `[n, 2]`."""
  rng = np.random.default_rng(seed)
  modes = rng.integers(len(MEANS[name]), size=n)
  return MEANS[name][modes] + np.float32(STDDEV) * rng.standard_normal(
    (n, 2), np.float32
  )


def coverage(samples, name='grid'):
  """Returns the `Coverage` of a mixture by samples, shape `[n, 2]`."""
  means = MEANS[name]
  distances = np.linalg.norm(samples[:, np.newaxis] - means, axis=-1)
  is_good = distances.min(axis=1) <= 3.0 * STDDEV
  counts = np.bincount(distances.argmin(axis=1)[is_good], minlength=len(means))
  return Coverage(counts, float(is_good.mean()))
