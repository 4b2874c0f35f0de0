"""Tests of the invertible encoder."""

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.encoders import reference


class RealNvpTest(test_util.TestCase):
  def flow(self, size=6, scale=0.5, **kwargs):
    flow = mi_tf.encoders.RealNvp(**kwargs)
    flow.build((None, size))
    reference.randomize(flow, self.rng('weights'), scale)
    return flow

  def samples(self, n=5, size=6, dtype=np.float32):
    return self.rng('x').normal(size=(n, size)).astype(dtype)

  @parameterized.product(
    size=(2, 5, 6),
    hidden_units=((), (4,), (5, 4)),
    shift_only=(False, True),
    activation=('relu', 'tanh'),
  )
  def test_outputs_are_those_of_a_loop(self, size, **kwargs):
    flow = self.flow(size, num_couplings=3, **kwargs)
    x = self.samples(size=size)
    expected = [
      reference.flow(
        flow.permutations.numpy(),
        [v.numpy() for v in flow.kernels],
        [v.numpy() for v in flow.biases],
        kwargs['activation'],
        kwargs['shift_only'],
        row,
      )
      for row in x
    ]
    self.assertAllClose(flow(x), expected, rtol=1e-4, atol=1e-4)
    self.assertAllEqual(flow.forward(x), flow(x))

  @parameterized.product(size=(2, 5, 6), shift_only=(False, True))
  def test_log_det_is_that_of_the_numerical_jacobian(self, size, shift_only):
    flow = self.flow(
      size,
      num_couplings=3,
      hidden_units=(4,),
      shift_only=shift_only,
      activation='tanh',
      dtype='float64',
    )
    x = self.samples(size=size, dtype=np.float64)
    jacobians = [
      reference.jacobian(lambda s: flow(s[np.newaxis]).numpy()[0], row)
      for row in x
    ]
    expected = np.linalg.slogdet(jacobians)[1]
    log_det = flow.forward_log_det_jacobian(x)
    self.assertAllClose(log_det, expected, rtol=1e-6, atol=1e-8)
    if shift_only:
      self.assertAllEqual(log_det, np.zeros(len(x)))
    y, same = flow.forward_and_log_det_jacobian(x)
    self.assertAllEqual(y, flow(x))
    self.assertAllEqual(same, log_det)

  def test_inverse_of_a_new_flow_is_exact_to_rounding(self):
    flow = mi_tf.encoders.RealNvp(hidden_units=(32, 32), seed=3)
    x = self.samples(20, 40)
    y = flow(x)
    # Near a permutation of coordinates, with volumes kept.
    self.assertAllClose(np.sort(y), np.sort(x), atol=1e-4)
    self.assertAllClose(
      flow.forward_log_det_jacobian(x), np.zeros(20), atol=1e-3
    )
    self.assertAllClose(flow.inverse(y), x, rtol=0, atol=1e-5)

  def test_inverse_of_a_deep_flow_in_single_precision(self):
    flow = self.flow(40, 0.12, hidden_units=(32, 32), seed=3)
    x = self.samples(50, 40)
    y = flow(x)
    self.assertGreater(np.std(y - np.take(x, flow.permutations[0], 1)), 0.5)
    values = mi_tf.encoders.jacobian_singular_values(flow, x[:3])
    self.assertAllGreater(mi_tf.encoders.log_condition_numbers(values), 1.5)
    self.assertAllLess(mi_tf.encoders.inversion_errors(flow, x), 1e-3)
    self.assertAllClose(flow(flow.inverse(x)), x, rtol=0, atol=1e-3)

  def test_training_by_likelihood_finds_the_scale(self):
    keras.utils.set_random_seed(self.seed('init'))
    flow = mi_tf.encoders.RealNvp(4, (16,), seed=1)
    x = tf.constant(3.0 * self.samples(512, 4) + 1.0)
    flow.build(x.shape)
    optimizer = keras.optimizers.Adam(0.02)
    optimizer.build(flow.trainable_variables)

    @tf.function(autograph=False)
    def step():
      with tf.GradientTape() as tape:
        y, log_det = flow.forward_and_log_det_jacobian(x)
        loss = tf.reduce_mean(0.5 * tf.reduce_sum(y**2, axis=1) - log_det)
      weights = flow.trainable_variables
      optimizer.apply(tape.gradient(loss, [v.value for v in weights]), weights)
      return loss

    for _ in range(300):
      loss = step()
    # Half of the mean square of 4 unit normals, less the log of their scale.
    self.assertLess(loss, 2.0 + 4 * np.log(3.0) + 0.05)

  def test_permutations_differ_and_depend_on_the_seed_alone(self):
    flows = [mi_tf.encoders.RealNvp(8, (3,), seed=seed) for seed in (1, 1, 2)]
    for flow in flows:
      keras.utils.set_random_seed(self.seed())
      flow.build((None, 12))
    first, second, third = (flow.permutations.numpy() for flow in flows)
    self.assertAllEqual(first, second)
    self.assertNotAllEqual(first, third)
    self.assertLen({tuple(row) for row in first}, 8)
    self.assertAllEqual(np.sort(first), [np.arange(12)] * 8)

  def test_permutations_of_a_seed_are_the_same_for_ever(self):
    flow = mi_tf.encoders.RealNvp(2, (3,), seed=7)
    flow.build((None, 6))
    self.assertAllEqual(
      flow.permutations, [[3, 5, 0, 2, 1, 4], [4, 5, 3, 2, 1, 0]]
    )

  def test_permutations_are_not_trained(self):
    flow = self.flow(num_couplings=2, hidden_units=(3,))
    self.assertEqual(
      [v.name for v in flow.non_trainable_weights], ['permutations']
    )
    self.assertLen(flow.trainable_weights, 4)

  def test_without_a_seed_the_config_has_one(self):
    one, other = (mi_tf.encoders.RealNvp(3, (4,)) for _ in range(2))
    self.assertNotEqual(one.seed, other.seed)
    copy = mi_tf.encoders.RealNvp.from_config(one.get_config())
    for flow in (one, copy):
      flow.build((None, 9))
    self.assertAllEqual(one.permutations, copy.permutations)

  def test_loaded_weights_are_the_same_map_whatever_the_seed(self):
    path = f'{self.create_tempdir().full_path}/flow.weights.h5'
    x = self.samples()
    models = []
    for seed in (1, 2):
      flow = self.flow(num_couplings=3, hidden_units=(4,), seed=seed)
      inputs = keras.Input((6,))
      models.append(keras.Model(inputs, flow(inputs)))
    reference.randomize(models[1], self.rng('others'))
    self.assertNotAllClose(models[1](x), models[0](x))
    models[0].save_weights(path)
    models[1].load_weights(path)
    self.assertAllEqual(models[1](x), models[0](x))

  def test_config_of_a_flow_that_keeps_volumes(self):
    flow = self.flow(num_couplings=2, hidden_units=(4,), shift_only=True)
    copy = mi_tf.encoders.RealNvp.from_config(flow.get_config())
    copy.build((None, 6))
    copy.set_weights(flow.get_weights())
    x = self.samples()
    self.assertAllEqual(copy(x), flow(x))

  def test_kernels_of_couplings_are_drawn_apart(self):
    for initializer in (None, keras.initializers.RandomNormal(seed=3)):
      flow = mi_tf.encoders.RealNvp(3, (3, 3), kernel_initializer=initializer)
      flow.build((None, 6))
      rows = np.reshape(flow.kernels[1], [3, -1])
      self.assertLess(np.max(np.abs(np.corrcoef(rows) - np.eye(3))), 0.999)
    default = mi_tf.encoders.RealNvp(2, (64,))
    default.build((None, 64))
    self.assertAllClose(np.std(default.kernels[0]), 0.88e-4, rtol=0.1)

  def test_initializers_see_one_matrix_at_a_time(self):
    flow = mi_tf.encoders.RealNvp(
      5, (200,), kernel_initializer='glorot_uniform'
    )
    flow.build((None, 200))
    limit = np.sqrt(6 / (100 + 200))
    self.assertAllClose(np.max(np.abs(flow.kernels[0])), limit, rtol=0.01)

  def test_half_precision_networks_keep_coordinates(self):
    x = self.samples()
    flow = self.flow(
      num_couplings=8, hidden_units=(4,), seed=1, dtype='mixed_bfloat16'
    )
    y, log_det = flow.forward_and_log_det_jacobian(x)
    self.assertEqual((y.dtype, log_det.dtype), (tf.bfloat16, tf.float32))
    self.assertEqual(flow.inverse(y).dtype, tf.bfloat16)

  def test_methods_build_a_new_flow(self):
    x = self.samples()
    for method in ('forward', 'inverse', 'forward_log_det_jacobian'):
      flow = mi_tf.encoders.RealNvp(2, (3,))
      self.assertLen(getattr(flow, method)(x), len(x))
      self.assertTrue(flow.built)

  def test_errors_say_what_is_wrong(self):
    flow = mi_tf.encoders.RealNvp
    with self.assertRaisesRegex(
      ValueError, '`num_couplings` must be an integer, at least 1.*=0'
    ):
      flow(0)
    with self.assertRaisesRegex(
      ValueError, r'`hidden_units\[0\]` must be .*at least 1.*=0'
    ):
      flow(1, (0,))
    with self.assertRaisesRegex(ValueError, '`seed` must be .*at least 0.*=-1'):
      flow(seed=-1)
    for shape in ((None, 1), (None, 2, 3), (None, None)):
      with self.assertRaisesRegex(
        ValueError, r'shape \[n, d\] with d >= 2. Received: shape=\(None'
      ):
        flow().build(shape)

  def test_inputs_of_another_width_are_refused(self):
    flow = mi_tf.encoders.RealNvp(2, (3,))
    flow.build((None, 6))
    for size in (5, 8):
      for method in ('forward', 'inverse', 'forward_log_det_jacobian'):
        with self.assertRaisesRegex(
          ValueError, r'\[n, 6\], for which .* Received: shape=\(3, '
        ):
          getattr(flow, method)(tf.zeros([3, size]))


if __name__ == '__main__':
  test_util.main()
