"""Runs the programs of `xla.export` on JAX's device; needs no TensorFlow.

    python run.py FOLDER [--exact] [RECORD.jsonl]

It prints for each program, and appends to the record, the largest difference
from TensorFlow's outputs, relative to the largest output, the median time of a
compiled call, and the peak memory besides its inputs. With `--exact`, float32
products are not rounded to TensorFloat-32.
"""

import json
import pathlib
import statistics
import sys
import time

import jax
from jax._src import xla_bridge
from jax._src.interpreters import mlir
from jax._src.lib import xla_client
from jax._src.lib.mlir import ir
import numpy as np

_REPEATS = 30

# 64-bit inputs stay as they are.
jax.config.update('jax_enable_x64', True)


def load(program):
  """Returns a call of a StableHLO program, and its executable."""
  backend = xla_bridge.get_backend()
  devices = xla_client.DeviceList((backend.local_devices()[0],))
  with mlir.make_ir_context():
    module = ir.Module.parse(program)
    # Inputs are used again.
    if 'mhlo.input_output_alias' in module.operation.attributes:
      del module.operation.attributes['mhlo.input_output_alias']
    executable = backend.compile_and_load(
      module, devices, xla_client.CompileOptions()
    )

  def call(arrays):
    results = executable.execute_sharded(arrays)
    return [r[0] for r in results.disassemble_into_single_device_arrays()]

  return call, executable


def embeddings(size, dim):
  """Returns the inputs of the timed programs."""
  rng = np.random.default_rng(0)
  scale = dim**-0.25
  return [np.float32(scale * rng.normal(size=(size, dim))) for _ in range(2)]


def run(path, exact):
  """Returns the record of one program."""
  bundle = np.load(path)
  program = str(bundle['program'])
  if exact:
    program = program.replace('DEFAULT, DEFAULT', 'HIGHEST, HIGHEST')
  start = time.perf_counter()
  call, executable = load(program)
  compiled = time.perf_counter() - start
  inputs = [bundle[f'input{i}'] for i in range(int(bundle['num_inputs']))]
  if len(bundle['embeddings']):
    inputs = embeddings(*bundle['embeddings'])
  arrays = [jax.device_put(t) for t in inputs]
  found = [np.asarray(t) for t in jax.block_until_ready(call(arrays))]
  worst = None
  if int(bundle['num_outputs']):
    expected = [bundle[f'output{i}'] for i in range(len(found))]
    for a, b in zip(found, expected, strict=True):
      if a.shape != b.shape:
        raise ValueError(f'{path}: shapes {a.shape} and {b.shape}')
    scale = max(np.max(np.abs(np.float64(b)), initial=0) for b in expected)
    worst = max(
      np.max(np.abs(np.float64(a) - np.float64(b)), initial=0)
      for a, b in zip(found, expected, strict=True)
    ) / max(scale, 1.0)
  seconds = []
  for _ in range(_REPEATS):
    start = time.perf_counter()
    jax.block_until_ready(call(arrays))
    seconds.append(time.perf_counter() - start)
  memory = executable.get_compiled_memory_stats()
  return {
    'program': path.stem,
    'device': jax.devices()[0].device_kind,
    'jax': jax.__version__,
    'exact': exact,
    'difference': None if worst is None else float(worst),
    'milliseconds': round(1e3 * statistics.median(seconds), 4),
    'compile_seconds': round(compiled, 2),
    'mib': round(memory.temp_size_in_bytes / 2**20, 1),
  }


def main(argv):
  """Runs all programs of a folder."""
  exact = '--exact' in argv
  folder, *records = (a for a in argv[1:] if a != '--exact')
  for path in sorted(pathlib.Path(folder).glob('*.npz')):
    try:
      record = run(path, exact)
    except Exception as e:  # The others are to run.
      record = {'program': path.stem, 'error': f'{type(e).__name__}: {e}'[:300]}
    line = json.dumps(record)
    print(line, flush=True)
    for name in records:
      with open(name, 'a') as file:
        file.write(line + '\n')


if __name__ == '__main__':
  main(sys.argv)
