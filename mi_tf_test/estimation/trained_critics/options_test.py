"""Tests of the options of critics."""

from absl.testing import parameterized
import keras

import mi_tf
from mi_tf.estimation import pipeline
from mi_tf.estimation.trained_critics import options as options_lib
from mi_tf.estimation.trained_critics import training_rows
from mi_tf.estimation.variables import checking
from mi_tf_test import test_util


class OptionsTest(test_util.TestCase):
  def _assert_refused(self, message, error=ValueError, n=200, **options):
    x, y = self.rng().normal(size=(2, n))
    with self.assertRaisesRegex(error, message):
      mi_tf.estimate_mi(x, y, **options)

  @parameterized.parameters(
    ('batch_size', 1, 2),
    ('batch_size', 0, 2),
    ('max_epochs', 0, 1),
    ('patience', 0.5, 1),
  )
  def test_integers_are_checked(self, name, value, least):
    self._assert_refused(
      f'^`{name}` must be an integer, at least {least}. Received',
      **{name: value},
    )

  @parameterized.parameters(0.0, -1.0, float('nan'), float('inf'), 'fast')
  def test_learning_rates_are_positive(self, value):
    self._assert_refused(
      '^`learning_rate` must be a positive number. Received',
      learning_rate=value,
    )

  def test_callbacks_are_those_of_keras(self):
    self._assert_refused(
      '^`callbacks` must be a sequence of', error=TypeError, callbacks=[print]
    )

  @parameterized.parameters(
    ('batch_size', 32),
    ('learning_rate', 0.1),
    ('max_epochs', 9),
    ('patience', 3),
    ('callbacks', [keras.callbacks.Callback()]),
  )
  def test_options_of_training_need_a_critic(self, name, value):
    self._assert_refused(
      f'^`{name}` needs a critic, an objective or images.$', **{name: value}
    )

  def test_methods_by_name_are_no_critics(self):
    self._assert_refused(
      "^`method` must be 'auto' where a critic is trained.*method='table'.$",
      method='table',
      critic='bilinear',
    )

  @parameterized.parameters(
    ('mlp', "^`critic` must be one of .* Received: critic='mlp'.$"),
    ('auto', "^`critic` must be one of .* Received: critic='auto'.$"),
    (3, '^`critic` must be a name or a mi_tf.Critic. Received: critic=3.$'),
    (
      lambda x, y: x @ y,
      '^`critic` must be a name or a mi_tf.Critic. Received: critic=<function',
    ),
  )
  def test_critics_must_be_known(self, critic, message):
    self._assert_refused(message, critic=critic)

  def test_objectives_must_be_known_and_fit_the_critic(self):
    self._assert_refused("^`objective` must .*objective='kl'.$", objective='kl')
    self._assert_refused(
      "^Club needs a critic whose scores are a log density.*='bilinear'.$",
      critic='bilinear',
      objective='club',
    )

  @parameterized.parameters(11, 200)
  def test_folds_must_hold_twenty_rows_each(self, folds):
    self._assert_refused(
      f'^`folds` must be from 1 to 10 for 200 rows. Received: folds={folds}.$',
      folds=folds,
      critic='bilinear',
    )

  def test_a_third_of_few_rows_is_refused(self):
    self._assert_refused(
      '^`folds` must have at least 20 rows each',
      n=50,
      folds=1,
      critic='bilinear',
    )

  @parameterized.parameters((40, 2), (59, 2), (60, 3), (20_000, 3), (20_001, 1))
  def test_folds_go_by_the_number_of_rows(self, n, folds):
    self.assertEqual(training_rows.number_of_folds(n), folds)

  def test_wide_tables_have_no_closed_form(self):
    x = checking.check(self.rng().normal(size=(40, 1001)), 'x')
    y = checking.check(self.rng().normal(size=(40, 1000)), 'y')
    options = options_lib.Options(objective='js')
    found = [
      options.completed(pipeline.method_lib.Pair(a, y, ())).critic
      for a in (x, y)
    ]
    self.assertEqual(found, ['separable', 'elliptical'])


if __name__ == '__main__':
  test_util.main()
