"""The conformance suite of rules that users of Keras rely on.

Random layers resume their state, losses have their penalties, and unsuitable
models and data are refused before the first epoch. Each public Keras class must
be in the tables of its rules, or `test_every_class_...` fails.
"""

import functools
import pathlib

from absl.testing import parameterized
import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.conformance import cases

# Models that `fit` trains, and the shapes of one sample of each input.
_TRAINED = {
  'DeepInfoMax': [(4, 4, 2)],
  'MiEstimator': [(5,), (3,)],
  'TwoViewInfoMax': [(5,), (3,)],
}
# Classes whose critic may be a function.
_TAKE_FUNCTIONS = ('MiEstimator', 'MiRegularizer')
# The numbers that classes take: (class, argument) -> how the class is made.
_NUMBERS = {
  (name, key): (make, options)
  for name, make, options in (
    *(
      (name, getattr(mi_tf, name), options)
      for name, options in {**cases.CRITICS, **cases.BASELINES}.items()
    ),
    *(
      (name, getattr(mi_tf.encoders, name), options)
      for name, options in cases.ENCODERS.items()
    ),
    *(
      (name, getattr(mi_tf.infomax, name), options)
      for name, options in cases.LOCAL_CRITICS.items()
    ),
    *(
      (name, functools.partial(mi_tf.get_objective, name), make())
      for name, make in cases.OBJECTIVES.items()
      if name != 'function'
    ),
    (
      'MiEstimator',
      functools.partial(mi_tf.MiEstimator, objective='mine'),
      dict(negative_samples=2, ema_decay=0.5),
    ),
    (
      'MiRegularizer',
      mi_tf.infomax.MiRegularizer,
      dict(beta=0.5, num_updates=2, start=1, stop=9, ramp=2),
    ),
    ('InfoNceLoss', mi_tf.losses.InfoNceLoss, dict(temperature=0.5)),
    (
      'TwoViewInfoMax',
      functools.partial(
        mi_tf.infomax.TwoViewInfoMax, mi_tf.encoders.Mlp((4,)), objective='nwj'
      ),
      dict(target=0.5),
    ),
  )
  for key, value in options.items()
  if isinstance(value, (int, float)) and not isinstance(value, bool)
}
# Classes that are no models and take no numbers. Callbacks have other tests.
_NO_MODELS = (
  'AtomicBackup',
  'ConcatAndConvolveCritic',
  'ConcatCritic',
  'LearnedBaseline',
  'LinearProbe',
  'Mlp',
  'MutualInformation',
  'ScoreHistograms',
)


def _model(name, layer=None):
  """Returns a model that `fit` trains, with `layer` first in its encoder."""
  first = [layer] if layer else []
  if name == 'DeepInfoMax':
    local = [*first, keras.layers.Conv2D(3, 2)]
    model = mi_tf.infomax.DeepInfoMax(
      keras.Sequential(local),
      keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(4)]),
      local_critic=mi_tf.infomax.EncodeAndDotCritic(4),
      seed=1,
    )
  elif name == 'TwoViewInfoMax':
    model = mi_tf.infomax.TwoViewInfoMax(
      keras.Sequential([*first, keras.layers.Dense(4)]),
      mi_tf.encoders.Mlp((4,)),
    )
  else:
    critic = mi_tf.SeparableCritic(
      (6,), 4, x_encoder=keras.Sequential([*first, keras.layers.Dense(4)])
    )
    model = mi_tf.MiEstimator(critic, 'info_nce')
  model.compile(keras.optimizers.Adam(1e-2))
  return model


