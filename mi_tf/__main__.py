"""The command line: `python -m mi_tf`."""

from absl import app

from mi_tf.cli import commands

if __name__ == '__main__':
  app.run(commands.main, flags_parser=commands.parse_flags)
