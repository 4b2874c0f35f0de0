"""Tests of the encoder that is trained against a linear classifier."""

import numpy as np

from mi_tf.experiments import experiment
from mi_tf.experiments.representations import adversarial
from mi_tf_test import test_util


class AdversarialTest(test_util.TestCase):
  def game(self, **kwargs):
    rng = self.rng('data')
    labels = rng.integers(2, size=400)
    x = rng.normal(size=(400, 6)) + 2.0 * labels[:, None]
    config = adversarial.Config(
      {'num_couplings': 2, 'hidden_units': [16]}, batch_size=50, **kwargs
    )
    return adversarial.Game(config, np.float32(x), labels)

  def accuracy(self, game):
    """Returns the accuracy of the game's own classifier."""
    logits = game._classifier(game.encoder.forward(game._x))
    return np.mean(np.argmax(logits, axis=1) == game._labels.numpy())

  def test_warm_up_trains_the_classifier_alone(self):
    game = self.game(warm_up=600, learning_rate=1e-2)
    before = [v.numpy() for v in game.encoder.variables]
    game.warm_up([0, 0])
    self.assertGreater(self.accuracy(game), 0.9)
    for v, w in zip(game.encoder.variables, before, strict=True):
      self.assertAllEqual(v, w)

  def test_encoder_makes_the_classifier_unsure(self):
    game = self.game(warm_up=600, learning_rate=1e-2, encoder_rate=1.0)
    game.warm_up([0, 0])
    before = self.accuracy(game)
    classifier = [v.numpy() for v in game._classifier.variables]
    for rows in game._batches(150, 1, [0, 1]):
      game._train_encoder(rows[0])
    logits = game._classifier(game.encoder.forward(game._x)).numpy()
    self.assertLess(np.abs(logits[:, 0] - logits[:, 1]).mean(), 1.0)
    self.assertLess(self.accuracy(game), before)
    for v, w in zip(game._classifier.variables, classifier, strict=True):
      self.assertAllEqual(v, w)

  @test_util.full(
    'The quick run of the command takes such steps; this counts them.'
  )
  def test_each_step_of_the_encoder_has_its_steps_of_the_classifier(self):
    game = self.game(classifier_steps=4)
    game.play(3, [0, 1])
    updates = [int(optimizer.iterations) for optimizer, _ in game._players]
    self.assertEqual(updates, [12, 3])

  def test_schedule_is_that_of_the_paper(self):
    (config,) = adversarial.configs(experiment.Options())
    self.assertEqual(
      (config.steps, config.warm_up, config.classifier_steps), (4000, 1000, 10)
    )
    self.assertEqual((config.learning_rate, config.encoder_rate), (1e-3, 0.01))


if __name__ == '__main__':
  test_util.main()
