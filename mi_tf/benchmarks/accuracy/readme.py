"""The tables of README's section Accuracy, made from records alone.

README has a comment before and after each table. The command

    python -m mi_tf.benchmarks.accuracy --readme=README.md

writes what is between them anew. Rivals are compared with mi_tf on the same
runs, and errors are means of absolute values, in nats.
"""

import collections
import re
import textwrap

import numpy as np

from mi_tf.benchmarks.accuracy import comparisons
from mi_tf.benchmarks.accuracy import families
from mi_tf.benchmarks.accuracy import published
from mi_tf.benchmarks.accuracy import runs
from mi_tf.benchmarks.accuracy import scoring
from mi_tf.internal import markdown

_DASH = '-'
_WIDTH = 88  # Of a line of README.
_MOST = 0.8  # Of our tasks; the best rival of a cell takes that many or more.
_WORST = 4  # Families that are named.
_DATA = {
  'beyond_normal': ': 40 tasks',
  'two_numbers': ', as in sums',
  'mixtures': ' of normals',
  'structure': ': stripes, boards, spirals',
  'linear_mix': ' of columns',
  'independent': ' sides',
  'counts': ' on both sides',
  'discrete': ': classes',
  'atoms': ': repeated numbers',
  'tables': ' with a class',
  'low_dim': ': 2 to 10 nats',
  'gaussian_20d': ': 2 to 23 nats',
  'flow': ': 6 and 10 nats',
  'wide': ': 300 to 1,000 columns',
}


def report(found):
  """Returns the tables, with the names that README's comments have.

  Args:
    found: list of records, one for each run and estimator.
  """
  made = {name: make(found) for name, make in TABLES.items()}
  return '\n\n'.join(
    f'### {name}\n\n{text}' for name, text in made.items() if text
  )


def fill(text, found):
  """Returns a text in which tables are made anew.

  Args:
    text: `str`. For each name in `TABLES`, it has the lines
      `<!-- accuracy: {name} -->` and, later, `<!-- end -->`.
    found: list of records, one for each run and estimator.

  Raises:
    ValueError: if the text does not have these lines once.
  """
  found = runs.newest(found)
  for name, make in TABLES.items():
    start, end = f'<!-- accuracy: {name} -->\n', '<!-- end -->\n'
    pattern = f'(?s){start}.*?{end}'
    places = len(re.findall(pattern, text))
    if places != 1:
      raise ValueError(
        f'The text must have {start.strip()!r} once, and {end.strip()!r} after '
        f'it. Received: {places} of them.'
      )
    made = f'{start}\n{make(found).strip()}\n\n{end}'
    text = re.sub(pattern, lambda _, made=made: made, text)
  return text


def by_family(found):
  """Returns our errors, the best rival's and our coverage, by family and size.

  Other sizes, which few families have, are below the table, and so are scores
  of all runs.
  """
  groups = _groups(found)
  texts = {group: _cell(records) for group, records in groups.items()}
  if not texts:
    return ''
  others = '; '.join(
    f'`{family}`, n = {n:,}: {text} ({len(_tasks(groups[family, n]))})'
    for (family, n), text in texts.items()
    if n not in families.SIZES
  )
  others = f'Other sizes, with the number of tasks: {others}.' if others else ''
  ours = runs.by(runs.of(runs.OURS, runs.fine(found)), runs.size)
  everything = {
    ('all', n): f'{_inside(records)} %' for (n,), records in ours.items()
  }
  return '\n'.join(
    [
      _by_family(texts | everything),
      *map(_lines, filter(None, (others, _summary(found)))),
    ]
  )


def losses(found):
  """Returns the rivals with less error, by family and size; '' without any."""
  texts = {}
  for group, records in _groups(found).items():
    tasks = len(_tasks(runs.of(runs.OURS, records)))
    ratios = {
      name: (_ratio(*pair), len(_tasks(pair[0])))
      for name, pair in _pairs(records).items()
    }
    better = [
      f'{name} {_number(ratio)}' + (f' ({number})' if number < tasks else '')
      for name, (ratio, number) in sorted(ratios.items(), key=lambda r: r[1])
      if ratio < 0.995
    ]
    if better:
      texts[group] = ', '.join(better)
  return _by_family(texts)


def rivals(found):
  """Returns each rival's error over ours, and how often it is less.

  A cell has the median over families, the number of families in which the
  rival's error is less, of those that it takes, and the number of tasks.
  """
  pairs = {}
  for (_, n), records in _groups(found).items():
    for name, pair in _pairs(records).items():
      pairs.setdefault(name, {}).setdefault(n, []).append(pair)
  return _table(
    'rival',
    {
      name: {n: _rival_cell(by_family) for n, by_family in by_size.items()}
      for name, by_size in sorted(pairs.items())
    },
  )


def _rival_cell(by_family):
  """Returns the text of a rival, from pairs of lists of records."""
  ratios = [_ratio(*pair) for pair in by_family]
  tasks = sum(len(_tasks(theirs)) for theirs, _ in by_family)
  return (
    f'{_number(float(np.median(ratios)))}, {sum(r < 1 for r in ratios)} of '
    f'{len(ratios)} ({tasks})'
  )


