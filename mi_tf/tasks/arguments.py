"""Checks of the arguments of tasks."""


def check(is_valid, must, **received):
  """Raises a `ValueError` unless valid: "`first argument` must ..."."""
  if not is_valid:
    values = ', '.join(f'{name}={value}' for name, value in received.items())
    raise ValueError(
      f'`{next(iter(received))}` must {must}. Received: {values}.'
    )


def at_least(least, **received):
  """Raises a `ValueError` unless each argument is `least` or more."""
  for name, value in received.items():
    check(value >= least, f'be at least {least}', **{name: value})


def positive(**received):
  """Raises a `ValueError` unless each argument is above 0."""
  for name, value in received.items():
    check(value > 0, 'be positive', **{name: value})
