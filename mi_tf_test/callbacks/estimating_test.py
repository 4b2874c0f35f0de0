"""Tests of what can be told of estimates before there is a layer."""

import inspect

import numpy as np

import mi_tf
from mi_tf.callbacks import estimating
from mi_tf_test import test_util


class CheckTest(test_util.TestCase):
  def test_options_of_estimate_mi_pass(self):
    parameters = list(inspect.signature(mi_tf.estimate_mi).parameters.values())
    defaults = {p.name: p.default for p in parameters[2:]}
    estimating.check(np.arange(60) % 3, **defaults)
    estimating.check(
      np.arange(60) % 3, folds=5, groups=np.arange(60), critic='separable'
    )

  def test_what_the_estimate_refuses_is_refused(self):
    x, y = self.rng().normal(size=60), np.arange(60) % 3
    for options in (
      dict(method='other'),
      dict(folds=0),
      dict(seed=-1),
      dict(permutations=0.5),
      dict(y_kind='other'),
      dict(missing='other'),
      dict(groups=np.arange(9)),
      dict(critic='separable', batch_size=1),
      dict(callbacks=[3]),
      dict(other=3),
    ):
      for call in (
        lambda y, **o: mi_tf.estimate_mi(x, y, **o),
        estimating.check,
      ):
        with self.assertRaises((TypeError, ValueError)):
          call(y, **options)
    for bad in (np.zeros(60), np.full(60, np.nan), y[:39]):
      for call in (
        lambda y: mi_tf.estimate_mi(x[: len(y)], y),
        estimating.check,
      ):
        with self.assertRaises(ValueError):
          call(bad)


class ProjectedTest(test_util.TestCase):
  def values(self):
    rng = self.rng()
    return rng.normal(size=(50, 3)) @ rng.normal(size=(3, 8)) + 5.0

  def test_components_are_linear_and_uncorrelated(self):
    values = self.values()
    found = estimating.projected(np.float32(values), 2)
    self.assertAllClose(np.cov(found.T, bias=True), np.eye(2), atol=1e-3)
    centered = values - values.mean(axis=0)
    directions = np.linalg.svd(centered, full_matrices=False)[0][:, :2]
    for i in range(2):
      cosine = directions[:, i] @ found[:, i] / np.linalg.norm(found[:, i])
      self.assertAllClose(abs(cosine), 1.0, rtol=1e-4)

  def test_as_many_as_there_are_lose_nothing(self):
    values = self.values()
    found = estimating.projected(values, 5)  # Of rank 3.
    self.assertEqual(found.shape, (50, 3))
    for components in (None, 8, 99):
      self.assertIs(estimating.projected(values, components), values)

  def test_a_weight_of_two_is_the_row_given_twice(self):
    values = self.values()
    weights = 1 + np.arange(50) % 3
    rows = np.repeat(np.arange(50), weights)
    found = estimating.projected(values, 2, weights)[rows]
    expected = estimating.projected(values[rows], 2)
    for i in range(2):
      self.assertAllClose(
        abs(np.corrcoef(found[:, i], expected[:, i])[0, 1]), 1.0, rtol=1e-9
      )

  def test_maps_are_flat_and_constants_stay(self):
    maps = self.rng().normal(size=(50, 2, 2, 3))
    self.assertEqual(estimating.projected(maps, 4).shape, (50, 4))
    constant = np.ones([50, 6])
    self.assertIs(estimating.projected(constant, 2), constant)


if __name__ == '__main__':
  test_util.main()
