"""`python -m mi_tf doctor`: versions, devices and checks for bug reports."""

from importlib import metadata
import math
import os
import platform
import time

import keras
import numpy as np
import tensorflow as tf

from mi_tf import bounds
from mi_tf import tasks
from mi_tf import version
from mi_tf.estimation.estimate_mi import estimate_mi

_NEEDED = (
  'tensorflow',
  'keras',
  'tensorflow-probability',
  'tf-keras',
  'numpy',
  'scipy',
  'absl-py',
)
_OPTIONAL = (
  'matplotlib',
  'scikit-learn',
  'tensorflow-datasets',
  'tensorboard',
)
# Prefixes of printed variables. Terraform's begin with TF_ and may be secrets.
_SETTINGS = (
  'CUDA_VISIBLE_DEVICES',
  'KERAS_',
  'OMP_',
  'TF_CPP_',
  'TF_CUDNN_',
  'TF_DETERMINISTIC_',
  'TF_ENABLE_',
  'TF_FORCE_',
  'TF_GPU_',
  'TF_NUM_',
  'TF_USE_',
  'TF_XLA_',
  'XLA_',
)


def run():
  """Prints versions, devices and checks. Returns the number of failures."""
  print(f'mi_tf {version.__version__}')
  print(f'Python {platform.python_version()}, {platform.platform()}')
  for name in _NEEDED:
    print(f'{name} {_version(name)}')
  for name in _OPTIONAL:
    print(f'{name} {_version(name)} (optional)')

  print('\nDevices')
  for device in tf.config.list_physical_devices():
    details = tf.config.experimental.get_device_details(device)
    print(f'  {device.name} {details.get("device_name", "")}'.rstrip())
  print(f'  {os.cpu_count()} CPU cores')
  build = tf.sysconfig.get_build_info()
  print(f'  TensorFlow is built for CUDA {build.get("cuda_version", "none")}')

  print('\nSettings')
  print(f'  Keras on {keras.backend.backend()}, {keras.config.floatx()}')
  print(f'  dtype policy {keras.config.dtype_policy().name}')
  for name, value in sorted(os.environ.items()):
    if name.startswith(_SETTINGS):
      print(f'  {name}={value}')

  print('\nChecks')
  failures = 0
  for check in CHECKS:
    start = time.monotonic()
    try:
      result, is_right = check()
    except Exception as error:  # The error is printed.
      result = f'{type(error).__name__}: {error}'.splitlines()[0]
      is_right = False
    failures += not is_right
    print(
      f'  {"ok  " if is_right else "FAIL"} {check.__doc__[:-1]}: '
      f'{result} ({time.monotonic() - start:.1f} s)',
      flush=True,
    )
  print('All is well.' if not failures else f'{failures} checks failed.')
  return failures


def _version(name):
  try:
    return metadata.version(name)
  except metadata.PackageNotFoundError:
    return 'is not installed'


def _scores():
  """Returns exact scores of Gaussian pairs with .511 nats."""
  rng = np.random.default_rng(0)
  y, noise = rng.normal(size=(2, 2000))
  x = 0.8 * y + 0.6 * noise
  return np.float32(-np.square(x[:, np.newaxis] - 0.8 * y) / (2 * 0.36))


def check_bound():
  """InfoNCE of exact scores, .511 nats."""
  value = float(bounds.lower_bound_info_nce(_scores()))
  return f'{value:.3f}', abs(value - 0.511) < 0.03


def check_compiler():
  """The same, compiled by XLA."""
  compiled = tf.function(bounds.lower_bound_info_nce, jit_compile=True)
  scores = _scores()
  value = float(compiled(scores))
  expected = float(bounds.lower_bound_info_nce(scores))
  return f'{value:.3f}', abs(value - expected) < 1e-4


def check_estimate():
  """Estimate of 1/2 log 2 = .347 nats."""
  x, noise = np.random.default_rng(0).normal(size=(2, 1000))
  return _compared(estimate_mi(x, x + noise), 0.5 * math.log(2.0), 0.1)


def check_network():
  """Estimate by a network of an X, .663 nats."""
  source = tasks.letter_x(0.95)
  estimate = estimate_mi(*source.sample(2000, seed=0), method='network')
  return _compared(estimate, source.mutual_information, 0.15)


def _compared(estimate, truth, tolerance):
  """Returns the text of an estimate, and whether it is right."""
  low, high = estimate.interval
  return f'{estimate.mi:.3f} in [{low:.3f}, {high:.3f}]', (
    abs(estimate.mi - truth) < tolerance and estimate.lower_bound < truth
  )


CHECKS = (check_bound, check_compiler, check_estimate, check_network)
