"""Tests of the facts that bounds declare, against what their texts say."""

import inspect
import pickle
import re

from absl.testing import parameterized
import tensorflow as tf

import mi_tf
from mi_tf.bounds import facts
from mi_tf_test import test_util

_FUNCTIONS = [
  name
  for name in mi_tf.bounds.__all__
  if inspect.isfunction(getattr(mi_tf, name))
]


class FactsTest(test_util.TestCase):
  def test_every_bound_declares_its_facts(self):
    self.assertCountEqual(
      facts.DECLARED, [getattr(mi_tf, name) for name in _FUNCTIONS]
    )

  @parameterized.parameters(*_FUNCTIONS)
  def test_facts_are_those_of_name_and_docstring(self, name):
    fn = getattr(mi_tf, name)
    known = facts.of(fn)
    prefix = re.match('(lower|upper)_bound_|mi_', name)
    if prefix:
      self.assertEqual(known.side, prefix[1] or 'none')
    text = re.sub(r'\s+', ' ', inspect.getdoc(fn))
    self.assertRegex(text, f' Guarantee: {known.side}\\b')
    if known.quantity != 'MI':
      self.assertRegex(text, f' Guarantee: .* on `?{known.quantity}[`.]')
    self.assertIn(f' Cap: {known.cap}. Gradient: ', text)

  def test_guarantee_is_of_mutual_information_alone(self):
    for side, quantity, guarantee in (
      ('lower', 'MI', 'lower bound'),
      ('upper', 'MI', 'upper bound'),
      ('none', 'MI', 'none'),
      ('lower', '2 JSD', 'none'),
    ):
      known = facts.Facts(side=side, quantity=quantity)
      self.assertEqual(known.guarantee, guarantee)

  def test_few_negatives_dominate_where_exp_of_the_scores_is_averaged(self):
    self.assertEqual(
      {fn.__name__ for fn, f in facts.DECLARED.items() if f.rests_on_mean_exp},
      {
        'lower_bound_donsker_varadhan',
        'lower_bound_fenchel_legendre',
        'lower_bound_interpolated',
        'lower_bound_nguyen_wainwright_jordan',
        'lower_bound_tuba',
      },
    )

  def test_functions_stay_plain_functions(self):
    for fn in facts.DECLARED:
      self.assertTrue(inspect.isfunction(fn))
      self.assertEmpty(vars(fn))
      self.assertIs(pickle.loads(pickle.dumps(fn)), fn)
    logu = tf.eye(3)
    fn = mi_tf.lower_bound_info_nce
    self.assertAllClose(tf.function(fn)(logu), fn(logu))

  def test_what_is_not_declared_has_no_facts(self):
    for fn in (len, max, tf.reduce_mean, mi_tf.StreamedScores, [].append):
      self.assertIsNone(facts.of(fn))


if __name__ == '__main__':
  test_util.main()
