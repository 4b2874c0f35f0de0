"""Tests of critics, objectives and baselines that are functions, in training.

And of critics of a user's own class: what they must define, and return.
"""

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.objectives import baseline_objectives
from mi_tf.objectives import fenchel_legendre_objective
from mi_tf_test import test_util


def _dot(a, b):
  return tf.matmul(a, b, transpose_b=True)


def _net(*layers):
  return keras.Sequential([*layers, keras.layers.Dense(2)])


class _BuildAndCall(mi_tf.Critic):
  """A critic that defines `build` and `call` alone."""

  def build(self, x_shape, y_shape):
    self.net = keras.layers.Dense(2)
    self.net.build(x_shape)

  def call(self, x, y):  # Without `training`.
    return _dot(self.net(x), y)


class _CallAlone(mi_tf.Critic):
  """A critic that makes its layers in `__init__`."""

  def __init__(self):
    super().__init__()
    self.net = keras.layers.Dense(2)

  def call(self, x, y, training=None):
    return _dot(self.net(x, training=training), y)


class _FourMethods(mi_tf.Critic):
  """A critic that embeds, and leaves `score_aligned` as it is."""

  def build_critic(self, x_shape, y_shape):
    self.net = keras.layers.Dense(2)  # It is built when it is called.

  def embed_x(self, x):
    return self.net(x)

  def embed_y(self, y):
    return y

  def score_pairs(self, embedded_x, embedded_y):
    return _dot(embedded_x, embedded_y)


class _TestCase(test_util.TestCase):
  def data(self, n=32):
    x = self.rng('x').normal(size=[n, 2])
    return np.float32(x), np.float32(
      x + 0.3 * self.rng('y').normal(size=[n, 2])
    )

  def estimator(self, critic, objective='info_nce', **kwargs):
    estimator = mi_tf.MiEstimator(critic, objective, **kwargs)
    estimator.compile(keras.optimizers.Adam(0.05))
    return estimator

  def assertTrains(self, estimator, weights):
    """Fails unless an epoch of `fit` changes all weights, and no others."""
    x, y = self.data()
    estimator.build((None, 2), (None, 2))
    before = [tf.identity(v.value) for v in weights]
    self.assertCountEqual(
      [id(v) for v in estimator.trainable_weights], [id(v) for v in weights]
    )
    estimator.fit(x, y, verbose=0)
    for v, value in zip(weights, before, strict=True):
      self.assertNotAllEqual(v, value, v.path)


class FunctionsTest(_TestCase):
  def test_fit_trains_the_layers_of_a_function(self):
    net = _net(keras.layers.Dropout(0.2))
    estimator = self.estimator(lambda a, b: _dot(net(a), net(b)))
    estimator.build((None, 2), (None, 2))
    self.assertTrains(estimator, net.trainable_weights)
    x, y = self.data()
    first = estimator.fit(x, y, epochs=20, verbose=0).history['mi']
    self.assertGreater(first[-1], first[0] + 0.1)
    # In `fit`, dropout is on; elsewhere it is off.
    values = [estimator.evaluate(x, y, verbose=0)[1] for _ in range(2)]
    self.assertEqual(*values)

  def test_the_weights_of_a_function_are_saved(self):
    x, y = self.data()
    path = f'{self.create_tempdir().full_path}/model.weights.h5'
    found = []
    for _ in range(2):
      net = _net()
      estimator = self.estimator(lambda a, b, net=net: _dot(net(a), net(b)))
      estimator.build((None, 2), (None, 2))
      found.append(estimator)
    found[0].save_weights(path)
    found[1].load_weights(path)
    self.assertAllEqual(found[1].score(x, y)[0], found[0].score(x, y)[0])
    with self.assertRaisesRegex(ValueError, '`save_weights` and `load'):
      found[0].save(path.replace('.weights.h5', '.keras'))

  def test_an_objective_that_is_a_function_is_trained(self):
    scale = keras.Variable(1.0)

    def objective(logu, joint_sample_mask):
      return mi_tf.lower_bound_info_nce(scale * logu, joint_sample_mask)

    estimator = self.estimator('inner_product', objective)
    self.assertTrains(estimator, [scale])
    other = tf.Variable(1.0)
    with self.assertRaisesRegex(ValueError, '^`objective` must use weights'):
      self.estimator(
        'inner_product', lambda logu, mask: other * objective(logu, mask)
      ).fit(*self.data(), verbose=0)

  def test_a_baseline_that_is_a_function_is_trained(self):
    net = keras.layers.Dense(1)
    objective = baseline_objectives.Tuba(lambda x: net(x)[:, 0])
    estimator = self.estimator('inner_product', objective)
    estimator.build((None, 2), (None, 2))
    self.assertTrains(estimator, net.trainable_weights)

  def test_a_dual_may_be_a_function_or_define_call_alone(self):
    x, y = self.data()
    net = keras.layers.Dense(2)
    for dual in (lambda a, b: _dot(net(a), b), _BuildAndCall()):
      objective = fenchel_legendre_objective.FenchelLegendre(dual)
      estimator = self.estimator('inner_product', objective)
      estimator.train_step((x, y))
      self.assertLen(estimator.trainable_weights, 2)
      self.assertTrue(np.isfinite(estimator(x, y)))

  def test_encoders_of_two_views_may_be_functions(self):
    net = _net()
    model = mi_tf.infomax.TwoViewInfoMax(
      lambda x: net(x), critic='inner_product'
    )
    model.compile()
    model.train_step(self.data())
    self.assertLen(model.trainable_weights, 2)


