"""Tests of what is kept for the next one who needs the like."""

from absl.testing import absltest

from mi_tf.estimation.trained_critics import model_pool


class KeptTest(absltest.TestCase):
  def test_what_is_taken_is_gone_until_it_is_given_back(self):
    things = model_pool.Kept(most=2)
    self.assertIsNone(things.take('a'))
    things.give('a', 1)
    self.assertEqual(things.take('a'), 1)
    self.assertIsNone(things.take('a'))

  def test_what_was_not_used_for_longest_goes(self):
    things = model_pool.Kept(most=2)
    things.give('a', 1)
    things.give('b', 2)
    things.give('a', things.take('a'))
    things.give('c', 3)
    self.assertIsNone(things.take('b'))
    self.assertEqual(things.take('a'), 1)
    self.assertEqual(things.take('c'), 3)

  def test_all_can_be_forgotten(self):
    things = model_pool.Kept(most=2)
    things.give('a', 1)
    things.clear()
    self.assertIsNone(things.take('a'))


if __name__ == '__main__':
  absltest.main()
