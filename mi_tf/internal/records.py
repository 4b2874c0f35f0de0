"""Records of runs: one frozen config = one run = one line of JSON.

A record is a dict. Its 'config' holds everything that determines the result of
the run, and identifies the record. A config that has a record is not run again.
Figures and tables are made from records alone.
"""

import dataclasses
import importlib.metadata
import json
import math
import os
import pathlib
import platform
import time

from absl import logging
import numpy as np

from mi_tf import version

_DIGITS = 6
_LIBRARIES = ('keras', 'numpy', 'tensorflow', 'tensorflow-probability')


def plain(value, digits=_DIGITS):
  """Converts nested dicts, lists, arrays and dataclasses to types of JSON.

  Floats are rounded to `digits` significant digits. Infinite floats and NaN
  become `None`.
  """
  if dataclasses.is_dataclass(value):
    value = {
      field.name: getattr(value, field.name)
      for field in dataclasses.fields(value)
    }
  if isinstance(value, dict):
    return {str(key): plain(v, digits) for key, v in value.items()}
  if isinstance(value, (list, tuple)):
    return [plain(v, digits) for v in value]
  if isinstance(value, (np.generic, np.ndarray)):
    return plain(value.tolist(), digits)
  if isinstance(value, float):
    return float(f'{value:.{digits}g}') if math.isfinite(value) else None
  return value


def key(config):
  """Returns the text that identifies a config, a dict or a dataclass."""
  return json.dumps(plain(config), sort_keys=True, allow_nan=False)


def append(path, record):
  """Adds a record to the end of a file, which is made if it does not exist.

  The line is written in one call, so several processes may append to one file.
  """
  text = json.dumps(plain(record), sort_keys=True, allow_nan=False) + '\n'
  path = pathlib.Path(path)
  path.parent.mkdir(parents=True, exist_ok=True)
  with open(path, 'ab+', buffering=0) as file:
    if file.seek(0, os.SEEK_END):
      file.seek(-1, os.SEEK_END)
      if file.read(1) != b'\n':  # A process was killed while it wrote.
        text = '\n' + text
    line = text.encode('utf-8')
    if file.write(line) < len(line):
      raise OSError(
        f'{path} could not be written to its end: no space is left.'
      )


def read(*paths):
  """Returns the list of the records in files, in order.

  Of a folder, the files that end in .jsonl are read, in the order of their
  names. A truncated line is left out, with a warning in the log. Any other line
  that is not a record raises a `ValueError`. Missing files are skipped.
  """
  records = []
  for path in _files(paths):
    with open(path, encoding='utf-8') as file:
      lines = file.read().split('\n')
    for number, line in enumerate(lines, start=1):
      if not line.strip():
        continue
      try:
        record = json.loads(line)
      except json.JSONDecodeError:
        record = None
      if isinstance(record, dict) and isinstance(record.get('config'), dict):
        records.append(record)
      elif record is None and line.startswith('{'):
        logging.warning('%s:%d ends too early; it is left out.', path, number)
      else:
        raise ValueError(
          f'Each line of {path} must be a record, a JSON object with a '
          f"'config'. Received: line {number}, {line[:40]!r}."
        )
  return records


def _files(paths):
  for path in map(pathlib.Path, paths):
    if path.is_dir():
      yield from sorted(path.glob('*.jsonl'))
    elif path.exists():
      yield path


def latest(records):
  """Returns a dict from `key` to the last record of each config."""
  found = {}
  for record in records:
    config_key = key(record['config'])
    found.pop(config_key, None)
    found[config_key] = record
  return found


def run_missing(
  configs, run, path, shard=(0, 1), max_runs=None, fatal=(), done=None
):
  """Runs the configs that have no record yet, and appends their records.

  `run(config)` returns the result, a dict, or `None` for no record. If `run`
  raises an exception, the record has the message under 'error', and the config
  is run again the next time. Exceptions in `fatal` are raised and not recorded,
  since all other runs would fail as well. `done(config)` is called after a
  record without an error is appended. `path` is the file of the records, or a
  function that returns the file of a config.

  With the shard `(i, n)`, this process runs only `configs[i::n]`. The n
  processes may append to the same file. If the file can't be written, an
  `OSError` is raised before the first run.
  """
  i, n = shard
  if not 0 <= i < n:
    raise ValueError(
      f'`shard` must be (i, n) with 0 <= i < n. Received: shard={shard}.'
    )
  place = path if callable(path) else lambda config: path
  files = dict.fromkeys(place(config) for config in configs)
  have = {
    config_key
    for config_key, record in latest(read(*files)).items()
    if 'error' not in record
  }
  mine = [c for c in configs[i::n] if key(c) not in have]
  logging.info('%d runs to do.', len(mine))
  if mine and max_runs != 0:
    # Fails now, and not after the first run, which may take hours.
    first = pathlib.Path(place(mine[0]))
    first.parent.mkdir(parents=True, exist_ok=True)
    open(first, 'ab').close()
  new = []
  for number, config in enumerate(mine, start=1):
    if max_runs is not None and len(new) >= max_runs:
      break
    try:
      result = run(config)
    except fatal:
      raise
    except Exception as error:
      logging.exception('Run %d of %d failed.', number, len(mine))
      result = {'error': f'{type(error).__name__}: {error}'[:300]}
    if result is None:
      continue
    new.append(plain({**result, 'config': config}))
    append(place(config), new[-1])
    if done is not None and 'error' not in new[-1]:
      done(config)
    logging.info('Run %d of %d is done: %s', number, len(mine), key(config))
  return new


@dataclasses.dataclass
class Timer:
  """A context manager that measures the time of its body.

  `cpu_seconds` is the sum over all threads of this process.
  """

  wall_seconds: float = 0.0
  cpu_seconds: float = 0.0

  def __enter__(self):
    self._start = time.perf_counter(), time.process_time()
    return self

  def __exit__(self, *exception):
    self.wall_seconds = time.perf_counter() - self._start[0]
    self.cpu_seconds = time.process_time() - self._start[1]


def versions(*others):
  """Returns a dict of the versions that a result may depend on.

  `others` are more packages. Packages that are not installed are left out.
  """
  found = {'python': platform.python_version(), 'mi_tf': version.__version__}
  for name in (*_LIBRARIES, *others):
    try:
      found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
      pass
  return found
