"""The conformance suite of layers as members of a user's model.

The model uses them in its `train_step` and not in its `call`, so that Keras
does not build them when it loads the model.
"""

import warnings

from absl.testing import parameterized
import keras
import tensorflow as tf

import mi_tf
from mi_tf_test import test_util
from mi_tf_test.conformance import cases

_MAP_SHAPE = (2, 2, 3)


@keras.saving.register_keras_serializable('mi_tf_test')
class Owner(keras.Model):
  """A model that holds layers which its `call` does not call."""

  def __init__(self, names, **kwargs):
    super().__init__(**kwargs)
    self.names = names
    self.members = [_MEMBERS[name]() for name in names]
    self.never_used = mi_tf.SeparableCritic()

  def build(self, shape):
    self.built = True

  def call(self, x):
    return x

  def get_config(self):
    return {**super().get_config(), 'names': self.names}


def _objective(name):
  return lambda: cases.make_objective(name)


def _estimator(name='concat', objective='tuba'):
  estimator = mi_tf.MiEstimator(name, objective)
  estimator.compile('adam')
  return estimator


def _two_views():
  encoders = [mi_tf.encoders.Mlp((3,)) for _ in range(2)]
  model = mi_tf.infomax.TwoViewInfoMax(*encoders)
  model.compile('adam')
  return model


def _deep_info_max():
  model = cases.MODELS['DeepInfoMax'](None)
  model.compile('adam')
  return model


_MODELS = {
  'DeepInfoMax': _deep_info_max,
  'MiEstimator': _estimator,
  'MiRegularizer': lambda: mi_tf.infomax.MiRegularizer('concat', 'mine'),
  'TwoViewInfoMax': _two_views,
}
_MEMBERS = {
  **{name: lambda name=name: cases.make_layer(name) for name in cases.LAYERS},
  **{
    name: lambda name=name: getattr(mi_tf.infomax, name)(
      **cases.LOCAL_CRITICS[name]
    )
    for name in cases.LOCAL_CRITICS
  },
  **{f'objective {name}': _objective(name) for name in cases.OBJECTIVES},
  **_MODELS,
}


class MembersConformanceTest(test_util.TestCase):
  """Tests that both kinds of files restore all members."""

  def owner(self):
    """Returns a model of all members, used once, and its paths."""
    owner = Owner(list(_MEMBERS))
    owner(tf.ones([1, 1]))
    x, y = cases.samples(self.rng('samples'), 6)
    for name, member in zip(owner.names, owner.members, strict=True):
      self.use(name, member, x, y)
    folder = self.create_tempdir().full_path
    with warnings.catch_warnings():
      # Keras's own, of layers that are not built.
      warnings.filterwarnings('ignore', 'You are saving a model')
      owner.save(f'{folder}/model.keras')
      owner.save_weights(f'{folder}/model.weights.h5')
    return owner, folder

  def use(self, name, member, x, y):
    if name == 'DeepInfoMax':
      (shape,) = cases.MODEL_SHAPES[name]
      member.train_step(tf.random.stateless_uniform([6, *shape], [1, 2]))
    elif name == 'MiRegularizer':
      member.train_step(x, y)
    elif name in _MODELS:
      member.train_step((x, y))
    elif name in cases.LOCAL_CRITICS:
      member.build((None, *_MAP_SHAPE), (None, 5))
    elif name.startswith('objective '):
      member.build((None, *cases.X_SHAPE), (None, *cases.Y_SHAPE))
    else:
      cases.build_layer(member, self.rng(name))

  def assertSame(self, owner, copy):
    for name, member, loaded in zip(
      owner.names, owner.members, copy.members, strict=True
    ):
      expected, found = (list(m.variables) for m in (member, loaded))
      if name in _MODELS:
        for variables, model in ((expected, member), (found, loaded)):
          model = getattr(model, 'estimator', model)
          for key in ('optimizer', 'prior_optimizer'):
            variables += getattr(getattr(model, key, None), 'variables', [])
      self.assertLen(found, len(expected), name)
      for v, w in zip(expected, found, strict=True):
        self.assertAllEqual(v, w, f'{name}: {v.path}')
    self.assertFalse(copy.never_used.built)

  def test_every_class_is_a_member(self):
    names = {name for name in _MEMBERS if not name.startswith('objective ')}
    self.assertEqual(names, cases.public_layers() - set(cases.ABSTRACT))

  def test_members_come_back_from_both_kinds_of_files(self):
    owner, folder = self.owner()
    copy = Owner(owner.names)
    copy(tf.ones([1, 1]))
    copy.load_weights(f'{folder}/model.weights.h5')
    self.assertSame(owner, copy)
    self.assertSame(owner, keras.saving.load_model(f'{folder}/model.keras'))


@keras.saving.register_keras_serializable('mi_tf_test')
class Columns(keras.layers.Layer):
  """An encoder of a structure of integers and numbers."""

  def __init__(self, **kwargs):
    super().__init__(**kwargs)
    self.embedding = keras.layers.Embedding(5, 2)
    self.dense = keras.layers.Dense(3)

  def build(self, shapes):
    first, second = shapes.values() if isinstance(shapes, dict) else shapes
    self.embedding.build(first)
    self.dense.build(second)

  def call(self, columns):
    first, second = keras.tree.flatten(columns)
    return tf.concat([self.embedding(first), self.dense(second)], axis=-1)


