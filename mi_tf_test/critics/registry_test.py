"""Tests of critics by name."""

import inspect

from absl.testing import parameterized

import mi_tf
from mi_tf.critics import registry
from mi_tf_test import test_util


class RegistryTest(test_util.TestCase):
  @parameterized.parameters(
    ('bilinear', mi_tf.BilinearCritic),
    ('concat', mi_tf.ConcatCritic),
    ('elliptical', mi_tf.EllipticalCritic),
    ('inner_product', mi_tf.InnerProductCritic),
    ('joint', mi_tf.ConcatCritic),
    ('separable', mi_tf.SeparableCritic),
  )
  def test_name_gives_a_new_critic_of_its_class(self, name, cls):
    critic = mi_tf.get_critic(name)
    self.assertIs(type(critic), cls)
    self.assertIsNot(mi_tf.get_critic(name), critic)

  def test_docstring_has_every_name(self):
    documentation = inspect.getdoc(mi_tf.get_critic)
    for name in registry.CRITICS:
      self.assertIn(f"'{name}'", documentation)

  def test_arguments_are_passed_on(self):
    critic = mi_tf.get_critic('concat', hidden_units=[5], dtype='float64')
    self.assertEqual(critic.hidden_units, (5,))
    self.assertEqual(critic.compute_dtype, 'float64')

  def test_callable_is_returned_as_it_is(self):
    critic = mi_tf.SeparableCritic()
    self.assertIs(mi_tf.get_critic(critic), critic)
    self.assertIs(mi_tf.get_critic(max), max)

  @parameterized.parameters('sepparable', 'Separable', '', 3, None)
  def test_unknown_name_is_refused(self, name):
    with self.assertRaisesRegex(
      ValueError,
      r"`critic` must be one of \['bilinear', 'concat', 'elliptical', "
      r"'gaussian', 'inner_product', 'joint', 'separable'\] or a callable\. "
      rf'Received: critic={name!r}\.',
    ):
      mi_tf.get_critic(name)


if __name__ == '__main__':
  test_util.main()
