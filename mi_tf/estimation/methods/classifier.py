"""Classifier: log p(class | x) / p(class), if one side holds classes."""

import dataclasses
import math

import numpy as np
from scipy import optimize
from scipy import special

from mi_tf.estimation.methods import method
from mi_tf.estimation.methods.classifiers import boosted
from mi_tf.estimation.methods.classifiers import decision_tree
from mi_tf.estimation.methods.classifiers import discriminant
from mi_tf.estimation.methods.classifiers import features
from mi_tf.estimation.methods.classifiers import logistic
from mi_tf.estimation.methods.classifiers import nearest
from mi_tf.estimation.variables import weighted
from mi_tf.internal import linear_algebra

NAME = 'classifier'
_MOST_CLASSES = 50
_ROWS_PER_CLASS = 5
# Rows of each half for the choice between numbers and their ranks.
_VIEW_ROWS = 1000
# The least columns for a selection of the best ones.
_MANY_COLUMNS = 30
# The most columns for products of two.
_MOST_PRODUCT_COLUMNS = 200
# The most columns with fine kernels.
_FEW_COLUMNS = 3
# Trees are tried if they are worse than the best by at most so many nats.
_NEARLY = 0.01
# Pulls the weights of the stack toward the best member alone, in rows.
_PULL = 3.0
_LEAST_WEIGHT = 0.03
# The most rows to fit a classifier to; and the most rows for classifiers that
# compare rows with each other.
_MOST_TRAINING = 20_000
_MOST_KERNEL_ROWS = 100_000
# The most rows for a choice of settings on four other folds, and on two.
_SMALL, _LARGE = 600, 4000


def applies(pair):
  """Returns whether a side has few classes, each with enough rows."""
  return _class_side(pair) is not None


@linear_algebra.one_thread()
def fit(pair):
  """Returns the `Fit` of the classifiers."""
  return ClassifierFit(pair)


