"""The command line: `python -m mi_tf.benchmarks.independence`."""

import sys

from mi_tf.benchmarks.independence import command
from mi_tf.internal import command_line

if __name__ == '__main__':
  command_line.log_progress()
  sys.exit(command.main(sys.argv))
