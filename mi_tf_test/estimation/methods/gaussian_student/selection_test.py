"""Tests of the choice of maps and of a distribution."""

import math

import numpy as np

from mi_tf.estimation.methods.gaussian_student import selection
from mi_tf.estimation.variables import margins
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up


def _student(rng, n, dof, correlations=(0.6,), d=1):
  x, y, _ = made_up.gaussian(rng, n, correlations, d, d)
  scale = np.sqrt(dof / rng.chisquare(dof, size=(n, 1)))
  return scale * x, scale * y


class ChooseTest(test_util.TestCase):
  def test_a_gaussian_of_any_margins_is_one_of_normal_scores(self):
    x, y, _ = made_up.gaussian(self.rng(), 1500, [0.8], 1, 1)
    chosen = selection.choose(made_up.tables(np.exp(x), y**3))
    self.assertEqual((chosen.margins, chosen.dof), (margins.NORMAL, None))
    self.assertFalse(chosen.useless)
    self.assertAllClose(chosen.x.std(), 1.0, atol=0.02)
    self.assertEqual((chosen.x.shape, chosen.y.shape), ((1500, 1), (1500, 1)))

  def test_a_student_is_known_by_its_tails(self):
    for dof, low, high in ((1.0, 1.0, 2.0), (3.0, 2.0, 5.0)):
      x, y = _student(self.rng(dof), 3000, dof)
      # Whatever its margins are.
      for map_x in (lambda t: t, np.arctan):
        chosen = selection.choose(made_up.tables(map_x(x), y))
        self.assertIsNotNone(chosen.dof)
        self.assertBetween(chosen.dof, low, high)

  def test_few_rows_of_many_columns_tell_the_tails_alone(self):
    for seed in range(3):
      x, y = _student(self.rng(seed), 100, 2.0, (), 7)
      chosen = selection.choose(made_up.tables(x, y))
      self.assertFalse(chosen.correlated)
      self.assertBetween(chosen.dof, 1.0, 5.0)
      # Another partner has another scale.
      chosen = selection.choose(made_up.tables(x, np.roll(y, 1, axis=0)))
      self.assertIsNone(chosen.dof)

  def test_correlations_of_a_student_are_seen(self):
    for n, expected in ((100, False), (1000, True)):
      x, y = _student(self.rng(n), n, 2.0, (0.4, 0.4), 6)
      chosen = selection.choose(made_up.tables(x, y))
      self.assertIsNotNone(chosen.dof)
      self.assertEqual(chosen.correlated, expected)

  def test_a_gaussian_of_few_rows_has_no_common_scale(self):
    # A Student distribution would be less sure of the correlations.
    for seed in range(6):
      x, y, _ = made_up.gaussian(self.rng(seed), 300, [0.39] * 12, 12, 12)
      self.assertIsNone(selection.choose(made_up.tables(x, y, 5)).dof)

  def test_few_rows_are_held_out_in_turn(self):
    x, y = self.rng().normal(size=(2, 90, 1))
    pair = made_up.tables(x, y)
    # A fold without dependence does not hide the dependence of the others.
    for rows in pair.folds[1:]:
      y[rows] = x[rows] + 0.3 * y[rows]
    self.assertFalse(selection.choose(made_up.tables(x, y)).useless)
    y[:] = self.rng(1).normal(size=(90, 1))
    y[pair.folds[0]] = x[pair.folds[0]]
    self.assertTrue(selection.choose(made_up.tables(x, y)).useless)

  def test_ranks_that_agree_do_not_hide_the_noise(self):
    x, noise = self.rng().normal(size=(2, 100, 1))
    y = x + 1e-4 * noise
    self.assertGreater(np.mean(np.argsort(x[:, 0]) == np.argsort(y[:, 0])), 0.9)
    chosen = selection.choose(made_up.tables(x, y))
    self.assertEqual(chosen.margins, margins.RAW)
    self.assertAllGreater(np.abs(chosen.x - chosen.y), 0.0)

  def test_encoders_give_the_encoded_rows(self):
    x, y = _student(self.rng(), 600, 1.0)
    pair = made_up.tables(x, y)
    chosen = selection.choose(pair)
    rows = np.arange(0, 600, 7)
    for encode, side, encoded in zip(
      chosen.encoders, (pair.x, pair.y), (chosen.x, chosen.y), strict=True
    ):
      self.assertAllClose(encode(side, rows, np.float64), encoded[rows])

  def test_classes_have_a_gaussian_of_indicators(self):
    labels = self.rng().integers(3, size=300)
    side = made_up.classes('x', labels)
    chosen = selection.choose(made_up.pair(side, side, 3))
    self.assertIsNone(chosen.dof)
    self.assertEqual(chosen.x.shape, (300, 3))

  def test_worse_than_independence_is_useless(self):
    x, y = self.rng().normal(size=(2, 40, 1))
    chosen = selection.choose(made_up.tables(x, y))
    nothing = selection.loss(np.zeros(1), np.zeros(1))
    for excess, expected in ((1e-3, True), (-1e-3, False)):
      changed = selection.Choice(
        chosen.encoders, x, y, margins.NORMAL, None, nothing + excess
      )
      self.assertEqual(changed.useless, expected)


class LossTest(test_util.TestCase):
  def test_is_that_of_one_among_many(self):
    rng = self.rng()
    joint, others = rng.normal(size=5) + 2.0, rng.normal(size=9) - 1.0
    size, expected = 20, 0.0
    for f in joint:  # One joint sample, and 19 others.
      expected -= math.log(math.exp(f) / (math.exp(f) + size - 1)) / 5
      expected -= 1e-3 * f / 5
    for f in others:
      p = (size - 1) / (math.exp(f) + size - 1)
      expected -= (size - 1) * math.log(p) / 9
    self.assertAllClose(selection.loss(joint, others, size), expected)

  def test_is_infinite_for_scores_that_are(self):
    good = np.zeros(3)
    for bad in (np.array([0.0, np.inf]), np.array([np.nan])):
      self.assertEqual(selection.loss(bad, good), math.inf)
      self.assertEqual(selection.loss(good, bad), math.inf)

  def test_squares_of_clipped_values_are_floats(self):
    clipped = selection.clip(np.array([-1e300, 0.5, np.inf]))
    self.assertAllFinite(np.square(clipped.astype(np.float32)))
    self.assertEqual(clipped[1], 0.5)


if __name__ == '__main__':
  test_util.main()
