"""The conformance suite of models that learn representations.

Saving and loading, XLA, mixed precision, and all kinds of data of Keras's
`fit`.
"""

import json
import pathlib

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.conformance import cases

_EACH = parameterized.parameters(*cases.MODELS)


def _variables(model):
  """Returns all variables that training changes."""
  optimizers = [model.optimizer, getattr(model, 'prior_optimizer', None)]
  return [
    *model.variables,
    *(v for o in optimizers if o for v in o.variables),
  ]


class ModelsConformanceTest(test_util.TestCase):
  _shared: dict = {}

  @classmethod
  def tearDownClass(cls):
    cls._shared.clear()
    super().tearDownClass()

  def model(self, name, dtype=None, **options):
    """Returns a built and compiled model."""
    model = cases.MODELS[name](dtype)
    model.build(*((None, *shape) for shape in cases.MODEL_SHAPES[name]))
    model.compile(keras.optimizers.Adam(1e-2), **options)
    return model

  def plain(self, name):
    """Returns the shared model, with its trace and its initial variables."""
    if name not in self._shared:
      keras.utils.set_random_seed(0)
      model = self.model(name, jit_compile=False)
      if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
      self._shared[name] = model, [v.numpy() for v in _variables(model)]
    model, initial = self._shared[name]
    for v, value in zip(_variables(model), initial, strict=True):
      v.assign(value)
    return model

  def data(self, name, n=24):
    """Returns the arrays that a model is trained on."""
    rng = self.rng('data')
    common = rng.uniform(size=(n, 1))
    return [
      np.float32(
        (common + rng.uniform(size=(n, int(np.prod(shape))))).reshape(
          [n, *shape]
        )
      )
      for shape in cases.MODEL_SHAPES[name]
    ]

  def outputs(self, model, data):
    if isinstance(model, mi_tf.MiEstimator):
      return [model.x_encoder(data[0]), model.y_encoder(data[1]), model(*data)]
    return [model(*data)]

  @_EACH
  def test_saved_and_loaded_model_is_the_same(self, name):
    model, data = self.plain(name), self.data(name)
    model.fit(*data, batch_size=8, verbose=0)
    path = pathlib.Path(self.create_tempdir().full_path) / 'model.keras'
    model.save(path)
    loaded = keras.saving.load_model(path)
    configs = [
      json.dumps(m.get_config(), sort_keys=True) for m in (loaded, model)
    ]
    self.assertEqual(*configs)
    for found, expected in zip(
      self.outputs(loaded, data), self.outputs(model, data), strict=True
    ):
      self.assertAllEqual(found, expected)
    self.assertAllClose(
      [v.numpy() for v in loaded.optimizer.variables],
      [v.numpy() for v in model.optimizer.variables],
    )

  @_EACH
  @test_util.full(
    '`conformance.xla_test` compiles these steps; this compares their results.'
  )
  def test_xla_takes_the_same_steps(self, name):
    data = self.data(name)
    weights = []
    for jit_compile in (False, True):
      if jit_compile:
        keras.utils.set_random_seed(0)
        model = self.model(name, jit_compile=True)
      else:
        model = self.plain(name)
      model.fit(*data, batch_size=8, shuffle=False, epochs=2, verbose=0)
      weights.append([v.numpy() for v in model.trainable_variables])
    for plain, compiled in zip(*weights, strict=True):
      self.assertAllClose(plain, compiled, rtol=1e-3, atol=1e-3)

  @parameterized.product(
    name=list(cases.MODELS), policy=['mixed_bfloat16', 'mixed_float16']
  )
  def test_mixed_precision_moves_all_weights(self, name, policy):
    model, data = self.model(name, policy), self.data(name)
    before = [v.numpy() for v in model.trainable_variables]
    history = model.fit(*data, batch_size=8, epochs=3, verbose=0).history
    for values in history.values():
      self.assertAllFinite(values)
    for v in model.trainable_variables:
      self.assertAllFinite(v)
      self.assertEqual(v.dtype, 'float32')
    moved = [
      not np.array_equal(v, old)
      for v, old in zip(model.trainable_variables, before, strict=True)
    ]
    self.assertGreater(np.mean(moved), 0.8)

  @_EACH
  def test_fit_takes_what_keras_takes(self, name):
    data = self.data(name, 22)

    def dataset():
      pair = tuple(data) if len(data) > 1 else data[0]
      return tf.data.Dataset.from_tensor_slices(pair)

    def generator():
      for i in range(0, 22, 8):
        batch = tuple(t[i : i + 8] for t in data)
        yield batch if len(data) > 1 else (batch[0],)

    expected = None
    for args, options in (
      (data, dict(batch_size=8)),
      ([dataset().batch(8)], {}),
      ([generator()], dict(steps_per_epoch=3)),
    ):
      model = self.plain(name)
      model.fit(*args, **options, shuffle=False, verbose=0)
      found = [v.numpy() for v in model.trainable_variables]
      expected = expected or found
      for v, w in zip(found, expected, strict=True):
        self.assertAllClose(v, w, rtol=1e-4, atol=1e-5)

  @_EACH
  @test_util.full(
    '`conformance.fit_test` has executions of several steps; this finds a'
    ' step of a model that they change.'
  )
  def test_several_steps_of_an_execution_are_the_same_steps(self, name):
    data = self.data(name)
    weights = []
    for steps in (1, 3):
      if steps == 3:
        keras.utils.set_random_seed(0)
        model = self.model(name, steps_per_execution=3, jit_compile=False)
      else:
        model = self.plain(name)
      model.fit(*data, batch_size=8, shuffle=False, verbose=0)
      weights.append([v.numpy() for v in model.trainable_variables])
    for v, w in zip(*weights, strict=True):
      self.assertAllClose(v, w, rtol=1e-5, atol=1e-6)

  @_EACH
  def test_validation_is_reported(self, name):
    model, data = self.plain(name), self.data(name)
    validation = tuple(data) if len(data) > 1 else (data[0], None)
    history = model.fit(
      *data, batch_size=8, validation_data=validation, verbose=0
    ).history
    for metric in model.metrics:
      self.assertAllFinite(history[metric.name])
      self.assertAllFinite(history[f'val_{metric.name}'])


if __name__ == '__main__':
  test_util.main()
