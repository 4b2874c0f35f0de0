"""Tests of the pixels' accuracy."""

from mi_tf.experiments import experiment
from mi_tf.experiments.representations import pixels
from mi_tf_test import test_util


class PixelsTest(test_util.TestCase):
  def test_noise_costs_accuracy(self):
    context = experiment.Context(None, None)
    found = [
      pixels.run(pixels.Config(noise, 'digits'), context)['accuracy']
      for noise in (0.0, 1.0)
    ]
    self.assertGreater(found[0], found[1] + 0.1)

  def test_pixels_are_run_with_and_without_noise(self):
    found = pixels.configs(experiment.Options(runs=2))
    self.assertEqual(
      [(c.noise, c.seed, c.dataset) for c in found],
      [(noise, s, 'mnist') for s in (0, 1) for noise in (0.0, 0.05)],
    )


if __name__ == '__main__':
  test_util.main()
