"""Errors of the bounds in single precision and under XLA.

`python -m mi_tf_test.robustness.numerics --size=16384` prints two errors of
each bound: the largest against the oracle over 12 orders of magnitude of
scores, and the error of XLA against TensorFlow's own kernels for that many
samples. `--record` names a file for them.
"""

import json
import pathlib
import sys

from absl import flags
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test.bounds import oracle
from mi_tf_test.conformance import cases

SCALES = tuple(10.0**k for k in range(-6, 7))

# Where `exp` continues as its tangent in float32, in bounds that have one.
_TAIL = np.log(np.longdouble(np.finfo(np.float32).max)) - 20
_TAILED = (
  'lower_bound_fenchel_legendre',
  'lower_bound_interpolated',
  'lower_bound_nguyen_wainwright_jordan',
  'lower_bound_tuba',
)


def arguments(name, scale, rng, n=5, m=7):
  """Yields float32 arguments of a bound: random scores, and perfect ones."""
  case = cases.BOUNDS[name]
  given = {
    k: np.float32(scale * v) for k, v in case.arguments(rng, (), n, m).items()
  }
  yield given
  first = next(iter(case.tensors))
  if case.tensors[first] == 'nm':
    signs = np.where(np.eye(n, m, dtype=bool), 1.0, -1.0)
    yield {**given, first: np.float32(signs * np.abs(given[first]))}


def error(name, given):
  """Returns the error of a bound of float32 arrays against the oracle.

  It is relative to the largest of the value, the arguments and 1 nat, which is
  the precision of a float32 sum.
  """
  options = dict(cases.BOUNDS[name].options)
  value = getattr(mi_tf, name)(
    **{k: tf.constant(v) for k, v in given.items()}, **options
  ).numpy()
  if name in _TAILED:
    options['tail'] = _TAIL
  truth = getattr(oracle, name)(**given, **options)
  size = max(1.0, abs(truth), *(np.max(np.abs(v)) for v in given.values()))
  return float(abs(np.longdouble(value) - truth) / size)


def largest_errors(rng):
  """Returns the largest error of each bound, and the number of cases."""
  found, count = {}, 0
  for name in cases.BOUNDS:
    errors = [
      error(name, given)
      for scale in SCALES
      for given in arguments(name, scale, rng)
    ]
    # Not `max`, which may lose a NaN.
    found[name] = float(np.max(errors))
    count += len(errors)
  return found, count


def xla_differences(size, rng, names=tuple(cases.BOUNDS)):
  """Yields name, values of TensorFlow and XLA, and in float64 if streamed.

  Args:
    size: `int`, the number of samples, each scored with all.
    rng: `np.random.Generator`.
    names: of bounds.

  Yields:
    Name and three floats; the last may be `None`.
  """
  x = rng.normal(size=(size, 4))
  x, y = np.float32(x), np.float32(x + 0.5 * rng.normal(size=x.shape))
  for name in names:
    case = cases.BOUNDS[name]
    fn = getattr(mi_tf, name)
    first, *others = case.tensors
    given = {
      k: tf.constant(rng.normal(size=size if case.tensors[k] == 'n' else ()))
      for k in others
      if case.tensors[k] != 'nm'
    }
    if case.tensors[first] == 'nm':
      scores = tf.matmul(x, y, transpose_b=True)
    else:
      scores = tf.reduce_sum(tf.constant(x * y), axis=-1)
    single = {
      k: tf.cast(given[k], tf.float32) if k in given else -scores
      for k in others
    }
    eager = float(fn(scores, **single, **case.options))
    compiled = tf.function(fn, jit_compile=True, autograph=False)
    xla = float(compiled(scores, **single, **case.options))
    del scores, single
    truth = None
    if case.streams:
      streamed = mi_tf.StreamedScores(
        np.float64(x), np.float64(y), block_rows=64
      )
      truth = float(fn(streamed, **given, **case.options))
    yield name, eager, xla, truth


def relative(a, b):
  """Returns the difference of two values, relative to `b` or 1 nat."""
  return abs(a - b) / max(1.0, abs(b))


def main():
  flags.DEFINE_integer('size', 16384, 'Samples for XLA, scored with all.')
  flags.DEFINE_string('record', None, 'File for the errors, as JSON.')
  flags.FLAGS(sys.argv)
  size = flags.FLAGS.size
  found, count = largest_errors(np.random.default_rng(0))
  print(f'float32 against the oracle, {count} cases of scores 1e-6 to 1e6')
  for name, value in found.items():
    print(f'  {name:40} {value:.1e}', flush=True)
  print(f'{size} samples: XLA against eager, against float64')
  rows = {}
  for name, eager, xla, truth in xla_differences(
    size, np.random.default_rng(0)
  ):
    rows[name] = {'oracle': found[name], 'eager': relative(xla, eager)}
    if truth is not None:
      rows[name]['float64'] = relative(xla, truth)
    cells = [f'{error:.1e}' for error in list(rows[name].values())[1:]]
    print(f'  {name:40} {" ".join(cells)}', flush=True)
  if flags.FLAGS.record:
    record = {'cases': count, 'size': size, 'errors': rows}
    text = json.dumps(record, indent=2)
    pathlib.Path(flags.FLAGS.record).write_text(text + '\n', 'utf-8')


if __name__ == '__main__':
  main()
