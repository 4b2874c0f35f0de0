"""Tests of the classifier method."""

from absl.testing import parameterized
import numpy as np
from scipy import special
from sklearn import datasets

from mi_tf.estimation.methods import classifier
from mi_tf_test import test_util
from mi_tf_test.estimation.methods import made_up


def _fit(x, labels, folds=5):
  return classifier.fit(
    made_up.pair(made_up.side('x', x), made_up.classes('y', labels), folds)
  )


def _value(fit):
  reading = fit.read()
  return reading.held_out + reading.gap / 2


def _gaussians(n, means, rng):
  labels = rng.integers(len(means), size=n)
  return means[labels] + rng.normal(size=(n, means.shape[1])), labels


def _gaussians_truth(means):
  x, labels = _gaussians(100_000, means, np.random.default_rng(99))
  logits = -((x[:, None] - means) ** 2).sum(-1) / 2
  log_p = special.log_softmax(logits, axis=1)[np.arange(len(x)), labels]
  return np.log(len(means)) + log_p.mean()


class ClassifierTest(test_util.TestCase):
  @parameterized.parameters(
    # Held-out values of the best of scikit-learn's classifiers.
    ('iris', 1.044),
    ('wine', 1.041),
    ('breast_cancer', 0.572),
  )
  def test_data_of_scikit_learn_read_as_its_best_classifier(self, name, best):
    data = getattr(datasets, f'load_{name}')()
    fit = _fit(data.data, data.target)
    entropy = fit.pair.y.entropy
    reading = fit.read()
    self.assertGreater(_value(fit), best - 0.03)
    self.assertLess(reading.held_out, entropy)
    self.assertLess(abs(reading.gap), 0.1)

  def test_gaussian_classes_are_found(self):
    means = np.random.default_rng(5).normal(size=(6, 4))
    x, labels = _gaussians(1500, means, np.random.default_rng(0))
    self.assertAllClose(
      _value(_fit(x, labels)), _gaussians_truth(means), atol=0.04
    )

  def test_circles_are_found(self):
    rng = np.random.default_rng(1)
    labels, angle = rng.integers(2, size=1000), 6.28 * rng.random(1000)
    x = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    x = x * (0.5 + 0.5 * labels[:, None]) + 0.05 * rng.normal(size=(1000, 2))
    self.assertGreater(_value(_fit(x, labels)), 0.66)

  def test_a_fine_structure_of_one_column_is_found(self):
    rng = np.random.default_rng(2)
    x = rng.random(4000)
    p = 0.02 + 0.96 * (np.floor(x * 40) % 2)
    labels = (rng.random(4000) < p).astype(int)
    truth = np.log(2) + special.xlogy(0.02, 0.02) + special.xlogy(0.98, 0.98)
    self.assertAllClose(_value(_fit(x, labels)), truth, atol=0.08)

  def test_the_one_column_of_many_that_matters_is_found(self):
    x = np.random.default_rng(3).normal(size=(600, 300))
    self.assertGreater(_value(_fit(x, x[:, 7] > 0)), 0.5)

  def test_labels_that_are_independent_read_little(self):
    rng = np.random.default_rng(4)
    for columns in (1, 5, 100):
      x, labels = rng.normal(size=(300, columns)), rng.integers(3, size=300)
      self.assertLess(abs(_value(_fit(x, labels))), 0.05)

  @parameterized.parameters(1, 2, 5)
  def test_probabilities_sum_to_one_in_any_number_of_folds(self, folds):
    means = np.array([[0.0], [1.0], [2.0]])
    x, labels = _gaussians(200, means, np.random.default_rng(5))
    pair = made_up.pair(made_up.side('x', x), made_up.classes('y', labels), 5)
    if folds < 5:
      pair = type(pair)(pair.x, pair.y, pair.folds[:folds])
    fit = classifier.fit(pair)
    first = [np.flatnonzero(labels == c)[0] for c in range(3)]
    shares = np.bincount(labels) / 200
    for k in range(folds):
      ratios = np.exp(fit.scores(k, np.arange(200), first))
      self.assertAllClose(ratios @ shares, np.ones(200))

  def test_the_side_with_fewer_classes_is_predicted_wherever_it_stands(self):
    rng = np.random.default_rng(6)
    labels = rng.integers(2, size=400)
    number = made_up.side('x', labels + rng.normal(size=400))
    there = classifier.fit(made_up.pair(number, made_up.classes('y', labels)))
    back = classifier.fit(made_up.pair(made_up.classes('x', labels), number))
    rows, columns = np.arange(5), np.arange(10, 20)
    self.assertAllClose(
      there.scores(0, rows, columns), back.scores(0, columns, rows).T
    )

  def test_a_surprise_costs_no_more_than_log_n(self):
    rng = np.random.default_rng(7)
    x = rng.normal(size=(300, 2))
    labels = (x[:, 0] > 0).astype(int)
    labels[:2] = 1 - labels[:2]
    values = np.concatenate(_fit(20 * x, labels).held_out())
    self.assertGreater(values.min(), -np.log(300) - 0.1)

  def test_a_class_that_training_rows_lack_is_finite(self):
    rng = np.random.default_rng(8)
    labels = np.r_[rng.integers(2, size=99), 2]
    scores = _fit(rng.normal(size=(100, 2)), labels).held_out()
    self.assertTrue(np.isfinite(np.concatenate(scores)).all())

  def test_applies_where_a_side_has_few_classes(self):
    rng = np.random.default_rng(9)
    number = made_up.side('x', rng.normal(size=100))
    few = made_up.classes('y', rng.integers(3, size=100))
    many = made_up.classes('y', rng.permutation(100))
    self.assertTrue(classifier.applies(made_up.pair(number, few)))
    self.assertTrue(classifier.applies(made_up.pair(few, few)))
    self.assertFalse(classifier.applies(made_up.pair(number, many)))
    self.assertFalse(classifier.applies(made_up.pair(number, number)))


if __name__ == '__main__':
  test_util.main()
