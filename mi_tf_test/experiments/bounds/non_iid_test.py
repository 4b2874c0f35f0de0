"""Tests of batches whose samples depend on each other."""

from mi_tf.experiments import experiment
from mi_tf.experiments.bounds import non_iid
from mi_tf_test import test_util


class NonIidTest(test_util.TestCase):
  def test_truth_of_a_pair_of_dependent_batches(self):
    self.assertNear(non_iid.TRUTH, 0.0204, 5e-5)

  def test_batches_have_the_distribution_that_is_told(self):
    for dependent in (True, False):
      config = non_iid.Config('nwj', dependent, batch_size=64)
      xy = [
        [t[:, 0] for t in batch]
        for batch in non_iid._batches(config, 0, 3000).as_numpy_iterator()
      ]
      x, y = ([b[i] for b in xy] for i in range(2))
      within = self.covariance(x, y, shifted=False)
      across = self.covariance(x, y, shifted=True)
      self.assertAllClose(within, [2.0, 0.4], atol=0.15)
      self.assertAllClose(
        across, [1.0, -0.5] if dependent else [0.0, 0.0], atol=0.15
      )

  def covariance(self, x, y, shifted):
    """Returns E[x x'] and E[x y'], of the same sample or of the next one."""
    k = 1 if shifted else 0
    pairs = [
      (a[: 64 - k] * a[k:], a[: 64 - k] * b[k:])
      for a, b in zip(x, y, strict=True)
    ]
    return [sum(p[i].mean() for p in pairs) / len(pairs) for i in range(2)]

  def test_each_stage_has_new_batches(self):
    config = non_iid.Config('nwj', True)
    first, second = (
      next(iter(non_iid._batches(config, number, 1)))[0] for number in (0, 1)
    )
    self.assertNotAllClose(first, second)

  def test_both_objectives_see_both_kinds(self):
    found = non_iid.configs(experiment.Options(runs=5))
    self.assertLen(found, 20)
    self.assertLen({(c.objective, c.dependent) for c in found}, 4)
    self.assertEqual({(c.steps, c.batch_size) for c in found}, {(20_000, 128)})


if __name__ == '__main__':
  test_util.main()
