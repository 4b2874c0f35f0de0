"""The rows of the speed benchmark, each measured in a new process.

`python -m mi_tf.benchmarks.speed.cases CASE REPEATS` measures one row and
prints a line of JSON. `python -m mi_tf.benchmarks.speed.cases memory NAME`
prints the growth of the peak of memory.
"""

from collections.abc import Callable
import dataclasses
import json
import sys

import numpy as np

from mi_tf.benchmarks.speed import contenders
from mi_tf.benchmarks.speed import timing
from mi_tf.benchmarks.speed import training

_SIZE, _DIM = 8192, 128
_MODULE = 'mi_tf.benchmarks.speed.cases'
_MEMORY = 'memory'
_NOTEBOOK_STEPS = 5


@dataclasses.dataclass(frozen=True)
class Case:
  """A row of the table.

  Attributes:
    what: `str`, the name of the measure.
    measure: callable, repeats -> dict for the record, with 'value'. It returns
      None if a contender is not installed.
    bar: `float`, the value that the measure must reach.
    aim: `float`, the value that the measure should reach.
    above: `bool`. If True, greater values are better.
    unit: `str`, 'x' for ratios or 'MiB'.
  """

  what: str
  measure: Callable
  bar: float
  aim: float
  above: bool = False
  unit: str = 'x'


def _times(made, repeats, numerator, denominator, measure='wall'):
  """Returns the ratio of the times of two contenders, and all median times."""
  if not {numerator, denominator} <= set(made):
    return None
  seconds = timing.interleaved(made, repeats, measure)
  found = timing.ratio(seconds, numerator, denominator)
  return {
    'value': found['ratio'],
    'low': found['low'],
    'high': found['high'],
    'seconds': timing.summary(seconds),
  }


def _bound(name):
  def measure(repeats):
    made = contenders.bound(name, _SIZE, _DIM)
    return _times(made, repeats, contenders.OURS, contenders.FLOOR)

  return measure


def _masked(theirs):
  def measure(repeats):
    columns = np.int32(np.random.default_rng(1).permutation(_SIZE))
    made = contenders.bound('info_nce', _SIZE, _DIM, columns)
    return _times(made, repeats, theirs, contenders.OURS)

  return measure


def _concat(size, dim, hidden_units):
  def measure(repeats):
    made = contenders.concat(size, dim, hidden_units)
    return _times(made, repeats, 'naive', contenders.OURS)

  return measure


