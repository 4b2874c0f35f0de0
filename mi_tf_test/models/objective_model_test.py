"""Tests of Keras's loop under strategies of several replicas."""

import os
import socket
import time

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import processes
from mi_tf_test import test_util
from mi_tf_test import two_replicas
from mi_tf_test.conformance import cases
from mi_tf_test.models import workers

_SECONDS = 200.0  # The most that two workers may take; 40 are usual.


class MirroredTest(test_util.TestCase):
  def estimator(self, objective='mine', **kwargs):
    """Returns a compiled estimator, always with the same weights."""
    keras.utils.set_random_seed(self.seed('weights'))
    estimator = mi_tf.MiEstimator(
      mi_tf.SeparableCritic((7,), 4, 'tanh'), objective
    )
    estimator.compile(keras.optimizers.Adam(0.02), **kwargs)
    return estimator

  def mirrored(self, *args, **kwargs):
    with two_replicas.strategy().scope():
      return self.estimator(*args, **kwargs)

  def samples(self, n=21):
    # In batches of 8, the last one is of 3 and 2, or of 1 and none.
    return cases.samples(self.rng('samples'), n)

  def trained(self, estimator, **kwargs):
    x, y = self.samples()
    history = estimator.fit(
      x,
      y,
      batch_size=8,
      epochs=2,
      shuffle=False,
      verbose=0,
      validation_data=(x[:9], y[:9]),
      **kwargs,
    ).history
    return {
      **history,
      'evaluated': estimator.evaluate(x, y, batch_size=8, verbose=0),
      'predicted': estimator.predict(x, y, batch_size=8, verbose=0),
      'weights': [v.numpy() for v in estimator.weights],
    }

  def test_fit_evaluate_and_predict_are_those_of_one_device(self):
    one = self.trained(self.estimator())
    self.assertAllClose(
      self.trained(self.mirrored()), one, rtol=1e-5, atol=1e-6
    )

  def test_what_is_named_is_made_under_the_strategy(self):
    with two_replicas.strategy().scope():
      estimator = mi_tf.MiEstimator('separable', 'info_nce')
    estimator.compile('adam')
    history = estimator.fit(*self.samples(), verbose=0).history
    self.assertAllFinite(history)
    for v in (*estimator.variables, *estimator.optimizer.variables):
      self.assertIsInstance(v.value, tf.distribute.DistributedValues)

  @parameterized.parameters(
    ('mixed_bfloat16', 2.0**-6), ('mixed_float16', 2.0**-9)
  )
  @test_util.full(
    'Half precision and strategies each have tests; this finds what the '
    'scale of losses does under one.'
  )
  def test_mixed_precision_is_near_single_precision(self, policy, tolerance):
    x, y = self.samples()
    fit = lambda model: model.fit(x, y, batch_size=8, shuffle=False, verbose=0)
    one = fit(self.estimator('js')).history
    keras.config.set_dtype_policy(policy)
    self.addCleanup(keras.config.set_dtype_policy, 'float32')
    two = fit(self.mirrored('js')).history
    self.assertAllClose(two, one, rtol=tolerance, atol=tolerance)

  @test_util.full(
    'Later batches of two sizes have a test; this finds a model that the '
    'first one builds wrongly.'
  )
  def test_first_batch_may_be_of_two_sizes(self):
    x, y = self.samples(5)
    history = self.mirrored().fit(x, y, batch_size=8, verbose=0).history
    expected = self.estimator().fit(x, y, batch_size=8, verbose=0).history
    self.assertAllClose(history, expected, rtol=1e-5)

  @test_util.full(
    'Saving and strategies each have tests; this one finds what Keras '
    'saves of mirrored variables.'
  )
  def test_checkpoints_are_those_of_one_device(self):
    folder = self.create_tempdir().full_path
    checkpoint = keras.callbacks.ModelCheckpoint(
      f'{folder}/estimator.keras', 'val_mi', mode='max'
    )
    two = self.mirrored()
    results = self.trained(two, callbacks=[checkpoint])
    one = keras.saving.load_model(f'{folder}/estimator.keras')
    x, y = self.samples()
    self.assertAllClose(
      one.evaluate(x, y, batch_size=8, verbose=0),
      results['evaluated'],
      rtol=1e-5,
    )
    self.assertAllClose(one.estimate(x, y).mi, two.estimate(x, y).mi)

  def test_xla_for_several_replicas_is_refused(self):
    with self.assertRaisesRegex(
      ValueError, '`jit_compile` must not be True under a strategy'
    ):
      self.mirrored(jit_compile=True)
    self.assertFalse(self.mirrored().jit_compile)


class KerasTest(test_util.TestCase):
  def test_keras_adds_up_first_batches_of_two_sizes(self):
    with two_replicas.strategy().scope():
      model = keras.Sequential([keras.Input([2]), keras.layers.Dense(1)])
      model.compile('sgd', 'mse')
    x = np.ones([3, 2], np.float32)
    try:
      model.fit(x, x[:, :1], batch_size=3, verbose=0)
    except (ValueError, tf.errors.InvalidArgumentError):
      return
    self.fail('Delete `_maybe_symbolic_build` of `ObjectiveModel`, and this.')


class MultiWorkerTest(test_util.TestCase):
  def start(self, folder, stops):
    """Starts both workers; returns the processes."""
    ports = _free_ports()
    started = []
    for index, stop in enumerate(stops):
      args = [folder, *map(str, (index, *ports, stop))]
      worker = processes.start_module(
        'mi_tf_test.models.workers',
        *args,
        environment={'CUDA_VISIBLE_DEVICES': ''},
      )
      self.addCleanup(worker.kill)
      started.append(worker)
    return started

  def wait(self, started):
    """Waits until all have ended; returns their exit codes."""
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
      codes = [worker.process.exitcode for worker in started]
      if None not in codes:
        return codes
      if any(codes):  # The other one would wait for it.
        for worker in started:
          worker.process.kill()
      time.sleep(0.1)
    logs = '\n'.join(worker.stderr()[-2000:] for worker in started)
    self.fail(f'The workers take more than {_SECONDS} seconds.\n{logs}')

  @test_util.full(
    'Replicas of one process have all other tests; only this one has '
    'several processes, and a kill.'
  )
  def test_workers_of_which_one_is_killed_end_where_one_process_does(self):
    folder = self.create_tempdir().full_path
    codes = self.wait(self.start(folder, [-1, 1]))
    self.assertEqual(codes[1], -9)
    self.assertFalse(os.path.exists(f'{folder}/0.npz'))
    codes = self.wait(self.start(folder, [-1, -1]))
    self.assertEqual(codes, [0, 0])

    expected = workers.train()
    for index in (0, 1):
      results = dict(np.load(f'{folder}/{index}.npz'))
      # Two of four epochs were made before.
      self.assertLen(results['loss'], workers.EPOCHS - 2)
      for key, value in expected.items():
        if key in ('loss', 'mi', 'val_loss', 'val_mi'):
          value = value[2:]
        self.assertAllClose(results[key], value, 1e-4, 1e-5, msg=key)
      self.assertTrue(os.path.exists(f'{folder}/{index}.weights.h5'))


def _free_ports():
  """Returns two ports that nobody listens at."""
  with socket.socket() as first, socket.socket() as second:
    for s in (first, second):
      s.bind(('127.0.0.1', 0))
    return [s.getsockname()[1] for s in (first, second)]


if __name__ == '__main__':
  test_util.main()
