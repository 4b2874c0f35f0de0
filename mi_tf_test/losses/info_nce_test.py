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

  def of_scores(self, **kwargs):
    return self.loss(from_scores=True, **kwargs)

  def of_mask(self, **kwargs):
    return self.of_scores(targets='mask', **kwargs)

  def scores(self, n=5, m=7):
    return np.float32(3.0 * self.rng('scores').normal(size=(n, m)))

  @parameterized.parameters((5, 5), (5, 7), (1, 3))
  def test_rows_are_those_of_the_oracle(self, n, m):
    scores = self.scores(n, m)
    self.assertAllClose(
      self.of_scores(reduction='none', temperature=0.7)(None, scores),
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
    loss = self.of_scores(reduction=None)
    for y_true in (labels, labels[:, np.newaxis], labels.tolist()):
      self.assertAllClose(loss(y_true, scores), expected, rtol=1e-5)
    loss = self.of_mask(reduction=None)
    # Of one candidate, or of all: further columns are negatives.
    for marks in (
      tf.constant(positives),
      positives[:, :5],
      np.float32(positives),
      positives.tolist(),
    ):
      self.assertAllClose(loss(marks, scores), expected, rtol=1e-5)

  @parameterized.parameters('float16', 'float32', 'float64')
  def test_floats_are_labels_where_they_are_equal(self, dtype):
    labels = np.array([0.3, 1.0, 0.3, 0.3, -2.0], dtype)
    loss, scores = self.of_scores(reduction=None), self.scores()
    expected = loss(np.array([3, 1, 3, 3, 0]), scores)
    for y_true in (labels, labels[:, np.newaxis], tf.constant(labels)):
      self.assertAllEqual(loss(y_true, scores), expected)

  @parameterized.parameters('uint8', 'int64', 'float16', 'bfloat16', 'float64')
  def test_matrices_may_be_of_zeros_and_ones_of_any_type(self, dtype):
    loss, scores = self.of_mask(reduction=None), self.scores()
    for m in (5, 7):
      positives = self.rng(m).random((5, m)) < 0.4
      expected = loss(positives, scores)
      self.assertAllEqual(loss(tf.cast(positives, dtype), scores), expected)

  def test_labels_beyond_the_precision_of_floats_are_told_apart(self):
    labels = 2**40 + np.arange(5)
    scores = self.scores()
    self.assertAllClose(
      self.of_scores()(labels, scores),
      self.of_scores()(None, scores),
      rtol=1e-6,
    )

  def test_rows_without_a_positive_lose_nothing(self):
    positives = np.eye(5) * [1, 1, 0, 1, 1]
    losses = self.of_mask(reduction='none')(positives, self.scores(5, 5))
    self.assertEqual(losses[2], 0.0)
    self.assertAllClose(
      losses, _oracle(self.scores(5, 5), positives), rtol=1e-5
    )

  def test_it_is_the_bound(self):
    scores = self.scores()
    for y_true, mask in ((None, None), (np.eye(5, 7), np.eye(5, 7) > 0)):
      self.assertAllClose(
        math.log(7) - self.of_mask()(y_true, scores),
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
    loss = self.of_scores(symmetric=True, reduction='none')
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
    options = dict(temperature=0.5, normalize=normalize, reduction='none')
    expected = _oracle(scores, np.eye(*scores.shape))
    loss = self.loss(num_negatives=extra, **options)
    self.assertAllClose(loss(None, views), expected, rtol=1e-5)
    loss = self.loss(**options)
    parts = tuple(views[:, k] for k in range(2 + extra))
    self.assertAllClose(loss(None, parts), expected, rtol=1e-5)

  def test_negatives_of_any_number_are_shown_to_all(self):
    u, v, negatives = (
      np.float32(self.rng(n).normal(size=(n, 3))) for n in (5, 6, 4)
    )
    v = v[:5]
    self.assertAllClose(
      self.loss()(None, (u, v, negatives)),
      self.of_scores()(None, u @ np.concatenate([v, negatives]).T),
      rtol=1e-5,
    )

  def test_huge_scores_stay_finite(self):
    scores = tf.constant([[1e4, -1e4, 0.0], [1e4, -1e4, 1e4]])
    with tf.GradientTape() as tape:
      tape.watch(scores)
      loss = self.of_scores(temperature=0.01, symmetric=True)(None, scores)
    self.assertAllFinite([loss, tape.gradient(loss, scores)])

  def test_gradients_are_those_of_finite_differences(self):
    scores = tf.constant(self.scores(), tf.float64)
    loss = self.of_scores(temperature=0.7, symmetric=True, dtype='float64')
    for y_true in (None, tf.constant([3, 1, 3, 3, 0])):
      theoretical, numerical = tf.test.compute_gradient(
        functools.partial(loss, y_true), [scores]
      )
      self.assertAllClose(theoretical, numerical, rtol=1e-6, atol=1e-8)

  @parameterized.parameters('float16', 'bfloat16')
  def test_half_precision_is_reduced_in_float32(self, dtype):
    scores = tf.cast(self.scores(), dtype)
    loss = self.of_scores()(None, scores)
    self.assertEqual(loss.dtype, tf.float32)
    self.assertAllClose(
      loss, self.of_scores()(None, tf.cast(scores, tf.float32)), rtol=1e-6
    )

  def test_unknown_shapes_and_xla_agree_with_eager(self):
    loss = self.loss(
      temperature=0.7, normalize=True, symmetric=True, num_negatives=1
    )
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

  # Weights.

  @parameterized.product(
    kind=['scores', 'queue', 'labels', 'mask', 'embeddings', 'tuple'],
    symmetric=[False, True],
  )
  def test_a_weight_of_two_is_the_sample_given_twice(self, kind, symmetric):
    weights = np.array([2, 1, 0, 3, 1])
    copies = np.repeat(np.arange(5), weights)
    options = dict(symmetric=symmetric, reduction='sum')
    rng, y_true, of_copies = self.rng(kind), None, None
    views = np.float32(rng.normal(size=(5, 4, 3)))
    if kind in ('embeddings', 'tuple'):
      loss = self.loss(
        num_negatives=2 if kind == 'embeddings' else 0, **options
      )
      y_pred, repeated = views, views[copies]
      if kind == 'tuple':
        u, v, negatives = (views[:, i] for i in range(3))
        y_pred = (u, v, negatives)
        repeated = (u[copies], v[copies], negatives)
    else:
      scores = self.scores(5, 7 if kind == 'queue' else 5)
      y_pred = scores
      columns = np.concatenate([copies, np.arange(5, scores.shape[1])])
      repeated = scores[copies][:, columns]
      loss = self.of_scores(**options)
      if kind == 'labels':
        y_true = np.array([3, 1, 3, 3, 0])
        of_copies = y_true[copies]
      if kind == 'mask':
        loss = self.of_mask(**options)
        y_true = rng.random((5, 5)) < 0.5
        of_copies = y_true[copies][:, copies]
    expected = loss(of_copies, repeated)
    for given in (weights, np.float64(weights[:, np.newaxis])):
      self.assertAllClose(loss(y_true, y_pred, given), expected, rtol=1e-5)
    for reduction in ('sum_over_batch_size', 'mean_with_sample_weight'):
      config = {**loss.get_config(), 'reduction': reduction}
      mean = self.loss(**config)(y_true, y_pred, weights)
      n = 5.0 if reduction == 'sum_over_batch_size' else 7.0
      self.assertAllClose(mean, expected / n, rtol=1e-5)

  def test_weights_are_those_of_the_bound(self):
    scores, weights = self.scores(4, 6), np.float32([2.0, 0.5, 0.0, 1.0])
    loss = self.of_scores(reduction='mean_with_sample_weight')
    counts = np.concatenate([weights, np.ones(2)])
    expected = [
      math.log(np.sum(counts * np.exp(np.float64(row)))) - row[i]
      for i, row in enumerate(scores)
    ]
    self.assertAllClose(
      loss(None, scores, weights),
      np.sum(weights * expected) / np.sum(weights),
      rtol=1e-5,
    )

  def test_rows_of_weight_zero_have_no_gradients(self):
    scores = tf.constant([[1e4, 0.0, 1.0], [0.0, 2.0, 3.0], [1.0, 1e4, 0.0]])
    for weights in ([1.0, 0.0, 1.0], [0.0, 0.0, 0.0]):
      for y_true in (None, np.array([0, 0, 1])):
        with tf.GradientTape() as tape:
          tape.watch(scores)
          loss = self.of_scores(symmetric=True, reduction='sum')(
            y_true, scores, weights
          )
        gradient = tape.gradient(loss, scores)
        self.assertAllFinite([loss, *gradient])
        self.assertAllEqual(gradient[1], np.zeros(3))
        self.assertAllEqual(gradient[:, 1], np.zeros(3))

  def test_fit_takes_weights_of_samples_and_of_classes(self):
    labels = np.arange(16) % 4
    for options in (
      dict(sample_weight=labels / 2.0),
      dict(class_weight={i: i / 2.0 for i in range(4)}),
    ):
      model = self.towers()
      model.compile('sgd', self.loss())
      expected = self.loss()(labels, model(self.pairs(16)), labels / 2.0)
      history = model.fit(
        self.pairs(16), labels, batch_size=16, verbose=0, **options
      ).history
      self.assertAllClose(history['loss'], [expected], rtol=1e-5)

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
    model.compile(keras.optimizers.Adam(0.05), self.of_scores())
    data = self.pairs(16)
    before = float(critic.log_temperature)
    losses = model.fit(data, batch_size=16, epochs=3, verbose=0).history['loss']
    self.assertLess(losses[-1], losses[0])
    after = float(critic.log_temperature)
    self.assertGreater(abs(after - before), 0.01)
    path = f'{self.create_tempdir().full_path}/model.keras'
    model.save(path)
    loaded = keras.saving.load_model(path)
    self.assertEqual(float(loaded.layers[-1].log_temperature), after)
    self.assertAllClose(
      loaded.evaluate(data, verbose=0), model.evaluate(data, verbose=0)
    )
    loaded.fit(data, batch_size=16, verbose=0)
    self.assertNotEqual(float(loaded.layers[-1].log_temperature), after)

  def test_saved_and_loaded_loss_is_the_same(self):
    loss = self.loss(
      temperature=0.3,
      normalize=True,
      symmetric=True,
      reduction='sum',
      name='mine',
      dtype='float64',
      targets='mask',
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

  def test_temperature_must_be_a_number(self):
    for given in (
      keras.Variable(1.0),
      tf.Variable(1.0),
      tf.constant(1.0),
      np.array([0.1]),
      lambda: 0.1,
      '0.1',
      None,
      True,
      1j,
    ):
      with self.assertRaisesRegex(
        ValueError,
        '^`temperature` must be a number .* A learned temperature .*'
        r'trainable_temperature=True\)\(u, v\)`, and pass from_scores=True',
      ):
        self.loss(temperature=given)
    with self.assertRaisesRegex(ValueError, '^`temperature` must be finite'):
      self.loss(temperature=math.inf)
    for number in (1, np.float32(0.5), np.int64(2)):
      self.assertEqual(self.loss(temperature=number).temperature, number)

  @parameterized.parameters(
    (dict(normalize='yes'), '^`normalize` must be a bool'),
    (dict(symmetric=2), '^`symmetric` must be a bool'),
    (dict(from_scores='sum'), '^`from_scores` must be a bool'),
    (dict(targets='one_hot'), "^`targets` must be 'labels' or 'mask'"),
    (dict(targets=None), "^`targets` must be 'labels' or 'mask'"),
    (dict(num_negatives=-1), '^`num_negatives` must be an integer'),
    (dict(num_negatives=None), '^`num_negatives` must be an integer'),
    (
      dict(from_scores=True, normalize=True),
      '^`normalize` and `num_negatives`',
    ),
    (dict(from_scores=True, num_negatives=2), '^`normalize` and `num_negativ'),
  )
  def test_arguments_must_be_as_described(self, options, rule):
    with self.assertRaisesRegex(ValueError, rule):
      self.loss(**options)

  def test_embeddings_must_be_two_views(self):
    rule = (
      r'^`y_pred` must be embeddings, \[n, 2, d\] .*axis=1.*from_scores=True'
    )
    for shape in ((5,), (5, 8), (5, 1, 3), (5, 3, 2), (5, 2, 3, 1)):
      with self.assertRaisesRegex(ValueError, rule):
        self.loss()(None, tf.zeros(shape))
    with self.assertRaisesRegex(ValueError, rule):
      self.loss()(None, {'u': tf.zeros([5, 3]), 'v': tf.zeros([5, 3])})
    with self.assertRaisesRegex(ValueError, r'\[n, 4, d\] for num_negatives=2'):
      self.loss(num_negatives=2)(None, tf.zeros([5, 2, 3]))
    for shapes in ([(5, 3)], [(5, 3), (4, 3)], [(5, 3), (5, 2)], [(5,), (5,)]):
      with self.assertRaisesRegex(ValueError, r'^`y_pred` must be \(u, v\) or'):
        self.loss()(None, tuple(map(tf.zeros, shapes)))
    with self.assertRaisesRegex(ValueError, '^`num_negatives` is for embeddin'):
      self.loss(num_negatives=1)(None, 3 * (tf.zeros([5, 3]),))

  def test_scores_must_be_of_pairs_of_the_batch(self):
    rule = '^`y_pred` must be scores'
    for shape in ((5,), (5, 2, 3)):
      with self.assertRaisesRegex(ValueError, rule):
        self.of_scores()(None, tf.zeros(shape))
    with self.assertRaisesRegex(ValueError, rule):
      self.of_scores()(None, (tf.zeros([5, 5]), tf.zeros([5, 5])))
    for y_true in (None, np.arange(5)):
      with self.assertRaisesRegex(ValueError, r'\[n, m\] with m >= n'):
        self.of_scores()(y_true, tf.zeros([5, 4]))

  def graph_of(self, loss, y_pred, y_true=None, weights=None, **options):
    """Returns losses by a graph that is made for unknown sizes, or ranks."""
    unknown_rank = options.pop('unknown_rank', False)
    given = [t for t in (y_pred, y_true, weights) if t is not None]
    specs = [
      tf.TensorSpec(
        None if unknown_rank else [None] * np.ndim(t),
        tf.as_dtype(np.asarray(t).dtype),
      )
      for t in given
    ]

    def call(y_pred, *others):
      others = list(others)
      y = None if y_true is None else others.pop(0)
      return loss(y, y_pred, others[0] if others else None)

    graph = tf.function(call, specs, autograph=False, **options)
    return graph(*map(tf.constant, given))

  def graph(self, scores, y_true, jit_compile=False, kind='labels'):
    """Returns the loss of a graph that is made for unknown sizes."""
    loss = self.of_scores(reduction='none', targets=kind)
    return self.graph_of(loss, scores, y_true, jit_compile=jit_compile)

  @parameterized.product(
    given=[
      ('embeddings', (5, 3, 4), None, None),
      ('embeddings', (5, 1, 4), None, None),
      ('scores', (5, 4), None, None),
      ('scores', (5, 1), None, None),
      ('scores', (5, 5), (4,), None),
      ('scores', (5, 5), (1,), None),
      ('scores', (5, 5), (5, 2), None),
      ('scores', (5, 5), None, (4,)),
      ('scores', (5, 5), None, (1,)),
    ],
    jit_compile=[False, True],
  )
  def test_sizes_that_are_unknown_are_checked_when_they_are_known(
    self, given, jit_compile
  ):
    kind, *shapes = given
    loss = self.loss(from_scores=kind == 'scores')
    arrays = [None if s is None else np.zeros(s, np.float32) for s in shapes]
    with self.assertRaises(
      (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError)
    ):
      self.graph_of(loss, *arrays, jit_compile=jit_compile)

  def test_ranks_may_be_unknown(self):
    scores, labels = self.scores(5, 5), np.array([3, 1, 3, 3, 0])
    mask = labels[:, np.newaxis] == labels
    expected = self.of_scores()(labels, scores)
    for y_true in (labels, labels[:, np.newaxis]):
      self.assertAllClose(
        self.graph_of(self.of_scores(), scores, y_true, unknown_rank=True),
        expected,
      )
    self.assertAllClose(
      self.graph_of(self.of_mask(), scores, mask, unknown_rank=True), expected
    )
    views = self.scores(5, 24).reshape(5, 2, 12)
    self.assertAllClose(
      self.graph_of(self.loss(), views, unknown_rank=True),
      self.loss()(None, views),
    )
    invalid = tf.errors.InvalidArgumentError
    for loss, y_pred, y_true in (
      (self.of_scores(), scores, np.eye(5)),
      (self.of_mask(), scores, labels),
      (self.loss(), scores, labels),
      (self.of_scores(), views, labels),
    ):
      with self.assertRaisesRegex(invalid, 'must'):
        self.graph_of(loss, y_pred, y_true, unknown_rank=True)

  def test_labels_must_be_no_matrix(self):
    rule = (
      r"^`y_true` must be labels, of shape \[n\] or \[n, 1\]\. .*targets='mask'"
      r'.*np\.argmax\(y, axis=1\).* Received: y_true.shape='
    )
    for shape in ((5, 3), (5, 5), (5, 7), (5, 5, 1), ()):
      with self.assertRaisesRegex(ValueError, rule):
        self.of_scores()(np.zeros(shape, np.int32), self.scores())
    # As many numbers as rows, and not one for each.
    with self.assertRaisesRegex(ValueError, rule):
      self.of_scores()(np.zeros([1, 5]), self.scores())

  @parameterized.parameters((4,), (6,), (1,), ())
  def test_there_must_be_a_label_for_each_row(self, *shape):
    if shape:
      with self.assertRaisesRegex(ValueError, '^`y_true` must have n labels'):
        self.of_scores()(np.zeros(shape), self.scores())
    for y_true in ([np.arange(5), np.arange(5)], {'u': np.arange(5), 'v': 3}):
      with self.assertRaisesRegex(ValueError, '^`y_true` must be one `Tensor`'):
        self.of_scores()(y_true, self.scores())

  def test_masks_must_be_matrices(self):
    for shape in ((5,), (5, 5, 1)):
      with self.assertRaisesRegex(
        ValueError, r"must have shape \[n, n\] or \[n, m\] for targets='mask'"
      ):
        self.of_mask()(np.zeros(shape), self.scores())

  @parameterized.parameters(
    ((8, 8), (8, 3)),  # Embeddings, or classes that are one-hot.
    ((8, 8), (3, 8)),
    ((8, 8), (8, 1)),
    ((8, 12), (8, 10)),
    ((8, 12), (8, 13)),
    ((4, 8), (2, 8)),  # As many numbers as [n, n].
  )
  def test_masks_of_other_shapes_are_refused(self, shape, of_y):
    scores, y_true = np.zeros(shape, np.float32), np.zeros(of_y, np.float32)
    received = (
      f'scores of shape {shape}, and `y_true` for {of_y[0]} rows and '
      f'{of_y[1]} columns'
    )
    for given in (y_true, y_true > 0, tf.constant(y_true)):
      with self.assertRaisesRegex(
        ValueError,
        r'^`y_true` must have n labels, or shape \[n, n\] or \[n, m\], where '
        rf'scores have shape \[n, m\]\. Received: {re.escape(received)}',
      ):
        self.of_mask()(given, scores)
    invalid = tf.errors.InvalidArgumentError
    with self.assertRaisesRegex(invalid, '`y_true` must have n labels'):
      self.graph(scores, y_true, kind='mask')
    with self.assertRaises((invalid, tf.errors.UnimplementedError)):
      self.graph(scores, y_true, kind='mask', jit_compile=True)

  @parameterized.parameters(False, True)
  def test_graphs_of_unknown_sizes_give_the_same(self, jit_compile):
    scores, weights = self.scores(), np.float32([1.0, 2.0, 0.0, 0.5, 1.0])
    positives = self.rng().random((5, 7)) < 0.4
    for y_true, kind in (
      (None, 'labels'),
      (np.array([3, 1, 3, 3, 0]), 'labels'),
      (np.float32(positives), 'mask'),
      (positives[:, :5], 'mask'),
    ):
      loss = self.of_scores(reduction='none', targets=kind, symmetric=True)
      for given in (None, weights):
        self.assertAllClose(
          self.graph_of(loss, scores, y_true, given, jit_compile=jit_compile),
          loss(y_true, scores, given),
          rtol=1e-6,
        )

  def test_square_masks_need_as_many_columns(self):
    with self.assertRaisesRegex(ValueError, r'\[n, m\] with m >= n'):
      self.of_mask()(np.eye(5), tf.zeros([5, 4]))
    # Candidates that are no rows' partners.
    weights = np.ones(5)
    for given in (None, weights):
      self.assertAllFinite(
        self.of_mask()(np.eye(5, 4), tf.zeros([5, 4]), given)
      )
    with self.assertRaisesRegex(ValueError, r'\[n, m\] with m >= n'):
      self.of_mask(symmetric=True)(np.eye(5, 4), tf.zeros([5, 4]))

  @parameterized.parameters(0.5, 2.0, -1.0, float('nan'), 3)
  def test_other_numbers_in_a_mask_are_refused(self, number):
    y_true = np.eye(5, dtype=type(number))
    y_true[1, 2] = number
    rule = '`y_true` must be bool, or 0 and 1.'
    for given in (y_true, tf.constant(y_true), y_true.tolist()):
      with self.assertRaisesRegex(
        ValueError, rf'^{rule} Received: y_true\[1, 2\]={number}'
      ):
        self.of_mask()(given, self.scores(5, 5))
    with self.assertRaisesRegex(tf.errors.InvalidArgumentError, rule):
      self.graph(self.scores(5, 5), y_true, kind='mask')
    # XLA can't raise.
    losses = self.graph(self.scores(5, 5), y_true, True, kind='mask')
    self.assertAllEqual(losses, np.full(5, np.nan))

  def test_labels_must_not_be_nan(self):
    labels = np.array([1.0, np.nan, 2.0, 1.0, 0.0])
    rule = '`y_true` must not be NaN where it holds labels.'
    for given in (labels, labels[:, np.newaxis], tf.constant(labels)):
      with self.assertRaisesRegex(ValueError, f'^{rule} Received: y_true='):
        self.of_scores()(given, self.scores(5, 5))
    with self.assertRaisesRegex(tf.errors.InvalidArgumentError, rule):
      self.graph(self.scores(5, 5), labels)
    losses = self.graph(self.scores(5, 5), labels, jit_compile=True)
    self.assertAllEqual(losses, np.full(5, np.nan))

  @parameterized.parameters(-1.0, float('nan'))
  def test_weights_must_not_be_negative(self, weight):
    weights, loss = np.float32([1.0, 1.0, weight]), self.of_scores()
    scores = self.scores(3, 3)
    invalid = tf.errors.InvalidArgumentError
    with self.assertRaisesRegex(invalid, '`sample_weight` must be at least 0'):
      loss(None, scores, weights)
    with self.assertRaisesRegex(invalid, '`sample_weight` must be at least 0'):
      self.graph_of(loss, scores, None, weights)
    self.assertAllEqual(
      self.graph_of(loss, scores, None, weights, jit_compile=True), np.nan
    )

  def test_weights_must_be_one_for_each_row(self):
    for shape in ((5, 5), (5, 2), ()):
      with self.assertRaisesRegex(ValueError, r'shape \[n\] or \[n, 1\]'):
        self.of_scores()(None, self.scores(5, 5), np.ones(shape))
    for shape in ((4,), (1,), (1, 1)):
      with self.assertRaisesRegex(ValueError, r'must have shape \[n\], where'):
        self.of_scores()(None, self.scores(5, 5), np.ones(shape))

  # In `fit`.

  def outputs(self, end):
    """Returns a model that ends in something else, and its inputs."""
    inputs = [keras.Input((4,)), keras.Input((3,))]
    towers = [keras.layers.Dense(20, name=n)(t) for n, t in zip('uv', inputs)]
    return keras.Model(inputs, end(*towers))

  @parameterized.parameters(
    (lambda u, v: keras.ops.concatenate([u, v], axis=1),),
    (lambda u, v: keras.ops.stack([u, v], axis=0),),
    (lambda u, v: keras.ops.stack([u, v], axis=-1),),
    (lambda u, v: u,),
    (lambda u, v: keras.ops.matmul(u, keras.ops.transpose(v)),),
  )
  def test_what_is_no_pair_of_views_is_refused(self, end):
    model = self.outputs(end)
    for run_eagerly in (False, True):
      model.compile('sgd', self.loss(), run_eagerly=run_eagerly)
      with self.assertRaisesRegex(ValueError, '^`y_pred` must be embeddings'):
        model.fit(self.pairs(12), batch_size=4, verbose=0)

  @parameterized.parameters(
    (lambda u, v: keras.ops.concatenate([u, v], axis=1),), (lambda u, v: u,)
  )
  def test_embeddings_are_no_scores_however_wide(self, end):
    model = self.outputs(end)
    for run_eagerly in (False, True):
      model.compile('sgd', self.of_scores(), run_eagerly=run_eagerly)
      for y, n in ((None, 12), (np.arange(12), 12), (None, 11)):
        with self.assertRaisesRegex(ValueError, 'columns for any n'):
          model.fit(self.pairs(n), y, batch_size=4, verbose=0)

  @parameterized.product(from_scores=[False, True], run_eagerly=[False, True])
  def test_towers_are_not_scored_one_by_one(self, from_scores, run_eagerly):
    for end in (
      lambda u, v: [u, v],
      lambda u, v: {'u': u, 'v': v},
      # Which would pass, each by itself.
      lambda u, v: [keras.layers.Reshape((2, 10))(t) for t in (u, v)],
    ):
      model = self.outputs(end)
      labels = np.arange(8)
      y = keras.tree.pack_sequence_as(model.output, [labels, labels])
      model.compile(
        'sgd', self.loss(from_scores=from_scores), run_eagerly=run_eagerly
      )
      with self.assertRaisesRegex(
        ValueError,
        r'needs all outputs of a model.*keras\.ops\.stack\(\[u, v\], axis=1\)',
      ):
        model.fit(self.pairs(8), y, batch_size=8, verbose=0)
    # One of them alone, which Keras would take for all.
    model = self.outputs(lambda u, v: [u, v])
    model.compile(
      'sgd', [self.loss(from_scores=from_scores)], run_eagerly=run_eagerly
    )
    with self.assertRaisesRegex(ValueError, 'must be embed|columns for any'):
      model.fit(self.pairs(12), batch_size=4, verbose=0)

  def test_two_outputs_train_where_keras_shows_them_together(self):
    model = self.outputs(lambda u, v: [u, v])
    stacked = keras.Model(model.inputs, keras.ops.stack(model.outputs, axis=1))
    labels = np.arange(16) % 5
    model.compile('sgd', (self.loss(),))
    for y in (None, labels):
      expected = self.loss()(y, stacked(self.pairs(16)))
      value = model.evaluate(self.pairs(16), y, batch_size=16, verbose=0)
      self.assertAllClose(value, expected, rtol=1e-5)
    losses = model.fit(self.pairs(), epochs=3, verbose=0).history['loss']
    self.assertLess(losses[-1], losses[0])
    path = f'{self.create_tempdir().full_path}/model.keras'
    model.save(path)
    loaded = keras.saving.load_model(path)
    with self.assertRaisesRegex(ValueError, 'must be embeddings'):
      loaded.fit(self.pairs(), verbose=0)
    loaded.compile('sgd', (self.loss(),))
    loaded.fit(self.pairs(), verbose=0)
    model.fit(self.pairs(), verbose=0)
    for a, b in zip(
      loaded.predict(self.pairs(), verbose=0), model(self.pairs())
    ):
      self.assertAllClose(a, b, rtol=1e-4, atol=1e-5)

  def test_a_loss_may_be_that_of_one_output_of_several(self):
    model = self.outputs(
      lambda u, v: {
        'scores': keras.ops.matmul(u, keras.ops.transpose(v)),
        'class': keras.layers.Dense(3)(u),
      }
    )
    crossentropy = keras.losses.SparseCategoricalCrossentropy(True)
    model.compile('sgd', {'scores': self.of_scores(), 'class': crossentropy})
    labels = np.arange(16) % 3
    y = {'scores': np.arange(16), 'class': labels}
    history = model.fit(self.pairs(16), y, verbose=0).history
    self.assertAllFinite(history['loss'])

  @parameterized.parameters(3, 5)
  def test_one_hot_classes_are_refused_and_classes_are_not(self, classes):
    labels = np.arange(22) % classes
    one_hot = keras.utils.to_categorical(labels, classes)
    for end in (
      lambda u, v: keras.ops.stack([u, v], axis=1),
      lambda u, v: keras.ops.matmul(u, keras.ops.transpose(v)),
    ):
      model = self.outputs(end)
      from_scores = len(model.output.shape) == 2
      model.compile('sgd', self.loss(from_scores=from_scores))
      with self.assertRaisesRegex(ValueError, '^`y_true` must be labels'):
        # As many classes as rows: a mask by its shape.
        model.fit(self.pairs(22), one_hot, batch_size=classes, verbose=0)
      model.fit(self.pairs(22), labels, batch_size=classes, verbose=0)

  def test_strings_are_labels(self):
    scores, labels = self.scores(5, 5), np.array([3, 1, 3, 3, 0])
    self.assertAllEqual(
      self.of_scores()(np.array(list('dbdda')), scores),
      self.of_scores()(labels, scores),
    )

  def test_fit_refuses_masks_that_fit_no_rule(self):
    model = self.towers()
    model.compile('sgd', self.loss(targets='mask'))
    invalid = tf.errors.InvalidArgumentError
    embeddings = self.rng().normal(size=(22, 3))
    one_hot = np.eye(3)[np.arange(22) % 3]
    for y_true, error, rule in (
      # Batches of a known size, and one that is not.
      (embeddings[:16], ValueError, '`y_true` must have n labels'),
      (one_hot, invalid, '`y_true` must have n labels'),
      (embeddings, invalid, '`y_true` must be bool, or 0 and 1'),
    ):
      with self.assertRaisesRegex(error, rule):
        model.fit(self.pairs(len(y_true)), y_true, batch_size=8, verbose=0)


if __name__ == '__main__':
  test_util.main()
