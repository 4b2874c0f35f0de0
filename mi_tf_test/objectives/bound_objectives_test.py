"""Tests of the objectives that report a bound."""

from absl.testing import parameterized
import numpy as np

import mi_tf
from mi_tf.objectives import registry
from mi_tf_test import test_util
from mi_tf_test.models import batches
from mi_tf_test.objectives import jensen_shannon_objectives_test as js_test

# What each objective is trained by (with its sign changed), and reports.
_BOUNDS = {
  'dv': (mi_tf.lower_bound_donsker_varadhan,) * 2,
  'info_nce': (mi_tf.lower_bound_info_nce,) * 2,
  'js': (
    mi_tf.lower_bound_jensen_shannon,
    js_test.expected_js_value,
  ),
  'nwj': (mi_tf.lower_bound_nguyen_wainwright_jordan,) * 2,
  'smile': (mi_tf.lower_bound_jensen_shannon, mi_tf.mi_smile),
}


class ObjectivesTest(batches.BatchCase):
  @parameterized.parameters(*_BOUNDS)
  def test_loss_and_value_are_those_of_the_bounds(self, name):
    trained, reported = _BOUNDS[name]
    objective = batches.built(name, self.x, self.y)
    for logu, mask in self.both():
      for training in (True, False):
        self.assertAllClose(
          objective.loss(logu, mask, self.x, self.y, training=training),
          -trained(logu, mask),
        )
      self.assertAllClose(
        objective.value(logu, mask, self.x, self.y), reported(logu, mask)
      )

  @parameterized.parameters(*_BOUNDS)
  def test_batch_need_not_be_given_where_there_is_no_baseline(self, name):
    objective = registry.get_objective(name)
    self.assertAllClose(objective.loss(self.logu), -_BOUNDS[name][0](self.logu))
    self.assertAllClose(objective.value(self.logu), _BOUNDS[name][1](self.logu))


class PointwiseTest(batches.BatchCase):
  """The mean of the pointwise values, where it must be the value or not."""

  @parameterized.parameters('dv', 'info_nce', 'js', 'mine')
  def test_mean_is_the_value(self, name):
    objective = batches.built(name, self.x, self.y)
    for logu, mask in self.both():
      pointwise, value = self.pointwise(objective, logu, mask)
      self.assertAllClose(pointwise.mean(), value, rtol=1e-5)

  def test_nwj_differs_from_its_value_by_what_the_critic_is_off(self):
    objective = registry.get_objective('nwj')
    pointwise, value = self.pointwise(objective, self.logu, None)
    off = ~np.eye(batches.N, dtype=bool)
    partition = np.mean(np.exp(self.logu.numpy()[off] - 1.0))
    self.assertAllClose(pointwise.mean() + 1.0 - partition, value, rtol=1e-5)
    normalized = self.logu - np.log(partition)
    pointwise, value = self.pointwise(objective, normalized, None)
    self.assertAllClose(pointwise.mean(), value, rtol=1e-4)

  def test_smile_reads_the_scores_themselves(self):
    objective = registry.get_objective('smile')
    pointwise, _ = self.pointwise(objective, self.logu - 5.0, None)
    self.assertAllClose(pointwise, np.diag(self.logu) - 5.0)

  def test_the_exact_log_ratio_is_found_whatever_the_objective_leaves_free(
    self,
  ):
    log_ratio = np.diag(self.logu)
    off = ~np.eye(batches.N, dtype=bool)
    log_mean = np.log(np.mean(np.exp(self.logu.numpy()[off])))
    ratio = self.logu - log_mean
    for name, offset in (('dv', 7.0), ('js', 0.0), ('nwj', 1.0)):
      pointwise = registry.get_objective(name).pointwise(ratio + offset)
      self.assertAllClose(pointwise, log_ratio - log_mean, rtol=1e-4)


if __name__ == '__main__':
  test_util.main()
