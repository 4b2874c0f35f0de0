"""Tests that the conformance suite leaves no public function or layer out."""

import inspect
from unittest import mock

import keras

import mi_tf
from mi_tf.critics import registry
from mi_tf.objectives import bound_objectives
from mi_tf.objectives import registry as objective_registry
from mi_tf_test import test_util
from mi_tf_test.conformance import cases


class ConformanceTest(test_util.TestCase):
  def assertTableIsComplete(self, table, public):
    """Fails unless a table has the public names, and no others."""
    missing, left_over = set(public) - set(table), set(table) - set(public)
    if missing or left_over:
      self.fail(
        f'Without a case: {sorted(missing)}; not public: {sorted(left_over)}. '
        'Correct the tables in mi_tf_test/conformance/cases.py.'
      )

  def test_every_bound_has_a_case(self):
    sources = ('ReplicaScores', 'StreamedScores')
    functions = [n for n in mi_tf.bounds.__all__ if n not in sources]
    self.assertTableIsComplete(cases.BOUNDS, functions)

  def test_every_layer_has_a_case(self):
    table = [
      *cases.ABSTRACT,
      *cases.CRITICS,
      *cases.BASELINES,
      *cases.ENCODERS,
      *cases.ESTIMATORS,
      *cases.LOCAL_CRITICS,
      *cases.MODELS,
      *cases.REGULARIZERS,
    ]
    self.assertLen(set(table), len(table))
    self.assertTableIsComplete(table, cases.public_layers())

  def test_every_loss_has_its_test(self):
    # It has the tests of mi_tf_test/losses.
    self.assertEqual(mi_tf.losses.__all__, ['InfoNceLoss'])

  def test_every_objective_has_a_case(self):
    self.assertTableIsComplete(
      cases.OBJECTIVES, [*objective_registry.OBJECTIVES, 'function']
    )
    made = {name: cases.make_objective(name) for name in cases.OBJECTIVES}
    self.assertEqual(
      {type(objective) for objective in made.values()},
      cases.objective_classes(),
    )
    for name, cls in objective_registry.OBJECTIVES.items():
      self.assertIs(type(made[name]), cls)

  def test_representatives_have_all_that_objectives_have(self):
    found = {name: _seen_of(name) for name in cases.OBJECTIVES}
    features = set().union(*found.values())
    self.assertGreater(len(features), 5)
    self.assertContainsSubset(cases.REPRESENTATIVES, found)
    represented = set().union(*(found[n] for n in cases.REPRESENTATIVES))
    self.assertEqual(
      represented,
      features,
      'Name an objective that has the rest in `REPRESENTATIVES` of '
      'mi_tf_test/conformance/cases.py.',
    )

  def test_every_critic_that_has_a_name_has_a_case(self):
    self.assertTableIsComplete(
      cases.CRITICS, {cls.__name__ for cls in registry.CRITICS.values()}
    )

  def test_critics_and_baselines_are_told_apart(self):
    for name in cases.CRITICS:
      self.assertTrue(issubclass(getattr(mi_tf, name), mi_tf.Critic), name)
    for name in cases.BASELINES:
      self.assertFalse(issubclass(getattr(mi_tf, name), mi_tf.Critic), name)

  def test_leaving_out_any_one_fails(self):
    checks = {
      'BOUNDS': self.test_every_bound_has_a_case,
      'CRITICS': self.test_every_layer_has_a_case,
      'BASELINES': self.test_every_layer_has_a_case,
      'ENCODERS': self.test_every_layer_has_a_case,
      'LOCAL_CRITICS': self.test_every_layer_has_a_case,
      'MODELS': self.test_every_layer_has_a_case,
      'OBJECTIVES': self.test_every_objective_has_a_case,
    }
    for table, check in checks.items():
      for name, case in getattr(cases, table).items():
        rest = {k: v for k, v in getattr(cases, table).items() if k != name}
        with mock.patch.object(cases, table, rest):
          with self.assertRaisesRegex(AssertionError, rf"case: \['{name}'\]"):
            check()
        more = {**rest, name: case, 'no_such_name': case}
        with mock.patch.object(cases, table, more):
          with self.assertRaisesRegex(AssertionError, 'no_such_name'):
            check()

  def test_a_new_public_name_without_a_case_fails(self):
    class NewLayer(keras.layers.Layer):
      pass

    with mock.patch.object(mi_tf.bounds, '__all__', ['lower_bound_made_up']):
      with self.assertRaisesRegex(AssertionError, 'lower_bound_made_up'):
        self.test_every_bound_has_a_case()
    with mock.patch.multiple(
      mi_tf.critics, create=True, NewLayer=NewLayer, __all__=['NewLayer']
    ):
      with self.assertRaisesRegex(AssertionError, r"case: \['NewLayer'\]"):
        self.test_every_layer_has_a_case()
    with mock.patch.dict(
      objective_registry.OBJECTIVES, made_up=bound_objectives.InfoNce
    ):
      with self.assertRaisesRegex(AssertionError, r"case: \['made_up'\]"):
        self.test_every_objective_has_a_case()

  def test_tables_name_every_tensor_argument_of_the_bounds(self):
    common = {'joint_sample_mask', 'validate_args', 'name', 'sample_weight'}
    for name, case in cases.BOUNDS.items():
      parameters = inspect.signature(getattr(mi_tf, name)).parameters
      self.assertEqual(
        set(parameters) - common, {*case.tensors, *case.options}, name
      )
      self.assertEqual('joint_sample_mask' in parameters, case.has_mask, name)
      self.assertIn('sample_weight', parameters, name)

  def test_every_argument_of_a_layer_is_in_its_config(self):
    for layer in _layers():
      config = layer.get_config()
      for cls, argument, _ in _arguments(type(layer)):
        self.assertIn(argument, config, f'{cls.__name__}.{argument}')

  def test_every_argument_of_a_layer_has_a_case_that_is_not_the_default(self):
    left = {}
    for layer in _layers():
      for cls, argument, default in _arguments(type(layer)):
        value = getattr(layer, argument)
        differs = value is not default and value != default
        if argument == 'activation':
          differs = keras.activations.serialize(value) != default
        elif argument == 'kernel_initializer':
          usual = keras.initializers.get(default or 'truncated_normal')
          differs = type(value) is not type(usual)
        left.setdefault((cls.__name__, argument), []).append(differs)
    self.assertNotEmpty(left)
    for key, differs in left.items():
      self.assertTrue(any(differs), f'{key} is the default in every case.')


