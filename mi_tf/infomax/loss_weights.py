"""The weight of a term of a loss, by the number of training steps."""

import dataclasses
import math
import numbers

import tensorflow as tf

from mi_tf.internal import checks


@dataclasses.dataclass(frozen=True)
class Schedule:
  """A weight that grows from 0 to `beta`, and may later return to 0.

  Attributes:
    beta: `float`, at least 0, the weight after the ramp.
    start: `int`, the first step of the ramp. Before it, the weight is 0.
    stop: `int`, the step from which the weight is 0 again, or `None`.
    ramp: `int`, the number of steps in which the weight grows linearly.
  """

  beta: float
  start: int = 0
  stop: int | None = None
  ramp: int = 0

  def __post_init__(self):
    if not isinstance(self.beta, numbers.Real) or not 0 <= self.beta < math.inf:
      raise ValueError(
        f'`beta` must be at least 0 and finite. Received: beta={self.beta!r}.'
      )
    checks.integers_at_least({'start': (0, self.start), 'ramp': (0, self.ramp)})
    if self.stop is not None:
      checks.integers_at_least({'stop': (self.start + 1, self.stop)})

  def __call__(self, num_steps, dtype):
    """Returns the weight, a scalar `Tensor`, after `num_steps` steps."""
    is_on = num_steps >= self.start
    if self.stop is not None:
      is_on &= num_steps < self.stop
    share = 1.0
    if self.ramp:
      since = tf.cast(num_steps - self.start, dtype)
      share = tf.minimum(since / self.ramp, 1.0)
    weight = tf.cast(float(self.beta) * share, dtype)
    return tf.where(is_on, weight, tf.zeros([], dtype))
