"""Tests of chains of couplings: their values, and gradients of their own."""

from absl.testing import parameterized
import numpy as np
import tensorflow as tf

from mi_tf.encoders import couplings
from mi_tf_test import test_util
from mi_tf_test.encoders import reference

_TRANSFORMS = {
  'affine': (couplings.affine, couplings.affine_inverse),
  'shift': (couplings.shift, couplings.shift_inverse),
}


class CouplingsTest(test_util.TestCase):
  def arguments(self, kind, size=5, count=3, hidden=(4, 6)):
    """Returns x, permutations, kernels and biases, in float64."""
    rng = self.rng('arguments')
    rest = size - size // 2
    sizes = (size // 2, *hidden, rest * (2 if kind == 'affine' else 1))
    permutations = np.stack([rng.permutation(size) for _ in range(count)])
    kernels = [
      rng.normal(size=(count, a, b)) * 0.4 for a, b in zip(sizes, sizes[1:])
    ]
    biases = [rng.normal(size=(count, b)) * 0.4 for b in sizes[1:]]
    return rng.normal(size=(7, size)), permutations, kernels, biases

  @parameterized.product(
    kind=list(_TRANSFORMS), size=(2, 5, 6), hidden=((), (4, 6)), count=(1, 3)
  )
  def test_values_are_those_of_a_loop(self, kind, **sizes):
    x, *weights = self.arguments(kind, **sizes)
    transform, inverse = _TRANSFORMS[kind]
    y, log_det = couplings.forward(x, *weights, tf.tanh, transform)
    expected = [
      reference.flow(*weights, 'tanh', kind == 'shift', row) for row in x
    ]
    self.assertAllClose(y, expected, rtol=1e-10)
    jacobians = [
      reference.jacobian(
        lambda s: reference.flow(*weights, 'tanh', kind == 'shift', s), row
      )
      for row in x
    ]
    self.assertAllClose(
      log_det, np.linalg.slogdet(jacobians)[1], rtol=1e-6, atol=1e-8
    )
    back, back_log_det = couplings.inverse(y, *weights, tf.tanh, inverse)
    self.assertAllClose(back, x, rtol=1e-9)
    self.assertAllClose(back_log_det, -log_det, rtol=1e-9, atol=1e-12)

  @parameterized.product(kind=list(_TRANSFORMS), direction=(0, 1))
  def test_gradients_are_those_of_finite_differences(self, kind, direction):
    x, permutations, kernels, biases = self.arguments(kind)
    chain = (couplings.forward, couplings.inverse)[direction]
    upstream = self.rng('upstream').normal(size=x.shape)
    arguments = [tf.constant(t) for t in (x, *kernels, *biases)]

    def value(x, *weights):
      y, log_det = chain(
        x,
        tf.constant(permutations),
        weights[: len(kernels)],
        weights[len(kernels) :],
        tf.tanh,
        _TRANSFORMS[kind][direction],
      )
      return tf.reduce_sum(upstream * tf.sin(y)) + tf.reduce_sum(log_det**2)

    def gradients(*arguments):
      with tf.GradientTape() as tape:
        tape.watch(arguments)
        total = value(*arguments)
      return tape.gradient(total, arguments)

    def second(*arguments):
      with tf.GradientTape() as tape:
        tape.watch(arguments)
        total = size_of_gradients(*arguments)
      return tape.gradient(total, arguments, unconnected_gradients='zero')

    def size_of_gradients(*arguments):
      return sum(tf.reduce_sum(g**2) for g in gradients(*arguments))

    for function, gradient, modes in (
      (value, gradients, ('eager', 'graph', 'XLA')),
      (size_of_gradients, second, ('eager', 'graph')),
    ):
      graph = tf.function(gradient, autograph=False)
      xla = tf.function(gradient, autograph=False, jit_compile=True)
      ways = {'eager': gradient, 'graph': graph, 'XLA': xla}
      found = {mode: ways[mode](*arguments) for mode in modes}
      self.assertAllFinite(found)
      for i, argument in enumerate(arguments):
        change = self.rng('change', i).normal(size=argument.shape)
        ends = [
          function(
            *arguments[:i], argument + step * change, *arguments[i + 1 :]
          )
          for step in (1e-5, -1e-5)
        ]
        for mode, actual in found.items():
          self.assertAllClose(
            tf.reduce_sum(actual[i] * change),
            (ends[0] - ends[1]) / 2e-5,
            rtol=1e-4,
            atol=1e-5,
            msg=mode,
          )

  def test_jacobians_in_one_batch_and_forward_mode(self):
    x, *weights = self.arguments('affine')
    x, *tensors = tf.nest.map_structure(tf.constant, [x, *weights])

    def call(x):
      return couplings.forward(x, *tensors, tf.tanh, couplings.affine)[0]

    with tf.GradientTape() as tape:
      tape.watch(x)
      y = call(x)
    jacobian = tape.batch_jacobian(y, x)
    expected = [
      reference.jacobian(
        lambda s: reference.flow(*weights, 'tanh', False, s), row
      )
      for row in x.numpy()
    ]
    self.assertAllClose(jacobian, expected, rtol=1e-6, atol=1e-8)
    tangent = tf.constant(self.rng('tangent').normal(size=x.shape))
    with tf.autodiff.ForwardAccumulator(x, tangent) as accumulator:
      y = call(x)
    self.assertAllClose(
      accumulator.jvp(y), tf.linalg.matvec(jacobian, tangent), rtol=1e-9
    )

  def test_scales_stay_positive_and_finite(self):
    rest = tf.ones([1, 2])
    for raw in (-1e4, 1e4):
      outputs = tf.constant([[raw, raw, 0.0, 0.0]])
      y, log_det = couplings.affine(rest, outputs)
      self.assertAllGreater(y, 0.0)
      self.assertAllFinite(log_det)
      self.assertAllClose(couplings.affine_inverse(y, outputs)[0], rest)

  def test_scales_stay_above_the_least(self):
    rest = tf.ones([1, 2], tf.float64)
    for raw, least in ((-1e4, 0.5), (-3.0, 0.5), (2.0, 0.9)):
      outputs = tf.constant([[raw, raw, 0.0, 0.0]], tf.float64)
      y, _ = couplings.affine(rest, outputs, least_scale=least)
      scale = least + (1 - least) * np.log1p(np.exp(raw) * (np.e - 1))
      self.assertAllClose(y, [[scale, scale]])
      back, _ = couplings.affine_inverse(y, outputs, least_scale=least)
      self.assertAllClose(back, rest)

  def test_outputs_of_zeros_are_the_identity(self):
    rest = tf.constant(self.rng().normal(size=(3, 2)))
    y, log_det = couplings.affine(rest, tf.zeros([3, 4], tf.float64))
    self.assertAllClose(y, rest, rtol=2e-7)
    self.assertAllClose(log_det, np.zeros(3), atol=1e-6)


if __name__ == '__main__':
  test_util.main()
