"""Errors of input, in words for people who don't read Python."""

_MAX_NAMES = 12


class InputError(ValueError):
  """An error whose message is one sentence about the input."""


def check_distinct(names):
  """Raises an `InputError` if `names` has a name twice."""
  twice = [name for name in names if names.count(name) > 1]
  if twice:
    raise InputError(f"'{twice[0]}' was asked for twice.")


def listed(names):
  """Returns a text of all names, or of the first twelve and a count."""
  names = [f"'{name}'" for name in names]
  more = len(names) - _MAX_NAMES
  if more > 0:
    names = [*names[:_MAX_NAMES], f'and {more} more']
  return ', '.join(names) or 'nothing'
