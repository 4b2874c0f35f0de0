"""Warnings about the training of critics."""

import numpy as np

# Losses are above the first, beyond chance, if by this relative difference.
_WORSE = 0.1


def sentences(fits, max_epochs):
  """Returns a list of warnings about `TrainedCritic`s of `max_epochs`."""
  found = []
  histories = [f.history for f in fits]
  gap = np.mean([f.gap for f in fits])
  mi = np.mean([f.reading.value for f in fits])
  if gap > 0.1 + 0.2 * abs(mi):
    found.append(
      f'The critic does {gap:.2f} nats better on the samples that it was '
      'trained on than on others: it has learned noise, and more samples '
      'would raise the estimate.'
    )
  if not all(np.isfinite(h['loss']).all() for h in histories):
    found.append(
      'Losses were not finite in some epochs of training, whose weights were '
      'not kept: lower learning_rate.'
    )
  elif any(_diverged(h) for h in histories):
    found.append(
      'Training made the critic worse than it was before, even on the samples '
      'that it was trained on, and was not kept: lower learning_rate.'
    )
  if any(h['best_epoch'] == [max_epochs] for h in histories):
    found.append(
      f'Training was still improving after {max_epochs} epochs: '
      'raise max_epochs.'
    )
  return found


def _diverged(history):
  """Returns whether the initial critic was best, even on training rows.

  A critic that only overfits gets better on training rows.
  """
  initial = history['start_loss'][0]
  worse = min(history['loss']) > initial + _WORSE * (1.0 + abs(initial))
  return worse and history['best_epoch'] == [0]
