"""The spectrum of the joint histogram, in which fine stripes are peaks."""

import math

import numpy as np

# Frequencies are half integers: few waves fit exactly into a range.
_BINS, _PADDING, _HIGHEST = 256, 2, 110
# The least power of a peak, over the mean under independence. By chance, the
# greatest of so many reaches 12.
_PEAK = 20.0
_MOST = 4
# The least ratio of both frequencies: monotonic dependence has peaks, too, but
# at about equal frequencies.
_RATIO = 3
# Other features see frequencies up to this one.
_LOW = 3


def peaks(x, y, highest=math.inf):
  """Returns pairs of frequencies with joint power, the strongest first.

  The levels `x` and `y` `[n]` go from 0 to 1, and frequencies count cycles over
  this range. Under independence, the power of a pair of frequencies has an
  exponential distribution. For `y = k x mod 1`, the peak is at (k, 1).
  Frequencies are at most `highest`: of n equally spaced levels, those above
  n / 2 are the same waves as those below.
  """
  n = len(x)
  counts = np.histogram2d(x, y, bins=_BINS, range=[[0.0, 1.0]] * 2)[0]
  counts -= np.outer(counts.sum(axis=1), counts.sum(axis=0)) / n
  power = np.abs(np.fft.rfft2(counts, [_BINS * _PADDING] * 2)) ** 2 / n
  size = int(min(highest, _HIGHEST)) * _PADDING + 1
  # Of waves in the same direction and in opposite directions.
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
    # The peak and its leakage are removed.
    near = [slice(max(k - _PADDING, 0), k + _PADDING + 1) for k in (a, b)]
    power[near[0], near[1]] = 0.0
  return found
