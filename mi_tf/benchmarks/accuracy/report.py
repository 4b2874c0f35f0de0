"""The tables of the accuracy benchmark, made from records alone."""

import collections

import numpy as np

from mi_tf.benchmarks.accuracy import bars
from mi_tf.benchmarks.accuracy import comparisons
from mi_tf.benchmarks.accuracy import contenders
from mi_tf.benchmarks.accuracy import readme
from mi_tf.benchmarks.accuracy import runs
from mi_tf.benchmarks.accuracy import scoring
from mi_tf.internal import markdown

_MISSES = 20  # That are listed.


def report(found):
  """Returns the tables of records as Markdown.

  Args:
    found: list of records. Of runs that differ in the recipe only, the last one
      counts.
  """
  versions = [r['config'] for r in found if 'versions' in r['config']]
  found = runs.newest(found)
  ours = runs.of(runs.OURS, found)
  parts = [
    ('# Accuracy', _heading(found, versions)),
    (f'## Bars of {runs.OURS}', _bars(found)),
    (f'## {runs.OURS} by family and number of samples', _ours(ours)),
    ('## Mean errors of all estimators', contenders.errors(found)),
    (
      f'## Squared error of {runs.OURS} over each estimator, on the same runs',
      contenders.squared_errors(found),
    ),
    (
      f'## Interval score of {runs.REFERENCE} over {runs.OURS}, same runs',
      _interval_scores(found),
    ),
    ('## Truths that are farthest from the interval', _misses(ours)),
    ('## Tables of README', readme.report(found)),
  ]
  return '\n\n'.join(
    f'{title}\n\n{text.strip()}' for title, text in parts if text
  )


def _heading(found, versions):
  """Returns the recipe, the runs and the libraries of each estimator."""
  recipes = collections.Counter(
    (runs.name(r), r['config']['recipe']) for r in found
  )
  libraries = {
    (v['estimator'], v['recipe']): v['versions']
    for v in versions
    if isinstance(v.get('versions'), dict)
  }
  lines = []
  for estimator in runs.names(found):
    for (name, recipe), count in sorted(recipes.items()):
      if name == estimator:
        numbers = libraries.get((estimator.split(' (')[0], recipe), {})
        text = ', '.join(f'{key} {value}' for key, value in numbers.items())
        lines.append(
          f'- {estimator}: {count} runs of version {recipe}'
          + (f', with {text}' if text else '')
        )
  lines.append(
    '\nErrors and widths are in nats. An error is the absolute value of the '
    'estimate minus the truth, and a width is half of the interval.'
  )
  return '\n'.join(lines)


def _bars(found):
  rows = []
  for bar in bars.BARS:
    measured, text = bars.verdict(bar, found)
    show = _percent if bar.percent else markdown.number
    rows.append(
      (
        bar.what,
        show(measured),
        _range(bar.bar, show),
        _range(bar.aim, show),
        str(len(bars.runs_of(bar, found))),
        text,
      )
    )
  header = ('what', 'measured', 'bar', 'aim', 'runs', 'verdict')
  return markdown.table(header, rows)


def _range(ends, show):
  """Returns the text of a range, such as 'at most 4.000'."""
  low, high = ends
  if not np.isfinite(low):
    return f'at most {show(high)}'
  if not np.isfinite(high):
    return f'at least {show(low)}'
  return f'{show(low)} to {show(high)}'


def _percent(value):
  """Returns the text of a share in percent, or a dash for None."""
  return '-' if value is None else f'{100 * value:.1f} %'


def _ours(found):
  """Returns the scores of our runs by family and size; '' without runs."""
  if not found:
    return ''
  groups = {
    **runs.by(found, runs.family, runs.size),
    **runs.by(found, lambda r: 'all', runs.size),
    **runs.by(found, lambda r: 'all', lambda r: 'all'),
  }
  rows = []
  for (family, n), chosen in groups.items():
    fine = runs.fine(chosen)
    scores = [
      show(score(fine)) if fine else '-'
      for score, show in (
        (scoring.mean_error, markdown.number),
        (scoring.max_error, markdown.number),
        (scoring.bias, markdown.number),
        (scoring.coverage, markdown.share),
        (scoring.median_half_width, markdown.number),
        (scoring.width_over_error, lambda value: markdown.number(value, 1)),
        (scoring.mean_interval_score, markdown.number),
        (scoring.bounds_above, _percent),
        (_median_cpu, lambda value: markdown.number(value, 1)),
      )
    ]
    failed = len(chosen) - len(fine)
    numbers = contenders.count(n), str(len(chosen)), str(failed)
    rows.append((family, *numbers, *scores))
  header = (
    'family',
    'n',
    'runs',
    'failed',
    'mean error',
    'largest',
    'bias',
    'truth inside',
    'median width',
    'width / error',
    'interval score',
    'lower bound too high',
    'CPU s',
  )
  return markdown.table(header, rows)


def _median_cpu(found):
  return float(np.median([r['cpu_seconds'] for r in found]))


def _interval_scores(found):
  """Returns the table of a reference's scores over ours; '' without one."""
  ratios = comparisons.interval_score_ratios(runs.fine(found))
  if not ratios:
    return ''
  sizes = sorted({n for _, n in ratios})
  rows = [
    (
      family,
      *(markdown.number(ratios.get((family, n)), 2) for n in sizes),
      markdown.number(
        comparisons.geometric_mean(
          ratio for (name, _), ratio in ratios.items() if name == family
        ),
        2,
      ),
    )
    for family in dict.fromkeys(family for family, _ in ratios)
  ]
  header = ('family', *map(contenders.count, sizes), 'geometric mean')
  return (
    'Ratios of mean interval scores. Above 1, this version is better.\n\n'
    + markdown.table(header, rows)
  )


def _misses(found):
  """Returns the runs whose truth is farthest away, in half-widths."""

  def distance(record):
    low, high = scoring.interval(record)
    gap = max(low - record['truth'], record['truth'] - high)
    return gap / max(scoring.half_width(record), 1e-6)

  missed = [r for r in runs.fine(found) if scoring.covers(r) is False]
  rows = [
    (
      f'{runs.family(r)}: {r["config"]["task"]}',
      contenders.count(runs.size(r)),
      str(r['config']['seed']),
      r.get('method', '-'),
      markdown.number(r['truth']),
      markdown.number(r['estimate']),
      ' to '.join(markdown.number(end) for end in scoring.interval(r)),
      markdown.number(distance(r), 1),
    )
    for r in sorted(missed, key=distance, reverse=True)[:_MISSES]
  ]
  if not rows:
    return ''
  header = (
    'task',
    'n',
    'seed',
    'method',
    'truth',
    'estimate',
    'interval',
    'distance in widths',
  )
  return markdown.table(header, rows)
