"""Options: how a critic is trained."""

from collections.abc import Sequence
import dataclasses
import math
import numbers
from typing import Any

import keras

from mi_tf.estimation.trained_critics import training_rows
from mi_tf.internal import checks
from mi_tf.objectives import density_objectives
from mi_tf.objectives import registry

_DEFAULTS = {
  'batch_size': 256,
  'learning_rate': 1e-3,
  'max_epochs': 200,
  'patience': 8,
  'callbacks': (),
}
# More columns than these have no closed form: it takes cubic time.
_MOST_COLUMNS = 1000


@dataclasses.dataclass(frozen=True)
class Options:
  """The arguments of `estimate_mi` that concern the training of a critic."""

  critic: Any = None
  objective: Any = None
  batch_size: int | None = None
  learning_rate: float | None = None
  max_epochs: int | None = None
  patience: int | None = None
  callbacks: Sequence[keras.callbacks.Callback] = ()

  def check(self):
    """Raises an error for values out of range."""
    least = {'batch_size': 2, 'max_epochs': 1, 'patience': 1}
    checks.integers_at_least(
      {
        name: (number, getattr(self, name))
        for name, number in least.items()
        if getattr(self, name) is not None
      }
    )
    rate = self.learning_rate
    if rate is not None and not (
      isinstance(rate, numbers.Real) and 0.0 < rate < math.inf
    ):
      raise ValueError(
        '`learning_rate` must be a positive number. '
        f'Received: learning_rate={rate!r}.'
      )
    if not all(isinstance(c, keras.callbacks.Callback) for c in self.callbacks):
      raise TypeError(
        '`callbacks` must be a sequence of `keras.callbacks.Callback`s. '
        f'Received: callbacks={self.callbacks!r}.'
      )

  def check_use(self, pair, method):
    """Raises a `ValueError` if the options don't fit the data and method."""
    if not self.ask_for_critic(pair.x, pair.y):
      for name in _DEFAULTS:
        value = getattr(self, name)
        if value if name == 'callbacks' else value is not None:
          raise ValueError(f'`{name}` needs a critic, an objective or images.')
      return
    if method != 'auto':
      raise ValueError(
        "`method` must be 'auto' where a critic is trained: for images, or "
        f'with a critic or an objective. Received: method={method!r}.'
      )
    chosen = self.completed(pair)
    density_objectives.check_critic(
      chosen.critic, registry.get_objective(chosen.objective)
    )
    training_rows.check(pair)

  def ask_for_critic(self, x, y):
    """Returns whether to train a critic on the variables."""
    images = any(v.images is not None for v in (x, y))
    return images or self.critic is not None or self.objective is not None

  def completed(self, pair):
    """Returns the options with defaults in place of `None`."""
    simple = all(
      v.images is None and len(v.columns) <= _MOST_COLUMNS
      for v in (pair.x, pair.y)
    )
    defaults = {
      **_DEFAULTS,
      'critic': 'elliptical' if simple else 'separable',
      'objective': 'js',
    }
    return dataclasses.replace(
      self,
      **{k: v for k, v in defaults.items() if getattr(self, k) is None},
    )
