"""The conformance suite of backups, checkpoints and exported models.

Resumed training ends like uninterrupted training; a SavedModel has the outputs
of the model, for batches of any size.
"""

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.conformance import cases

_SHAPES = {
  'DeepInfoMax': [(4, 4, 2)],
  'TwoViewInfoMax': [cases.X_SHAPE, cases.Y_SHAPE],
}
_EACH = parameterized.parameters('MiEstimator', *cases.MODELS)


def _model(name):
  """Returns a compiled model, built if it learns representations."""
  if name == 'MiEstimator':  # The one whose objective has a state.
    critic = cases.make_layer('ConcatCritic')
    model = mi_tf.MiEstimator(critic, cases.make_objective('mine'))
  else:
    model = cases.MODELS[name](None)
    model.build(*((None, *shape) for shape in _SHAPES[name]))
  model.compile(keras.optimizers.Adam(1e-2))
  return model


def _state(model):
  """Returns all variables that training changes."""
  optimizers = [model.optimizer, getattr(model, 'prior_optimizer', None)]
  variables = [
    *model.variables,
    *(v for o in optimizers if o for v in o.variables),
  ]
  # Without the metrics, of an epoch that is over.
  metrics = {id(v) for m in model.metrics for v in m.variables}
  return [v.numpy() for v in variables if id(v) not in metrics]


class SavingConformanceTest(test_util.TestCase):
  def setUp(self):
    super().setUp()
    self.folder = self.create_tempdir().full_path

  def data(self, name, n=24):
    if name == 'DeepInfoMax':
      return [np.float32(self.rng('data').uniform(size=(n, 4, 4, 2)))]
    return list(cases.samples(self.rng('data'), n))

  def train(self, name, epochs, *callbacks):
    """Returns a new model that was trained up to `epochs`, and its history."""
    keras.utils.set_random_seed(3)
    model = _model(name)
    history = model.fit(
      *self.data(name),
      batch_size=8,
      epochs=epochs,
      shuffle=False,
      verbose=0,
      callbacks=list(callbacks),
    ).history
    return model, history

  @_EACH
  @test_util.full(
    'Another test resumes from a checkpoint; this finds state that only '
    'backups restore.'
  )
  def test_restored_training_ends_as_one_that_went_through(self, name):
    expected, history = self.train(name, 4)
    for epochs in (2, 4):
      backup = keras.callbacks.BackupAndRestore(
        self.folder, delete_checkpoint=False
      )
      model, rest = self.train(name, epochs, backup)
    self.assertAllClose(_state(model), _state(expected), rtol=1e-6, atol=1e-7)
    self.assertAllClose(
      rest, {k: v[2:] for k, v in history.items()}, rtol=1e-5, atol=1e-6
    )

  @_EACH
  def test_checkpoint_goes_on_as_the_training_did(self, name):
    path = f'{self.folder}/{{epoch}}.keras'
    expected, history = self.train(
      name, 4, keras.callbacks.ModelCheckpoint(path)
    )
    model = keras.saving.load_model(path.format(epoch=2))
    rest = model.fit(
      *self.data(name),
      batch_size=8,
      initial_epoch=2,
      epochs=4,
      shuffle=False,
      verbose=0,
    ).history
    self.assertAllClose(
      _state(model),
      _state(expected),
      rtol=1e-6,
      atol=1e-7,
    )
    self.assertAllClose(
      rest, {k: v[2:] for k, v in history.items()}, rtol=1e-5, atol=1e-6
    )

  @_EACH
  @test_util.full(
    "Keras's own files have the same variables; this finds untracked ones."
  )
  def test_tensorflow_checkpoint_holds_the_model(self, name):
    model, _ = self.train(name, 2)
    path = tf.train.Checkpoint(model=model).write(f'{self.folder}/model')
    other, _ = self.train(name, 1)
    status = tf.train.Checkpoint(model=other).read(path)
    status.assert_existing_objects_matched()
    data = self.data(name)
    self.assertAllEqual(other(*data), model(*data))

  @_EACH
  @test_util.full(
    '`saved_models_test` tests the exported functions; this finds errors of a '
    'single model.'
  )
  def test_exported_model_has_the_same_outputs(self, name):
    model, _ = self.train(name, 1)
    model.export(f'{self.folder}/model', verbose=False)
    loaded = tf.saved_model.load(f'{self.folder}/model')
    for n in (24, 7):
      data = [t[:n] for t in self.data(name)]
      self.assertAllClose(
        (loaded.mi if hasattr(loaded, 'mi') else loaded.serve)(*data),
        model(*data),
        rtol=1e-5,
        atol=1e-6,
      )

  def test_model_that_is_not_built_is_not_exported(self):
    with self.assertRaisesRegex(ValueError, 'has not yet been built'):
      _model('MiEstimator').export(f'{self.folder}/model')

  @parameterized.parameters(*cases.LAYERS)
  @test_util.full(
    'Exported models hold such layers; this finds a layer that is in none.'
  )
  def test_exported_layer_has_the_same_outputs(self, name):
    layer = cases.build_layer(cases.make_layer(name), self.rng('weights'))
    shapes = [cases.X_SHAPE, cases.Y_SHAPE]
    if not isinstance(layer, mi_tf.Critic):
      del shapes[1]
    inputs = [keras.Input(shape) for shape in shapes]
    model = keras.Model(inputs, layer(*inputs))
    model.export(f'{self.folder}/layer', verbose=False)
    loaded = tf.saved_model.load(f'{self.folder}/layer')
    for n in (6, 3):
      data = list(cases.samples(self.rng('data'), n))[: len(shapes)]
      self.assertAllClose(
        loaded.serve(data), layer(*data), rtol=1e-5, atol=1e-5
      )


if __name__ == '__main__':
  test_util.main()
