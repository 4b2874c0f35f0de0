"""The spectrum of two columns' ranks, in which fine stripes are peaks."""

import numpy as np

_BINS, _HIGHEST = 256, 80
# Of a peak over the mean power of independence; among so many, chance alone
# reaches 10.
_PEAK = 18.0
_MOST = 4
# Up to this frequency other features see as much.
_LOW = 3


def peaks(x, y):
  """Returns the frequencies at which the ranks of two columns move together.

  Under independence, the power of each pair of frequencies has an exponential
  distribution. `y = k x mod 1` has its peak at k and 1.

  Args:
    x: float array, shape `[n]`, levels from 0 to 1, uniform.
    y: the same.

  Returns:
    List of tuples of two positive `int`s, the strongest first: cycles over all
    of x and of y.
  """
  counts = np.histogram2d(x, y, bins=_BINS, range=[[0.0, 1.0]] * 2)[0]
  power = np.abs(np.fft.rfft2(counts)) ** 2 / len(x)
  power = power[:, : _HIGHEST + 1]
  power = np.maximum(power, np.roll(power[::-1], 1, axis=0))[: _HIGHEST + 1]
  power[0], power[:, 0] = 0.0, 0.0
  power[: _LOW + 1, : _LOW + 1] = 0.0
  found = []
  while len(found) < _MOST:
    a, b = np.unravel_index(np.argmax(power), power.shape)
    if power[a, b] < _PEAK:
      break
    found.append((int(a), int(b)))
    power[a, b] = 0.0
  return found
