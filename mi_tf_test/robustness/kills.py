"""Kills runs with `kill -9`, and compares the results with whole runs.

`python -m mi_tf_test.robustness.kills --kills=20` kills each kind of run that
often, at random moments. A killed run is started again in the same folder until
it ends; its result is compared with the result of a run that was not killed.
`--record` names a file for the table.

Processes are forks of a server that has imported the libraries, so that kills
hit runs and not their imports.
"""

import json
import os
import pathlib
import random
import signal
import sys
import tempfile
import time

from absl import flags

from mi_tf_test import processes

# Imports of the runs, besides the libraries.
_IMPORTED = [
  'mi_tf',
  'mi_tf.benchmarks.accuracy',
  'mi_tf.experiments.command',
  'mi_tf_test.docs.notebooks',
]


def fit(folder, epochs=40):
  """Trains with backups, and writes the final weights."""
  import keras
  import numpy as np

  import mi_tf

  keras.utils.set_random_seed(1)
  rng = np.random.default_rng(0)
  x = np.float32(rng.normal(size=(300, 3)))
  y = np.float32(x + rng.normal(size=x.shape))
  model = mi_tf.MiEstimator(mi_tf.SeparableCritic((8,), 4), objective='mine')
  model.compile(keras.optimizers.Adam(1e-3))
  model.build((None, 3), (None, 3))
  backup = mi_tf.callbacks.AtomicBackup(folder / 'backup')
  model.fit(x, y, batch_size=32, epochs=epochs, verbose=0, callbacks=[backup])
  weights = np.concatenate([w.ravel() for w in model.get_weights()])
  _write(folder, weights.tolist())


def experiment(folder, steps=800):
  """Runs an experiment, which writes a record."""
  from mi_tf.experiments import command

  # The first run alone. After a kill between the record and the end of the
  # process, `--max_runs=1` would start another one.
  args = ['hard_to_invert', '--quick', '--shard=0/1000', f'--steps={steps}']
  _must(command.main(['program', *args, f'--out={folder}']))


def benchmark(folder):
  """Runs the accuracy benchmark, which writes a record for each estimate."""
  from mi_tf.benchmarks.accuracy import command as command_lib

  args = ['--quick', '--estimators=cca,sklearn_knn', '--first=4', '--n=1000']
  _must(command_lib.main(['program', *args, f'--records={folder}/run']))


def notebook(folder, cells=6):
  """Runs the first cells of a notebook, and writes their outputs."""
  from mi_tf_test.docs import notebooks

  run = notebooks.from_source('quickstart')
  run.cells = run.cells[:cells]
  notebooks.execute(run, quick=True)
  outputs = [o for c in run.cells for o in c.get('outputs', ())]
  _write(folder, [o.get('text') for o in outputs])


KINDS = {
  function.__name__: function
  for function in (fit, experiment, benchmark, notebook)
}


def survive(kind, kills, seed, **options):
  """Kills runs `kills` times in all, and lets each end at last.

  Args:
    kind: `str`, of `KINDS`.
    kills: `int`.
    seed: `int`, of the moments.
    **options: of the kind.

  Returns:
    dict: `kills`, the number of hits; `ends`, the number of killed runs that
    ended; `difference`, their largest difference from a run without kills.
  """
  rng = random.Random(seed)
  with tempfile.TemporaryDirectory() as scratch:
    folder = pathlib.Path(scratch)
    start = time.monotonic()
    expected = _end(kind, folder / 'whole', lambda: None, options)[1]
    seconds = time.monotonic() - start
    hits, differences = 0, []
    while hits < kills:
      # After enough kills, the last run may end.
      count, found = _end(
        kind,
        folder / str(len(differences)),
        lambda: rng.uniform(0.0, seconds),
        options,
        kills - hits,
      )
      hits += count
      if count:
        differences.append(distance(expected, found))
  return {
    'kills': hits,
    'ends': len(differences),
    'difference': max(differences, default=0.0),
  }


def _end(kind, folder, moment, options, kills=0):
  """Restarts a run until it ends; returns its kills and its results."""
  folder.mkdir(exist_ok=True)
  hits = 0
  while True:
    process = processes.SERVER.Process(
      target=_run, args=(kind, folder, options)
    )
    process.start()
    process.join(moment() if hits < kills else None)
    process.kill()
    process.join()
    code = process.exitcode
    process.close()
    if not code:
      return hits, _read(folder)
    if code != -signal.SIGKILL:
      log = (folder / 'log').read_text('utf-8')
      raise RuntimeError(f'The run failed ({code}): {log[-2000:]}')
    hits += 1


def _run(kind, folder, options):
  """Runs a kind in a process of its own."""
  with open(folder / 'log', 'w', encoding='utf-8') as log:
    for stream in (1, 2):
      os.dup2(log.fileno(), stream)
  KINDS[kind](folder, **options)


def _must(code):
  if code:
    sys.exit(code)


def _write(folder, value):
  (folder / 'run.json').write_text(json.dumps(value), 'utf-8')


def _read(folder):
  """Returns the results of a run: records without times, in any order."""
  if (folder / 'run.json').exists():
    return json.loads((folder / 'run.json').read_text('utf-8'))
  records = {}
  lines = [
    line
    for path in folder.rglob('*.jsonl')
    for line in path.read_text('utf-8').splitlines()
  ]
  for line in lines:
    try:
      record = json.loads(line)
    except json.JSONDecodeError:
      continue  # The line that was being written.
    key = json.dumps(record['config'], sort_keys=True)
    records[key] = {k: v for k, v in record.items() if 'seconds' not in k}
  return records


def distance(a, b):
  """Returns the greatest relative difference of numbers in two structures."""
  if isinstance(a, dict) and a.keys() == b.keys():
    return max((distance(a[k], b[k]) for k in a), default=0.0)
  if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
    return max((distance(u, v) for u, v in zip(a, b)), default=0.0)
  if isinstance(a, float) and isinstance(b, float):
    return abs(a - b) / max(abs(a), abs(b), 1.0)
  return 0.0 if a == b else float('inf')


def main():
  flags.DEFINE_integer('kills', 20, 'How often each kind of run is killed.')
  flags.DEFINE_list('kinds', list(KINDS), 'Which runs.')
  flags.DEFINE_string('record', None, 'File for the table, as JSON.')
  flags.FLAGS(sys.argv)
  processes.SERVER.set_forkserver_preload([*processes.LIBRARIES, *_IMPORTED])
  table = {}
  print(
    '| run | kills | ends | largest difference |\n| --- | --- | --- | --- |'
  )
  for kind in flags.FLAGS.kinds:
    table[kind] = row = survive(kind, flags.FLAGS.kills, seed=0)
    print(
      f'| {kind} | {row["kills"]} | {row["ends"]} | {row["difference"]:.1g} |',
      flush=True,
    )
    if flags.FLAGS.record:
      path = pathlib.Path(flags.FLAGS.record)
      old = json.loads(path.read_text('utf-8')) if path.exists() else {}
      text = json.dumps({**old, **table}, indent=2)
      path.write_text(text + '\n', 'utf-8')


if __name__ == '__main__':
  main()
