"""The command line: `python -m mi_tf.experiments`."""

import sys

from mi_tf.experiments import command

if __name__ == '__main__':
  sys.exit(command.main(sys.argv))
