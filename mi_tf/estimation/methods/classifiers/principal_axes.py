"""Principal axes of training rows."""

import numpy as np


def rotate(train, rows):
  """Returns both tables in the principal axes of `train`, and the variances.

  If `train` has shape `[n, d]`, at most `min(n, d)` axes are left. Methods that
  are linear in the training rows lose nothing.
  """
  center = train.mean(axis=0)
  train, rows = train - center, rows - center
  n, d = train.shape
  if d <= n:
    variances, axes = np.linalg.eigh(train.T @ train / n)
  else:
    variances, left = np.linalg.eigh(train @ train.T / n)
    axes = train.T @ left / np.sqrt(np.maximum(variances, 1e-300) * n)
  keep = variances > 1e-9 * max(variances[-1], 1e-300)
  keep[-1] = True
  axes = axes[:, keep]
  return train @ axes, rows @ axes, variances[keep]
