"""Tables of all estimators beside each other."""

import dataclasses

from mi_tf.benchmarks.accuracy import comparisons
from mi_tf.benchmarks.accuracy import runs
from mi_tf.benchmarks.accuracy import scoring
from mi_tf.internal import markdown

_KINDS = 6  # Kinds of columns that are listed for an estimator.

_ERRORS_NOTE = f"""
Bold: the least error of the estimators that take all runs of a row. If an
estimator takes only some runs, parentheses have their number and the error of
{runs.OURS} on these runs. It is bold if its error is less.
"""

_RATIOS_NOTE = f"""
Below 1, {runs.OURS} is better. Above 1 (bold), the other estimator is better.
If it does not take all runs, parentheses have their number.
"""


def count(n):
  """Returns the text of a number of samples, or of 'all'."""
  return f'{n:,}' if isinstance(n, int) else n


def errors(found):
  """Returns a table of mean errors, by family, size and estimator.

  Args:
    found: list of records, one for each run and estimator.
  """
  names = runs.names(found)
  rows = []
  for (family, n), chosen in runs.by(found, runs.family, runs.size).items():
    by_name = {name: runs.of(name, chosen) for name in names}
    most = max(len(runs.fine(each)) for each in by_name.values())
    cells = [_cell(by_name, name, most) for name in names]
    least = min(
      (cell.error for cell in cells if cell.error is not None), default=None
    )
    rows.append([family, count(n)])
    for cell in cells:
      bold = cell.better if cell.error is None else cell.error == least
      rows[-1].append(f'**{cell.text}**' if bold else cell.text)
  table = markdown.table(('family', 'n', *names), rows)
  return f'{_ERRORS_NOTE.strip()}\n\n{table}\n{_refusals(found, names)}'


@dataclasses.dataclass(frozen=True)
class _Cell:
  """An estimator's errors in a family at a number of samples.

  Attributes:
    text: `str`.
    error: `float`, the mean error if the estimator takes all runs, else None.
    better: `bool`, whether an estimator that takes some runs only has a smaller
      mean error on them than we have.
  """

  text: str
  error: float | None = None
  better: bool = False


def _cell(by_name, name, most):
  """Returns the `_Cell` of an estimator.

  Args:
    by_name: dict, name of an estimator -> records of a family and size.
    name: `str`, the estimator.
    most: `int`, the greatest number of runs that any estimator takes.
  """
  records = by_name[name]
  fine = runs.fine(records)
  failed = sum('error' in r for r in records)
  if not fine:
    if any('refused' in r for r in records):
      return _Cell('- (not taken)')
    return _Cell(f'- ({failed} failed)' if failed else '- (not run)')
  error = scoring.mean_error(fine)
  notes = [f'{len(fine)} of {most}'] if len(fine) < most else []
  better = False
  if len(fine) < most and name != runs.OURS:
    ours, same = runs.same(runs.fine(by_name.get(runs.OURS, [])), fine)
    if ours:
      mine = scoring.mean_error(ours)
      better = scoring.mean_error(same) < mine
      notes.append(f'{runs.OURS} {markdown.number(mine)}')
  if failed:
    notes.append(f'{failed} failed')
  text = markdown.number(error) + (f' ({"; ".join(notes)})' if notes else '')
  return _Cell(text, error if len(fine) == most else None, better)


def _refusals(found, names):
  """Returns a line for each estimator that does not take some columns."""
  lines = []
  for name in names:
    kinds = list(
      dict.fromkeys(
        r['refused'] for r in runs.of(name, found) if 'refused' in r
      )
    )
    if kinds:
      more = f', and {len(kinds) - _KINDS} more' if len(kinds) > _KINDS else ''
      listed = ', '.join(f'({kind})' for kind in kinds[:_KINDS])
      lines.append(
        f'- {name} does not take (columns of x; of y): {listed}{more}'
      )
  return '\n'.join(lines)


def squared_errors(found):
  """Returns a table of ratios of squared errors, by family and size.

  Args:
    found: list of records, one for each run and estimator.
  """
  found = runs.fine(found)
  others = [name for name in runs.names(found) if name != runs.OURS]
  ratios = comparisons.squared_error_ratios(found, others)
  if not ratios:
    return ''
  rows = []
  for (family, n), by_rival in ratios.items():
    most = max(number for _, number, _ in by_rival.values())
    rows.append([family, count(n)])
    for name in others:
      ratio, number, _ = by_rival.get(name, (None, most, None))
      text = markdown.number(ratio, 2)
      text += f' ({number})' if number < most else ''
      rows[-1].append(f'**{text}**' if ratio and ratio > 1 else text)
  table = markdown.table(('family', 'n', *others), rows)
  return f'{_RATIOS_NOTE.strip()}\n\n{table}'
