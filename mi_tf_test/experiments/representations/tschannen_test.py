"""Tests of the settings of the experiments of Tschannen et al. (2019)."""

import itertools
import math

from mi_tf.experiments import experiment
from mi_tf.experiments import images
from mi_tf.experiments.representations import adversarial
from mi_tf.experiments.representations import tschannen
from mi_tf.experiments.representations import two_view
from mi_tf.internal import records
from mi_tf_test import test_util

_TWO_VIEW = (
  tschannen.invertible,
  tschannen.hard_to_invert,
  tschannen.critics,
  tschannen.encoders,
  tschannen.conv_net,
)


class TschannenTest(test_util.TestCase):
  def test_defaults_are_those_of_the_paper(self):
    for configs in _TWO_VIEW:
      for config in configs(experiment.Options()):
        self.assertEqual(config.dataset, 'mnist')
        self.assertEqual(config.batch_size, 128)
        self.assertEqual(config.learning_rate, 1e-4)
        self.assertEqual((config.steps, config.evaluations), (21_000, 21))

  def test_each_experiment_has_its_runs(self):
    for configs, count in zip(_TWO_VIEW, (2, 2, 6, 8, 1), strict=True):
      found = configs(experiment.Options(runs=3, seed=5))
      self.assertLen(found, 3 * count)
      self.assertLen({records.key(c) for c in found}, 3 * count)
      self.assertEqual({c.seed for c in found}, {5, 6, 7})

  def test_options_take_the_place_of_defaults(self):
    for configs in (*_TWO_VIEW, adversarial.configs):
      for quick in (False, True):
        (config, *_) = configs(
          experiment.Options(steps=7, dataset='digits', quick=quick)
        )
        self.assertEqual((config.steps, config.dataset), (7, 'digits'))

  @test_util.full(
    'The quick run of the command encodes halves; this has images of '
    'other sizes.'
  )
  def test_encoders_take_the_halves_of_any_data(self):
    for configs in _TWO_VIEW:
      for quick, dataset in itertools.product((False, True), ('digits', None)):
        options = experiment.Options(quick=quick, dataset=dataset)
        for config in configs(options):
          shape = images.half_shape(config.dataset)
          model = two_view.make_model(config)
          model.build(*[(None, math.prod(shape))] * 2)
          self.assertTrue(model.built)


if __name__ == '__main__':
  test_util.main()
