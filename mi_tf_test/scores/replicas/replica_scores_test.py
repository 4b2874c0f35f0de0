"""Tests of `ReplicaScores`, and of critics' `across_replicas`."""

import itertools

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test import two_replicas
from mi_tf_test.conformance import cases

_WAYS = ('all pairs', 'shifted', 'streamed')
_TURNS = [(name, _WAYS[i % 3]) for i, name in enumerate(cases.CRITICS)]


class ReplicaScoresTest(test_util.TestCase):
  def test_one_device_has_all_rows(self):
    logu = tf.constant(self.rng().normal(size=[4, 4]))
    shared = mi_tf.ReplicaScores(logu)
    self.assertEqual(shared.dtype, tf.float64)
    self.assertAllEqual(tf.convert_to_tensor(shared), logu)
    self.assertAllEqual(mi_tf.ReplicaScores.gather(logu), logu)
    self.assertAllClose(
      mi_tf.lower_bound_info_nce(shared), mi_tf.lower_bound_info_nce(logu)
    )

  @parameterized.parameters((3, 2), (5, 0))
  def test_as_a_tensor_it_is_the_scores_of_the_whole_batch(self, *sizes):
    x, y = self.rng().normal(size=[2, 5, 3])

    def fn(x, y):
      every = mi_tf.ReplicaScores.gather(y)
      scores = mi_tf.ReplicaScores(tf.matmul(x, every, transpose_b=True))
      return every, tf.convert_to_tensor(scores), scores + tf.zeros([], x.dtype)

    first, second = two_replicas.run(
      fn, two_replicas.split(x, sizes), two_replicas.split(y, sizes)
    )
    self.assertAllEqual(first[0], y)
    self.assertAllEqual(second[0], np.roll(y, -sizes[0], axis=0))
    for _, whole, sums in (first, second):
      self.assertAllClose(whole, x @ y.T)
      self.assertAllClose(sums, x @ y.T)

  @parameterized.parameters(*_TURNS)
  def test_critic_scores_across_replicas(self, name, way):
    self.assertScoresAreThoseOfOneDevice(name, way)

  @parameterized.parameters(
    *(c for c in itertools.product(cases.CRITICS, _WAYS) if c not in _TURNS)
  )
  @test_util.full(
    'Each critic and each way has its turn every day; this finds a critic that '
    'does one of the other ways by itself.'
  )
  def test_critic_scores_across_replicas_in_the_other_ways(self, name, way):
    self.assertScoresAreThoseOfOneDevice(name, way)

  def assertScoresAreThoseOfOneDevice(self, name, way):
    critic = cases.build_layer(
      cases.make_layer(name, 'float64'), self.rng('weights')
    )
    weights = [v.value for v in critic.trainable_weights]
    x, y = cases.samples(self.rng(), 5, np.float64)
    k = 2 if way == 'shifted' else None
    mask = None if k is None else tf.constant([True, False, False])

    def value_and_gradients(x, y, score, num_replicas):
      with tf.GradientTape() as tape:
        tape.watch([x, y])
        value = mi_tf.lower_bound_donsker_varadhan(score(x, y), mask)
        share = value / num_replicas
      gradients = tape.gradient(
        share, [x, y, *weights], unconnected_gradients='zero'
      )
      return value, gradients[:2], gradients[2:]

    value, own, shared = value_and_gradients(
      tf.constant(x),
      tf.constant(y),
      lambda x, y: critic(x, y, negative_samples=k),
      1,
    )
    # Of each critic, one way with an empty replica.
    is_empty = (list(cases.CRITICS).index(name) + _WAYS.index(way)) % 3 == 0
    sizes = (5, 0) if is_empty else (3, 2)
    results = two_replicas.run(
      lambda x, y: value_and_gradients(
        x,
        y,
        lambda x, y: critic.across_replicas(
          x, y, k, streamed=way == 'streamed'
        ),
        2,
      ),
      two_replicas.split(x, sizes),
      two_replicas.split(y, sizes),
    )
    close = dict(rtol=1e-9, atol=1e-9)
    for result in results:
      self.assertAllClose(result[0], value, **close)
    for i, gradient in enumerate(own):
      rows = tf.concat([result[1][i] for result in results], axis=0)
      self.assertAllClose(rows, gradient, **close)
    for i, gradient in enumerate(shared):
      total = sum(result[2][i] for result in results)
      self.assertAllClose(total, gradient, **close, msg=weights[i].name)

  def test_errors(self):
    x = tf.ones([4, 3])
    scores = mi_tf.ReplicaScores(mi_tf.StreamedScores(x, x))
    with self.assertRaisesRegex(TypeError, '`scores` must be a `Tensor` of'):
      tf.convert_to_tensor(scores)
    with self.assertRaisesRegex(TypeError, '`scores` must be floating'):
      mi_tf.ReplicaScores(tf.ones([3, 3], tf.int32))
    critic = mi_tf.SeparableCritic((4,), 3)
    with self.assertRaisesRegex(ValueError, '`streamed` must be False with'):
      critic.across_replicas(x, x, negative_samples=2, streamed=True)


if __name__ == '__main__':
  test_util.main()
