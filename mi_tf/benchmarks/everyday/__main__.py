"""The command line: `python -m mi_tf.benchmarks.everyday`."""

import sys

from mi_tf.benchmarks.everyday import command

if __name__ == '__main__':
  sys.exit(command.main(sys.argv))