class RulesTest(test_util.TestCase):
  def folder(self):
    return pathlib.Path(self.create_tempdir().full_path)

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
      for shape in _TRAINED[name]
    ]

  def dataset(self, name, n=24):
    data = self.data(name, n)
    return tf.data.Dataset.from_tensor_slices(
      tuple(data) if len(data) > 1 else data[0]
    )

  def test_every_class_is_in_the_tables_of_the_rules(self):
    # Members of models have `conformance.members_test`.
    public = {
      *cases.public_layers(),
      *mi_tf.callbacks.__all__,
      *mi_tf.losses.__all__,
    }
    classes = {n for n in public if n[0].isupper()}
    named = {*_TRAINED, *_NO_MODELS, *(name for name, _ in _NUMBERS)}
    self.assertContainsSubset(classes - set(cases.ABSTRACT), named)
    self.assertEqual({*cases.MODELS, *cases.ESTIMATORS}, set(_TRAINED))

  @parameterized.parameters(
    ('DeepInfoMax', lambda: keras.layers.Dropout(0.5)),
    ('MiEstimator', lambda: keras.layers.GaussianNoise(1.0)),
    ('TwoViewInfoMax', lambda: keras.layers.AlphaDropout(0.5)),
  )
  def test_random_layers_go_on_where_they_were(self, name, layer):
    path = self.folder() / 'model.keras'
    data = self.data(name)
    options = dict(batch_size=8, shuffle=False, verbose=0)

    def train(epochs):
      keras.utils.set_random_seed(3)
      model = _model(name, layer())
      history = model.fit(*data, epochs=epochs, **options).history
      return model, history['loss']

    train(1)[0].save(path)
    rest = keras.saving.load_model(path).fit(
      *data, initial_epoch=1, epochs=2, **options
    )
    _, losses = train(2)
    self.assertAllClose(losses[1:], rest.history['loss'], rtol=1e-5)

  @parameterized.parameters(*_TRAINED)
  def test_loss_has_what_regularizers_add(self, name):
    data = self.data(name)
    values = []
    for factor in (0.0, 1.0):
      keras.utils.set_random_seed(3)
      layer = keras.layers.ActivityRegularization(l2=factor)
      model = _model(name, layer)
      evaluated = model.evaluate(
        *data, batch_size=8, return_dict=True, verbose=0
      )
      trained = model.fit(
        *data[:2], batch_size=24, verbose=0, shuffle=False
      ).history
      values.append([evaluated['loss'], trained['loss'][0]])
    gained = np.subtract(*values[::-1])
    # Keras divides an activity's penalty by the batch size.
    self.assertAllClose(gained, 2 * [np.sum(data[0] ** 2) / 24], rtol=1e-3)

  @parameterized.parameters(*_TRAINED)
  def test_datasets_without_batches_are_refused(self, name):
    with self.assertRaisesRegex(ValueError, r'batch'):
      _model(name).fit(self.dataset(name), verbose=0)
    built = _model(name)
    built.build(*((None, *shape) for shape in _TRAINED[name]))
    with self.assertRaisesRegex(ValueError, r'batch'):
      built.fit(self.dataset(name), verbose=0)
    with self.assertRaisesRegex(ValueError, r'batch'):
      built.evaluate(self.dataset(name), verbose=0)

  @parameterized.parameters(*_TRAINED)
  def test_batches_of_one_row_are_refused(self, name):
    data = self.data(name)
    one = [t[:1] for t in data]
    with self.assertRaisesRegex(ValueError, 'batch_size'):
      _model(name).fit(*data, batch_size=1, verbose=0)
    with self.assertRaisesRegex(ValueError, 'at least'):
      _model(name).fit(*one, verbose=0)
    # The size of a batch may be known only at run time.
    errors = ValueError, tf.errors.InvalidArgumentError
    with self.assertRaisesRegex(errors, 'at least 2'):
      _model(name).fit(self.dataset(name).batch(1), shuffle=False, verbose=0)
    if len(data) == 2:
      with self.assertRaisesRegex(ValueError, 'at least 2'):
        _model(name).fit(
          *data, batch_size=8, validation_data=tuple(one), verbose=0
        )

  @parameterized.parameters(*_TRAINED)
  def test_losses_are_refused_where_keras_takes_them(self, name):
    with self.assertRaisesRegex(ValueError, 'the objective is the loss'):
      _model(name).compile('adam', 'mse')

  @parameterized.parameters(*_TRAINED)
  def test_class_weights_are_refused_by_their_name(self, name):
    with self.assertRaisesRegex(ValueError, 'class_weight'):
      _model(name).fit(*self.data(name), class_weight={0: 1.0}, verbose=0)

  @parameterized.parameters(*_TAKE_FUNCTIONS)
  def test_layers_that_a_function_calls_are_trained(self, name):
    layer = keras.layers.Dense(3)

    def critic(x, y):
      return tf.matmul(layer(x), layer(y), transpose_b=True)

    x, y = (self.rng('xy', i).normal(size=(8, 4)) for i in range(2))
    x, y = np.float32(x), np.float32(y)
    if name == 'MiRegularizer':
      regularizer = mi_tf.infomax.MiRegularizer(critic, 'nwj')
      regularizer.train_step(x, y)
      before = layer.kernel.numpy()
      regularizer.train_step(x, y)
    else:
      model = mi_tf.MiEstimator(critic, 'nwj')
      model.compile(keras.optimizers.Adam(1e-2))
      model.fit(x, y, verbose=0)
      before = layer.kernel.numpy()
      model.fit(x, y, verbose=0)
    self.assertNotAllClose(layer.kernel, before)

  @parameterized.parameters(*_NUMBERS)
  def test_variables_are_refused_where_numbers_are_expected(self, name, key):
    make, options = _NUMBERS[name, key]
    dtype = 'float32' if isinstance(options[key], float) else 'int32'
    for kind in (keras.Variable, tf.Variable):
      if (name, key) == ('js', 'negative_weight') and kind is tf.Variable:
        continue  # Which may change between updates, and is never trained.
      variable = kind(options[key], dtype=dtype)
      with self.assertRaisesRegex(
        (TypeError, ValueError), rf'^`{key}` must .*Received: {key}=<'
      ):
        make(**{**options, key: variable})

  def test_two_views_take_no_function_as_a_critic(self):
    with self.assertRaisesRegex(ValueError, '^`critic` must be'):
      mi_tf.infomax.TwoViewInfoMax(
        mi_tf.encoders.Mlp((4,)), critic=lambda x, y: tf.matmul(x, y)
      )

  def test_nothing_to_train_is_refused(self):
    estimator = mi_tf.MiEstimator(
      lambda x, y: tf.matmul(x, y, transpose_b=True), 'nwj'
    )
    estimator.compile('sgd')
    with self.assertRaisesRegex(ValueError, 'train'):
      estimator.fit(*(2 * [np.ones([8, 2], np.float32)]), verbose=0)


if __name__ == '__main__':
  test_util.main()
