"""Tests of what kind a column is of."""

from absl.testing import parameterized
import numpy as np

from mi_tf.estimation.variables import kinds
from mi_tf.estimation.variables import variable
from mi_tf_test import test_util

_N = 2000


def _inflated(rng, share):
  return rng.gamma(1.0, size=_N) * (rng.uniform(size=_N) > share)


class KindsTest(test_util.TestCase):
  @parameterized.parameters(
    ('class', lambda rng: rng.integers(0, 2, _N)),
    ('class', lambda rng: np.where(np.arange(_N) == 7, 0.3, -2.5)),
    ('count', lambda rng: rng.integers(0, 3, _N)),
    ('count', lambda rng: rng.poisson(0.3, _N)),
    ('count', lambda rng: rng.poisson(1000.0, _N)),
    ('count', lambda rng: rng.negative_binomial(1, 0.05, _N)),
    ('count', lambda rng: rng.zipf(1.8, _N)),
    ('count', lambda rng: rng.integers(18, 95, _N)),
    ('count', lambda rng: rng.integers(1, 11, _N) / 2.0),  # Stars.
    ('count', lambda rng: np.arange(_N) // 4),
    ('number', lambda rng: rng.normal(size=_N)),
    ('number', lambda rng: rng.normal(size=_N).astype(np.float16)),
    ('number', lambda rng: np.exp(rng.normal(10.0, 1.0, _N)).astype(int)),
    ('number', lambda rng: rng.permutation(_N)),
    (
      'number',
      lambda rng: np.arange(_N) // 2 * 1.5 + 1e6 * (np.arange(_N) % 9),
    ),
    ('atoms', lambda rng: _inflated(rng, 0.05)),
    ('atoms', lambda rng: _inflated(rng, 0.5)),
    ('atoms', lambda rng: _inflated(rng, 0.97)),
    ('atoms', lambda rng: np.clip(rng.normal(size=_N), -1.0, 1.0)),
    ('atoms', lambda rng: rng.choice(rng.normal(size=_N), _N)),
  )
  def test_kinds_are_seen_from_ties(self, kind, draw):
    values = np.float64(draw(self.rng()))
    self.assertEqual(kinds.kind_of(values), kind)
    for unit in (-1.0, 0.125, 1e30):  # The unit does not matter.
      self.assertEqual(kinds.kind_of(unit * values + unit), kind)

  @parameterized.parameters((1,), (2,), (3,), (5,))
  def test_a_few_rows_of_different_values_are_numbers(self, n):
    self.assertEqual(kinds.kind_of(np.arange(float(n))), 'number')

  def test_what_is_stated_to_be_continuous_has_atoms_or_none(self):
    values = np.float64(np.arange(100) % 2)
    self.assertEqual(kinds.number_or_atoms(values), 'atoms')
    self.assertEqual(kinds.number_or_atoms(np.arange(100.0)), 'number')
    # As rounding makes them.
    values = np.append(np.arange(96.0), [5.0, 5.0, 5.0, 9.0])
    self.assertEqual(kinds.number_or_atoms(values), 'number')


class NoteTest(test_util.TestCase):
  def _note(self, values):
    values = np.float64(values)
    column = variable.Column('id', kinds.kind_of(values), values)
    return kinds.note(column, 'x')

  @parameterized.parameters(1.0, 0.7)
  def test_integers_of_their_own_in_a_narrow_range_may_be_identifiers(self, p):
    values = np.arange(_N)[self.rng().uniform(size=_N) <= p]
    self.assertIn('may be an identifier or the number', self._note(values))

  def test_many_labels_of_equal_shares_may_be_identifiers(self):
    self.assertIn('may be identifiers', self._note(np.arange(_N) // 5))
    values = self.rng().integers(0, 300, _N)
    self.assertIn('may be identifiers', self._note(values))

  @parameterized.parameters(
    (lambda rng: np.arange(19),),  # Too few to tell.
    (lambda rng: np.arange(_N) % 100,),
    (lambda rng: rng.choice(100 * _N, _N, replace=False),),
    (lambda rng: np.arange(_N) / 7.0,),
    (lambda rng: rng.poisson(3000.0, _N),),
    (lambda rng: rng.integers(0, 2, _N),),
    (lambda rng: _inflated(rng, 0.5),),
  )
  def test_nothing_is_said_of_others(self, draw):
    self.assertIsNone(self._note(draw(self.rng())))


if __name__ == '__main__':
  test_util.main()
