"""Times of the tests of each file: `pytest --times=FILE` writes them as JSON.

For each file, the largest first: the number of tests, seconds, and seconds of
CPU of the tests' process and its children (without killed ones).
"""

import json
import pathlib
import resource

import pytest

from mi_tf_test import processes

_KEYS = ('tests', 'seconds', 'cpu_seconds')


def _cpu_seconds():
  return processes.cpu_seconds + sum(
    usage.ru_utime + usage.ru_stime
    for usage in map(
      resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
  )


class Times:
  """The plugin of pytest that measures, and writes at the end."""

  def __init__(self, path, is_worker):
    """Makes it for a process; workers of pytest-xdist only measure."""
    self._path = None if is_worker else pathlib.Path(path)
    self._files = {}

  @pytest.hookimpl(hookwrapper=True)
  def pytest_runtest_protocol(self, item):
    start = _cpu_seconds()
    # Reports carry it from the workers of pytest-xdist to the main process.
    item.user_properties.append(('cpu_seconds', lambda: _cpu_seconds() - start))
    yield

  @pytest.hookimpl(hookwrapper=True)
  def pytest_runtest_makereport(self, item):
    outcome = yield
    report = outcome.get_result()
    report.user_properties = [
      (key, value() if key == 'cpu_seconds' else value)
      for key, value in report.user_properties
    ]

  def pytest_runtest_logreport(self, report):
    """Adds the times of a phase of a test."""
    file = self._files.setdefault(
      report.nodeid.split('::')[0], dict.fromkeys(_KEYS, 0)
    )
    file['seconds'] += report.duration
    if report.when == 'teardown':
      file['tests'] += 1
      file['cpu_seconds'] += dict(report.user_properties)['cpu_seconds']

  def pytest_sessionfinish(self):
    if self._path is None:
      return
    rows = sorted(
      self._files.items(), key=lambda row: row[1]['cpu_seconds'], reverse=True
    )
    total = {key: sum(row[key] for _, row in rows) for key in _KEYS}
    lines = [
      json.dumps({'file': name, **{k: round(v, 1) for k, v in row.items()}})
      for name, row in [('all', total), *rows]
    ]
    self._path.write_text('\n'.join(lines) + '\n', 'utf-8')
