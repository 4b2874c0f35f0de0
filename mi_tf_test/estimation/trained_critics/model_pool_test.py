"""Tests of the pool of models."""

from absl.testing import absltest

from mi_tf.estimation.trained_critics import model_pool


class ModelPoolTest(absltest.TestCase):
  def setUp(self):
    super().setUp()
    self.pool = model_pool.ModelPool(most=2)
    self.built = 0

  def _build(self):
    self.built += 1
    return f'model {self.built}'

  def _use(self, key):
    with self.pool.lend(key, self._build) as model:
      return model

  def test_a_model_is_built_once_and_lent_again(self):
    self.assertEqual([self._use('a'), self._use('a')], ['model 1'] * 2)
    self.assertEqual(self._use('b'), 'model 2')

  def test_a_model_has_one_user_at_a_time(self):
    with self.pool.lend('a', self._build) as first:
      with self.pool.lend('a', self._build) as second:
        self.assertNotEqual(first, second)
    self.assertEqual(self._use('a'), first)  # It was the last that came back.
    self.assertEqual(self.built, 2)

  def test_a_model_whose_user_fails_is_not_lent_again(self):
    with self.assertRaises(ZeroDivisionError):
      with self.pool.lend('a', self._build):
        _ = 1 / 0
    self.assertEqual(self._use('a'), 'model 2')

  def test_the_model_that_was_not_used_for_longest_goes(self):
    for key in 'abac':
      self._use(key)
    self.assertEqual(self.built, 3)
    self.assertEqual(self._use('a'), 'model 1')
    self.assertEqual(self._use('c'), 'model 3')
    self.assertEqual(self._use('b'), 'model 4')

  def test_all_can_be_forgotten(self):
    self._use('a')
    self.pool.clear()
    self.assertEqual(self._use('a'), 'model 2')


if __name__ == '__main__':
  absltest.main()
