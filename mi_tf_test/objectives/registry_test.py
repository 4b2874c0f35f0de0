"""Tests of the names of objectives, and of their facts."""

import importlib
import pathlib

from absl.testing import parameterized
import keras

import mi_tf
from mi_tf import critics
from mi_tf import objectives
from mi_tf.bounds import facts
from mi_tf.objectives import baseline_objectives
from mi_tf.objectives import bound_objectives
from mi_tf.objectives import fenchel_legendre_objective
from mi_tf.objectives import function_objective
from mi_tf.objectives import jensen_shannon_objectives
from mi_tf.objectives import objective as objective_lib
from mi_tf.objectives import registry
from mi_tf_test import test_util


class GetObjectiveTest(test_util.TestCase):
  @parameterized.parameters(*registry.OBJECTIVES.items())
  def test_names_give_their_classes(self, name, cls):
    objective = registry.get_objective(name)
    self.assertIs(type(objective), cls)
    self.assertIsInstance(objective, mi_tf.Objective)

  def test_no_class_is_without_a_name(self):
    room = pathlib.Path(objectives.__file__).parent
    modules = [
      importlib.import_module(f'mi_tf.objectives.{path.stem}')
      for path in room.glob('[!_]*.py')
    ]
    defined = {
      cls
      for module in modules
      for cls in vars(module).values()
      if isinstance(cls, type) and issubclass(cls, objective_lib.Objective)
    }
    named = set(registry.OBJECTIVES.values())
    self.assertEqual(
      defined - named,
      {
        objective_lib.Objective,
        bound_objectives.BoundObjective,
        function_objective.FunctionObjective,
      },
    )

  def test_docstring_lists_all_names(self):
    for name in registry.OBJECTIVES:
      self.assertIn(f"'{name}'", registry.get_objective.__doc__)
      self.assertIn(f"'{name}'", mi_tf.MiEstimator.__init__.__doc__)

  def test_unknown_names_are_answered_by_the_known_ones(self):
    with self.assertRaisesRegex(
      ValueError,
      r"^`objective` must be one of \['club', 'dv', 'flo', .*\], an "
      "Objective or a function. Received: objective='infonce'.$",
    ):
      registry.get_objective('infonce')

  def test_objectives_are_returned_as_they_are(self):
    objective = baseline_objectives.Mine(0.5)
    self.assertIs(registry.get_objective(objective), objective)

  @parameterized.parameters(
    jensen_shannon_objectives.Smile(clip=1.5),
    baseline_objectives.Mine(ema_decay=0.25),
    baseline_objectives.Interpolated(0.3, mi_tf.MovingAverageBaseline(0.5)),
    baseline_objectives.Tuba(mi_tf.LearnedBaseline([7])),
    fenchel_legendre_objective.FenchelLegendre(critics.SeparableCritic([5], 3)),
    function_objective.FunctionObjective(mi_tf.lower_bound_info_nce),
  )
  def test_config_tells_everything(self, objective):
    config = keras.saving.serialize_keras_object(objective)
    copy = keras.saving.deserialize_keras_object(config)
    self.assertIs(type(copy), type(objective))
    self.assertIsNot(copy, objective)
    self.assertEqual(keras.saving.serialize_keras_object(copy), config)


# The bound that each objective reports.
_REPORTED = {
  'club': mi_tf.mi_club,
  'dv': mi_tf.lower_bound_donsker_varadhan,
  'flo': mi_tf.lower_bound_fenchel_legendre,
  'info_nce': mi_tf.lower_bound_info_nce,
  'interpolated': mi_tf.lower_bound_interpolated,
  'js': mi_tf.mi_plug_in,
  'leave_one_out': mi_tf.upper_bound_leave_one_out,
  'mine': mi_tf.lower_bound_donsker_varadhan,
  'nwj': mi_tf.lower_bound_nguyen_wainwright_jordan,
  'smile': mi_tf.mi_smile,
  'tuba': mi_tf.lower_bound_tuba,
  'variational': mi_tf.upper_bound_barber_agakov,
}
_NEED_DENSITIES = ('club', 'leave_one_out', 'variational')


class FactsTest(test_util.TestCase):
  @parameterized.parameters(*registry.OBJECTIVES)
  def test_facts_are_those_of_the_bound_that_is_reported(self, name):
    objective, fn = registry.get_objective(name), _REPORTED[name]
    self.assertIs(objective.facts, facts.of(fn))
    of_function = function_objective.FunctionObjective(fn)
    for key in objective_lib.FROM_FACTS:
      if (name, key) != ('variational', 'streams'):
        expected = getattr(of_function, key)
        self.assertEqual(getattr(objective, key), expected, key)

  def test_guarantees_are_of_mutual_information(self):
    guarantee = lambda o: mi_tf.get_objective(o).guarantee
    for lower in (
      'info_nce',
      'nwj',
      'dv',
      'mine',
      'tuba',
      'interpolated',
      'flo',
    ):
      self.assertEqual(guarantee(lower), 'lower bound')
    for upper in ('leave_one_out', 'variational'):
      self.assertEqual(guarantee(upper), 'upper bound')
    for none in (
      *('js', 'smile', 'club'),
      mi_tf.mi_plug_in,
      mi_tf.jensen_shannon_divergence,
      mi_tf.lower_bound_jensen_shannon,
    ):
      self.assertEqual(guarantee(none), 'none')
    self.assertEqual(
      guarantee(mi_tf.lower_bound_from_jensen_shannon), 'lower bound'
    )

  def test_functions_of_densities_stand_for_what_reports_them(self):
    for name in registry.OBJECTIVES:
      objective = registry.get_objective(_REPORTED[name])
      needs_density = name in _NEED_DENSITIES
      self.assertEqual(objective.needs_density, needs_density)
      expected = type(registry.get_objective(name))
      if not needs_density:
        expected = function_objective.FunctionObjective
      self.assertIs(type(objective), expected)


if __name__ == '__main__':
  test_util.main()
