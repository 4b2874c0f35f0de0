"""Independence: log ratios of 0, the simplest method."""

import numpy as np

from mi_tf.estimation.methods import method

NAME = 'independence'


def applies(pair):
  """Returns `True`: any two variables may be independent."""
  del pair
  return True


def fit(pair):
  """Returns log ratios of 0."""
  return _Fit(pair)


class _Fit(method.Fit):
  """Scores of 0."""

  method = NAME

  def log_ratio(self, k, i, j):
    return np.zeros(len(i))

  def scores(self, k, i, j):
    return np.zeros([len(i), len(j)])
