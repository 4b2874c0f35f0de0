"""Tasks: pairs of everyday variables with a known mutual information."""

from collections.abc import Callable
import dataclasses
import functools
import json
import math
import pathlib
import zlib

from absl import logging
import numpy as np

from mi_tf.benchmarks import command

TRUTHS = command.FOLDER / 'everyday_truths.json'


@dataclasses.dataclass(frozen=True, eq=False)
class Task:
  """A source of pairs (x, y) of everyday kinds.

  Attributes:
    name: `str`, a unique name that begins with the group.
    group: `str`, the kind of data.
    n: `int`, the number of rows.
    draw: callable `(rng, n) -> (x, y)`, NumPy arrays.
    exact: `float`, the mutual information in nats; or a callable that returns
      the mutual information and the standard deviation of the pointwise values.
      What callables return is stored in `everyday_truths.json`.
    note: `str`, the difficulty.
    split: 'report', or 'dev' for tasks on which constants are chosen.
    kind: 'truth'; 'best' if `exact` is the held-out value of the best
      classifier, so that the truth is between `exact` and `cap`; or 'doubt' if
      any estimate must come with a warning.
    cap: `float`, the entropy of a discrete side.
    tolerance: pair of `float`s, the allowed error in nats, and relative to the
      truth. The greater one counts.
    options: callable, n -> dict of arguments of `estimate_mi`.
    fixed: `bool`. If True, `sample` always returns `n` rows.
  """

  name: str
  group: str
  n: int
  draw: Callable
  exact: float | Callable
  note: str = ''
  split: str = 'report'
  kind: str = 'truth'
  cap: float = math.inf
  tolerance: tuple[float, float] = (0.03, 0.0)
  options: Callable = lambda n: {}
  fixed: bool = False

  def sample(self, rng, n=None):
    """Returns (x, y) of `n` rows; for `None`, of the task's number of rows."""
    return self.draw(rng, self.n if n is None or self.fixed else n)

  def rng(self, seed):
    """Returns the task's random generator for a seed."""
    return np.random.default_rng([seed, zlib.crc32(self.name.encode())])

  def moments(self):
    """Computes mean and standard deviation of the pointwise values."""
    return tuple(self.exact()) if callable(self.exact) else (self.exact, None)

  @functools.cached_property
  def _stored(self):
    if not callable(self.exact):
      return self.exact, None
    stored = read_truths().get(self.name)
    return tuple(stored) if stored else self.moments()

  @property
  def truth(self):
    """The mutual information in nats, or None if it is unknown."""
    return self._stored[0]

  @property
  def deviation(self):
    """The standard deviation of the pointwise values; None if unknown."""
    return self._stored[1]

  def oracle_stderr(self, n=None):
    """Returns the standard error of an estimate by the true densities.

    This is the standard error of the mean of the true pointwise values, or None
    if their standard deviation is unknown.
    """
    if self.deviation is None:
      return None
    return self.deviation / math.sqrt(self.n if n is None else n)

  def allowed(self, n=None):
    """Returns the absolute error that the task allows."""
    nats, relative = self.tolerance
    return max(
      nats,
      relative * abs(self.truth or 0.0),
      1.5 * (self.oracle_stderr(n) or 0.0),
    )


@functools.lru_cache(maxsize=1)
def read_truths():
  """Returns the dict of the computed truths."""
  if not TRUTHS.exists():
    return {}
  return json.loads(TRUTHS.read_text(encoding='utf-8'))


def remake_truths(tasks, path=TRUTHS):
  """Computes the truths of tasks again, and writes them to a file.

  Args:
    tasks: sequence of `Task`s. Tasks with a closed form are left out.
    path: name of the file. Its truths of other tasks stay.
  """
  path = pathlib.Path(path)
  found = json.loads(path.read_text('utf-8')) if path.exists() else {}
  for task in tasks:
    if callable(task.exact):
      found[task.name] = [
        None if value is None else round(value, 5) for value in task.moments()
      ]
      logging.info('%s: %s', task.name, found[task.name])
      lines = [
        f'{json.dumps(name)}: {json.dumps(found[name])}'
        for name in sorted(found)
      ]
      text = '{\n' + ',\n'.join(lines) + '\n}\n'
      path.write_text(text, encoding='utf-8')
  read_truths.cache_clear()
