"""What commands have in common: flags, and how they end."""

import sys

from absl import flags
from absl import logging

# What shells expect of a process that Ctrl-C has ended.
INTERRUPTED = 130


def parse(values, argv, usage):
  """Parses the flags of a command.

  Args:
    values: `flags.FlagValues` with the command's flags, among them `help`.
    argv: list of `str`, the name of the program first.
    usage: `str`, shown before the flags by `--help`.

  Returns:
    list of `str`, the arguments that are no flags.

  Raises:
    SystemExit: with 0 for `--help`; with 2, after a line on standard error, if
      the flags are not as they should be.
  """
  try:
    left = values(argv)
  except flags.Error as error:
    stop(error)
  if values.help:
    print(f'{usage.strip()}\n{values.get_help()}')
    sys.exit(0)
  return left[1:]


def stop(error):
  """Ends the process with a line on what is wrong."""
  _end(' '.join(str(error).split()), 2)


def interrupted(message):
  """Ends the process with a line, as after Ctrl-C."""
  _end(message, INTERRUPTED)


def _end(message, code):
  print(f'mi_tf: {message}', file=sys.stderr)
  sys.exit(code)


def shard(text):
  """Returns '0/2' as (0, 2).

  Args:
    text: `str`, the flag `--shard`.

  Raises:
    ValueError: if it is something else.
  """
  parts = text.split('/')
  if len(parts) != 2 or not all(part.isdigit() for part in parts):
    raise ValueError(f"--shard must be such as 0/2. Received: '{text}'.")
  return tuple(int(part) for part in parts)


def log_progress():
  """Shows what is going on, on standard error."""
  flags.FLAGS(sys.argv[:1])  # The log is to know that flags are parsed.
  logging.use_absl_handler()
  logging.set_verbosity(logging.INFO)
