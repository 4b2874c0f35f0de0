"""Tests of adaptive gradient clipping."""

import functools

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test import two_replicas

_clip = mi_tf.infomax.adaptive_gradient_clip


def _norm(gradients):
  """Returns the norm of all that is in a structure, in double precision."""
  arrays = [
    np.float64(tf.convert_to_tensor(g))
    for g in tf.nest.flatten(gradients)
    if g is not None
  ]
  return np.sqrt(sum(np.sum(a**2) for a in arrays))


def _slices(values, indices, rows):
  values = tf.constant(values)
  shape = tf.constant([rows, *values.shape[1:]])
  return tf.IndexedSlices(values, tf.constant(indices), shape)


class AdaptiveGradientClipTest(test_util.TestCase):
  def gradients(self, size, dtype=np.float32):
    rng = self.rng(size)
    return [
      tf.constant(size * rng.normal(size=shape), dtype)
      for shape in ((), (3,), (2, 3))
    ]

  @parameterized.parameters(0.0, 1e-3, 0.9, 1.1, 1e3, 1e30)
  def test_norm_is_the_smaller_and_the_direction_stays(self, size):
    loss, mi = self.gradients(1.0), self.gradients(size)
    for jit_compile in (False, True):
      clip = tf.function(_clip, autograph=False, jit_compile=jit_compile)
      clipped = clip(loss, mi)
      smaller = min(_norm(loss), _norm(mi))
      self.assertAllClose(_norm(clipped), smaller, rtol=1e-5)
      self.assertLessEqual(_norm(clipped), _norm(loss) * (1.0 + 1e-6))
      share = 1.0 if size == 0.0 else smaller / _norm(mi)
      for a, b in zip(clipped, mi, strict=True):
        self.assertAllClose(a, share * np.float64(b), rtol=1e-5)

  def test_the_loss_alone_remains_where_it_has_no_gradient(self):
    mi = self.gradients(2.0)
    for loss in ([tf.zeros_like(g) for g in mi], [None] * 3):
      clipped = _clip(loss, mi)
      self.assertAllEqual(_norm(clipped), 0.0)

  def test_zero_and_empty_gradients_give_zeros_and_no_nan(self):
    zeros = [tf.zeros([3]), tf.zeros([0]), tf.zeros([])]
    self.assertAllEqual(_norm(_clip(zeros, zeros)), 0.0)
    self.assertAllEqual(_norm(_clip([tf.ones([3]), None, None], zeros)), 0.0)
    self.assertEqual(_clip([None], [None]), [None])
    self.assertEqual(_clip([tf.ones([2])], [None]), [None])
    self.assertEqual(_clip([], []), [])
    self.assertAllEqual(
      _clip([tf.zeros([0])], [tf.zeros([0])])[0], np.zeros([0])
    )

  def test_norm_is_that_of_all_variables_together(self):
    # Of each by itself, the second would be left as it is.
    clipped = _clip(
      [tf.constant([3.0]), tf.constant([4.0])],
      [tf.constant([100.0]), tf.constant([0.1])],
    )
    share = 5.0 / np.hypot(100.0, 0.1)
    self.assertAllClose(clipped, [[100.0 * share], [0.1 * share]])

  def test_arrays_and_numbers_are_taken(self):
    clipped = _clip([np.array([3.0, 4.0]), 0.0], [np.array([0.0, 0.0]), 50.0])
    self.assertAllClose(clipped[0], [0.0, 0.0])
    self.assertAllClose(clipped[1], 5.0)

  def test_structures_and_nones_stay(self):
    loss = {'a': [tf.constant(3.0), None], 'b': (tf.constant([4.0]),)}
    mi = {'a': [None, tf.constant(6.0)], 'b': (tf.constant([8.0]),)}
    clipped = _clip(loss, mi)
    self.assertIsNone(clipped['a'][0])
    self.assertAllClose(clipped['a'][1], 3.0)
    self.assertAllClose(clipped['b'][0], [4.0])
    self.assertIsInstance(clipped['b'], tuple)
    with self.assertRaisesRegex(ValueError, 'same'):
      _clip([tf.constant(3.0)], [tf.constant(3.0), tf.constant(4.0)])

  def test_rows_of_slices_that_stand_for_one_are_summed(self):
    mi = _slices([[6.0], [1.0], [10.0]], [4, 0, 4], 5)
    for loss in (
      tf.constant([[3.0], [0.0], [0.0], [0.0], [4.0]]),
      _slices([[3.0], [2.0], [2.0]], [0, 4, 4], 5),
    ):
      for jit_compile in (False, True):

        @functools.partial(
          tf.function, autograph=False, jit_compile=jit_compile
        )
        def clip(loss, mi):
          clipped = _clip([loss], [mi])[0]
          self.assertIsInstance(clipped, tf.IndexedSlices)
          return tf.identity(clipped.values), clipped.indices

        values, indices = clip(loss, mi)
        share = 5.0 / np.hypot(16.0, 1.0)
        self.assertAllClose(values, share * np.array([[6.0], [1.0], [10.0]]))
        self.assertAllEqual(indices, [4, 0, 4])

  def test_slices_of_no_row_are_zero(self):
    none = _slices(np.zeros([0, 2], np.float32), np.zeros([0], np.int32), 5)
    self.assertAllEqual(_clip([none], [none])[0].values, np.zeros([0, 2]))

  @parameterized.parameters('float16', 'bfloat16', 'float64')
  def test_every_dtype_is_kept_and_measured_accurately(self, dtype):
    # In half precision, a square is beyond its range, or under it.
    for loss_size, mi_size in ((1e3, 3e4), (1e-4, 3e-3)):
      loss = [tf.constant([loss_size, 0.0], dtype), tf.zeros([2])]
      mi = [tf.constant([mi_size, 0.0], dtype), tf.zeros([2])]
      clipped = _clip(loss, mi)
      self.assertEqual([g.dtype for g in clipped], [dtype, 'float32'])
      self.assertAllClose(
        np.float64(tf.cast(clipped[0], tf.float64)),
        [loss_size, 0.0],
        rtol=1e-2 if dtype != 'float64' else 1e-12,
      )

  def test_norms_do_not_overflow(self):
    clipped = _clip([tf.constant([1.0, 1e30])], [tf.constant([3e38, 3e38])])
    self.assertAllClose(clipped[0] / 1e30, np.full([2], np.sqrt(0.5)))
    clipped = _clip([tf.constant([3e-30])], [tf.constant([-4e-30])])
    self.assertAllClose(clipped[0] * 1e30, [-3.0])

  @parameterized.parameters(np.nan, np.inf)
  def test_what_is_not_finite_is_not_hidden(self, value):
    bad, good = tf.constant([1.0, value, 2.0]), tf.ones([3])
    self.assertAllEqual(np.isnan(_clip([good], [bad])[0]), [True] * 3)
    self.assertAllEqual(np.isnan(_clip([bad], [good])[0]), [True] * 3)

  def test_replicas_clip_by_the_norms_of_their_sums(self):
    loss = np.float32([[3.0, 1.0], [0.0, -1.0]])
    mi = np.float32([[9.0, 5.0], [-1.0, 1.0]])

    def clip(loss, mi):
      return _clip([loss, None], [mi, None])[0]

    clipped = two_replicas.run(clip, list(loss), list(mi))
    share = 3.0 / 10.0  # Sums are [3, 0] and [8, 6].
    self.assertAllClose(clipped, share * mi)

  def test_replicas_clip_slices_by_the_norms_of_their_sums(self):
    mi = np.float32([[9.0], [-1.0]])

    def clip(loss, mi):
      shape = tf.constant([3, 1])
      slices = tf.IndexedSlices(mi[:, tf.newaxis], tf.constant([1]), shape)
      return _clip([loss], [slices])[0].values[:, 0]

    loss = np.float32([[3.0], [-1.0]])
    clipped = two_replicas.run(clip, list(loss), list(mi))
    self.assertAllClose(clipped, (2.0 / 8.0) * mi)


