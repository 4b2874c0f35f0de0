"""Tests of InfoNceLoss."""

import functools
import math
import re

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util


def _oracle(scores, positives):
  """Returns the loss of each row, entry by entry in float64."""
  losses = []
  for row, marks in zip(np.float64(scores), positives, strict=True):
    joint = [f for f, mark in zip(row, marks, strict=True) if mark]
    top = max(row)
    total = top + math.log(sum(math.exp(f - top) for f in row))
    losses.append(total - sum(joint) / len(joint) if joint else 0.0)
  return np.array(losses)


class InfoNceLossTest(test_util.TestCase):
  def loss(self, **kwargs):
    return mi_tf.losses.InfoNceLoss(**kwargs)

  def scores(self, n=5, m=7):
    return np.float32(3.0 * self.rng('scores').normal(size=(n, m)))

  @parameterized.parameters((5, 5), (5, 7), (1, 3))
  def test_rows_are_those_of_the_oracle(self, n, m):
    scores = self.scores(n, m)
    self.assertAllClose(
      self.loss(reduction='none', temperature=0.7)(None, scores),
      _oracle(scores / 0.7, np.eye(n, m)),
      rtol=1e-5,
    )

  @parameterized.parameters('int32', 'int64', 'uint8')
  def test_rows_of_one_label_are_positives(self, dtype):
    scores = self.scores()
    labels = np.array([3, 1, 3, 3, 0], dtype)
    positives = np.zeros([5, 7], bool)
    positives[:, :5] = labels[:, np.newaxis] == labels
    expected = _oracle(scores, positives)
    loss = self.loss(reduction=None)
    for y_true in (labels, labels[:, np.newaxis], tf.constant(positives)):
      self.assertAllClose(loss(y_true, scores), expected, rtol=1e-5)
    # Of one candidate, or of all: further columns are negatives.
    for marks in (positives[:, :5], np.float32(positives), positives.tolist()):
      self.assertAllClose(loss(marks, scores), expected, rtol=1e-5)

  @parameterized.parameters('float16', 'float32', 'float64')
  def test_floats_are_labels_where_they_are_equal(self, dtype):
    labels = np.array([0.3, 1.0, 0.3, 0.3, -2.0], dtype)
    loss, scores = self.loss(reduction=None), self.scores()
    expected = loss(np.array([3, 1, 3, 3, 0]), scores)
    for y_true in (labels, labels[:, np.newaxis], tf.constant(labels)):
      self.assertAllEqual(loss(y_true, scores), expected)

  @parameterized.parameters('uint8', 'int64', 'float16', 'bfloat16', 'float64')
  def test_matrices_may_be_of_zeros_and_ones_of_any_type(self, dtype):
    loss, scores = self.loss(reduction=None), self.scores()
    for m in (5, 7):
      positives = self.rng(m).random((5, m)) < 0.4
      expected = loss(positives, scores)
      self.assertAllEqual(loss(tf.cast(positives, dtype), scores), expected)

  def test_labels_beyond_the_precision_of_floats_are_told_apart(self):
    labels = 2**40 + np.arange(5)
    scores = self.scores()
    self.assertAllClose(
      self.loss()(labels, scores), self.loss()(None, scores), rtol=1e-6
    )

  def test_rows_without_a_positive_lose_nothing(self):
    positives = np.eye(5) * [1, 1, 0, 1, 1]
    losses = self.loss(reduction='none')(positives, self.scores(5, 5))
    self.assertEqual(losses[2], 0.0)
    self.assertAllClose(
      losses, _oracle(self.scores(5, 5), positives), rtol=1e-5
    )

  def test_it_is_the_bound(self):
    scores = self.scores()
    for y_true, mask in ((None, None), (np.eye(5, 7), np.eye(5, 7) > 0)):
      self.assertAllClose(
        math.log(7) - self.loss()(y_true, scores),
        mi_tf.lower_bound_info_nce(scores, mask),
        rtol=1e-5,
      )

  @parameterized.product(has_labels=[False, True], m=[5, 7])
  def test_symmetric_loss_is_the_mean_over_both_sides(self, has_labels, m):
    scores = self.scores(5, m)
    labels = np.array([3, 1, 3, 3, 0])
    positives = np.eye(5, m)
    if has_labels:
      positives[:, :5] = labels[:, np.newaxis] == labels
    expected = _oracle(scores, positives)
    expected += _oracle(scores[:, :5].T, positives[:, :5].T)
    loss = self.loss(symmetric=True, reduction='none')
    self.assertAllClose(
      loss(labels if has_labels else None, scores), expected / 2, rtol=1e-5
    )

  @parameterized.product(normalize=[False, True], extra=[0, 2])
  def test_embeddings_are_scored_by_inner_products(self, normalize, extra):
    views = np.float32(self.rng().normal(size=(5, 2 + extra, 3)))
    units = np.float64(views)
    if normalize:
      units /= np.linalg.norm(units, axis=-1, keepdims=True)
    candidates = [units[:, 1 + k] for k in range(1 + extra)]
    scores = units[:, 0] @ np.concatenate(candidates).T / 0.5
    loss = self.loss(temperature=0.5, normalize=normalize, reduction='none')
    expected = _oracle(scores, np.eye(*scores.shape))
    self.assertAllClose(loss(None, views), expected, rtol=1e-5)
    parts = tuple(views[:, k] for k in range(2 + extra))
    self.assertAllClose(loss(None, parts), expected, rtol=1e-5)

  def test_negatives_of_any_number_are_shown_to_all(self):
    u, v, negatives = (
      np.float32(self.rng(n).normal(size=(n, 3))) for n in (5, 6, 4)
    )
    v = v[:5]
    self.assertAllClose(
      self.loss()(None, (u, v, negatives)),
      self.loss()(None, u @ np.concatenate([v, negatives]).T),
      rtol=1e-5,
    )

  def test_huge_scores_stay_finite(self):
    scores = tf.constant([[1e4, -1e4, 0.0], [1e4, -1e4, 1e4]])
    with tf.GradientTape() as tape:
      tape.watch(scores)
      loss = self.loss(temperature=0.01, symmetric=True)(None, scores)
    self.assertAllFinite([loss, tape.gradient(loss, scores)])

  def test_gradients_are_those_of_finite_differences(self):
    scores = tf.constant(self.scores(), tf.float64)
    loss = self.loss(temperature=0.7, symmetric=True, dtype='float64')
    for y_true in (None, tf.constant([3, 1, 3, 3, 0])):
      theoretical, numerical = tf.test.compute_gradient(
        functools.partial(loss, y_true), [scores]
      )
      self.assertAllClose(theoretical, numerical, rtol=1e-6, atol=1e-8)

  @parameterized.parameters('float16', 'bfloat16')
  def test_half_precision_is_reduced_in_float32(self, dtype):
    scores = tf.cast(self.scores(), dtype)
    loss = self.loss()(None, scores)
    self.assertEqual(loss.dtype, tf.float32)
    self.assertAllClose(
      loss, self.loss()(None, tf.cast(scores, tf.float32)), rtol=1e-6
    )

  def test_unknown_shapes_and_xla_agree_with_eager(self):
    loss = self.loss(temperature=0.7, normalize=True, symmetric=True)
    views = tf.constant(self.rng().normal(size=(5, 3, 4)), tf.float32)
    labels = tf.constant([3, 1, 3, 3, 0])
    for y_true in (None, labels):
      call = lambda views, y_true=y_true: loss(y_true, views)
      for jit_compile in (False, True):
        graph = tf.function(
          call,
          [tf.TensorSpec([None, None, 4])],
          autograph=False,
          jit_compile=jit_compile,
        )
        self.assertAllClose(graph(views), loss(y_true, views), rtol=1e-5)

  def test_weights_of_samples_weigh_rows(self):
    scores, weights = self.scores(), np.array([0.0, 1.0, 2.0, 0.5, 1.0])
    self.assertAllClose(
      self.loss()(None, scores, sample_weight=weights),
      np.mean(weights * _oracle(scores, np.eye(5, 7))),
      rtol=1e-5,
    )

  # Keras's loop.

  def towers(self, policy=None):
    """Returns a model of two towers and its inputs; y tells x."""
    inputs = [keras.Input((4,)), keras.Input((3,))]
    towers = [keras.layers.Dense(2, dtype=policy)(t) for t in inputs]
    return keras.Model(inputs, keras.ops.stack(towers, axis=1))

  def pairs(self, n=64):
    x = np.float32(self.rng('pairs').normal(size=(n, 4)))
    return [x, x[:, :3]]

  @parameterized.product(
    policy=['float32', 'mixed_bfloat16', 'mixed_float16'],
    jit_compile=[False, True],
  )
  def test_two_towers_learn(self, policy, jit_compile):
    model = self.towers(policy)
    model.compile(
      keras.optimizers.Adam(0.05),
      self.loss(temperature=0.2, normalize=True),
      jit_compile=jit_compile,
    )
    history = model.fit(self.pairs(), batch_size=16, epochs=8, verbose=0)
    losses = history.history['loss']
    self.assertAllFinite(losses)
    self.assertLess(losses[-1], losses[0] - 0.3)

  def test_fit_takes_labels_validation_and_the_last_batch(self):
    model = self.towers()
    model.compile('sgd', self.loss())
    labels = np.arange(22) % 5
    history = model.fit(
      self.pairs(22),
      labels,
      batch_size=8,
      validation_data=(self.pairs(9), np.arange(9)),
      verbose=0,
    ).history
    self.assertAllFinite([history['loss'], history['val_loss']])
    value = model.evaluate(self.pairs(8), verbose=0)
    self.assertAllClose(value, self.loss()(None, model(self.pairs(8))))

  def test_critic_is_the_last_layer(self):
    inputs = [keras.Input((4,)), keras.Input((3,))]
    critic = mi_tf.InnerProductCritic(
      x_encoder=keras.layers.Dense(2),
      y_encoder=keras.layers.Dense(2),
      normalize=True,
      trainable_temperature=True,
    )
    model = keras.Model(inputs, critic(*inputs))
    model.compile('adam', self.loss())
    data = self.pairs(16)
    before = float(critic.log_temperature)
    losses = model.fit(data, batch_size=16, epochs=3, verbose=0).history['loss']
    self.assertLess(losses[-1], losses[0])
    self.assertNotEqual(float(critic.log_temperature), before)

  def test_saved_and_loaded_loss_is_the_same(self):
    loss = self.loss(
      temperature=0.3,
      normalize=True,
      symmetric=True,
      reduction='sum',
      name='mine',
      dtype='float64',
    )
    copy = keras.saving.deserialize_keras_object(
      keras.saving.serialize_keras_object(loss)
    )
    self.assertEqual(copy.get_config(), loss.get_config())
    views = self.rng().normal(size=(5, 2, 3))
    self.assertEqual(float(copy(None, views)), float(loss(None, views)))
    self.assertNotAllClose(loss(None, views), self.loss()(None, views))

    model = self.towers()
    model.compile('sgd', loss)
    model.fit(self.pairs(8), verbose=0)
    path = f'{self.create_tempdir().full_path}/model.keras'
    model.save(path)
    loaded = keras.saving.load_model(path)
    self.assertEqual(loaded.loss.get_config(), loss.get_config())
    self.assertAllClose(
      loaded.evaluate(self.pairs(8), verbose=0),
      model.evaluate(self.pairs(8), verbose=0),
    )

  # Errors.

  @parameterized.parameters(0.0, -1.0, float('nan'))
  def test_temperature_must_be_positive(self, temperature):
    with self.assertRaisesRegex(
      ValueError, '^`temperature` must be positive. Received: temperature='
    ):
      self.loss(temperature=temperature)

  def test_shapes_must_be_as_described(self):
    for shape in ((5,), (5, 1, 3), (5, 2, 3, 1)):
      with self.assertRaisesRegex(ValueError, '^`y_pred` must be scores'):
        self.loss()(None, tf.zeros(shape))
    with self.assertRaisesRegex(ValueError, r'\[n, m\] with m >= n'):
      self.loss()(None, tf.zeros([5, 4]))
    with self.assertRaisesRegex(ValueError, '^`normalize` is for embeddings'):
      self.loss(normalize=True)(None, tf.zeros([5, 5]))
    with self.assertRaisesRegex(ValueError, r'^`y_true` must have shape \[n\]'):
      self.loss()(tf.zeros([5, 5, 1]), tf.zeros([5, 5]))

  def graph(self, scores, y_true, jit_compile=False):
    """Returns the loss of a graph that is made for unknown sizes."""
    specs = [
      tf.TensorSpec([None] * np.ndim(t), tf.as_dtype(np.asarray(t).dtype))
      for t in (scores, y_true)
    ]
    loss = self.loss(reduction='none')
    return tf.function(
      lambda scores, y_true: loss(y_true, scores),
      specs,
      autograph=False,
      jit_compile=jit_compile,
    )(tf.constant(scores), tf.constant(y_true))

  @parameterized.parameters(
    ((8, 8), (8, 3)),  # Embeddings, or classes that are one-hot.
    ((8, 8), (3, 8)),
    ((8, 8), (5,)),
    ((8, 8), (1,)),
    ((8, 12), (8, 10)),
    ((8, 12), (8, 13)),
    ((4, 8), (2, 8)),  # As many numbers as [n, n].
  )
  def test_y_true_of_a_shape_that_fits_no_rule_is_refused(self, shape, of_y):
    scores, y_true = np.zeros(shape, np.float32), np.zeros(of_y, np.float32)
    received = (
      f'scores of shape {shape}, and `y_true` for {of_y[0]} rows and '
      f'{of_y[-1]} columns'
    )
    for given in (y_true, y_true > 0, tf.constant(y_true)):
      with self.assertRaisesRegex(
        ValueError,
        r'^`y_true` must have shape \[n\], \[n, 1\], \[n, n\] or \[n, m\], '
        rf'where scores have shape \[n, m\]\. Received: {re.escape(received)}',
      ):
        self.loss()(given, scores)
    invalid = tf.errors.InvalidArgumentError
    with self.assertRaisesRegex(invalid, '`y_true` must have shape'):
      self.graph(scores, y_true)

  @parameterized.parameters(((8, 8), (8, 3)), ((8, 8), (5,)), ((4, 8), (2, 8)))
  def test_xla_refuses_y_true_of_such_a_shape(self, shape, of_y):
    with self.assertRaises(tf.errors.InvalidArgumentError):
      self.graph(
        np.zeros(shape, 'float32'), np.zeros(of_y, 'float32'), jit_compile=True
      )

  @parameterized.parameters(False, True)
  def test_graphs_of_unknown_sizes_give_the_same(self, jit_compile):
    scores = self.scores()
    positives = self.rng().random((5, 7)) < 0.4
    for y_true in (
      np.array([3, 1, 3, 3, 0]),
      np.float32(positives),
      positives[:, :5],
    ):
      self.assertAllClose(
        self.graph(scores, y_true, jit_compile),
        self.loss(reduction='none')(y_true, scores),
        rtol=1e-6,
      )

  def test_square_y_true_needs_as_many_columns(self):
    with self.assertRaisesRegex(ValueError, r'\[n, m\] with m >= n'):
      self.loss()(np.eye(5), tf.zeros([5, 4]))
    self.assertAllFinite(self.loss()(np.eye(5, 4), tf.zeros([5, 4])))

  @parameterized.parameters(0.5, 2.0, -1.0, float('nan'), 3)
  def test_other_numbers_in_a_matrix_are_refused(self, number):
    y_true = np.eye(5, dtype=type(number))
    y_true[1, 2] = number
    rule = '`y_true` must be bool, or 0 and 1.'
    for given in (y_true, tf.constant(y_true), y_true.tolist()):
      with self.assertRaisesRegex(
        ValueError, rf'^{rule} Received: y_true\[1, 2\]={number}'
      ):
        self.loss()(given, self.scores(5, 5))
    with self.assertRaisesRegex(tf.errors.InvalidArgumentError, rule):
      self.graph(self.scores(5, 5), y_true)

  def test_labels_must_not_be_nan(self):
    labels = np.array([1.0, np.nan, 2.0, 1.0, 0.0])
    rule = '`y_true` must not be NaN where it holds labels.'
    for given in (labels, labels[:, np.newaxis], tf.constant(labels)):
      with self.assertRaisesRegex(ValueError, f'^{rule} Received: y_true='):
        self.loss()(given, self.scores(5, 5))
    with self.assertRaisesRegex(tf.errors.InvalidArgumentError, rule):
      self.graph(self.scores(5, 5), labels)

  def test_fit_refuses_what_fits_no_rule(self):
    model = self.towers()
    model.compile('sgd', self.loss())
    invalid = tf.errors.InvalidArgumentError
    embeddings = self.rng().normal(size=(22, 3))
    one_hot = np.eye(3)[np.arange(22) % 3]
    for y_true, error, rule in (
      # Batches of a known size, and one that is not.
      (embeddings[:16], ValueError, '`y_true` must have shape'),
      (one_hot, invalid, '`y_true` must have shape'),
      (embeddings, invalid, '`y_true` must be bool, or 0 and 1'),
    ):
      with self.assertRaisesRegex(error, rule):
        model.fit(self.pairs(len(y_true)), y_true, batch_size=8, verbose=0)


if __name__ == '__main__':
  test_util.main()
