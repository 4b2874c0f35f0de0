"""Estimates and builds many times, and measures the growth of memory.

`python -m mi_tf_test.robustness.soak --estimates=10000` prints the growth of
memory, objects and graphs over each tenth of the repetitions, after some to
warm up: of cheap estimates, default estimates, estimates of images, and builds.
`--record` names a file for it.

Builds are followed by `keras.utils.clear_session()`, as Keras advises for
models in a loop: TensorFlow keeps a kernel for each new name of a variable.
Estimates must not need it.
"""

import ctypes
import gc
import json
import pathlib
import sys
import time

from absl import flags
import keras
import numpy as np

import mi_tf


def estimate(i):
  """One estimate, of samples of their own."""
  rng = np.random.default_rng(i)
  x = rng.normal(size=(60, 1))
  y = x + rng.normal(size=x.shape)
  mi_tf.estimate_mi(x, y, critic='bilinear', folds=1, max_epochs=1, seed=i)


def default(i):
  """One estimate without a critic, of up to 9 nats."""
  rng = np.random.default_rng(i)
  x, noise = rng.normal(size=(2, 60))
  y = x + 10.0 ** rng.uniform(-4.0, 0.0) * noise
  mi_tf.estimate_mi(x, y, folds=1, seed=i)


def images(i):
  """One estimate of images."""
  rng = np.random.default_rng(i)
  x = rng.normal(size=(60, 8, 8, 1)).astype(np.float32)
  mi_tf.estimate_mi(x, x[:, ::-1], folds=1, max_epochs=1, batch_size=8, seed=i)


def build(i):
  """One model, made and built."""
  del i
  model = mi_tf.MiEstimator(mi_tf.SeparableCritic((16,), 4))
  model.compile('adam')
  model.build((None, 3), (None, 3))
  keras.utils.clear_session()


# Number of repetitions by default, and the function.
KINDS = {
  'builds': (1000, build),
  'estimates': (1000, estimate),
  'default': (1000, default),
  'images': (200, images),
}
SEEN = ('MiB', 'objects', 'graphs')


def state():
  """Returns the resident MiB, and the numbers of objects and of graphs."""
  gc.collect()
  # Returns free memory to the system.
  ctypes.CDLL(None).malloc_trim(0)
  with open('/proc/self/statm', encoding='ascii') as file:
    pages = int(file.read().split()[1])
  objects = gc.get_objects()
  graphs = sum(type(o).__name__ == 'FuncGraph' for o in objects)
  return np.array([pages / 256.0, len(objects), graphs])


def growth(run, n, parts=1):
  """Yields the growth of `state` over each of `parts` parts of `n` runs."""
  warm = max(n // 10, 3)
  for i in range(warm):
    run(i)
  before = state()
  for part in range(parts):
    for i in range(n * part // parts, n * (part + 1) // parts):
      run(warm + i)
    after = state()
    yield after - before
    before = after


def main():
  for name, (n, run) in KINDS.items():
    flags.DEFINE_integer(name, n, f'How often: {run.__doc__}')
  flags.DEFINE_string('record', None, 'File for the growth, as JSON.')
  flags.FLAGS(sys.argv)
  record = []
  for name, (_, run) in KINDS.items():
    n = flags.FLAGS[name].value
    start = time.monotonic()
    row = {'kind': name, 'runs': n, **{seen: [] for seen in SEEN}}
    for part in growth(run, n, parts=10):
      for seen, value in zip(SEEN, part):
        row[seen].append(round(float(value), 1))
      done = ', '.join(f'{row[seen][-1]:+} {seen}' for seen in SEEN)
      print(f'{name}, {time.monotonic() - start:.0f} s: {done}', flush=True)
    record.append(json.dumps(row) + '\n')
    if flags.FLAGS.record:
      pathlib.Path(flags.FLAGS.record).write_text(''.join(record), 'utf-8')


if __name__ == '__main__':
  main()
