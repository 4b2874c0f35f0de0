"""A critic that the user chose, trained by `MiEstimator` and read."""

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True)
class Options:
  """How a critic is trained; arguments as for `estimate_mi`."""

  critic: Any = None
  objective: Any = None
  batch_size: int | None = None
  learning_rate: float | None = None
  max_epochs: int | None = None
  patience: int | None = None
  callbacks: tuple = ()

  def check(self):
    """Raises what is wrong with the options by themselves."""

  def check_use(self, pair, method):
    """Raises a `ValueError` if the options do not fit the pair and method."""

  def critic_is_wanted(self, pair):
    """Returns whether to train a critic."""
    images = any(v.images is not None for v in (pair.x, pair.y))
    return images or self.critic is not None or self.objective is not None


def estimate(pair, options, permutations):
  """Returns the `MiEstimate` of a critic."""
  raise NotImplementedError
