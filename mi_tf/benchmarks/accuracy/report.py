"""The tables of the accuracy benchmark, made from records alone."""

import collections

import numpy as np

from mi_tf.benchmarks.accuracy import bars
from mi_tf.internal import markdown


def report(found):
  """Returns the tables of records as Markdown.

  Args:
    found: list of records. Of runs that differ in the recipe only, the last one
      counts.
  """
  versions = [r['config'] for r in found if 'versions' in r['config']]
  found = newest(found)
  parts = [_heading(found, versions), _bars(found)]
  for n in sorted({r['config']['n'] for r in found}, reverse=True):
    chosen = [r for r in found if r['config']['n'] == n]
    parts += [f'## {n:,} samples\n', _families(chosen), _tasks(chosen)]
  return '\n'.join(parts)


def newest(found):
  """Returns the last record of each run, ignoring recipes."""
  last = {}
  for record in found:
    config = record['config']
    if 'versions' in config:
      continue
    place = tuple(config[key] for key in ('family', 'task', 'n', 'seed'))
    last[(*place, name(record))] = record
  return list(last.values())


def name(record):
  """Returns the name and the options of a record's estimator."""
  config = record['config']
  options = ', '.join(f'{k}={v}' for k, v in config.get('options', {}).items())
  return config['estimator'] + (f' ({options})' if options else '')


def by(found, *keys):
  """Returns a dict, tuple of the values of `keys` -> list of records.

  Args:
    found: list of records.
    *keys: callables, record -> value.
  """
  groups = collections.defaultdict(list)
  for record in found:
    groups[tuple(key(record) for key in keys)].append(record)
  return groups


def ours_first(estimator):
  """Returns a key that sorts names of estimators, mi_tf's estimators first."""
  return not estimator.startswith(bars.ESTIMATOR), estimator


def _family(record):
  return record['config']['family']


def _heading(found, versions):
  recipes = collections.Counter(
    (r['config']['estimator'], r['config']['recipe']) for r in found
  )
  lines = [
    f'- {estimator}: {count} runs of version {recipe}'
    for (estimator, recipe), count in sorted(recipes.items())
  ]
  versions = sorted(
    {
      f'{library} {number}'
      for config in versions
      for library, number in config['versions'].items()
    }
  )
  if versions:
    lines.append(f'- with {", ".join(versions)}')
  return '\n'.join(['# Accuracy', '', *lines, ''])


def _bars(found):
  rows = []
  for bar in bars.BARS:
    measured, text = bars.verdict(bar, found)
    show = markdown.share if bar.percent else markdown.number
    if bar.percent and not bar.above:
      show = _percent
    sign = '>=' if bar.above else '<='
    rows.append(
      (
        bar.what,
        show(measured),
        f'{sign} {show(bar.bar)}',
        f'{sign} {show(bar.aim)}',
        str(len(bars.runs_of(bar, found))),
        text,
      )
    )
  header = ('what', 'measured', 'bar', 'aim', 'runs', 'verdict')
  return (
    f"## What the default estimator, '{bars.ESTIMATOR}', has to reach\n\n"
    + markdown.table(header, rows)
  )


def _percent(value):
  """Returns the text of a share in percent, or a dash for None."""
  return '-' if value is None else f'{100 * value:.1f} %'


def _families(found):
  rows = []
  groups = {
    **by(found, lambda r: 'all', name),
    **by(found, _family, name),
  }
  for family, estimator in sorted(
    groups, key=lambda key: (key[0] == 'all', key[0], ours_first(key[1]))
  ):
    chosen = groups[family, estimator]
    fine = [r for r in chosen if bars.error(r) is not None]
    rows.append(
      (
        family,
        estimator,
        str(len(chosen)),
        str(len(chosen) - len(fine)),
        markdown.number(bars.mean_error(fine) if fine else None),
        markdown.number(bars.max_error(fine) if fine else None),
        markdown.share(_mean(bars.covers(r) for r in fine)),
        markdown.share(_mean(bars.bound_holds(r) for r in fine)),
        markdown.number(bars.median_cpu(fine) if fine else None, 1),
      )
    )
  header = (
    'family',
    'estimator',
    'runs',
    'failed',
    'mean abs. error',
    'largest',
    'truth inside',
    'bound holds',
    'CPU s',
  )
  return markdown.table(header, rows)


def _tasks(found):
  """Returns a table of the mean estimates for each task."""
  estimators = sorted({name(r) for r in found}, key=ours_first)
  groups = by(found, _family, lambda r: r['config']['task']).items()
  rows = []
  # In each family, tasks stay in the order of their runs.
  for (family, task), chosen in sorted(groups, key=lambda item: item[0][0]):
    truths = [r['truth'] for r in chosen if 'truth' in r]
    row = [f'{family}: {task}', markdown.number(truths[0] if truths else None)]
    for estimator in estimators:
      row.append(
        markdown.number(
          _mean(r.get('estimate') for r in chosen if name(r) == estimator)
        )
      )
    rows.append(row)
  return markdown.table(('task, mean estimate', 'truth', *estimators), rows)


def _mean(values):
  """Returns the mean of values other than None, or None if all are None."""
  values = [value for value in values if value is not None]
  return float(np.mean(values)) if values else None
