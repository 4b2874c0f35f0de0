"""Tests of the digits: float32, XLA, and repeated runs."""

import json
import subprocess
import sys

import numpy as np

import mi_tf
from mi_tf_test import source_tree
from mi_tf_test import test_util
from mi_tf_test.conformance import cases
from mi_tf_test.robustness import numerics

_RECORD = source_tree.ROOT / 'mi_tf_test' / 'records' / 'numerics.json'

# Prints numbers that depend on a seed, with all digits.
_NUMBERS = """
import json
import keras
import numpy as np
import tensorflow as tf
import mi_tf

rng = np.random.default_rng(0)
x = np.float32(rng.normal(size=(96, 3)))
y = np.float32(x + rng.normal(size=x.shape))
numbers = {'estimate': mi_tf.estimate_mi(x, y, seed=3).mi}
logu = tf.matmul(x, y, transpose_b=True)
for name in ('lower_bound_info_nce', 'lower_bound_jensen_shannon'):
  bound = getattr(mi_tf, name)
  numbers[f'{name} eager'] = float(bound(logu))
  for way in (False, True):
    numbers[f'{name} {way}'] = float(tf.function(bound, jit_compile=way)(logu))
for way in (False, True):
  keras.utils.set_random_seed(1)
  model = mi_tf.MiEstimator(mi_tf.SeparableCritic((8,), 4), negative_samples=2)
  model.compile('adam', jit_compile=way)
  history = model.fit(x, y, batch_size=32, epochs=2, verbose=0).history
  numbers[f'fit {way}'] = [float(v) for v in history['loss']]
  numbers[f'weights {way}'] = [float(w.sum()) for w in model.get_weights()]
print(json.dumps(numbers))
"""


class NumericsTest(test_util.TestCase):
  def test_single_precision_is_the_oracles_over_twelve_orders(self):
    found, count = numerics.largest_errors(self.rng())
    self.assertGreater(count, 13 * len(cases.BOUNDS))
    for name, error in found.items():
      self.assertLess(error, 1e-5, name)

  def test_record_is_of_every_bound_and_of_many_samples(self):
    record = json.loads(_RECORD.read_text('utf-8'))
    self.assertEqual(record['size'], 16384)
    self.assertSameElements(record['errors'], cases.BOUNDS)
    for name, errors in record['errors'].items():
      for other, error in errors.items():
        self.assertLess(error, 5e-6, f'{name}, {other}')
      self.assertLess(errors['eager'], 2e-6, name)

  def test_an_error_is_seen(self):
    given = next(numerics.arguments('lower_bound_info_nce', 1.0, self.rng()))
    right = numerics.error('lower_bound_info_nce', given)
    self.assertLess(right, 1e-6)
    case = mi_tf.lower_bound_info_nce
    mi_tf.lower_bound_info_nce = lambda **kwargs: 1.01 * case(**kwargs)
    try:
      self.assertGreater(numerics.error('lower_bound_info_nce', given), 1e-3)
    finally:
      mi_tf.lower_bound_info_nce = case

  @test_util.full(
    '`conformance.bounds_test` compares XLA on few scores; this finds errors '
    'of sums of 65,000.'
  )
  def test_xla_gives_what_eager_gives(self):
    names = []
    for name, eager, xla, truth in numerics.xla_differences(256, self.rng()):
      names.append(name)
      self.assertLess(numerics.relative(xla, eager), 1e-5, name)
      if truth is not None:
        self.assertLess(numerics.relative(xla, truth), 1e-5, name)
    self.assertSequenceEqual(names, list(cases.BOUNDS))

  @test_util.full(
    'Other tests repeat seeds within a process; this finds numbers that '
    'depend on hashes and addresses.'
  )
  def test_another_process_gets_the_same_numbers(self):
    ends = []
    for _ in range(2):
      # Not forks of one process, which have its hashes and addresses.
      result = subprocess.run(
        [sys.executable, '-c', _NUMBERS],
        cwd=source_tree.ROOT,
        capture_output=True,
        text=True,
        check=False,
      )
      self.assertEqual(result.returncode, 0, result.stderr[-2000:])
      ends.append(json.loads(result.stdout.splitlines()[-1]))
    self.assertEqual(*ends)
    for value in ends[0].values():
      self.assertAllFinite(np.array(value))


if __name__ == '__main__':
  test_util.main()