def _text_encoder():
  return keras.Sequential(
    [
      keras.layers.TextVectorization(
        output_sequence_length=3, vocabulary=['a', 'b']
      ),
      keras.layers.Embedding(4, 2),
      keras.layers.GlobalAveragePooling1D(),
    ]
  )


def _functional_encoder():
  ids = keras.Input((), dtype='int64', name='a')
  numbers = keras.Input((2,), name='b')
  embedded = keras.layers.Embedding(5, 2)(ids)
  return keras.Model(
    {'a': ids, 'b': numbers}, keras.layers.Concatenate()([embedded, numbers])
  )


class StructuresConformanceTest(test_util.TestCase):
  """Critics and baselines whose encoders take structures and strings."""

  def inputs(self, kind):
    ids = tf.range(6, dtype=tf.int64) % 5
    numbers = tf.constant(self.rng('x').normal(size=[6, 2]), tf.float32)
    return {
      'dict': {'a': ids, 'b': numbers},
      'functional': {'a': ids, 'b': numbers},
      'list': [ids, numbers],
      'tuple': (ids, numbers),
      'text': tf.constant(['a b', 'b', 'c', 'a', 'b c', '']),
    }[kind]

  def encoder(self, kind):
    makers = {'text': _text_encoder, 'functional': _functional_encoder}
    return makers.get(kind, Columns)()

  @parameterized.parameters(*cases.CRITICS)
  def test_critics_take_what_their_encoders_take(self, name):
    self.check_critic(name, 'dict')

  @parameterized.parameters('functional', 'list', 'text', 'tuple')
  def test_encoders_of_every_kind_are_taken(self, kind):
    self.check_critic('SeparableCritic', kind)

  def check_critic(self, name, kind):
    x, y = self.inputs(kind), tf.ones([6, 4])

    def make():
      return getattr(mi_tf, name)(
        **cases.CRITICS[name],
        x_encoder=self.encoder(kind),
        y_encoder=keras.layers.Dense(_size(kind)),
      )

    critic = make()
    bound = mi_tf.lower_bound_info_nce
    scores = critic(x, y)  # It is built by the inputs.
    self.assertAllClose(critic(x, y, negative_samples=1)[:, 0], _diag(scores))
    self.assertAllClose(bound(critic.stream(x, y)), bound(scores))
    self.assertAllClose(bound(critic.across_replicas(x, y)), bound(scores))
    copy = make()
    copy.build_from_config(critic.get_build_config())
    self.assertEqual(
      [v.shape for v in copy.weights], [v.shape for v in critic.weights]
    )
    copy = make()
    copy.stream(x, y)  # Which builds it as well.
    self.assertLen(copy.weights, len(critic.weights))

  @parameterized.parameters('dict', 'functional', 'text')
  def test_baselines_take_what_their_encoders_take(self, kind):
    x = self.inputs(kind)
    baseline = mi_tf.LearnedBaseline((3,), x_encoder=self.encoder(kind))
    self.assertEqual(baseline(x).shape, [6])
    copy = mi_tf.LearnedBaseline((3,), x_encoder=self.encoder(kind))
    copy.build_from_config(baseline.get_build_config())
    self.assertLen(copy.weights, len(baseline.weights))

  @parameterized.parameters('dict', 'text')
  def test_structures_and_strings_need_an_encoder(self, kind):
    with self.assertRaisesRegex(
      ValueError, '^`x` must be one `Tensor` of numbers, unless there is an `x_'
    ):
      mi_tf.SeparableCritic()(self.inputs(kind), tf.ones([6, 4]))

  def test_members_that_take_structures_come_back(self):
    def make():
      return mi_tf.SeparableCritic(
        (3,), x_encoder=Columns(), y_encoder=_text_encoder()
      )

    x, y = self.inputs('dict'), self.inputs('text')
    _MEMBERS['structures'] = make
    self.addCleanup(_MEMBERS.pop, 'structures')
    owner, copy = Owner(['structures']), Owner(['structures'])
    for model in (owner, copy):
      model(tf.ones([1, 1]))
    scores = owner.members[0](x, y)
    path = f'{self.create_tempdir().full_path}/model.weights.h5'
    owner.save_weights(path)
    copy.load_weights(path)
    self.assertAllEqual(copy.members[0](x, y), scores)

  def test_estimator_is_trained_on_a_batch_of_structures(self):
    estimator = mi_tf.MiEstimator(
      mi_tf.SeparableCritic(
        (3,), x_encoder=Columns(), y_encoder=_text_encoder()
      )
    )
    x, y = self.inputs('dict'), self.inputs('text')
    estimator._expect({'x_shape': x, 'y_shape': y})
    estimator.build({'a': (None,), 'b': (None, 2)}, (None,))
    self.assertEqual(estimator.score(x, y)[0].shape, [6, 6])
    copy = mi_tf.MiEstimator.from_config(estimator.get_config())
    copy.build_from_config(estimator.get_build_config())
    self.assertLen(copy.weights, len(estimator.weights))


def _size(kind):
  """Returns the size of an encoder's outputs."""
  return {'text': 2, 'functional': 4}.get(kind, 5)


def _diag(scores):
  return tf.linalg.diag_part(scores)


if __name__ == '__main__':
  tf.test.main()