def _fit(repeats):
  made = training.fit()
  # Long contenders need fewer repeats.
  repeats = max(repeats // 2, 3)
  return _times(made, repeats, training.FIT, training.LOOP, 'cpu')


def _pipeline(repeats):
  made = training.pipeline()
  return _times(made, repeats, training.PIPELINE, training.FIT)


def _notebook(repeats):
  made = training.notebook(_NOTEBOOK_STEPS)
  return _times(made, repeats, contenders.TORCH, contenders.OURS)


def _own_means(repeats):
  made = training.notebook(_NOTEBOOK_STEPS)
  if contenders.TORCH not in made:
    return None
  made = {
    contenders.TORCH: made[contenders.TORCH],
    contenders.OURS: training.estimate_notebook,
  }
  found = _times(made, max(repeats // 3, 3), contenders.TORCH, contenders.OURS)
  scale = training.ITERATIONS / _NOTEBOOK_STEPS
  return {
    **found,
    **{name: scale * found[name] for name in ('value', 'low', 'high')},
  }


def _regularizer(repeats):
  made = training.regularizer()
  return _times(made, repeats, training.WITH, training.APART, 'cpu')


def _grown(name):
  """Returns a function that measures the growth of a peak in a new process."""

  def measure(repeats):
    del repeats
    return {'value': float(timing.in_new_process(_MODULE, _MEMORY, name))}

  return measure


def _memory_ratio(naive, ours):
  def measure(repeats):
    del repeats
    grown = [
      float(timing.in_new_process(_MODULE, _MEMORY, name))
      for name in (naive, ours)
    ]
    return {
      'value': grown[0] / grown[1],
      'mib': dict(zip((naive, ours), grown)),
    }

  return measure


def _streamed(size):
  return contenders.bound('info_nce', size, _DIM)[contenders.OURS]


def _one_layer(name):
  return lambda size: contenders.concat(size, 20, (256,))[name]


# Work whose memory is measured: a function, size -> call; its size; and a small
# size for a warm-up, so that the compiler's memory does not count. The growth
# is the peak after the call minus the memory held before the call.
MEMORY = {
  'streamed_32768': (_streamed, 32_768, 1024),
  'streamed_131072': (_streamed, 131_072, 1024),
  'concat_naive': (_one_layer('naive'), 512, 128),
  'concat': (_one_layer(contenders.OURS), 512, 128),
}

CASES = {
  'info_nce': Case(
    'InfoNCE, value and gradients, K = 8192, d = 128: over three products',
    _bound('info_nce'),
    1.15,
    1.0,
  ),
  **{
    f'info_nce_masked_{name}': Case(
      f'the same with joint columns: time of {theirs}, with a mask, over ours',
      _masked(theirs),
      3.0,
      4.0,
      above=True,
    )
    for name, theirs in (
      ('xla', contenders.TFP_XLA),
      ('graph', contenders.TFP_GRAPH),
    )
  },
  **{
    name: Case(
      f'{label}, K = 8192, d = 128: over three products',
      _bound(name),
      1.5,
      1.15,
    )
    for name, label in (
      ('nwj', 'NWJ'),
      ('dv', 'Donsker-Varadhan'),
      ('js', 'Jensen-Shannon'),
      ('smile', 'SMILE'),
    )
  },
  'memory_32768': Case(
    'InfoNCE, K = 32,768: growth of the peak of memory',
    _grown('streamed_32768'),
    300.0,
    200.0,
    unit='MiB',
  ),
  'memory_131072': Case(
    'InfoNCE, K = 131,072: growth of the peak of memory',
    _grown('streamed_131072'),
    1536.0,
    600.0,
    unit='MiB',
  ),
  'concat': Case(
    'concat critic, K = 512, one hidden layer of 256: naive over ours',
    _concat(512, 20, (256,)),
    4.0,
    6.0,
    above=True,
  ),
  'concat_memory': Case(
    'the same: growth of the peak of memory, naive over ours',
    _memory_ratio('concat_naive', 'concat'),
    8.0,
    12.0,
    above=True,
  ),
  'concat_deep': Case(
    'concat critic, K = 256, d = 512, two layers of 256: naive over ours',
    _concat(256, 512, (256, 256)),
    3.0,
    4.5,
    above=True,
  ),
  'fit': Case(
    '`fit`, separable critic, K = 128: CPU time over an XLA loop by hand',
    _fit,
    1.15,
    1.02,
  ),
  'fit_pipeline': Case(
    '`fit` on a shuffled tf.data.Dataset, K = 128: time over that on arrays',
    _pipeline,
    1.3,
    1.1,
  ),
  'notebook': Case(
    "the InfoNCE notebook's loop: PyTorch's time over ours",
    _notebook,
    2.0,
    5.0,
    above=True,
  ),
  'own_means': Case(
    "the notebook's 60,000 iterations in PyTorch, over `estimate_mi`",
    _own_means,
    100.0,
    500.0,
    above=True,
  ),
  'regularizer': Case(
    'a generator with an MI term: CPU time over critic and generator apart',
    _regularizer,
    1.6,
    1.3,
  ),
}


def measure(case, repeats, threads):
  """Measures a case in a new process; returns its outcome or None.

  Args:
    case: `str`, one of `CASES`.
    repeats: `int`.
    threads: `int`, the number of threads that operations may use.
  """
  line = timing.in_new_process(_MODULE, case, str(repeats), threads=threads)
  return json.loads(line)


def main(argv):
  """Prints the outcome of one case, or of one measurement of memory."""
  if argv[1] == _MEMORY:
    make, size, small = MEMORY[argv[2]]
    make(small)()
    call = make(size)
    before = timing.resident_mib()
    call()
    print(timing.peak_mib() - before)
    return
  print(json.dumps(CASES[argv[1]].measure(int(argv[2]))))


if __name__ == '__main__':
  main(sys.argv)