class NothingToTrainTest(_TestCase):
  def frozen(self):
    net = _net()
    net.trainable = False
    return lambda a, b: _dot(net(a), net(b))

  @parameterized.parameters('inner_product', _dot, 'frozen')
  def test_fit_and_train_step_are_refused_unless_asked_for(self, critic):
    critic = self.frozen() if critic == 'frozen' else critic
    x, y = self.data()
    for train in (
      lambda e: e.fit(x, y, verbose=0),
      lambda e: e.train_step((x, y)),
    ):
      estimator = self.estimator(critic)
      with self.assertRaisesRegex(ValueError, '^There is nothing to train: '):
        train(estimator)
    estimator = self.estimator(critic, trainable=False)
    estimator.fit(x, y, verbose=0)
    self.assertLen(estimator.predict(x, y, verbose=0), len(x))

  def test_evaluation_is_not_refused(self):
    x, y = self.data()
    estimator = self.estimator(_dot)
    estimator.evaluate(x, y, verbose=0)
    self.assertTrue(np.isfinite(estimator.estimate(x, y).mi))


class RegularizerTest(_TestCase):
  def critic(self, net):
    return lambda a, z: -tf.reduce_sum((net(a)[:, tf.newaxis] - z) ** 2, -1)

  def test_a_function_is_trained_by_the_critics_optimizer(self):
    x, z = self.data()
    net = _net()
    regularizer = mi_tf.infomax.MiRegularizer(
      lambda a, b: _dot(net(a), b), 'info_nce'
    )
    regularizer.build((None, 2), (None, 2))
    before = [tf.identity(v.value) for v in net.trainable_weights]
    regularizer.train_step(x, z)
    for v, value in zip(net.trainable_weights, before):
      self.assertNotAllEqual(v, value)

  def test_a_density_must_not_leave_open_whose_weights_it_uses(self):
    x, z = self.data()
    regularizer = mi_tf.infomax.MiRegularizer(
      self.critic(_net()), 'club', minimize=True
    )
    with self.assertRaisesRegex(ValueError, 'not leave open whose weights'):
      regularizer(x, z)

  def test_the_density_of_the_models_own_encoder_is_the_models_alone(self):
    x, z = self.data()
    net = _net()
    regularizer = mi_tf.infomax.MiRegularizer(
      self.critic(net), 'club', minimize=True, trainable=False
    )
    with tf.GradientTape() as tape:
      value = regularizer(x, z)
    gradients = tape.gradient(value, net.trainable_weights)
    self.assertNotIn(None, gradients)
    before = [tf.identity(v.value) for v in net.trainable_weights]
    regularizer.train_step(x, z)
    self.assertAllEqual(net.trainable_weights[0], before[0])
    self.assertEmpty(regularizer.estimator.weights)
    self.assertTrue(net.trainable)

  def test_a_density_without_weights_is_taken_as_it_is(self):
    x, z = self.data()
    regularizer = mi_tf.infomax.MiRegularizer(
      self.critic(lambda a: a), 'club', minimize=True
    )
    self.assertTrue(np.isfinite(regularizer.train_step(x, z)))


