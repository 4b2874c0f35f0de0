"""Tables in Markdown."""


def table(header, rows):
  """Returns a table. Columns after the first one are aligned to the right."""
  lines = [
    header,
    [':--', *['--:'] * (len(header) - 1)],
    *([cell.replace('|', '&#124;') for cell in row] for row in rows),
  ]
  return ''.join(f'| {" | ".join(line)} |\n' for line in lines)


def number(value, digits=3):
  """Returns a number with `digits` decimals, and a dash for None."""
  return '-' if value is None else f'{value:.{digits}f}'


def share(value):
  """Returns a share in percent, and a dash for None."""
  return '-' if value is None else f'{100 * value:.0f} %'
