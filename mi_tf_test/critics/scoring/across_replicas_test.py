"""Tests of scores across replicas; `critic_test` has those of replicas."""

import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test import two_replicas


class _Call(mi_tf.Critic):
  """A critic that defines `call`."""

  def call(self, x, y):
    return tf.matmul(x, y, transpose_b=True) + x[:, :1]


class SharingTest(test_util.TestCase):
  def test_scores_of_call_are_those_of_one_device(self):
    x = tf.constant(self.rng().normal(size=[5, 2]), tf.float32)
    critic = _Call(name='call')
    expected = mi_tf.lower_bound_info_nce(critic(x, x))
    shared = mi_tf.lower_bound_info_nce(critic.across_replicas(x, x))
    self.assertAllClose(shared, expected)

  def test_scores_of_call_are_those_of_the_batch_of_two_replicas(self):
    x = tf.constant(self.rng().normal(size=[5, 2]), tf.float32)
    critic = _Call(name='call')
    critic.build((None, 2), (None, 2))
    expected = mi_tf.lower_bound_info_nce(critic(x, x))
    step = two_replicas.graph(
      lambda x: mi_tf.lower_bound_info_nce(critic.across_replicas(x, x))
    )
    for sizes in ((3, 2), (5, 0)):
      for value in step(sizes, x):
        self.assertAllClose(value, expected)


if __name__ == '__main__':
  tf.test.main()