class OwnCriticsTest(_TestCase):
  @parameterized.parameters(_BuildAndCall, _CallAlone, _FourMethods)
  def test_critics_of_ones_own_work_everywhere(self, make):
    x, y = self.data(40)
    critic = make()
    estimator = self.estimator(critic)
    estimator.build((None, 2), (None, 2))
    self.assertTrains(estimator, critic.net.trainable_weights)
    scores = _dot(critic.net(x), y)
    self.assertAllClose(estimator.score(x, y)[0], scores)
    joint = np.diag(scores)
    self.assertAllClose(estimator.predict(x, y, verbose=0), joint, rtol=1e-5)
    self.assertLen(estimator.estimate(x, y).pointwise, 40)

  @parameterized.parameters(_BuildAndCall, _CallAlone)
  def test_what_needs_embeddings_is_refused_in_a_sentence(self, make):
    x, y = self.data()
    with self.assertRaisesRegex(ValueError, 'mi_tf.Critic whose `call` takes'):
      mi_tf.MiEstimator(make(), negative_samples=2)
    with self.assertRaisesRegex(ValueError, '^`stream` needs a critic that'):
      make().stream(x, y)
    for kwargs in ({'streamed': True}, {'negative_samples': 1}):
      with self.assertRaisesRegex(ValueError, 'needs a critic that embeds'):
        make().across_replicas(x, y, **kwargs)

  def test_scores_across_replicas_are_those_of_call(self):
    x, y = self.data()
    critic = _BuildAndCall()
    value = mi_tf.lower_bound_info_nce(critic(x, y))
    shared = mi_tf.lower_bound_info_nce(critic.across_replicas(x, y))
    self.assertAllClose(shared, value)

  def test_pairs_that_are_aligned_are_the_diagonal_by_default(self):
    x, y = self.data(5)
    critic = _FourMethods()
    found = critic(x, y, negative_samples=2)
    rows = np.arange(5)[:, np.newaxis]
    expected = critic(x, y).numpy()[rows, (rows + [0, 1, 2]) % 5]
    self.assertAllClose(found, expected)

  def test_a_layer_of_keras_is_built_before_it_is_trained(self):
    class Layer(keras.layers.Layer):
      def __init__(self):
        super().__init__()
        self.net = keras.layers.Dense(2)

      def call(self, x, y):
        return _dot(self.net(x), y)

    layer = Layer()
    estimator = self.estimator(layer)
    estimator.build((None, 2), (None, 2))
    self.assertTrains(estimator, layer.net.trainable_weights)


