"""The command line: `python -m mi_tf.benchmarks.calibration`."""

import sys

from mi_tf.benchmarks.calibration import command

if __name__ == '__main__':
  sys.exit(command.main(sys.argv))
