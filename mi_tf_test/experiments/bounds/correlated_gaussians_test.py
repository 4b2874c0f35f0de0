"""Tests of estimates of correlated Gaussians."""

import dataclasses
import pathlib
import types
from unittest import mock

import numpy as np

import mi_tf
from mi_tf.experiments import experiment
from mi_tf.experiments.bounds import correlated_gaussians
from mi_tf_test import test_util


class CorrelatedGaussiansTest(test_util.TestCase):
  def context(self):
    return experiment.Context(
      None, pathlib.Path(self.create_tempdir().full_path)
    )

  def test_all_methods_see_all_correlations_of_both_sources(self):
    found = correlated_gaussians.configs(experiment.Options())
    self.assertLen(found, 2 * 4 * 20 + 3)
    self.assertLen(set(found), len(found))
    rhos = sorted({c.rho for c in found})
    self.assertAllClose(rhos, np.linspace(-0.95, 0.95, 20))
    concat = [(c.method, c.rho) for c in found if c.critic == 'concat']
    self.assertEqual(
      concat, [(name, 0.95) for name in correlated_gaussians.BOUNDS]
    )

  def test_positive_correlations_come_first(self):
    signs = [
      c.rho > 0 for c in correlated_gaussians.configs(experiment.Options())
    ]
    self.assertEqual(signs, sorted(signs, reverse=True))

  def test_one_source_can_be_chosen(self):
    options = experiment.Options(dataset='cubed', runs=2, seed=3)
    found = correlated_gaussians.configs(options)
    self.assertEqual({c.source for c in found}, {'cubed'})
    self.assertEqual({c.seed for c in found}, {3, 4})
    for wrong, message in (
      ({'dataset': 'mnist'}, '--dataset must be one of gaussian, cubed'),
      ({'steps': 5}, '--steps is not for'),
    ):
      with self.assertRaisesRegex(ValueError, message):
        correlated_gaussians.configs(experiment.Options(**wrong))

  def test_bound_is_below_the_truth_that_it_nears(self):
    config = correlated_gaussians.Config(
      'info_nce',
      'gaussian',
      0.9,
      dim=1,
      samples=4000,
      epochs=4,
      hidden_units=(32,),
      learning_rate=1e-2,
    )
    record = correlated_gaussians.run(config, self.context())
    truth = -0.5 * np.log(1.0 - 0.9**2)
    self.assertAllClose(record['truth'], truth)
    self.assertBetween(record['new_samples'], 0.7 * truth, 1.1 * truth)
    self.assertLen(record['history']['mi'], 4)
    self.assertAllClose(record['cap'], np.log(128.0))
    # Two towers of 1 -> 32 -> 10.
    self.assertEqual(record['weights'], 2 * (32 + 32 + 320 + 10))

  def test_estimate_mi_sees_the_same_samples_cubed(self):
    config = correlated_gaussians.Config(
      'estimate_mi', 'gaussian', 0.5, None, dim=3, samples=50, seed=7
    )
    outcome = types.SimpleNamespace(
      mi=0.4,
      interval=(0.3, 0.5),
      lower_bound=0.3,
      diagnostics={'held_out': 0.41},
      method='elliptical',
      warnings=[],
    )
    with mock.patch.object(mi_tf, 'estimate_mi', return_value=outcome) as call:
      record, cubed = (
        correlated_gaussians.run(
          dataclasses.replace(config, source=source), self.context()
        )
        for source in correlated_gaussians.SOURCES
      )
    self.assertEqual((record['mi'], record['interval']), (0.4, (0.3, 0.5)))
    self.assertAllClose(record['truth'], -1.5 * np.log(0.75))
    self.assertAllClose(cubed['truth'], record['truth'])
    plain, powers = (args for args, _ in call.call_args_list)
    for x, y in zip(plain, powers, strict=True):
      self.assertEqual(x.shape, (50, 3))
      self.assertAllClose(x**3, y, rtol=1e-4, atol=1e-4)
    self.assertEqual(call.call_args.kwargs, {'seed': 7})


if __name__ == '__main__':
  test_util.main()
