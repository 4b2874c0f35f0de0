"""The conformance suite of critics, baselines and encoders.

The same tests for each: dtypes, kinds of graphs, blocks of pairs, saving and
gradients. The tests in `mi_tf_test.critics` and `mi_tf_test.encoders` compare
the outputs with loops.
"""

import json

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.conformance import cases
from mi_tf_test.xla import hlo

_EPS = {
  'mixed_bfloat16': 2.0**-7,
  'bfloat16': 2.0**-7,
  'mixed_float16': 2.0**-10,
}
_N = 6
_STREAMED = ('lower_bound_info_nce', 'lower_bound_donsker_varadhan')


def _arguments(layer, x, y):
  """Returns the inputs of a critic or another layer."""
  return (x, y) if isinstance(layer, mi_tf.Critic) else (x,)


def _saved_and_loaded(test, layer):
  """Returns a model of a layer, and the same model from a file."""
  inputs = _arguments(
    layer, keras.Input(cases.X_SHAPE), keras.Input(cases.Y_SHAPE)
  )
  model = keras.Model(list(inputs), layer(*inputs))
  path = f'{test.create_tempdir().full_path}/model.keras'
  model.save(path)
  return model, keras.saving.load_model(path)


def _set_weights_of(layer, other):
  """Copies weights of another dtype."""
  for v, w in zip(layer.weights, other.weights, strict=True):
    v.assign(tf.cast(w, v.dtype))


class _LayerTestCase(test_util.TestCase):
  def layer(self, name, dtype=None):
    layer = cases.make_layer(name, dtype)
    return cases.build_layer(layer, self.rng('weights'))

  def inputs(self, layer, dtype=np.float32):
    return _arguments(layer, *cases.samples(self.rng('inputs'), _N, dtype))


class LayersConformanceTest(_LayerTestCase):
  """The tests of all layers: critics, baselines and encoders."""

  @parameterized.parameters(*cases.LAYERS)
  def test_config_makes_a_layer_of_the_same_config(self, name):
    layer = self.layer(name)
    config = layer.get_config()
    self.assertEqual(json.loads(json.dumps(config)).keys(), config.keys())
    copy = type(layer).from_config(config)
    self.assertEqual(copy.get_config(), config)
    serialized = keras.saving.serialize_keras_object(layer)
    self.assertEqual(serialized['registered_name'], f'mi_tf>{name}')
    copy = keras.saving.deserialize_keras_object(serialized)
    self.assertEqual(copy.get_config(), config)

  @parameterized.parameters(*cases.LAYERS)
  def test_saved_and_loaded_layer_has_the_same_outputs(self, name):
    layer = self.layer(name)
    inputs = list(self.inputs(layer))
    model, loaded = _saved_and_loaded(self, layer)
    expected = layer(*inputs)
    self.assertAllClose(model(inputs), expected)
    self.assertAllEqual(loaded(inputs), model(inputs))
    # Tuples of shapes are lists after loading.
    configs = [m.get_layer(layer.name).get_config() for m in (model, loaded)]
    self.assertEqual(*(json.dumps(c, sort_keys=True) for c in configs))

  @parameterized.parameters(*cases.LAYERS)
  def test_float64_layer_agrees_with_float32(self, name):
    layer, exact = self.layer(name, 'float32'), self.layer(name, 'float64')
    _set_weights_of(exact, layer)
    inputs = self.inputs(layer)
    value = layer(*inputs)
    self.assertEqual(value.dtype, tf.float32)
    self.assertAllClose(
      value, exact(*(np.float64(t) for t in inputs)), rtol=1e-5, atol=1e-5
    )

  @parameterized.parameters(*cases.LAYERS)
  def test_float64_inputs_of_a_float32_layer_are_cast(self, name):
    layer = self.layer(name, 'float32')
    inputs = self.inputs(layer)
    value = layer(*(tf.constant(t, tf.float64) for t in inputs))
    self.assertEqual(value.dtype, tf.float32)
    self.assertAllEqual(value, layer(*inputs))

  @parameterized.product(name=list(cases.LAYERS), policy=list(_EPS))
  def test_half_precision_is_near_to_single_precision(self, name, policy):
    exact, layer = self.layer(name, 'float32'), self.layer(name, policy)
    _set_weights_of(layer, exact)
    inputs = self.inputs(exact)
    value = layer(*inputs)
    # Moving averages are returned in float32; so are log densities, which may
    # be out of the range of half precision, and their means and scales.
    if name == 'GaussianCritic':
      self.assertEqual(value.dtype, 'float32')
      *hidden, head = layer.tower.layers
      for part, dtype in ((head, 'float32'), *((h, policy) for h in hidden)):
        self.assertEqual(part.dtype_policy.name, dtype)
    elif name != 'MovingAverageBaseline':
      self.assertEqual(value.dtype, layer.compute_dtype)
      for v in layer.trainable_weights:
        self.assertEqual(v.dtype, layer.variable_dtype)
    expected = exact(*inputs).numpy()
    self.assertAllClose(
      cases.to_float64(value),
      expected,
      rtol=0,
      atol=8 * _EPS[policy] * max(1.0, np.max(np.abs(expected))),
    )

  @parameterized.parameters(*cases.LAYERS)
  def test_every_trainable_weight_has_a_gradient_in_every_dtype(self, name):
    for policy in ('float32', *_EPS):
      layer = self.layer(name, policy)
      with tf.GradientTape() as tape:
        loss = tf.reduce_sum(
          tf.cast(layer(*self.inputs(layer)), tf.float32) ** 2
        )
      weights = layer.trainable_weights
      gradients = tape.gradient(loss, [v.value for v in weights])
      self.assertAllFinite(
        {f'{policy}: {v.path}': g for v, g in zip(weights, gradients)}
      )
      for v, gradient in zip(weights, gradients):
        self.assertNotAllEqual(gradient, tf.zeros_like(gradient), v.path)

  @parameterized.parameters(*cases.LAYERS)
  def test_unknown_batch_and_xla_agree_with_eager(self, name):
    # In double precision, to see differences beyond rounding.
    layer = self.layer(name, 'float64')
    inputs = [tf.constant(t) for t in self.inputs(layer, np.float64)]
    specs = [tf.TensorSpec([None, *t.shape[1:]], t.dtype) for t in inputs]
    weights = [v.value for v in layer.trainable_weights]
    # A moving average is in single precision for any input.
    single = layer.compute_dtype == 'float32'
    tolerance = {'rtol': 1e-4, 'atol': 1e-4} if single else {'rtol': 1e-8}

    def call(*inputs):
      with tf.GradientTape() as tape:
        tape.watch(inputs)
        value = layer(*inputs)
        loss = tf.reduce_sum(value**2)
      return value, tape.gradient(
        loss, [*inputs, *weights], unconnected_gradients='zero'
      )

    expected = call(*inputs)
    for jit_compile in (False, True):
      graph = tf.function(call, specs, autograph=False, jit_compile=jit_compile)
      self.assertAllClose(graph(*inputs), expected, **tolerance)
      if jit_compile:
        self.assertEmpty(hlo.problems(graph, *inputs))

  @parameterized.parameters(*cases.LAYERS)
  def test_layer_can_be_built_by_its_first_call_in_a_graph(self, name):
    layer = cases.make_layer(name)
    inputs = self.inputs(layer)
    graph = tf.function(lambda *inputs: layer(*inputs), autograph=False)
    value = graph(*(tf.constant(t) for t in inputs))
    self.assertAllClose(value, layer(*inputs), rtol=1e-5, atol=1e-5)

  @parameterized.parameters(*cases.LAYERS)
  def test_frozen_layer_has_no_trainable_weights(self, name):
    layer = self.layer(name)
    layer.trainable = False
    self.assertEmpty(layer.trainable_weights)
    copy = type(layer).from_config(layer.get_config())
    self.assertFalse(copy.trainable)