class ClassifierFit(method.Fit):
  """Classifiers, whose log probabilities are stacked by held-out loss."""

  method = NAME

  def __init__(self, pair):
    super().__init__(pair)
    self._side = _class_side(pair)
    labels, other = (pair.x, pair.y) if self._side == 'x' else (pair.y, pair.x)
    self._codes = labels.codes
    self._classes = int(self._codes.max()) + 1
    self._log_p = np.log(np.bincount(self._codes, pair.weights) / len(pair))
    self._features = {
      'plain': features.plain(other),
      'ranks': features.by_rank(other),
    }
    self._members = _members(self._features['plain'], self._codes)
    if not self._trees_help():
      self._members.pop('boosted trees', None)
    self._pairs = {}
    stacks = [self._fit_fold(k) for k in range(len(pair.folds))]
    self._log_ratios = [s[0] for s in stacks]
    self.details = {'stacks': [s[1] for s in stacks]}

  def log_ratio(self, k, i, j):
    if self._side == 'x':
      i, j = j, i
    return self._log_ratios[k][i, self._codes[j]]

  def _trees_help(self):
    """Returns whether trees are about as good as other classifiers.

    They are compared once, on a held-out third, since trees are slow.
    """
    if 'boosted trees' not in self._members:
      return False
    half = _thirds(self.pair, np.arange(len(self.pair))) == 0
    fitted, held = np.flatnonzero(~half), np.flatnonzero(half)
    at = np.arange(len(held)), self._codes[held]
    best = {
      name: max(
        self._mean(self._floor(t, len(fitted))[at], held)
        for t in self._predict('plain', name, fitted, held)
      )
      for name in self._members
    }
    trees = best.pop('boosted trees')
    return trees > max(best.values()) - _NEARLY

  def read(self):
    # Classes that no row mistakes may be mistaken now and then.
    n = self.pair.effective_size
    return dataclasses.replace(super().read(), unseen=2.0 * math.log(n) / n)

  def _view(self, k):
    """Returns the view in which linear discriminants have the least loss."""
    train = self.pair.training_rows(k)
    half = np.random.default_rng(k).permutation(len(train)) < len(train) // 2
    fitted, held = train[half][:_VIEW_ROWS], train[~half][:_VIEW_ROWS]
    at = np.arange(len(held)), self._codes[held]

    def log_loss(view):
      x = self._features[view]
      tried = discriminant.linear(
        x,
        self._codes,
        self._classes,
        fitted,
        held,
        (0.05, 0.5),
        self.pair.weights,
      )
      return -max(self._mean(t[at], held) for t in tried)

    return min(self._features, key=log_loss)

  def _predict(self, view, name, train, rows, *settings):
    if len(train) > _MOST_TRAINING:
      rng = np.random.default_rng(self.pair.seed)
      train = np.sort(rng.choice(train, _MOST_TRAINING, replace=False))
    f = self._members[name]
    return f(
      self._features[view],
      self._codes,
      self._classes,
      train,
      rows,
      *(settings or (f.__defaults__[0],)),
      self.pair.weights,
    )

  def _mean(self, values, rows):
    """Returns the mean of values of some rows."""
    return weighted.mean(values, self.pair.weights_of(rows))

  def _fit_fold(self, k):
    """Returns the log ratios `[n, classes]` and the stack's weights."""
    train, view = self.pair.training_rows(k), self._view(k)
    inner = [self._inner(view, *split) for split in self._splits(k)]
    rows = np.concatenate([rows for rows, _ in inner])
    codes, of_rows = self._codes[rows], self.pair.weights_of(rows)
    at = np.arange(len(codes)), codes
    chosen, log_q = {}, []
    for name, f in self._members.items():
      tried = [
        self._floor(np.concatenate(parts), len(train))
        for parts in zip(*(predicted[name] for _, predicted in inner))
      ]
      best = int(np.argmax([weighted.mean(t[at], of_rows) for t in tried]))
      chosen[name] = f.__defaults__[0][best]
      log_q.append(tried[best])
    weights = _stack(np.stack(log_q), codes, self._log_p, of_rows)
    everything = np.arange(len(self.pair))
    total, stack = np.zeros((len(self.pair), self._classes)), {}
    for w, (name, setting) in zip(weights, chosen.items()):
      if w > _LEAST_WEIGHT:
        log_q = self._predict(view, name, train, everything, (setting,))[0]
        total += w * self._floor(log_q, len(train))
        stack[name] = (setting, round(float(w), 3))
    if not stack:
      return total, {}
    log_q = self._floor(special.log_softmax(total, axis=1), len(train))
    return log_q - self._log_p, {'view': view, **stack}

  def _splits(self, k):
    """Returns (key, training rows, validation rows) inside the fold's rows."""
    folds = self.pair.folds
    count = len(folds)
    if count < 3:
      train = self.pair.training_rows(k)
      third = _thirds(self.pair, train)
      return [
        ((k, -1 - t), train[third != t], train[third == t]) for t in range(3)
      ]
    n = len(self.pair)
    if n <= _SMALL:
      partners = {(k + s) % count for s in (-2, -1, 1, 2)} - {k}
    elif n <= _LARGE:
      partners = {(k + 1) % count, (k - 1) % count}
    else:
      partners = {(k + 1) % count if k % 2 == 0 else k - 1}
    splits = []
    for l in sorted(partners):
      rest = np.ones(n, bool)
      rest[folds[k]] = rest[folds[l]] = False
      splits.append(((k, l), np.flatnonzero(rest), folds[l]))
    return splits

  def _inner(self, view, key, train, rows):
    """Returns the rows, and the members' log probabilities for these rows.

    One fit to the rows outside of two folds serves both folds.
    """

    def predict(new):
      return {m: self._predict(view, m, train, new) for m in self._members}

    if key[1] < 0:
      return rows, predict(rows)
    folds = tuple(sorted(key))
    shared = (view, *folds)
    if shared not in self._pairs:
      both = np.concatenate([self.pair.folds[f] for f in folds])
      self._pairs[shared] = predict(both)
    first = len(self.pair.folds[folds[0]])
    part = slice(0, first) if key[1] == folds[0] else slice(first, None)
    return rows, {
      m: [t[part] for t in tried] for m, tried in self._pairs[shared].items()
    }

  def _floor(self, log_q, n):
    """Mixes in a little of the classes' frequencies."""
    share = 1.0 / (n + 1)
    return np.logaddexp(log_q + np.log1p(-share), self._log_p + np.log(share))


