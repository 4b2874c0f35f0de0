"""Tasks of two counts."""

import numpy as np

from mi_tf.tasks import task as task_lib
from mi_tf.tasks.discrete import classes

# Of the counts that the table leaves out.
_TAIL = 1e-12
_MOST = 2000


def common_rate_counts(
  shape: float, mean: float, name: str | None = None
) -> task_lib.Task:
  """Returns the task of two Poisson counts whose rate is the same.

  `rate ~ Gamma(shape)`, scaled to the given mean; given the rate, X and Y are
  independent `Poisson(rate)`, as the counts of two cells that see the same
  stimulus. With `t = mean / shape`,

      p(x, y) = Gamma(shape + x + y) / (Gamma(shape) x! y!)
                t**(x + y) / (1 + 2 t)**(shape + x + y)

  is summed up to counts of which all greater ones have probability 1e-12.
  Samples are int32.

  Args:
    shape: positive `float`; the less it is, the more the counts share.
    mean: positive `float`, the mean of either count.
    name: Python `str`. Default value: `'common-rate-counts-{shape}-{mean}'`.

  Returns:
    `Task`.

  Raises:
    ValueError: if an argument is not positive, or counts may pass 2,000.
  """
  from scipy import special
  from scipy import stats

  for key, value in (('shape', shape), ('mean', mean)):
    if not value > 0:
      raise ValueError(f'`{key}` must be positive. Received: {key}={value}.')
  scale = mean / shape
  most = stats.nbinom.isf(_TAIL, shape, 1.0 / (1.0 + scale))
  if not most < _MOST:
    raise ValueError(
      f'`mean` and `shape` must give counts below {_MOST}. '
      f'Received: shape={shape}, mean={mean}.'
    )
  x = np.arange(most + 1.0)[:, np.newaxis]
  y = x.T
  log_joint = (
    special.gammaln(shape + x + y)
    - special.gammaln(x + 1.0)
    - special.gammaln(y + 1.0)
    + (x + y) * np.log(scale)
    - (shape + x + y) * np.log1p(2.0 * scale)
  )
  joint = np.exp(log_joint - special.gammaln(shape))
  return classes.categorical(
    joint, name or f'common-rate-counts-{shape}-{mean}'
  )
