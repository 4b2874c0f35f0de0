"""How well samples of a GAN cover the modes of its data."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Coverage:
  """The spread of a GAN's samples over the modes of the data, as in [1], [2].

  Attributes:
    counts: int array, shape `[modes]`, high-quality samples in each mode.
    high_quality: `float`, the share of samples that are of high quality.
    expected: float array, shape `[modes]`: the share of each mode in the data,
      times the number of modes. Default value: 1, equal shares.

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
  expected: np.ndarray | float = 1.0

  def modes(self, least=1):
    """Returns the number of modes with `least` high-quality samples or more."""
    return int(np.sum(self.counts >= least))

  @property
  def divergence(self):
    """KL divergence of modes to the data's, nats; NaN if all `counts` are 0."""
    if not self.counts.any():
      return float('nan')
    shares = self.counts / self.counts.sum()
    is_positive = shares > 0
    ratios = (shares * len(self.counts) / self.expected)[is_positive]
    return float(np.sum(shares[is_positive] * np.log(ratios)))