def _thirds(pair, rows):
  """Returns 0, 1 or 2 for each of `rows`, equal for rows of one group."""
  groups = rows if pair.groups is None else pair.groups[rows]
  _, codes = np.unique(groups, return_inverse=True)
  order = np.random.default_rng(pair.seed).permutation(codes.max() + 1)
  return order[codes] % 3


def _members(x, codes):
  """Returns the classifiers that suit the features, by name."""
  n, d = x.shape
  found = {'linear discriminant': discriminant.linear}
  if discriminant.quadratic_applies(x, codes):
    found['quadratic discriminant'] = discriminant.quadratic
  found['logistic'] = logistic.linear
  if d >= _MANY_COLUMNS:
    found['logistic on the best columns'] = logistic.screened
  if _FEW_COLUMNS < d <= _MOST_PRODUCT_COLUMNS:
    found['logistic with products'] = logistic.products
  if n <= _MOST_KERNEL_ROWS:
    fine = d <= _FEW_COLUMNS
    found['kernel logistic'] = logistic.fine_kernel if fine else logistic.kernel
  if boosted.applies(x, int(codes.max()) + 1):
    found['boosted trees'] = boosted.trees
  if decision_tree.applies(x, int(codes.max()) + 1):
    found['decision tree'] = decision_tree.tree
  if nearest.applies(x) and (n <= _MOST_KERNEL_ROWS or d == 1):
    found['neighbors'] = nearest.neighbors
  return found


def _stack(log_q, codes, log_p, of_rows=None):
  """Returns weights of the members' log probabilities, at least 0.

  All weights are 0 unless the best member beats `log_p`, the log frequencies of
  the classes, by a standard error. `log_q` `[members, m, classes]` and `codes`
  `[m]` belong to validation rows.
  """
  members, m, _ = log_q.shape
  at = np.arange(m), codes
  own = log_q[(slice(None), *at)]
  prior = np.zeros(members)
  best = int(np.argmax(weighted.mean(own.T, of_rows)))
  prior[best] = 1.0
  gain = own[best] - log_p[codes]
  m = weighted.effective(m, of_rows)
  deviation = weighted.std(gain, of_rows)
  if weighted.mean(gain, of_rows) < deviation / np.sqrt(m):
    return np.zeros(members)

  def loss(w):
    logits = np.tensordot(w, log_q, 1)
    log_p = special.log_softmax(logits, axis=1)
    expected = np.einsum('kmc,mc->km', log_q, np.exp(log_p))
    value = -weighted.mean(log_p[at], of_rows)
    value += _PULL / m * np.sum((w - prior) ** 2)
    gradient = weighted.mean((expected - own).T, of_rows)
    return value, gradient + 2 * _PULL / m * (w - prior)

  return optimize.minimize(
    loss,
    prior,
    jac=True,
    method='L-BFGS-B',
    bounds=[(0, None)] * members,
    options={'maxiter': 100},
  ).x


def _class_side(pair):
  """Returns the side with the fewest classes, 'x' or 'y', or `None`."""
  found = []
  for name, v in (('y', pair.y), ('x', pair.x)):
    if not v.is_discrete:
      continue
    counts = np.bincount(v.codes)
    if 2 <= len(counts) <= _MOST_CLASSES and (
      len(v) >= _ROWS_PER_CLASS * len(counts)
    ):
      found.append((len(counts), name))
  return min(found, key=lambda f: f[0])[1] if found else None
