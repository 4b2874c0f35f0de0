"""Tests of the staircase."""

import pathlib
from unittest import mock

import numpy as np

import mi_tf
from mi_tf.experiments import experiment
from mi_tf.experiments.bounds import staircase
from mi_tf_test import test_util


class StaircaseTest(test_util.TestCase):
  def test_all_objectives_climb_the_published_steps(self):
    found = staircase.configs(experiment.Options(runs=5))
    self.assertLen(found, 45)
    self.assertLen({(c.objective, c.critic) for c in found}, 9)
    self.assertEqual({c.truths for c in found}, {(2.0, 4.0, 6.0, 8.0, 10.0)})
    self.assertEqual({c.batch_size for c in found}, {64})
    with self.assertRaisesRegex(ValueError, '--dataset is not for'):
      staircase.configs(experiment.Options(dataset='mnist'))

  def test_updates_can_be_chosen(self):
    found = staircase.configs(experiment.Options(steps=100))
    self.assertEqual({c.steps for c in found}, {100})

  def test_exactly_so_many_updates_are_made(self):
    # Fewer than evaluations, and a number that evaluations do not divide.
    for steps, trace in ((2, 3), (7, 3)):
      config = staircase.Config(
        'info_nce',
        'separable',
        truths=(0.5, 1.0),
        steps=steps,
        trace=trace,
        batches=3,
        dim=1,
        hidden_units=(4,),
      )
      estimators = []

      def keep(*args, made=estimators, make=mi_tf.MiEstimator):
        made.append(make(*args))
        return made[-1]

      context = experiment.Context(
        None, pathlib.Path(self.create_tempdir().full_path)
      )
      with mock.patch.object(mi_tf, 'MiEstimator', keep):
        history = staircase.run(config, context)['history']
      (estimator,) = estimators
      self.assertEqual(estimator.optimizer.iterations.numpy(), 2 * steps)
      self.assertEqual(np.shape(history['trace']), (2, min(steps, trace)))

  def test_error_is_made_of_bias_and_variance_and_values_are_traced(self):
    config = staircase.Config(
      'info_nce',
      'separable',
      truths=(0.5, 2.0),
      steps=300,
      trace=3,
      batches=50,
      dim=1,
      hidden_units=(32,),
      learning_rate=1e-2,
    )
    context = experiment.Context(
      None, pathlib.Path(self.create_tempdir().full_path)
    )
    record = staircase.run(config, context)
    history = record['history']
    self.assertAllClose(record['cap'], np.log(64.0))
    self.assertEqual(np.shape(history['trace']), (2, 3))
    self.assertEqual(history['truth'], [0.5, 2.0])
    bias = np.subtract(history['mean'], history['truth'])
    self.assertAllClose(
      history['mse'], bias**2 + np.multiply(history['variance'], 49 / 50)
    )
    # It follows the truth, and InfoNCE stays below it.
    self.assertAllInRange(bias, -0.6, 0.15)


if __name__ == '__main__':
  test_util.main()