class ShapesTest(_TestCase):
  @parameterized.named_parameters(
    ('joint', lambda x, y: tf.reduce_sum(x * y, -1), r'\(3,\) for n=3 and m=3'),
    ('rank_3', lambda x, y: _dot(x, y)[..., tf.newaxis], r'\(3, 2, 1\)'),
    ('transposed', lambda x, y: _dot(y, x), r'\(2, 3\) for n=3 and m=2'),
    ('scalar', lambda x, y: tf.reduce_sum(x) + tf.reduce_sum(y), r'\(\) for'),
    ('column', lambda x, y: tf.reduce_sum(x * y, -1, keepdims=True), r'3, 1\)'),
    ('concatenated', lambda x, y: tf.concat([x[:, :1], x], 1), r'\(3, 3\) for'),
    ('integer', lambda x, y: tf.cast(_dot(x, y), tf.int32), 'returns int32'),
    ('dict', lambda x, y: {'scores': _dot(x, y)}, "returns {'scores'"),
  )
  def test_scores_of_another_shape_are_refused_before_training(
    self, function, shape
  ):
    message = f'^`critic` must return the scores of all pairs.*{shape}'

    class Subclass(mi_tf.Critic):
      def call(self, x, y):
        return function(x, y)

    class Layer(keras.layers.Layer):
      def call(self, x, y):
        return function(x, y)

    for critic in (function, Subclass(), Layer()):
      with self.assertRaisesRegex(ValueError, message):
        self.estimator(critic).fit(*self.data(), verbose=0)

  def test_functions_that_return_nothing_and_classes_are_refused(self):
    for critic, message in (
      (lambda x, y: None, '^`critic` must return a `Tensor`.*returns None'),
      (mi_tf.SeparableCritic, '^`critic` must be the name of a critic, or'),
    ):
      with self.assertRaisesRegex(ValueError, message):
        self.estimator(critic).fit(*self.data(), verbose=0)

  def test_layers_that_a_traced_function_builds_are_trained(self):
    net = keras.layers.Dense(2)
    estimator = self.estimator(tf.function(lambda x, y: _dot(net(x), y)))
    estimator.build((None, 2), (None, 2))
    self.assertTrains(estimator, net.trainable_weights)

  def test_scores_that_need_as_many_x_as_y_are_taken(self):
    net = keras.layers.Dense(2)

    def critic(x, y):
      return _dot(net(x), y) + tf.eye(tf.shape(x)[0]) * (x[:, 0] * y[:, 0])

    estimator = self.estimator(critic)
    estimator.build((None, 2), (None, 2))
    self.assertTrains(estimator, net.trainable_weights)

  def test_scores_in_a_batch_are_checked_too(self):
    with self.assertRaisesRegex(ValueError, 'must return the scores of all'):
      mi_tf.MiEstimator(lambda x, y: x).score(*self.data(5))

  def test_aligned_scores_of_another_shape_are_refused(self):
    class Critic(_FourMethods):
      def score_aligned(self, embedded_x, embedded_y):
        return tf.reduce_sum(embedded_x * embedded_y, axis=-1, keepdims=True)

    with self.assertRaisesRegex(ValueError, '^`score_aligned` must return one'):
      self.estimator(Critic()).fit(*self.data(), verbose=0)

  @parameterized.named_parameters(
    ('column', lambda: keras.layers.Dense(1), r'shape \(None, 1\)'),
    ('function', lambda: lambda x: x, r'shape \(3, 2\)'),
    ('another_number', lambda: lambda x: tf.reshape(x, [-1]), r'shape \(6,\)'),
  )
  def test_baselines_of_another_shape_are_refused(self, make, received):
    objective = baseline_objectives.Tuba(make())
    with self.assertRaisesRegex(
      ValueError, f'^`baseline` must return one number .*{received}'
    ):
      self.estimator('separable', objective).fit(*self.data(), verbose=0)

  def test_one_number_is_a_baseline(self):
    objective = baseline_objectives.Interpolated(0.5, lambda x: 1.0)
    self.estimator('bilinear', objective).train_step(self.data())

  def test_what_is_no_baseline_is_refused(self):
    with self.assertRaisesRegex(ValueError, '^`baseline` must be a layer or'):
      baseline_objectives.Tuba(3)

  @parameterized.named_parameters(
    ('mean', lambda x: tf.reduce_mean(x, 0), r'shape \(2,\) for n=None'),
    ('flat', lambda x: tf.reshape(x, [-1, 1]), r'shape \(6, 1\) for n=3'),
    ('two', lambda x: (x, x), 'for n=None'),
    ('scalar', lambda x: tf.reduce_mean(x), r'shape \(\) for n=None'),
  )
  def test_encoders_must_return_a_row_for_each_sample(self, function, received):
    for make in (
      lambda f: mi_tf.SeparableCritic(x_encoder=f),
      lambda f: mi_tf.SeparableCritic(y_encoder=keras.layers.Lambda(f)),
    ):
      with self.assertRaisesRegex(
        ValueError, f'_encoder` must return one `Tensor` with.*{received}'
      ):
        make(function).build((None, 2), (None, 2))


if __name__ == '__main__':
  tf.test.main()
