"""A progress bar for terminals, and nothing elsewhere."""

import sys
import time


class Progress:
  """A bar on standard error, if that is a terminal."""

  def __init__(self, total, stream=None):
    """Makes a bar of `total` units; `update` starts the clock."""
    self._total = total
    self._stream = sys.stderr if stream is None else stream
    self._shown = self._stream.isatty()
    self._origin = None

  def update(self, done, what):
    """Shows the number of finished units, and the text `what`."""
    if not self._shown:
      return
    now = time.monotonic()
    # A resumed run did its first units before.
    self._origin = self._origin or (now, done)
    passed, more = now - self._origin[0], done - self._origin[1]
    left = (
      f', {passed / more * (self._total - done):.0f} s left' if more else ''
    )
    filled = round(24 * done / self._total)
    self._stream.write(
      f'\r\x1b[K[{"#" * filled}{"." * (24 - filled)}] '
      f'{done:.0f}/{self._total} {what}{left}'
    )
    self._stream.flush()

  def clear(self):
    """Wipes the bar."""
    if self._shown:
      self._stream.write('\r\x1b[K')
      self._stream.flush()
