"""Tests of the settings of the experiment with Deep InfoMax."""

import numpy as np

import mi_tf
from mi_tf.experiments import experiment
from mi_tf.experiments.representations import deep_infomax
from mi_tf_test import test_util


class DeepInfomaxTest(test_util.TestCase):
  def test_all_objectives_are_run_local_and_global_and_without_prior(self):
    found = deep_infomax.configs(experiment.Options(runs=2))
    settings = {(c.objective, c.alpha, c.beta, c.gamma) for c in found}
    self.assertLen(found, 14)
    self.assertEqual(
      settings,
      {(m, a, 1.0 - a, 0.1) for m in ('js', 'dv', 'info_nce') for a in (0, 1)}
      | {('js', 0.0, 1.0, 0.0)},
    )
    self.assertEqual({c.output_size for c in found}, {64})

  def test_flags_choose_one_run(self):
    (config,) = deep_infomax.configs(
      experiment.Options(settings={'objective': 'dv', 'alpha': 0.5})
    )
    self.assertEqual((config.objective, config.alpha), ('dv', 0.5))
    self.assertEqual((config.beta, config.gamma), (1.0, 0.1))

  def test_concatenation_has_few_negatives_in_the_global_info_nce(self):
    def negatives(**settings):
      settings = {'objective': 'info_nce', **settings}
      (config,) = deep_infomax.configs(experiment.Options(settings=settings))
      model = deep_infomax.make_model(config, (28, 28, 1))
      if config.alpha:
        self.assertIsInstance(
          model.global_critic,
          {'cosine': mi_tf.SeparableCritic, 'concat': mi_tf.ConcatCritic}[
            config.global_critic
          ],
        )
      return model.negative_samples

    self.assertEqual(negatives(alpha=1.0, global_critic='concat'), 15)
    self.assertIsNone(negatives(alpha=1.0))
    self.assertIsNone(negatives(global_critic='concat'))

  def test_each_pass_takes_all_images_in_a_new_order(self):
    config = deep_infomax.Config(batch_size=10)
    passes = list(deep_infomax._rows(100, 0, 20, config))
    self.assertLen(passes, 2)
    for rows in passes:
      self.assertAllEqual(np.sort(rows), np.arange(100))
    self.assertNotAllEqual(passes[0], passes[1])

  def test_stages_take_the_updates_of_one_run(self):
    config = deep_infomax.Config(batch_size=10)
    whole = np.concatenate(list(deep_infomax._rows(100, 0, 25, config)))
    parts = [
      row
      for first, last in ((0, 7), (7, 13), (13, 25))
      for row in deep_infomax._rows(100, first, last, config)
    ]
    self.assertAllEqual(np.concatenate(parts), whole)


if __name__ == '__main__':
  test_util.main()
