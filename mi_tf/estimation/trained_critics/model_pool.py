"""Things that take long to make, kept for the next one who needs the like."""

import collections
import threading


class Kept:
  """A few things by key, each used by one at a time.

  What is taken is no longer there, so that two threads never share it; whoever
  fails with it does not give it back.
  """

  def __init__(self, most):
    """Keeps the `most` things that were used last."""
    self._most = most
    self._things = collections.OrderedDict()
    self._lock = threading.Lock()

  def take(self, key):
    """Returns what is kept under `key`, or `None`; it is gone then."""
    with self._lock:
      return self._things.pop(key, None)

  def give(self, key, thing):
    """Keeps a thing; the one that was not used for longest may go."""
    with self._lock:
      self._things[key] = thing
      self._things.move_to_end(key)
      while len(self._things) > self._most:
        self._things.popitem(last=False)

  def clear(self):
    """Forgets all."""
    with self._lock:
      self._things.clear()
