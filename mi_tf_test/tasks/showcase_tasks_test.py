"""Tests of the tasks of `python -m mi_tf`."""

from mi_tf import tasks
from mi_tf_test import test_util


class ShowcaseTest(test_util.TestCase):
  def test_names_differ_and_the_mutual_information_is_known(self):
    expected = {
      'independent-5v5': 0.0,
      '20v20-normal-20.0-nats': 20.0,
      'wide-300v300-sharing-5': 2.554128,
      'student-identity-2-2-2': 0.193147,
      '1v1-stripes-3-0.1': 2.302585,
      'swiss-roll-2v1': 0.830366,
      'common-rate-counts-2.0-4.0': 0.270349,
      'zero-inflated-poisson-0.15': 0.229776,
      'noisy-labels-5-0.8': 0.947961,
      'gaussian-classes-4-2.0': 0.845233,
    }
    chosen = tasks.showcase()
    self.assertEqual([task.name for task in chosen], list(expected))
    self.assertAllClose(
      [task.mutual_information for task in chosen], list(expected.values())
    )

  def test_choice_has_all_kinds(self):
    chosen = tasks.showcase()
    self.assertTrue(any(task.mutual_information == 0 for task in chosen))
    self.assertTrue(any(task.mutual_information >= 5 for task in chosen))
    self.assertTrue(any(task.dim_x >= 100 for task in chosen))
    self.assertGreaterEqual(len(chosen), 10)
    kinds = {
      tuple(side.dtype for side in task.sample(1, seed=0)) for task in chosen
    }
    # Numbers, counts and classes, and one beside the other.
    self.assertLen(kinds, 4)


if __name__ == '__main__':
  test_util.main()
