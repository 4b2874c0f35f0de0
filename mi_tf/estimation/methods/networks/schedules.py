"""How long networks are trained: by their rows."""

import math

EVERY = 50  # Updates between evaluations.
PROBE = ((1e-2, 150, 150),)  # A brief training.
# Of each stage: learning rate, patience in updates, and most updates.
_SCHEDULE = ((2e-2, 100, 400), (5e-3, 100, 300), (1e-3, 50, 200))
_GENTLE = ((1e-2, 100, 400), *_SCHEDULE[1:])  # For fewer rows than these.
_MANY_ROWS = 1000
# With as many rows as these, stages run to their ends, in larger batches: small
# gains of the loss are worth it. These are the lengths for `_PLENTY` rows.
_FULL = ((2e-2, 500), (5e-3, 400), (1e-3, 300))
_LEAST_FULL, _PLENTY = 15_000, 20_000
# Many columns that share many nats need longer training.
_LONG = ((2e-2, 300, 1500), (5e-3, 300, 1000), (1e-3, 200, 600))
_BATCH, _LARGE_BATCH = 128, 256
# The decay of weights to initial ones is inverse to the training rows, like the
# weight of a prior distribution beside their mean loss; and at most this.
_DECAY_ROWS, _MOST_DECAY = 2000.0, 1.0


def schedule(rows, is_long):
  """Returns the schedule of a training with so many rows.

  With many rows, the number of updates is proportional to the root of `rows`:
  more rows have more to teach, in fewer epochs.
  """
  if rows < _MANY_ROWS:
    return _GENTLE
  if is_long:
    return _LONG
  if rows < _LEAST_FULL:
    return _SCHEDULE
  ends = [
    (rate, EVERY * math.ceil(most / EVERY * math.sqrt(rows / _PLENTY)))
    for rate, most in _FULL
  ]
  return tuple((rate, end, end) for rate, end in ends)


def decay(rows, is_long):
  """Returns the decay of weights in a training with so many rows.

  Training with few rows ends so early that a decay changes little. With many
  nats, the best weights are far from the initial ones.
  """
  if is_long or rows < _MANY_ROWS:
    return 0.0
  return min(_DECAY_ROWS / rows, _MOST_DECAY)


def batch_size(rows, is_long):
  """Returns the size of batches in a training with so many rows."""
  large = is_long or rows >= _LEAST_FULL
  return min(_LARGE_BATCH if large else _BATCH, rows)
