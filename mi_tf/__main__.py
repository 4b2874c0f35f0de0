"""The command line: `python -m mi_tf`."""

import sys

from mi_tf.cli import commands

if __name__ == '__main__':
  sys.exit(commands.main(sys.argv))
