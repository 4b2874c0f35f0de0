"""ModelPool: traced models, used again for models of the same form."""

import contextlib
import threading


class ModelPool:
  """Idle models by key; each is lent to one user at a time."""

  def __init__(self, most):
    """Makes a pool of at most `most` idle models, the last used ones."""
    self._most = most
    self._idle = []  # (key, model), from the first returned to the last.
    self._lock = threading.Lock()

  @contextlib.contextmanager
  def lend(self, key, build):
    """Lends a `with` block an idle model of a key, or else a new `build()`.

    If the block raises an error, the model does not return to the pool.
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
