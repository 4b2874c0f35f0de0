"""Tests of the everyday pairs from `mi_tf.tasks`."""

from mi_tf import tasks as sources
from mi_tf.benchmarks.everyday.tasks import smooth
from mi_tf_test import test_util


class EverydaySmoothTest(test_util.TestCase):
  def test_a_source_keeps_its_truth_and_gives_vectors_for_single_columns(self):
    source = sources.swiss_roll(
      sources.normal_cdf(sources.correlated_gaussian(1, rho=0.5))
    )
    task = smooth.from_source(source, 'gaussian', 100, 'dev', 'roll')
    self.assertEqual(task.name, 'gaussian/dev-roll')
    self.assertEqual(task.truth, source.mutual_information)
    x, y = task.sample(self.rng())
    self.assertEqual((x.shape, y.shape), ((100, 2), (100,)))

  def test_beyond_normal_is_complete(self):
    tasks = smooth.beyond_normal_tasks()
    self.assertLen([task for task in tasks if task.split == 'report'], 40)

  def test_gaussians_are_of_two_sizes(self):
    tasks = smooth.gaussian_tasks()
    self.assertEqual({task.n for task in tasks}, {1000, 10_000})


if __name__ == '__main__':
  test_util.main()
