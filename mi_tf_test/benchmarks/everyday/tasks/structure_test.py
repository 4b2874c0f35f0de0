"""Tests of the everyday pairs of fine structure."""

from absl.testing import parameterized

from mi_tf.benchmarks import ksg
from mi_tf.benchmarks.everyday.tasks import structure
from mi_tf_test import test_util


class EverydayStructureTest(test_util.TestCase):
  @parameterized.parameters(
    'AI', 'narrow5', 'narrow9', 'spiral', 'sine3-0.2', 'sine10-0.2', 'ring',
    'galaxy', 'dev-waves8', 'dev-X', 'dev-concentric2', 'dev-xor_noisy-0.05',
    'swiss_roll-0.9', 'stripes5-0.3', 'checkers4',
  )  # fmt: skip
  def test_truths_are_what_neighbors_find_where_they_can(self, name):
    tasks = {task.name: task for task in structure.tasks()}
    task = tasks[f'structure/{name}']
    x, y = task.sample(self.rng(name), 20_000)
    found = ksg.estimate(x, y, k=3)
    self.assertAllClose(found, task.truth, atol=0.06, msg=name)

  def test_what_is_wound_up_keeps_its_information(self):
    tasks = {task.name: task for task in structure.tasks()}
    task = tasks['structure/spiral3+2-0.8']
    x, y = task.sample(self.rng(), 100)
    self.assertEqual((x.shape, y.shape), ((100, 3), (100, 2)))
    self.assertAllClose(task.truth, 0.5108, atol=1e-3)


if __name__ == '__main__':
  test_util.main()
