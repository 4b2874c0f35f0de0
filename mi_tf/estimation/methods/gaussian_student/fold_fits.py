"""Elliptical distributions, fitted to the rows outside of each fold."""

import dataclasses

from mi_tf.estimation.methods import method


class EllipticalFit(method.Fit):
  """Elliptical distributions and pairs of encoders, one for each fold.

  `encoded` is a pair of arrays `[n, d]` that hold all rows of x and of y.
  """

  method = 'elliptical'

  def __init__(self, pair, encoders, encoded, fits, value, details, hidden=0.0):
    super().__init__(pair)
    self.encoders = encoders
    self.fits = fits
    self.details = details
    self.encoded = encoded
    self._value, self._hidden = value, hidden

  def log_ratio(self, k, i, j):
    return self.fits[k].log_ratio_aligned(
      self.encoded[0][i], self.encoded[1][j]
    )

  def scores(self, k, i, j):
    return self.fits[k].log_ratio(self.encoded[0][i], self.encoded[1][j])

  def read(self):
    """Returns a `Reading` with the value of the fit to all rows."""
    value, stderr = self._value
    reading = super().read()
    return dataclasses.replace(
      reading, value=value, stderr=stderr, unseen=self._hidden
    )
