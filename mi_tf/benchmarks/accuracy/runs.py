"""Which records count, and groups of records."""

import collections

from mi_tf.benchmarks.accuracy import families
from mi_tf.benchmarks.accuracy import scoring

OURS = 'mi_tf'
# The name in tables of the version of mi_tf that the new one is compared with.
REFERENCE = 'reference'


def newest(found):
  """Returns the last record of each run, ignoring recipes.

  Records without a run, which hold versions of libraries, are left out.
  """
  last = {}
  for record in found:
    if 'task' in record['config']:
      last[(*place(record), name(record))] = record
  return list(last.values())


def place(record):
  """Returns the family, task, n and seed of a record, as a tuple."""
  config = record['config']
  return tuple(config[key] for key in ('family', 'task', 'n', 'seed'))


def name(record):
  """Returns the name and the options of a record's estimator."""
  config = record['config']
  options = ', '.join(f'{k}={v}' for k, v in config.get('options', {}).items())
  return config['estimator'] + (f' ({options})' if options else '')


def of(estimator, found):
  """Returns the records of an estimator, by `name`."""
  return [r for r in found if name(r) == estimator]


def fine(found):
  """Returns the records with an estimate."""
  return [r for r in found if scoring.error(r) is not None]


def names(found):
  """Returns the names of the estimators: ours first, then rivals."""
  given = {name(r) for r in found}
  return sorted(
    given, key=lambda each: (not each.startswith(OURS), each == REFERENCE, each)
  )


def family(record):
  """Returns the name of a record's family."""
  return record['config']['family']


def size(record):
  """Returns a record's number of samples."""
  return record['config']['n']


def by(found, *keys):
  """Returns a dict, tuple of the values of `keys` -> list of records.

  Families are in the order of `families.FAMILIES`, and sizes from small to
  large.

  Args:
    found: list of records.
    *keys: callables, record -> value.
  """
  order = {key: i for i, key in enumerate(families.FAMILIES)}
  groups = collections.defaultdict(list)
  for record in sorted(
    found, key=lambda r: (order.get(family(r), len(order)), size(r))
  ):
    groups[tuple(key(record) for key in keys)].append(record)
  return dict(groups)


def same(ours, theirs):
  """Returns the records of both lists whose runs are in both, in one order."""
  first, second = ({place(r): r for r in found} for found in (ours, theirs))
  both = [key for key in first if key in second]
  return [first[key] for key in both], [second[key] for key in both]
