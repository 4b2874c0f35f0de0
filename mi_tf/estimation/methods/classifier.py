"""Classifier: log p(class | other side) / p(class), where one side is classes."""

import numpy as np
from scipy import optimize
from scipy import special

from mi_tf.estimation.methods import method
from mi_tf.estimation.methods.classifiers import discriminant
from mi_tf.estimation.methods.classifiers import features
from mi_tf.estimation.methods.classifiers import logistic
from mi_tf.estimation.methods.classifiers import nearest

NAME = 'classifier'
_MOST_CLASSES = 50
_ROWS_PER_CLASS = 5
_MEMBERS = {
  'linear discriminant': discriminant.linear,
  'quadratic discriminant': discriminant.quadratic,
  'logistic': logistic.linear,
  'kernel logistic': logistic.kernel,
  'neighbors': nearest.neighbors,
}
# Pulls the weights of the stack towards the best member alone, in rows.
_PULL = 3.0
_LEAST_WEIGHT = 0.03
# Rows up to which all pairs of folds are fitted to choose settings.
_SMALL = 600
_LARGE = 4000


def applies(pair):
  """Returns whether a side is discrete, with few classes of enough rows."""
  return _class_side(pair) is not None


def preferred_folds(pair):
  """Returns the number of folds that suits the rows."""
  del pair
  return 5


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
    self._log_p = np.log(np.bincount(self._codes) / len(pair))
    self._features = self._choose_view(other)
    self._pairs = {}
    stacks = [self._fit_fold(k) for k in range(len(pair.folds))]
    self._log_ratios = [s[0] for s in stacks]
    self.details = {'stacks': [s[1] for s in stacks]}

  def log_ratio(self, k, i, j):
    if self._side == 'x':
      i, j = j, i
    return self._log_ratios[k][i, self._codes[j]]

  def _choose_view(self, other):
    """Returns the features in the view that the discriminant does better on."""
    plain, ranks = features.plain(other), features.by_rank(other)
    return {'plain': plain, 'ranks': ranks}

  def _members(self):
    x = self._features['plain']
    for name, f in _MEMBERS.items():
      if name.startswith('quadratic'):
        if not discriminant.quadratic_applies(x, self._codes):
          continue
      if f is nearest.neighbors and not nearest.applies(x):
        continue
      for view in self._features:
        yield (name, view), f

  def _predict(self, member, train, rows, *settings):
    name, view = member
    return _MEMBERS[name](
      self._features[view], self._codes, self._classes, train, rows, *settings
    )

  def _fit_fold(self, k):
    """Returns the log ratios `[n, classes]` and the stack's weights."""
    train = self.pair.training_rows(k)
    inner = [self._inner(*split) for split in self._splits(k)]
    rows = np.concatenate([r for r, _ in inner])
    codes = self._codes[rows]
    at = np.arange(len(rows)), codes
    chosen, columns = [], []
    for member in inner[0][1]:
      tried = [
        np.concatenate(parts) for parts in zip(*(i[1][member] for i in inner))
      ]
      tried = [self._floor(t, len(train)) for t in tried]
      best = int(np.argmax([t[at].mean() for t in tried]))
      chosen.append((member, best))
      columns.append(tried[best])
    weights = _stack(np.stack(columns), codes)
    log_q, stack = 0.0, {}
    everything = np.arange(len(self.pair))
    for (member, best), w in zip(chosen, weights):
      if w < _LEAST_WEIGHT:
        continue
      f = _MEMBERS[member[0]]
      setting = f.__defaults__[0][best : best + 1]
      fitted = self._predict(member, train, everything, setting)[0]
      log_q = log_q + w * self._floor(fitted, len(train))
      stack[' by '.join(member)] = (setting[0], round(float(w), 3))
    log_q = log_q + np.zeros((len(self.pair), self._classes))
    log_q = self._floor(special.log_softmax(log_q, axis=1), len(train))
    return log_q - self._log_p, stack

  def _splits(self, k):
    """Returns (key, training rows, validation rows) inside the fold's rows."""
    folds = self.pair.folds
    count = len(folds)
    if count < 3:
      train = self.pair.training_rows(k)
      order = np.random.default_rng(self.pair.seed).permutation(train)
      thirds = np.array_split(order, 3)
      return [
        ((k, -1 - t), np.setdiff1d(train, thirds[t]), thirds[t])
        for t in range(3)
      ]
    n = len(self.pair)
    if n <= _SMALL:
      partners = [l for l in range(count) if l != k]
    elif n <= _LARGE:
      partners = sorted({(k + 1) % count, (k - 1) % count})
    else:
      partners = [k + 1 if k % 2 == 0 else k - 1]
      if partners[0] >= count:
        partners = [0]
    splits = []
    for l in partners:
      rest = np.ones(n, bool)
      rest[folds[k]] = rest[folds[l]] = False
      splits.append(((k, l), np.flatnonzero(rest), folds[l]))
    return splits

  def _inner(self, key, train, rows):
    """Returns the rows, and the members' log probabilities of them.

    What is fitted outside of two folds serves both.
    """
    shared = tuple(sorted(key))
    if key[1] < 0:
      predicted = {m: self._predict(m, train, rows) for m, _ in self._members()}
      return rows, predicted
    if shared not in self._pairs:
      both = np.concatenate([self.pair.folds[f] for f in shared])
      self._pairs[shared] = {
        m: self._predict(m, train, both) for m, _ in self._members()
      }
    first = len(self.pair.folds[shared[0]])
    part = slice(0, first) if key[1] == shared[0] else slice(first, None)
    return rows, {
      m: [t[part] for t in tried] for m, tried in self._pairs[shared].items()
    }

  def _floor(self, log_q, n):
    """Mixes in a little of the classes' frequencies."""
    share = 1.0 / (n + 1)
    return np.logaddexp(log_q + np.log1p(-share), self._log_p + np.log(share))


def _stack(log_q, codes):
  """Returns the weights of the members' log probabilities, >= 0.

  Args:
    log_q: float array `[members, m, classes]`, of validation rows.
    codes: int array `[m]`.
  """
  members, m, _ = log_q.shape
  at = np.arange(m), codes
  own = log_q[(slice(None), *at)]
  prior = np.zeros(members)
  prior[np.argmax(own.mean(axis=1))] = 1.0

  def loss(w):
    logits = np.tensordot(w, log_q, 1)
    log_p = special.log_softmax(logits, axis=1)
    expected = np.einsum('kmc,mc->km', log_q, np.exp(log_p))
    value = -log_p[at].mean() + _PULL / m * np.sum((w - prior) ** 2)
    gradient = (expected - own).mean(axis=1) + 2 * _PULL / m * (w - prior)
    return value, gradient

  return optimize.minimize(
    loss,
    prior,
    jac=True,
    method='L-BFGS-B',
    bounds=[(0, None)] * members,
    options={'maxiter': 100},
  ).x


def _class_side(pair):
  """Returns which side holds the classes, 'x' or 'y', or `None`."""
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
