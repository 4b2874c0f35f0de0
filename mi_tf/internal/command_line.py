"""Parts of all commands: parsing of flags, and messages at the end."""

import sys

from absl import flags
from absl import logging

# The exit code after Ctrl-C, as shells expect it.
INTERRUPTED = 130


def parse(values, argv, usage):
  """Parses the flags in `argv`, and returns the other arguments.

  `values` are the command's `flags.FlagValues`. With `--help`, the process
  prints `usage` and the flags, and exits with code 0. With an unknown flag or
  an invalid value, it prints a line to standard error, and exits with code 2.
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
  """Ends the process with an error in one line, and exit code 2."""
  _end(' '.join(str(error).split()), 2)


def interrupted(message):
  """Ends the process with a line, and the exit code of Ctrl-C."""
  _end(message, INTERRUPTED)


def _end(message, code):
  print(f'mi_tf: {message}', file=sys.stderr)
  sys.exit(code)


def shard(text):
  """Returns the pair of integers in the flag `--shard`, such as '0/2'."""
  parts = text.split('/')
  if len(parts) != 2 or not all(part.isdigit() for part in parts):
    raise ValueError(f"--shard must be such as 0/2. Received: '{text}'.")
  return tuple(int(part) for part in parts)


def log_progress():
  """Shows the log on standard error."""
  flags.FLAGS(sys.argv[:1])  # absl logs to files until its flags are parsed.
  logging.use_absl_handler()
  logging.set_verbosity(logging.INFO)