def beyond_normal(found):
  """Returns mean errors on Beyond Normal, and published ones with a star.

  If a rival takes some of the tasks only, parentheses have their number, and
  our error on the same runs.
  """
  cells = {}
  for (family, n), records in _groups(found).items():
    if family == 'beyond_normal':
      ours = runs.of(runs.OURS, records)
      cells.setdefault(runs.OURS, {})[n] = _number(scoring.mean_error(ours))
      for name, (theirs, mine) in _pairs(records).items():
        text = _number(scoring.mean_error(theirs))
        number = len(_tasks(theirs))
        if number < len(_tasks(ours)):
          text += f' ({number}; {_number(scoring.mean_error(mine))})'
        cells.setdefault(name, {})[n] = text
  if not cells:
    return ''
  for name, (figures, paper) in published.BEYOND_NORMAL.items():
    link = f'https://arxiv.org/abs/{paper.removeprefix("arXiv:")}'
    cells[f'[{name}]({link})*'] = {
      n: _number(figure)
      for n, figure in zip(published.SIZES, figures, strict=True)
    }
  return _table('method', cells)


TABLES = {
  'families': by_family,
  'losses': losses,
  'rivals': rivals,
  'beyond normal': beyond_normal,
}


def _groups(found):
  """Returns a dict, (family, n) -> records with an estimate, if we have one."""
  groups = runs.by(runs.fine(found), runs.family, runs.size)
  return {
    group: records
    for group, records in groups.items()
    if runs.of(runs.OURS, records)
  }


def _pairs(found):
  """Returns a dict, rival -> its records and ours, of the same runs."""
  pairs = {
    name: runs.same(runs.of(name, found), runs.of(runs.OURS, found))
    for name in runs.names(found)
    if not name.startswith(runs.OURS) and name != runs.REFERENCE
  }
  return {name: pair for name, pair in pairs.items() if pair[0]}


def _best(found):
  """Returns the best rival's ratio of errors, name and error; None without."""
  tasks = len(_tasks(runs.of(runs.OURS, found)))
  return min(
    (
      (_ratio(*pair), name, scoring.mean_error(pair[0]))
      for name, pair in _pairs(found).items()
      if len(_tasks(pair[0])) >= _MOST * tasks
    ),
    default=None,
  )


def _ratio(theirs, ours):
  """Returns the ratio of two mean errors; below 1, theirs is less."""
  theirs, ours = scoring.mean_error(theirs), scoring.mean_error(ours)
  if ours > 0:
    return theirs / ours
  return np.inf if theirs > 0 else 1.0


def _tasks(found):
  """Returns the set of the names of tasks in records."""
  return {r['config']['task'] for r in found}


def _cell(found):
  """Returns our error, the best rival's and our coverage in a family."""
  ours = runs.of(runs.OURS, found)
  rival = _DASH
  best = _best(found)
  if best:
    ratio, name, error = best
    rival = f'{_number(error)} {name}'
    rival = f'**{rival}**' if ratio < 1 else rival
  return f'{_number(scoring.mean_error(ours))} / {rival}, {_inside(ours)} %'


def _summary(found):
  """Returns sentences about all runs of ours."""
  everything = runs.of(runs.OURS, found)
  ours = runs.fine(everything)
  tasks = {runs.place(r)[:2] for r in ours}
  seeds = {r['config']['seed'] for r in ours}
  failed = len(everything) - len(ours)
  beside = f', beside {failed} that failed,' if failed else ''
  closed = [r for r in ours if np.isfinite(scoring.half_width(r))]
  opened = collections.Counter(
    runs.family(r) for r in ours if not np.isfinite(scoring.half_width(r))
  )
  in_families = ', '.join(
    f'{number} in `{name}`' for name, number in opened.most_common()
  )
  worst = sorted(
    (share, family)
    for family, share in comparisons.coverages(ours, runs.family).items()
  )[:_WORST]
  named = ', '.join(f'{100 * share:.0f} % of `{name}`' for share, name in worst)
  ratios = [best[0] for best in map(_best, _groups(found).values()) if best]
  sentences = [
    f'These are {len(ours):,} runs{beside} of {len(tasks)} tasks, with up to '
    f'{len(seeds)} seeds.',
    f'Of the intervals, {_inside(ours, 1)} % hold the truth.',
    f'{len(ours) - len(closed)} of them say "at least", without an upper end: '
    f'{in_families}. Of the others, {_inside(closed, 1)} % hold the truth.'
    if opened and closed
    else '',
    f'Fewest do in these families: {named}.' if named else '',
    f'Lower bounds above the truth: {100 * scoring.bounds_above(ours):.1f} %.',
    f'A rival is better in {sum(ratio < 1 for ratio in ratios)} of the '
    f'{len(ratios)} cells that have one.',
  ]
  return ' '.join(filter(None, sentences))


def _lines(text):
  """Returns the lines of a paragraph."""
  return textwrap.fill(text, _WIDTH, break_on_hyphens=False) + '\n'


def _inside(found, digits=0):
  """Returns the percentage of intervals that hold the truth."""
  return f'{100 * scoring.coverage(found):.{digits}f}'


def _number(value):
  """Returns a number with two digits or three decimals, such as '.12'."""
  if value >= 99.5:
    return f'{value:,.0f}'
  text = f'{value:.3f}' if abs(value) < 0.0995 else f'{value:.2f}'
  return text.removeprefix('0') if text.startswith('0.') else text


def _by_family(texts):
  """Returns a table of texts by (family, n); '' without any."""
  cells = {}
  for (family, n), text in texts.items():
    if n in families.SIZES:
      cells.setdefault(family, {})[n] = text
  return _table(
    'family',
    {
      f'`{family}`{_DATA[family]}' if family in _DATA else family: by_size
      for family, by_size in cells.items()
    },
  )


def _table(first, cells):
  """Returns a table of texts, a dict of dicts: row -> n -> text."""
  if not cells:
    return ''
  header = (first, *(f'n = {n:,}' for n in families.SIZES))
  rows = [
    (row, *(by_size.get(n, _DASH) for n in families.SIZES))
    for row, by_size in cells.items()
  ]
  return markdown.table(header, rows)
