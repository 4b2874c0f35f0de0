"""Hooks of pytest: flags, seeds, threads, quiet logs, memory."""

import ctypes
import gc
import os
import secrets
import sys

# TensorFlow and Keras read these when they are imported.
os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')
os.environ.setdefault('KERAS_BACKEND', 'tensorflow')
os.environ.setdefault('MPLBACKEND', 'agg')
# The workers of pytest-xdist share a GPU, if there is one.
os.environ.setdefault('TF_FORCE_GPU_ALLOW_GROWTH', 'true')

from absl import flags
from absl.testing import absltest  # noqa: F401, defines `test_random_seed`.

from mi_tf_test import times

FLAGS = flags.FLAGS
_MOST_GRADIENTS = 300


def pytest_addoption(parser):
  """Adds `--full`, `--seed`, `--times` and `--vary_seed`."""
  group = parser.getgroup('mi_tf')
  group.addoption(
    '--full',
    action='store_true',
    help='Run all tests, also those marked `test_util.full`.',
  )
  group.addoption(
    '--seed',
    type=int,
    default=FLAGS['test_random_seed'].default,
    help='Seed of all random numbers in the tests, at least 0.',
  )
  group.addoption(
    '--times',
    metavar='FILE',
    help='Write the times of the tests of each file; see mi_tf_test/times.py.',
  )
  group.addoption(
    '--vary_seed',
    action='store_true',
    help='Take a new random seed, and print it, to find flaky tests.',
  )


def pytest_configure(config):
  """Hands the seed to absl's flags, which `test_util` reads."""
  config.addinivalue_line(
    'markers', 'full(reason): only with --full; see `test_util.full`.'
  )
  is_worker = hasattr(config, 'workerinput')
  if config.option.times:
    plugin = times.Times(config.option.times, is_worker)
    config.pluginmanager.register(plugin)
  if config.option.vary_seed and not is_worker:
    # The workers of pytest-xdist get the options as they stand here.
    config.option.seed = secrets.randbelow(2**31)
  if not FLAGS.is_parsed():
    FLAGS(sys.argv[:1])
  FLAGS.test_random_seed = config.option.seed
  if is_worker:
    _limit_threads(int(config.workerinput['workercount']))


def pytest_collection_modifyitems(config, items):
  """Leaves out tests that are marked `full`, unless `--full` is given."""
  if config.option.full:
    return
  left_out = [i for i in items if i.get_closest_marker('full')]
  if left_out:
    config.hook.pytest_deselected(items=left_out)
    items[:] = [i for i in items if not i.get_closest_marker('full')]


def pytest_collection_finish():
  """Keeps imported objects out of garbage collection."""
  gc.collect()
  gc.freeze()


def pytest_report_header(config):
  """Prints the seed at the top of the report."""
  suite = 'full' if config.option.full else 'daily (all tests: --full)'
  return (
    f'mi_tf suite: {suite}\n'
    f'mi_tf seed: {config.option.seed} (repeat with --seed)'
  )


def pytest_runtest_teardown(item, nextitem):
  """Frees TensorFlow's graphs after each file, once there are many."""
  if nextitem is None or nextitem.path != item.path:
    _free_graphs()


def _free_graphs():
  """Unregisters the gradients of `tf.custom_gradient`, if there are many.

  TensorFlow keeps them, and with them their graphs, whose many objects slow
  down garbage collection; no public function removes them. The models that
  `estimate_mi` keeps are removed, too.
  """
  ops = sys.modules.get('tensorflow.python.framework.ops')
  if ops is None:
    return
  registered = ops.gradient_registry._registry
  custom = [name for name in registered if name.startswith('CustomGradient-')]
  if len(custom) < _MOST_GRADIENTS:
    return
  for name in custom:
    del registered[name]
  from mi_tf.estimation.trained_critics import training

  training.SHARED_MODELS.clear()
  gc.collect()
  if sys.platform == 'linux':  # Returns free memory to the system.
    ctypes.CDLL(None).malloc_trim(0)


def _limit_threads(num_workers):
  """Shares the processor's cores among the workers of pytest-xdist."""
  import tensorflow as tf

  threads = max(1, (os.cpu_count() or 1) // num_workers)
  # Not the threads between ops: collective ops wait for each other.
  tf.config.threading.set_intra_op_parallelism_threads(threads)
