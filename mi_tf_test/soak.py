"""Estimates and builds again and again, and looks at what grows.

`python -m mi_tf_test.soak --n=10000` prints the growth of memory, of objects
and of graphs for each 100 repetitions, after a tenth of them to warm up.
"""

import gc
import sys
import time

from absl import flags
import numpy as np

import mi_tf


def estimate(i):
  """One estimate, of samples of their own."""
  rng = np.random.default_rng(i)
  x = rng.normal(size=(60, 1))
  y = x + rng.normal(size=x.shape)
  mi_tf.estimate_mi(x, y, critic='bilinear', folds=1, max_epochs=1, seed=i)


def build(i):
  """One model, made and built."""
  del i
  model = mi_tf.MiEstimator(mi_tf.SeparableCritic((16,), 4))
  model.compile('adam')
  model.build((None, 3), (None, 3))


KINDS = {'estimate': estimate, 'build': build}


def state():
  """Returns the resident MiB, and the numbers of objects and of graphs."""
  gc.collect()
  with open('/proc/self/statm', encoding='ascii') as file:
    pages = int(file.read().split()[1])
  objects = gc.get_objects()
  graphs = sum(type(o).__name__ == 'FuncGraph' for o in objects)
  return np.array([pages / 256.0, len(objects), graphs])


def growth(run, n):
  """Returns by how much `state` grows for each 100 of `n` runs."""
  warm = max(n // 10, 2)
  for i in range(warm):
    run(i)
  before = state()
  for i in range(n):
    run(warm + i)
  return (state() - before) * 100.0 / n


def main():
  flags.DEFINE_integer('n', 1000, 'Repetitions of each kind.')
  flags.FLAGS(sys.argv)
  for name, run in KINDS.items():
    start = time.monotonic()
    megabytes, objects, graphs = growth(run, flags.FLAGS.n)
    print(
      f'{name}: {flags.FLAGS.n} times in {time.monotonic() - start:.0f} s; '
      f'per 100: {megabytes:+.1f} MiB, {objects:+.0f} objects, '
      f'{graphs:+.0f} graphs',
      flush=True,
    )


if __name__ == '__main__':
  main()
