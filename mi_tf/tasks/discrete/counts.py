"""A task of two counts."""

import numpy as np

from mi_tf.tasks import arguments
from mi_tf.tasks import task as task_lib
from mi_tf.tasks.discrete import classes

_TAIL = 1e-12  # Probability of the counts beyond the table.
_MOST = 2000


def common_rate_counts(
  shape: float, mean: float, name: str | None = None
) -> task_lib.Task:
  """Returns the task of two Poisson counts with the same random rate.

  The rate has the distribution `Gamma(shape)`, scaled to the given mean. Given
  the rate, X and Y are independent `Poisson(rate)`, like the spike counts of
  two neurons with the same stimulus. Their joint probability, with
  `t = mean / shape`, is

      p(x, y) = Gamma(shape + x + y) / (Gamma(shape) x! y!)
                t**(x + y) / (1 + 2 t)**(shape + x + y)

  The mutual information is a sum over all counts except a tail of probability
  1e-12. Samples are int32.

  Args:
    shape: positive `float`, the shape of the gamma distribution. The mutual
      information falls as `shape` grows.
    mean: positive `float`, the mean of both counts.
    name: Python `str`. Default value: `'common-rate-counts-{shape}-{mean}'`.

  Raises:
    ValueError: if an argument is not positive, or counts may exceed 2,000.
  """
  from scipy import special
  from scipy import stats

  arguments.positive(shape=shape, mean=mean)
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
