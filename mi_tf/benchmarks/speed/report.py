"""The table and the figure of the speed benchmark, made from records alone."""

from mi_tf.benchmarks.speed import cases
from mi_tf.internal import markdown


def report(found):
  """Returns the table of records as Markdown.

  Args:
    found: list of records. The last record of each case counts.
  """
  newest = newest_of(found)
  rows = []
  for name, record in newest.items():
    case = cases.CASES[name]
    value = record.get('value')
    spread = '-'
    if record.get('low') is not None:
      spread = f'{_show(record["low"])} to {_show(record["high"])}'
    sign = '>=' if case.above else '<='
    rows.append(
      (
        case.what,
        '-' if value is None else f'{_show(value)} {case.unit}',
        spread,
        f'{sign} {_show(case.bar)}',
        f'{sign} {_show(case.aim)}',
        verdict(case, value),
      )
    )
  header = ('what', 'median', 'quartiles', 'bar', 'aim', 'verdict')
  return '\n'.join(
    [
      '# Speed',
      '',
      *_heading(newest.values()),
      '',
      markdown.table(header, rows),
    ]
  )


def newest_of(found):
  """Returns a dict, case -> last record, in the order of `cases.CASES`."""
  last = {r['config']['case']: r for r in found}
  return {name: last[name] for name in cases.CASES if name in last}


def verdict(case, value):
  """Returns a text that says if the bar or the aim of a case is reached."""
  if value is None:
    return 'failed'

  def reaches(level):
    return value >= level if case.above else value <= level

  if reaches(case.aim):
    return 'aim met'
  return 'met' if reaches(case.bar) else 'not met'


def draw(found):
  """Returns a figure of the seconds of the contenders of each case.

  Args:
    found: list of records.

  Returns:
    A `matplotlib.figure.Figure`.
  """
  from matplotlib import figure as figure_lib

  timed = {
    name: record['seconds']
    for name, record in newest_of(found).items()
    if record.get('seconds')
  }
  figure = figure_lib.Figure(
    figsize=(8.0, 1.0 + 0.3 * sum(2 + len(s) for s in timed.values())),
    layout='constrained',
  )
  axes = figure.subplots()
  height, ticks = 0.0, []
  for name, seconds in timed.items():
    for contender, value in seconds.items():
      ours = contender in ('mi_tf', 'fit')
      axes.barh(height, value, color='#0072b2' if ours else '#bbbbbb')
      ticks.append((height, f'{name}: {contender}'))
      height -= 1.0
    height -= 0.7
  axes.set_yticks(*zip(*ticks) if ticks else ((), ()))
  axes.set_xscale('log')
  axes.set_xlabel('seconds (median)')
  return figure


def _heading(records):
  machines = sorted({r['machine'] for r in records if 'machine' in r})
  threads = sorted({str(r['config']['threads']) for r in records})
  versions = sorted(
    {
      f'{library} {number}'
      for r in records
      for library, number in r.get('versions', {}).items()
    }
  )
  return [
    f'- on {"; ".join(machines)}',
    f'- threads: {", ".join(threads)}',
    f'- with {", ".join(versions)}',
  ]


def _show(value):
  return f'{value:.0f}' if value >= 100.0 else f'{value:.2f}'
