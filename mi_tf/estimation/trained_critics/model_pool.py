"""ModelPool: models that were traced before, for others of the same form."""

import contextlib
import threading


class ModelPool:
  """Idle models by key; each is lent to one user at a time."""

  def __init__(self, most):
    """Keeps at most `most` idle models: the last ones that were used."""
    self._most = most
    self._idle = []  # (key, model), from the first returned to the last.
    self._lock = threading.Lock()

  @contextlib.contextmanager
  def lend(self, key, build):
    """Lends the model of a key, or one from `build`, inside a `with` block.

    A model whose user fails is not returned to the pool.
    """
    model = self._take(key) or build()
    yield model
    with self._lock:
      self._idle.append((key, model))
      del self._idle[: -self._most]

  def clear(self):
    """Forgets all idle models."""
    with self._lock:
      self._idle.clear()

  def _take(self, key):
    with self._lock:
      for place in reversed(range(len(self._idle))):
        if self._idle[place][0] == key:
          return self._idle.pop(place)[1]
    return None
