"""Tests of representations that hide."""

import pathlib
import types
from unittest import mock

import numpy as np

import mi_tf
from mi_tf.experiments import experiment
from mi_tf.experiments.representations import fair_representation
from mi_tf_test import test_util
from mi_tf_test.experiments import made_up

_SMALL = {'hidden_units': (32,), 'size': 4, 'steps': 150}


class FairRepresentationTest(test_util.TestCase):
  def test_all_objectives_are_run_beside_none(self):
    found = fair_representation.configs(experiment.Options(runs=5))
    self.assertLen(found, 20)
    self.assertEqual(
      {(c.objective, c.critic) for c in found},
      {
        ('none', None),
        ('club', 'gaussian'),
        ('variational', 'gaussian'),
        ('club', 'classifier'),
      },
    )
    with self.assertRaisesRegex(ValueError, '--dataset is not for'):
      fair_representation.configs(experiment.Options(dataset='mnist'))

  def test_halves_share_no_image_and_what_is_hidden_is_not_what_is_told(self):
    train, test = fair_representation._data(3)
    images = np.concatenate([train[0], test[0]])
    self.assertLen(images, 1797)
    self.assertAllInRange(images, 0.0, 1.0)
    for _, told, hidden in (train, test):
      # Odd digits below 5 are two of ten.
      self.assertAllClose(np.mean(told * hidden), 0.2, atol=0.02)
      self.assertAllClose(
        [np.mean(told), np.mean(hidden)], [0.5, 0.5], atol=0.03
      )
    again = fair_representation._data(4)[0][0]
    self.assertNotAllClose(train[0][:10], again[:10])

  def test_what_is_hidden_falls_once_the_term_is_added(self):
    outcome = types.SimpleNamespace(mi=0.3, interval=(0.2, 0.4))
    config = fair_representation.Config('club', 'classifier', **_SMALL)
    context = experiment.Context(
      None, pathlib.Path(self.create_tempdir().full_path)
    )
    with mock.patch.object(mi_tf, 'estimate_mi', return_value=outcome) as call:
      history = fair_representation.run(config, context)['history']
    self.assertEqual(history['step'], [150, 300])
    self.assertEqual(history['mi'], [0.3, 0.3])
    z, hidden = call.call_args.args
    self.assertEqual((z.shape, hidden.shape), ((899, 4), (899,)))
    self.assertEqual(call.call_args.kwargs['y_kind'], 'categorical')
    self.assertGreater(history['accuracy'][0], 0.75)
    self.assertLess(
      history['nuisance_accuracy'][1], history['nuisance_accuracy'][0]
    )

  def test_table_shows_both_ends(self):
    header, rows = fair_representation.table(
      made_up.runs('fair_representation')
    )
    row = dict(zip(header, rows[1], strict=True))
    self.assertEqual(row['regularizer'], 'CLUB, Gaussian, beta 3')
    self.assertEqual(row['I(z; hidden), nats, before'], '0.600 +- 0.000')
    self.assertEqual(rows[1][7], '0.105 +- 0.007')
    self.assertEqual(rows[0][0], 'without')


if __name__ == '__main__':
  test_util.main()