class CriticsConformanceTest(_LayerTestCase):
  """The tests of critics alone."""

  @parameterized.parameters(*cases.CRITICS)
  def test_scores_of_a_block_are_a_block_of_the_scores(self, name):
    critic = self.layer(name)
    x, y = self.inputs(critic)
    whole = critic(x, y)
    self.assertEqual(whole.shape, [_N, _N])
    close = dict(rtol=1e-5, atol=1e-5)
    self.assertAllClose(critic(x[:3], y), whole[:3], **close)
    self.assertAllClose(critic(x, y[2:4]), whole[:, 2:4], **close)
    self.assertAllClose(critic(x[4:], y[:5]), whole[4:, :5], **close)
    for i, j in ((0, 0), (1, 4), (5, 2)):
      one = critic(x[i : i + 1], y[j : j + 1])
      self.assertAllClose(one, whole[i : i + 1, j : j + 1], **close)

  @parameterized.parameters(*cases.CRITICS)
  def test_order_of_samples_is_the_order_of_scores(self, name):
    critic = self.layer(name)
    x, y = self.inputs(critic)
    rows, columns = (self.rng(side).permutation(_N) for side in 'xy')
    self.assertAllClose(
      critic(x[rows], y[columns]),
      critic(x, y).numpy()[rows][:, columns],
      rtol=1e-5,
      atol=1e-5,
    )

  @parameterized.parameters(*cases.CRITICS)
  def test_negative_samples_are_entries_of_all_pairs(self, name):
    critic = self.layer(name)
    x, y = self.inputs(critic)
    whole = critic(x, y).numpy()
    for count in (0, 1, 3, _N - 1):
      few = critic(x, y, negative_samples=count)
      expected = [
        [whole[i, (i + s) % _N] for s in range(count + 1)] for i in range(_N)
      ]
      self.assertAllClose(few, expected, rtol=1e-5, atol=1e-5)

  @parameterized.parameters(*cases.CRITICS)
  def test_negative_samples_of_an_unknown_batch_agree_with_eager(self, name):
    critic = self.layer(name)
    x, y = self.inputs(critic)
    specs = [tf.TensorSpec([None, *t.shape[1:]], t.dtype) for t in (x, y)]
    for jit_compile in (False, True):
      graph = tf.function(
        lambda x, y: critic(x, y, negative_samples=2),
        specs,
        autograph=False,
        jit_compile=jit_compile,
      )
      for n in (_N, 4):
        self.assertAllClose(
          graph(tf.constant(x[:n]), tf.constant(y[:n])),
          critic(x[:n], y[:n], negative_samples=2),
          rtol=1e-5,
          atol=1e-5,
        )

  @parameterized.parameters(*cases.CRITICS)
  def test_gradients_reach_both_inputs(self, name):
    critic = self.layer(name)
    inputs = [tf.constant(t) for t in self.inputs(critic)]
    for negative_samples in (None, 2):
      with tf.GradientTape() as tape:
        tape.watch(inputs)
        scores = critic(*inputs, negative_samples=negative_samples)
        total = tf.reduce_sum(scores**2)
      for gradient in tape.gradient(total, inputs):
        self.assertAllFinite(gradient)
        self.assertAllGreater(tf.reduce_max(tf.abs(gradient), axis=-1), 0.0)

  @parameterized.parameters(*cases.CRITICS)
  def test_embeddings_combine_to_the_scores(self, name):
    critic = self.layer(name)
    x, y = self.inputs(critic)
    embedded = [
      embed(tf.constant(encoder(t)))
      for embed, encoder, t in (
        (critic.embed_x, critic.x_encoder, x),
        (critic.embed_y, critic.y_encoder, y),
      )
    ]
    whole = critic(x, y)
    close = dict(rtol=1e-5, atol=1e-5)
    self.assertAllClose(critic.score_pairs(*embedded), whole, **close)
    self.assertAllClose(
      critic.score_aligned(*embedded), np.diag(whole), **close
    )

  def value_and_gradients(self, critic, bound, block_rows):
    """Returns a function of x and y; streamed if there are `block_rows`."""

    def call(x, y):
      with tf.GradientTape() as tape:
        tape.watch([x, y])
        if block_rows:
          scores = critic.stream(x, y, training=True, block_rows=block_rows)
        else:
          scores = critic(x, y, training=True)
        value = bound(scores)
      weights = [v.value for v in critic.trainable_weights]
      gradients = tape.gradient(value, [x, y, *weights])
      # A weight may have no effect, as an offset has none on InfoNCE.
      return [value, *(g for g in gradients if g is not None)]

    return call

  # One bound reduces rows, the other one all pairs.
  @parameterized.parameters(
    *((name, _STREAMED[i % 2]) for i, name in enumerate(cases.CRITICS))
  )
  def test_streamed_scores_have_the_gradients_of_dense_ones(self, name, bound):
    critic = self.layer(name)
    x, y = (tf.constant(t) for t in cases.samples(self.rng('inputs'), 7))
    bound = getattr(mi_tf, bound)
    expected = self.value_and_gradients(critic, bound, None)(x, y)
    call = self.value_and_gradients(critic, bound, 3)
    specs = [tf.TensorSpec([None, *t.shape[1:]], t.dtype) for t in (x, y)]
    graph = tf.function(call, specs, autograph=False)
    xla = tf.function(call, specs, autograph=False, jit_compile=True)
    for kind, streamed in (('eager', call), ('graph', graph), ('XLA', xla)):
      actual = streamed(x, y)
      self.assertLen(actual, len(expected))
      for i, (a, b) in enumerate(zip(actual, expected)):
        self.assertAllClose(a, b, rtol=1e-4, atol=5e-6, msg=f'{kind}, {i}')
    self.assertEmpty(hlo.problems(xla, x, y))

  @parameterized.parameters(*cases.CRITICS)
  def test_frozen_and_half_precision_critics_stream(self, name):
    for policy, frozen in (('float32', True), ('mixed_bfloat16', False)):
      critic = self.layer(name, policy)
      critic.trainable = not frozen
      x, y = (tf.constant(t) for t in cases.samples(self.rng('inputs'), 7))
      bound = mi_tf.lower_bound_jensen_shannon
      expected = bound(tf.cast(critic(x, y), tf.float32))
      with tf.GradientTape() as tape:
        tape.watch(x)
        actual = bound(critic.stream(x, y, block_rows=3))
      self.assertEqual(actual.dtype, critic(x, y).dtype)
      self.assertAllClose(
        cases.to_float64(actual),
        expected,
        rtol=1e-5 if frozen else 2 * _EPS[policy],
      )
      self.assertAllFinite(tape.gradient(actual, x))


if __name__ == '__main__':
  test_util.main()
