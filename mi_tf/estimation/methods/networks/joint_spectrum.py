"""The spectrum of two columns, in which fine stripes are peaks."""

import numpy as np

# Frequencies are half integers: few waves fit exactly into a range.
_BINS, _PADDING, _HIGHEST = 256, 2, 110
# Of a peak over the mean power of independence; among so many, chance alone
# reaches 12.
_PEAK = 20.0
_MOST = 4
# One column's waves are so many times as many as the other's: dependence that
# only rises or falls has peaks, too, where both are about the same.
_RATIO = 3
# Up to this frequency other features see as much.
_LOW = 3


def peaks(x, y):
  """Returns the frequencies at which one column waves while the other rises.

  Under independence, the power of a pair of frequencies has an exponential
  distribution. `y = k x mod 1` has its peak at k and 1.

  Args:
    x: float array, shape `[n]`, levels from 0 to 1.
    y: the same.

  Returns:
    List of tuples of two positive `float`s, the strongest first: cycles over
    all of x and of y.
  """
  n = len(x)
  counts = np.histogram2d(x, y, bins=_BINS, range=[[0.0, 1.0]] * 2)[0]
  counts -= np.outer(counts.sum(axis=1), counts.sum(axis=0)) / n
  power = np.abs(np.fft.rfft2(counts, [_BINS * _PADDING] * 2)) ** 2 / n
  size = _HIGHEST * _PADDING + 1
  # Of waves that go to the same side, and to opposite ones.
  power = np.maximum(power, np.roll(power[::-1], 1, axis=0))[:size, :size]
  waves = np.arange(size) / _PADDING
  most = np.maximum(waves[:, np.newaxis], waves)
  least = np.minimum(waves[:, np.newaxis], waves)
  power[(most <= _LOW) | (most < _RATIO * least) | (least == 0.0)] = 0.0
  found = []
  while len(found) < _MOST:
    a, b = np.unravel_index(np.argmax(power), power.shape)
    if power[a, b] < _PEAK:
      break
    found.append((float(waves[a]), float(waves[b])))
    # And what leaks to its sides.
    near = [slice(max(k - _PADDING, 0), k + _PADDING + 1) for k in (a, b)]
    power[near[0], near[1]] = 0.0
  return found
