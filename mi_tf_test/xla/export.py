"""Writes the programs of XLA's conformance suite for other devices.

    python -m mi_tf_test.xla.export FOLDER

Each bound, critic, encoder and step that `conformance.xla_test` compiles, and
the cases of `TIMED`, are lowered for a GPU, and written with their inputs and
the outputs of TensorFlow's XLA on this machine. `xla.run` runs them with JAX,
without TensorFlow.
"""

import pathlib
import re
import sys
import unittest
from unittest import mock

import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.benchmarks.speed import contenders
from mi_tf_test import test_util
from mi_tf_test.conformance import xla_test
from mi_tf_test.xla import hlo

_ALIAS = re.compile(
  r'parameter_number = (\d+) : i64\}, output_index = array<i64: (\d+)>'
)
_COPY = r'stablehlo.reshape \1 : (\2) -> \2'
_DIM = 128

# Name: bound, form and number of rows. Value and gradients of a bound need at
# least three products. 'rows_1024' streams blocks of 1,024 rows.
TIMED = {
  f'{name}_{form}_{size}': (name, form, size)
  for name, size, forms in (
    ('info_nce', 8192, ('tfp', 'tfp_masked', 'masked_rows_4096')),
    *(
      (name, 8192, ('rows_128', 'rows_4096', 'dense'))
      for name in contenders.BOUNDS
    ),
    ('products', 8192, ('dense',)),
    ('info_nce', 16384, ('rows_2048', 'rows_8192', 'dense')),
    ('products', 16384, ('dense',)),
    ('info_nce', 32768, ('rows_32', 'rows_1024', 'rows_4096', 'dense')),
    ('products', 32768, ('dense',)),
    ('info_nce', 131072, ('rows_256', 'rows_1024')),
    ('nwj', 32768, ('rows_1024', 'dense')),
  )
  for form in forms
}


def write(path, function, args, embeddings=None, expect=True):
  """Writes a function of tensors, its inputs and its outputs.

  Variables that it uses are inputs too, and outputs if it changes them.

  Args:
    path: `pathlib.Path` of the .npz.
    function: `tf.function` with `jit_compile`.
    args: nested `Tensor`s.
    embeddings: pair of `int`s, the arguments of `contenders.embeddings`, which
      then are the inputs and not written.
    expect: `bool`, whether outputs are computed.
  """
  concrete = function.get_concrete_function(*args)
  variables = {id(v.handle): v for v in concrete.graph.variables}
  captured = [
    variables[id(t)].numpy() if t.dtype == tf.resource else t.numpy()
    for t in concrete.captured_inputs
  ]
  inputs = [np.asarray(t) for t in tf.nest.flatten(args)]
  lower = function.experimental_get_compiler_ir(*args)
  # TensorFlow lowers programs with variables for the device that holds them
  # alone. StableHLO is meant to be the same for all.
  resources = any(t.dtype == tf.resource for t in concrete.captured_inputs)
  platform = {} if resources else {'platform_name': 'GPU'}
  text = lower(stage='stablehlo', **platform)
  # JAX does not know this one, which does nothing.
  text = re.sub(r'mhlo.copy (%\w+) : (\S+)', _COPY, text)
  changed = {int(o): int(i) for i, o in _ALIAS.findall(text)}
  outputs = []
  if expect:
    results = function(*args)
    outputs = [np.asarray(t) for t in tf.nest.flatten(results)]
    for i in (changed[o] for o in sorted(changed)):
      handle = concrete.captured_inputs[i - len(inputs)]
      outputs.append(variables[id(handle)].numpy())
  np.savez_compressed(
    path,
    program=text,
    embeddings=np.asarray(embeddings or ()),
    num_inputs=0 if embeddings else len(inputs + captured),
    num_outputs=len(outputs),
    **{f'input{i}': t for i, t in enumerate(inputs + captured)}
    if not embeddings
    else {},
    **{f'output{i}': t for i, t in enumerate(outputs)},
  )


def write_conformance(folder):
  """Writes the programs of the conformance suite; returns how many."""
  suite = unittest.defaultTestLoader.loadTestsFromModule(xla_test)
  names = []
  test = None

  def export(fn, *args):
    function = tf.function(fn, autograph=False, jit_compile=True)
    name = re.sub(r'\W+', '_', f'{len(names):03}_{test}')
    write(folder / f'{name}.npz', function, args)
    names.append(name)
    return []

  with mock.patch.object(hlo, 'problems', export):
    for case in (case for group in suite for case in group):
      test = f'{case._testMethodName}_{getattr(case, "_test_params_repr", "")}'
      if 'refuse' in test or 'session' in test:
        continue
      result = unittest.TestResult()
      case.run(result)
      for _, trace in result.errors + result.failures:
        raise RuntimeError(trace)
  return len(names)


def write_timed(folder):
  """Writes the cases of `TIMED`."""
  for key, (name, form, size) in TIMED.items():
    x, y = (tf.constant(t) for t in contenders.embeddings(size, _DIM))
    function = tf.function(
      _timed(name, form, size), autograph=False, jit_compile=True
    )
    write(
      folder / f'timed_{key}.npz', function, (x, y), (size, _DIM), size <= 8192
    )


def _timed(name, form, size):
  """Returns the function of a case, of the embeddings x and y."""
  if name == 'products':
    return contenders.products
  columns = np.int32(np.random.default_rng(1).permutation(size))

  def value(x, y):
    if 'tfp' in form:
      mask = None
      if 'masked' in form:
        mask = tf.one_hot(columns, size, True, False)
      return contenders._tfp(mask)(x, y)
    mask = columns if form.startswith('masked') else None
    if form == 'dense':
      scores = tf.matmul(x, y, transpose_b=True)
    else:
      rows = int(form.split('_')[-1])
      scores = mi_tf.StreamedScores(x, y, block_rows=rows)
    return contenders.BOUNDS[name](scores, mask)

  return contenders._value_and_gradients(value)


def main(argv):
  """Writes all programs into the folder `argv[1]`."""
  folder = pathlib.Path(argv[1])
  folder.mkdir(parents=True, exist_ok=True)
  keras.utils.set_random_seed(0)
  print(write_conformance(folder), 'programs of the conformance suite')
  write_timed(folder)
  print(len(TIMED), 'programs to be timed')


if __name__ == '__main__':
  test_util.FLAGS([sys.argv[0]])
  main(sys.argv)
