"""The conformance suite of XLA: no ops that a TPU would refuse.

Steps and methods of layers are compiled for static shapes, and their HLO is
read; see `mi_tf_test.xla.hlo`. `bounds_test` and `layers_test` read the HLO of
bounds, streamed scores, and calls of critics and encoders.
"""

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.conformance import cases
from mi_tf_test.xla import hlo


class XlaConformanceTest(test_util.TestCase):
  def assertFitsTpus(self, fn, *args):
    self.assertEqual(hlo.problems(fn, *args), [])

  @parameterized.parameters(*cases.CRITICS)
  def test_negative_samples_of_critics_and_their_gradient(self, name):
    critic = cases.build_layer(cases.make_layer(name), self.rng('weights'))
    x, y = (tf.constant(t) for t in cases.samples(self.rng(), 6))

    def call(x, y):
      with tf.GradientTape() as tape:
        tape.watch([x, y])
        value = tf.reduce_sum(critic(x, y, negative_samples=2) ** 2)
      weights = [v.value for v in critic.trainable_weights]
      return value, tape.gradient(value, [x, y, *weights])

    self.assertFitsTpus(call, x, y)

  @parameterized.parameters(*cases.BASELINES)
  def test_baseline(self, name):
    baseline = cases.build_layer(cases.make_layer(name), self.rng('weights'))
    x = tf.constant(cases.samples(self.rng(), 4)[0])
    logu = tf.constant(self.rng('logu').normal(size=[4, 4]), tf.float32)
    self.assertFitsTpus(
      lambda x, logu: baseline(x, logu=logu, training=True), x, logu
    )

  def test_inverse_of_a_flow_and_its_gradient(self):
    flow = cases.build_layer(cases.make_layer('RealNvp'), self.rng('weights'))
    y = tf.constant(cases.samples(self.rng(), 6)[0])

    def call(y):
      with tf.GradientTape() as tape:
        x = flow.inverse(y)
        value = tf.reduce_sum(x**2 + flow.forward_log_det_jacobian(x)[:, None])
      return tape.gradient(value, [v.value for v in flow.trainable_weights])

    self.assertFitsTpus(call, y)

  @parameterized.parameters(
    *((name, (None, 2)[i % 2]) for i, name in enumerate(cases.OBJECTIVES))
  )
  def test_steps(self, name, negative_samples):
    estimator = mi_tf.MiEstimator(
      cases.DensityCritic((7,), 4, 'tanh'),
      cases.make_objective(name),
      negative_samples,
    )
    estimator.build((None, *cases.X_SHAPE), (None, *cases.Y_SHAPE))
    estimator.compile(keras.optimizers.Adam(0.01))
    x, y = (tf.constant(t) for t in cases.samples(self.rng(), 6))
    self.assertFitsTpus(lambda x, y: estimator.train_step((x, y)), x, y)
    self.assertFitsTpus(lambda x, y: estimator.test_step((x, y)), x, y)

  @parameterized.parameters(*cases.MODELS)
  def test_steps_of_models(self, name):
    model = cases.MODELS[name](None)
    shapes = cases.MODEL_SHAPES[name]
    model.build(*((None, *shape) for shape in shapes))
    model.compile(keras.optimizers.Adam(0.01))
    data = tuple(
      tf.constant(self.rng(i).uniform(size=(6, *shape)), tf.float32)
      for i, shape in enumerate(shapes)
    )
    self.assertFitsTpus(lambda *data: model.train_step(data), *data)
    self.assertFitsTpus(lambda *data: model.test_step(data), *data)

  def test_what_tpus_refuse_is_found(self):
    x = tf.constant([1.0, -2.0, 3.0])
    for fn, what in (
      (lambda x: tf.boolean_mask(x, x > 0.0), 'bounded and dynamic'),
      (lambda x: tf.unique(x)[0], 'bounded and dynamic'),
      (lambda x: tf.linalg.qr(x[:, tf.newaxis]).r, 'call of a library'),
    ):
      self.assertIn(what, str(hlo.problems(fn, x)))
    with self.assertRaisesRegex(Exception, 'PyFunc'):
      hlo.problems(lambda x: tf.numpy_function(np.abs, [x], tf.float32), x)


if __name__ == '__main__':
  test_util.main()
