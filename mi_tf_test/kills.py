"""Kills runs with `kill -9`, and looks whether they end as if nothing happened.

`python -m mi_tf_test.kills --kills=20` kills each kind of run that often, at
random moments of a run that starts where the last one was killed. What has been
done when the kills are done is that much less.
"""

import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

from absl import flags

from mi_tf_test import source_tree

# Trains with backups, and writes the final weights.
_FIT = """
import pathlib, sys
import keras
import numpy as np
import mi_tf

folder, epochs = sys.argv[1], int(sys.argv[2])
keras.utils.set_random_seed(1)
rng = np.random.default_rng(0)
x = rng.normal(size=(300, 3)).astype(np.float32)
y = x + rng.normal(size=x.shape).astype(np.float32)
model = mi_tf.MiEstimator(mi_tf.SeparableCritic((8,), 4), objective='mine')
model.compile(keras.optimizers.Adam(1e-3))
model.build((None, 3), (None, 3))
backup = mi_tf.callbacks.AtomicBackup(folder + '/backup')
model.fit(x, y, batch_size=32, epochs=epochs, verbose=0, callbacks=[backup])
weights = np.concatenate([w.ravel() for w in model.get_weights()])
pathlib.Path(folder, 'weights.txt').write_text(repr(weights.tolist()))
"""


def fit(folder, epochs=60):
  """Returns the command of a training, and what it ends in."""
  command = [sys.executable, '-c', _FIT, folder, str(epochs)]
  return command, lambda: _text(folder, 'weights.txt')


def experiment(folder):
  """Returns the command of an experiment, and its records."""
  name = 'hard_to_invert'
  command = [sys.executable, '-m', 'mi_tf.experiments', name, '--quick']
  command += ['--max_runs=1', '--steps=2000', f'--out={folder}']
  return command, lambda: _records(folder, f'{name}.jsonl')


def benchmark(folder):
  """Returns the command of the accuracy benchmark, and its records."""
  command = [sys.executable, '-m', 'mi_tf.benchmarks.accuracy', '--quick']
  command += ['--estimators=cca,sklearn_knn', '--first=3', '--n=2000']
  command += [f'--records={folder}/a.jsonl']
  return command, lambda: _records(folder, 'a.jsonl')


KINDS = {'fit': fit, 'experiment': experiment, 'benchmark': benchmark}


def survives(kind, kills, seed, **options):
  """Kills a run `kills` times, and lets it end.

  Args:
    kind: `str`, of `KINDS`.
    kills: `int`.
    seed: `int`, of the moments.
    **options: of the kind.

  Returns:
    Pair of what the run ends in, without kills and with them.
  """
  rng = random.Random(seed)
  with tempfile.TemporaryDirectory() as folder:
    ends, seconds = [], 0.0
    for name in ('whole', 'killed'):
      place = os.path.join(folder, name)
      os.makedirs(place)
      command, read = KINDS[kind](place, **options)
      if name == 'killed':
        for _ in range(kills):
          _kill(command, rng.uniform(0.2, 1.0) * seconds)
      start = time.monotonic()
      _finish(command)
      seconds = time.monotonic() - start
      ends.append(read())
    return ends


def _start(command):
  return subprocess.Popen(
    command,
    cwd=source_tree.ROOT,
    env={**os.environ, 'PYTHONPATH': str(source_tree.ROOT)},
    stdout=subprocess.DEVNULL,
    stderr=subprocess.PIPE,
    text=True,
  )


def _kill(command, seconds):
  """Starts a run, and kills it some time later."""
  with _start(command) as process:
    try:
      process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
      process.send_signal(signal.SIGKILL)


def _finish(command):
  with _start(command) as process:
    _, err = process.communicate()
  if process.returncode:
    raise RuntimeError(f'The run failed: {err[-2000:]}')


def _text(folder, name):
  return json.loads(pathlib.Path(folder, name).read_text('utf-8'))


def _records(folder, name):
  """Returns the records without what is measured of time, in any order."""
  records = {}
  for line in pathlib.Path(folder, name).read_text('utf-8').splitlines():
    try:
      record = json.loads(line)
    except json.JSONDecodeError:
      continue  # The line that was being written.
    key = json.dumps(record['config'], sort_keys=True)
    records[key] = {k: v for k, v in record.items() if 'seconds' not in k}
  return records


def distance(a, b):
  """Returns the greatest difference of numbers in like-built values."""
  if isinstance(a, dict) and a.keys() == b.keys():
    return max((distance(a[k], b[k]) for k in a), default=0.0)
  if isinstance(a, list) and len(a) == len(b):
    return max((distance(u, v) for u, v in zip(a, b)), default=0.0)
  if isinstance(a, float) and isinstance(b, float):
    return abs(a - b) / max(abs(a), abs(b), 1.0)
  return 0.0 if a == b else float('inf')


def main():
  flags.DEFINE_integer('kills', 20, 'How often each kind of run is killed.')
  flags.DEFINE_list('kinds', list(KINDS), 'Which runs.')
  flags.DEFINE_integer('rounds', 4, 'Over how many runs the kills are spread.')
  flags.FLAGS(sys.argv)
  for kind in flags.FLAGS.kinds:
    worst = 0.0
    each = max(flags.FLAGS.kills // flags.FLAGS.rounds, 1)
    for seed in range(flags.FLAGS.rounds):
      worst = max(worst, distance(*survives(kind, each, seed)))
    print(
      f'{kind}: {each * flags.FLAGS.rounds} kills, greatest difference of the '
      f'end {worst:.2g}',
      flush=True,
    )


if __name__ == '__main__':
  main()
