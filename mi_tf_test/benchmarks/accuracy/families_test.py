"""Tests of the families of tasks."""

from absl.testing import parameterized

from mi_tf.benchmarks.accuracy import families
from mi_tf_test import test_util


class FamiliesTest(test_util.TestCase):
  @parameterized.parameters(*families.FAMILIES)
  def test_tasks_have_names_of_their_own(self, name):
    made = families.make(name)
    self.assertNotEmpty(made)
    self.assertLen({task.name for task in made}, len(made))

  @parameterized.parameters(*families.FAMILIES)
  def test_tasks_are_the_same_each_time(self, name):
    for first, second in zip(families.make(name), families.make(name)):
      self.assertEqual(first.name, second.name)
      self.assertAllClose(first.mutual_information, second.mutual_information)

  def test_truths_are_those_that_the_family_is_for(self):
    truths = [t.mutual_information for t in families.make('gaussian_20d')]
    self.assertAllClose(truths, 2 * [2, 4, 6, 8, 10, 15, 20, 23.3])
    for task in families.make('low_dim'):
      distance = min(abs(task.mutual_information - t) for t in (2, 5, 10))
      self.assertLess(distance, 0.01, task.name)
      self.assertLessEqual(max(task.dim_x, task.dim_y), 3)
    for task in families.make('independent'):
      self.assertEqual(task.mutual_information, 0.0)
    (task,) = families.make('few_pairs')
    self.assertAllClose(task.mutual_information, 4.98, atol=0.005)
    self.assertLen(families.make('beyond_normal'), 40)

  def test_unknown_families_are_refused(self):
    with self.assertRaisesRegex(ValueError, "Families must.*Received: 'x'"):
      families.make('x')


if __name__ == '__main__':
  test_util.main()
