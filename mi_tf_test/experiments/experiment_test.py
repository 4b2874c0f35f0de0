"""Tests of what an experiment is made of."""

import pathlib

from mi_tf.experiments import experiment
from mi_tf.experiments.representations import pixels
from mi_tf_test import test_util


class ContextTest(test_util.TestCase):
  def test_each_config_has_a_state_of_its_own(self):
    folder = pathlib.Path(self.create_tempdir().full_path)
    context = experiment.Context(None, folder)
    for noise in (0.0, 0.05, 0.0):
      context.resume(pixels.Config(noise)).save([], {'noise': noise})
    self.assertLen(list(folder.glob('pixels-*.npz')), 2)
    for noise in (0.0, 0.05):
      notes = context.resume(pixels.Config(noise)).restore([])
      self.assertEqual(notes, {'noise': noise})


if __name__ == '__main__':
  test_util.main()
