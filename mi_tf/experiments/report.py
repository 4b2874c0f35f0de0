"""Tables of experiments, from records alone."""

from mi_tf.experiments import catalogue
from mi_tf.internal import markdown


def text(found):
  """Returns the tables as Markdown.

  Args:
    found: dict from names of experiments to lists of records.
  """
  parts = []
  for name, runs in found.items():
    failed = [r for r in runs if 'error' in r]
    runs = [r for r in runs if 'error' not in r]
    parts.append(f'## {name}\n')
    if runs:
      parts.append(markdown.table(*catalogue.EXPERIMENTS[name].table(runs)))
    parts.extend(f'Failed: {r["error"]}\n' for r in failed)
  return '\n'.join(parts)
