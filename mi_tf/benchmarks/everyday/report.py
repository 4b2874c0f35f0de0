"""The lines of the everyday benchmark, made from records alone."""

import numpy as np

_HEADER = (
  f'{"task":48} {"n":>6} {"seed":>4} {"truth":>7} {"mi":>7} '
  f'{"interval":>17} {"error":>7} {"method":>14} {"seconds":>8} {"warn":>4}'
)


def report(found):
  """Returns a line for each record, and one for each group of tasks."""
  return '\n'.join([_HEADER, *map(row, found), summary(found)])


def row(record):
  """Returns the line of a record."""
  config = record['config']
  mi, low, high, error = map(
    _number, (record['mi'], *record['interval'], record['error_nats'])
  )
  truth = '-' if record['truth'] is None else f'{record["truth"]:.3f}'
  line = (
    f'{config["task"]:48} {config["n"]:6} {config["seed"]:4} {truth:>7} '
    f'{mi:7.3f} {f"[{low:.3f}, {high:.3f}]":>17} {error:+7.3f} '
    f'{record["method"][:14]:>14} {record["seconds"]:8.2f} '
    f'{record["warnings"]:4}  {" ".join(record["flags"])}'
  )
  if record['ksg'] is not None:
    line += f'  (ksg {record["ksg"] - record["truth"]:+.3f})'
  if record.get('oracle_stderr') is not None:
    line += f'  (oracle +-{record["oracle_stderr"]:.3f})'
  if record['failure']:
    line += f'  {record["failure"]}'
  return line.rstrip()


def summary(found):
  """Returns a line for each group of tasks."""
  groups = {}
  for record in found:
    groups.setdefault(record['group'], []).append(record)
  return '\n'.join(_group_line(*item) for item in groups.items())


def _group_line(group, found):
  errors = np.abs([_number(r['error_nats']) for r in found])
  errors = errors[np.isfinite(errors)]
  mean, most = (errors.mean(), errors.max()) if errors.size else (np.nan,) * 2
  flags = [flag for record in found for flag in record['flags']]
  counts = {flag: flags.count(flag) for flag in dict.fromkeys(flags)}
  seconds = [r['seconds'] for r in found]
  line = (
    f'{group:14} {len(found):4} runs  mean error {mean:.4f}  most {most:.4f}  '
    f'miss {counts.pop("MISS", 0)}  silent {counts.pop("SILENT", 0)}  '
    f'seconds {np.median(seconds):.2f}, most {np.max(seconds):.2f}'
  )
  line += ''.join(f'  {flag} {count}' for flag, count in counts.items())
  ksg = [abs(r['ksg'] - r['truth']) for r in found if r['ksg'] is not None]
  if ksg:
    line += f'  (ksg {np.mean(ksg):.4f}, most {np.max(ksg):.4f})'
  return line


def _number(value):
  """Returns a number from a record, and NaN for None."""
  return np.nan if value is None else value