def _seen_of(name):
  """Returns the features of an objective on which training and saving depend.

  They are pairs of a feature and its value. The kind of layer stands for the
  inputs of its weights' gradients.
  """
  made = cases.make_objective(name)
  made.build((None, *cases.X_SHAPE), (None, *cases.Y_SHAPE))
  return {
    ('loss of its own', type(made).loss is not mi_tf.Objective.loss),
    ('weights', bool(made.trainable_weights)),
    ('state', bool(made.non_trainable_weights)),
    ('streams', made.streams),
    ('log densities', made.needs_density),
    *(
      ('layer', type(value).__name__)
      for value in vars(made).values()
      if isinstance(value, keras.layers.Layer)
    ),
  }


def _layers():
  """Yields one layer for each case."""
  for name in cases.LAYERS:
    yield cases.make_layer(name)
  yield mi_tf.encoders.RealNvp(shift_only=True)
  for name in cases.OBJECTIVES:
    yield cases.make_objective(name)
  yield mi_tf.MiEstimator(
    cases.make_layer('ConcatCritic'),
    'mine',
    negative_samples=2,
    ema_decay=0.5,
  )


def _arguments(cls):
  """Yields the class, name and default of each argument of `__init__`."""
  for base in cls.__mro__:
    if base.__module__.startswith('mi_tf.') and '__init__' in vars(base):
      for p in inspect.signature(base.__init__).parameters.values():
        if p.name != 'self' and p.kind != p.VAR_KEYWORD:
          yield base, p.name, p.default


if __name__ == '__main__':
  test_util.main()
