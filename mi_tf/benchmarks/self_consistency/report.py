"""Table and figure of the self-consistency tests, made from records alone."""

import numpy as np

from mi_tf.benchmarks.self_consistency import image_pairs
from mi_tf.internal import markdown
from mi_tf.plotting import style

# Ratios need a denominator of more nats.
_LEAST = 0.05


def report(found):
  """Returns the tables of records as Markdown, one for each kind of runs.

  Args:
    found: list of records. Of runs that differ in the recipe only, the last one
      counts.
  """
  parts = ['# Self-consistency', '', *_versions(found), '']
  for (images, n, options), by_estimator in _kinds(found).items():
    parts += [f'## {n:,} pairs of images ({images}), {options}', '']
    parts.append(_table(by_estimator))
  return '\n'.join(parts)


def ratios(estimates, test):
  """Returns the ratios of a test, whose values for the true MI are known.

  Args:
    estimates: dict `(test, rows)` -> mean estimate in nats.
    test: `str`. Estimates of 'masked' and 'independent' are divided by 'masked'
      with all rows; 'processed' and 'additive', by 'masked' with equal rows.

  Returns:
    dict, rows -> `float`, without rows whose denominator is missing or small.
  """
  found = {}
  for (name, rows), mi in sorted(estimates.items()):
    whole = test in ('masked', 'independent')
    base = estimates.get(('masked', image_pairs.SIZE if whole else rows))
    if name == test and base is not None and base > _LEAST:
      found[rows] = mi / base
  return found


def draw(found):
  """Returns a figure of ratios over the number of rows, a panel for each test.

  Args:
    found: list of records. Only the first kind of runs is drawn.

  Returns:
    A `matplotlib.figure.Figure`.
  """
  from matplotlib import figure as figure_lib

  figure = figure_lib.Figure(figsize=(11.0, 3.6), dpi=90, layout='constrained')
  panels = (
    ('masked', 1.0, 'I(X; rows of X) / I(X; X): rises to 1'),
    ('processed', 1.0, 'data processing: 1'),
    ('additive', 2.0, 'additivity: 2'),
  )
  kinds = _kinds(found)
  by_estimator = next(iter(kinds.values())) if kinds else {}
  for axes, (test, ideal, title) in zip(figure.subplots(1, 3), panels):
    axes.axhline(ideal, color='#999999', linewidth=0.8)
    for i, (name, records) in enumerate(by_estimator.items()):
      ratio = ratios(_estimates(records), test)
      axes.plot(
        list(ratio),
        list(ratio.values()),
        'o-',
        color=style.COLORS[i % len(style.COLORS)],
        label=name,
      )
    axes.set_xlabel('rows shown')
    axes.set_title(title, fontsize=9)
    if by_estimator:
      axes.legend(fontsize=7)
  return figure


def _kinds(found):
  """Returns a dict, kind of runs -> dict, estimator -> newest records."""
  newest = {}
  for record in found:
    config = record['config']
    options = ', '.join(
      f'{k}={v}' for k, v in sorted(config['options'].items())
    )
    newest[
      (config['images'], config['n'], options or 'defaults'),
      config['estimator'],
      (config['test'], config['rows'], config['seed']),
    ] = record
  kinds = {}
  for (kind, estimator, _), record in newest.items():
    kinds.setdefault(kind, {}).setdefault(estimator, []).append(record)
  return kinds


def _estimates(records):
  """Returns a dict `(test, rows)` -> mean estimate over the seeds."""
  values = {}
  for record in records:
    if record.get('estimate') is not None:
      place = record['config']['test'], record['config']['rows']
      values.setdefault(place, []).append(record['estimate'])
  return {place: float(np.mean(v)) for place, v in values.items()}


def _versions(found):
  recipes = {(r['config']['estimator'], r['config']['recipe']) for r in found}
  return [f'- {name}: version {recipe}' for name, recipe in sorted(recipes)]


def _table(by_estimator):
  all_rows = sorted(
    {
      r['config']['rows']
      for records in by_estimator.values()
      for r in records
      if r['config']['test'] == 'masked'
    }
  )
  lines = []
  for name, records in by_estimator.items():
    estimates = _estimates(records)
    masked = ratios(estimates, 'masked')
    whole = estimates.get(('masked', image_pairs.SIZE))
    lines.append(
      (
        name,
        markdown.number(whole, 2),
        *(markdown.number(masked.get(t), 2) for t in all_rows),
        _rising(estimates),
        *(
          markdown.number(_mean(ratios(estimates, test)), 2)
          for test in ('independent', 'processed', 'additive')
        ),
        str(sum('error' in r for r in records)),
        markdown.number(
          _median([r['cpu_seconds'] for r in records if 'cpu_seconds' in r]), 1
        ),
      )
    )
  header = (
    'estimator',
    'I(X; X) (nats)',
    *(f'{t} rows' for t in all_rows),
    'rising',
    'independent (0)',
    'processed (1)',
    'additive (2)',
    'failed',
    'CPU s',
  )
  return markdown.table(header, lines)


def _rising(estimates):
  """Returns a text that says if estimates rise with the number of rows."""
  values = [
    mi for (test, _), mi in sorted(estimates.items()) if test == 'masked'
  ]
  if len(values) < 2:
    return '-'
  return 'yes' if all(np.diff(values) >= 0) else 'no'


def _mean(ratio):
  return float(np.mean(list(ratio.values()))) if ratio else None


def _median(values):
  return float(np.median(values)) if values else None
