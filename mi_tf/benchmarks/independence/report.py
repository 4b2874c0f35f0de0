"""The tables of the independence benchmark, made from records alone."""

import collections

from mi_tf.internal import markdown


def report(found):
  """Returns the tables of records as Markdown."""
  parts = {'uniformity': [], 'power': []}
  for record in found:
    if 'error' not in record:
      parts[record['config']['part']].append(record)
  lines = []
  if parts['uniformity']:
    lines += [
      '# p-values of independent samples',
      '',
      'Share of p-values of at most 0.05 and 0.01, and two standard errors of '
      'a share that is 0.05 or 0.01 in truth. All methods of `estimate_mi` but '
      'critics have the same test.',
      '',
      _uniformity(parts['uniformity'], 'rows', _by_rows),
      _uniformity(parts['uniformity'], 'data', _by_kind),
    ]
  if parts['power']:
    lines += [
      '# Power',
      '',
      'Share of dependent samples with p-values of at most 0.05.',
      '',
      _power(parts['power']),
    ]
  return '\n'.join(lines)


def _by_rows(record):
  """Yields the row of a record, and its counts."""
  key = record['config']['case'], str(record['config']['n'])
  for counts in record['counts'].values():
    yield key, counts


def _by_kind(record):
  """Yields the row of each kind of data of a record, and its counts."""
  for kind, counts in record['counts'].items():
    yield (record['config']['case'], kind), counts


def _uniformity(found, second, rows_of):
  """Returns a table with a row for each key of `rows_of`."""
  totals = _totals(rows_of, found)
  rows = []
  for (name, detail), (samples, *small) in totals.items():
    cells = []
    for count, level in zip(small, (0.05, 0.01), strict=True):
      error = 2.0 * (level * (1.0 - level) / samples) ** 0.5
      cells.append(f'{count / samples:.3f} +- {error:.3f}')
    rows.append((name, detail, str(samples), *cells))
  header = 'test', second, 'samples', 'at .05', 'at .01'
  return markdown.table(header, rows)


def _power(found):
  """Returns a table with a row for each kind and number of rows."""
  tests = dict.fromkeys(t for r in found for t in r['counts'])
  tests = sorted(tests, key=lambda t: t != 'estimate_mi')  # Ours first.
  totals = _totals(_by_test, found)
  rows, shares = [], collections.defaultdict(list)
  for n, kind in dict.fromkeys(key[:2] for key in totals):
    cells = []
    for test in tests:
      samples, small, _ = totals[n, kind, test]
      shares[n, test].append(small / samples)
      cells.append(markdown.number(shares[n, test][-1], 2))
    rows.append((kind, str(n), *cells))
  for n in dict.fromkeys(key[0] for key in totals):
    means = [sum(shares[n, t]) / len(shares[n, t]) for t in tests]
    rows.append(('mean', str(n), *(markdown.number(m, 2) for m in means)))
  return markdown.table(('kind', 'rows', *tests), rows)


def _by_test(record):
  config = record['config']
  for test, counts in record['counts'].items():
    yield (config['n'], config['case'], test), counts


def _totals(rows_of, found):
  """Returns a dict, key -> sums of counts of all records."""
  totals = {}
  for record in found:
    for key, counts in rows_of(record):
      before = totals.get(key, [0] * len(counts))
      totals[key] = [a + b for a, b in zip(before, counts, strict=True)]
  return totals
