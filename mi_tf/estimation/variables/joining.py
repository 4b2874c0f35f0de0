"""join: the columns of several variables as one variable."""

from mi_tf.estimation.variables import variable


def join(parts, name):
  """Returns the columns of several `Variable`s as one variable.

  Raises a `ValueError` without parts, for images, or if lengths differ.
  """
  parts = tuple(parts)
  if not parts:
    raise ValueError('`parts` must not be empty.')
  for part in parts:
    if part.images is not None:
      raise ValueError(
        f'`{part.name}` must be a table of columns. '
        f'Received: {part.describe()}.'
      )
    if len(part) != len(parts[0]):
      raise ValueError(
        f'`{part.name}` must have as many rows as `{parts[0].name}`. '
        f'Received: {len(part)} and {len(parts[0])} rows.'
      )
  return variable.Variable(
    name,
    tuple(column for part in parts for column in part.columns),
    dropped=tuple(label for part in parts for label in part.dropped),
    notes=tuple(note for part in parts for note in part.notes),
    weights=parts[0].weights,
  )