class AdaptiveClipLossTest(test_util.TestCase):
  def model(self):
    layers = [keras.layers.Dense(4, 'tanh'), keras.layers.Dense(2)]
    return keras.Sequential(layers)

  @parameterized.parameters(1e-3, 1e3)
  def test_gradient_is_the_sum_of_one_and_the_other_clipped(self, beta):
    model, other = self.model(), keras.Variable([0.5])
    x = tf.constant(self.rng().normal(size=(6, 3)), tf.float32)
    model(x)
    weights = [*model.trainable_weights, other]

    def gradients(x):
      with tf.GradientTape(persistent=True) as tape:
        y = model(x)
        loss = tf.reduce_mean(y[:, 0] ** 2) + tf.reduce_sum(other.value)
        mi_loss = -beta * tf.reduce_mean(y[:, 1])
        total = mi_tf.infomax.adaptive_clip_loss(tape, loss, mi_loss, weights)
      first = tape.gradient(loss, weights)
      second = tape.gradient(mi_loss, weights)
      self.assertIsNone(second[-1])
      clipped = _clip(first, second)
      sums = [a if b is None else a + b for a, b in zip(first, clipped)]
      return total, loss, mi_loss, tape.gradient(total, weights), sums

    for jit_compile in (None, False, True):
      call = gradients
      if jit_compile is not None:
        call = tf.function(gradients, autograph=False, jit_compile=jit_compile)
      total, loss, mi_loss, actual, expected = call(x)
      self.assertAllClose(actual, expected, rtol=1e-5, atol=1e-6)
      if beta < 1.0:
        self.assertAllClose(total, loss + mi_loss)
      else:
        self.assertLess(abs(total - loss), abs(mi_loss) / 2)

  def test_loss_without_gradient_leaves_nothing_of_the_mi_term(self):
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape(persistent=True) as tape:
      total = mi_tf.infomax.adaptive_clip_loss(
        tape, 0.0 * tf.reduce_sum(v), tf.reduce_sum(v**2), [v]
      )
    self.assertAllEqual(tape.gradient(total, v), [0.0, 0.0])

  def test_half_precision_losses_take_part(self):
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape(persistent=True) as tape:
      total = mi_tf.infomax.adaptive_clip_loss(
        tape,
        tf.reduce_sum(v),
        -50.0 * tf.cast(tf.reduce_sum(v), tf.float16),
        [v],
      )
    self.assertEqual(total.dtype, tf.float32)
    self.assertAllClose(tape.gradient(total, v), [0.0, 0.0], atol=1e-3)

  def test_tape_must_be_persistent(self):
    v = tf.Variable([1.0])
    with tf.GradientTape() as tape:
      loss = tf.reduce_sum(v)
      with self.assertRaisesRegex(RuntimeError, 'persistent'):
        mi_tf.infomax.adaptive_clip_loss(tape, loss, loss, [v])


if __name__ == '__main__':
  test_util.main()
