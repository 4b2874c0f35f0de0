"""Times of calls that take turns, and peaks of memory."""

import os
import resource
import subprocess
import sys
import time

import numpy as np

_MEASURES = {'wall': time.perf_counter, 'cpu': time.process_time}


def interleaved(contenders, repeats, measure='wall'):
  """Returns the seconds of calls that take turns, so that noise is shared.

  Args:
    contenders: dict from names to functions without arguments, which return
      when their work is done. First, each is called once to warm up.
    repeats: `int`, the number of measurements of each function.
    measure: 'wall', or 'cpu' for the CPU time of all threads.

  Returns:
    dict from names to lists of `repeats` seconds.
  """
  clock = _MEASURES[measure]
  for call in contenders.values():
    call()
  seconds = {name: [] for name in contenders}
  for _ in range(repeats):
    for name, call in contenders.items():
      start = clock()
      call()
      seconds[name].append(clock() - start)
  return seconds


def ratio(seconds, numerator, denominator):
  """Returns the median and the quartiles of the ratios of neighboring calls.

  Args:
    seconds: dict from names to lists, as `interleaved` returns.
    numerator: name.
    denominator: name.

  Returns:
    dict of 'ratio' (the median), 'low' and 'high' (the quartiles).
  """
  ratios = np.divide(seconds[numerator], seconds[denominator])
  low, middle, high = np.quantile(ratios, [0.25, 0.5, 0.75])
  return {'ratio': float(middle), 'low': float(low), 'high': float(high)}


def summary(seconds):
  """Returns the median seconds of each contender."""
  return {name: float(np.median(times)) for name, times in seconds.items()}


def peak_mib():
  """Returns the most memory that this process has held so far, MiB."""
  return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def resident_mib():
  """Returns the memory that this process holds now, MiB."""
  with open('/proc/self/statm', encoding='utf-8') as file:
    pages = int(file.read().split()[1])
  return pages * resource.getpagesize() / 2**20


def in_new_process(module, *args, threads=1):
  """Runs a module as a program, and returns the last line that it prints.

  Args:
    module: dotted name.
    *args: `str`s, the arguments of the program.
    threads: `int`, the number of threads of TensorFlow, OpenMP and XLA.

  Returns:
    `str`.

  Raises:
    RuntimeError: if the program fails, with the end of its output.
  """
  environment = {
    **os.environ,
    'TF_CPP_MIN_LOG_LEVEL': '3',
    'OMP_NUM_THREADS': str(threads),
    'TF_NUM_INTRAOP_THREADS': str(threads),
    'TF_NUM_INTEROP_THREADS': '1',
  }
  done = subprocess.run(
    [sys.executable, '-m', module, *args],
    capture_output=True,
    text=True,
    env=environment,
    check=False,
  )
  if done.returncode:
    end = ' '.join(done.stderr.split())[-300:]
    raise RuntimeError(f'{module} {" ".join(args)} failed: {end}')
  return done.stdout.strip().splitlines()[-1]
