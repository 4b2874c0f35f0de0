"""The lowest held-out log-loss among several classifiers of scikit-learn."""

import numpy as np

from mi_tf.benchmarks.everyday.tasks import truths


def load(name, columns=None, classes=None):
  """Returns (x, y) of a data set.

  Args:
    name: `str`, such as 'iris'.
    columns: list of `int`s. Default value: `None`, all columns.
    classes: list of `int`s. Default value: `None`, all classes.
  """
  from sklearn import datasets

  x, y = getattr(datasets, f'load_{name}')(return_X_y=True)
  if classes is not None:
    rows = np.isin(y, classes)
    x, y = x[rows], y[rows]
  if columns is not None:
    x = x[:, columns]
  return (x[:, 0] if x.shape[1] == 1 else x), y


def best(x, y):
  """Returns the entropy of y minus the lowest log-loss of a classifier, nats.

  All classifiers use the same 10 folds.
  """
  from sklearn import model_selection

  x = np.reshape(x, [len(x), -1])
  labels, y = np.unique(y, return_inverse=True)
  folds = model_selection.StratifiedKFold(10, shuffle=True, random_state=0)
  share = np.bincount(y) / len(y)
  losses = []
  for model in _models():
    p = model_selection.cross_val_predict(
      model, x, y, cv=folds, method='predict_proba'
    )
    # Nearest neighbors give probabilities of 0.
    p = (1 - 1e-3) * p + 1e-3 / len(labels)
    losses.append(-np.mean(np.log(p[np.arange(len(y)), y])))
  return truths.entropy(share) - float(min(losses))


def _models():
  from sklearn import discriminant_analysis
  from sklearn import ensemble
  from sklearn import linear_model
  from sklearn import neighbors
  from sklearn import pipeline
  from sklearn import preprocessing

  def scaled(model):
    return pipeline.make_pipeline(preprocessing.StandardScaler(), model)

  return [
    discriminant_analysis.LinearDiscriminantAnalysis(
      solver='lsqr', shrinkage='auto'
    ),
    *(
      discriminant_analysis.QuadraticDiscriminantAnalysis(reg_param=reg)
      for reg in (0.01, 0.1)
    ),
    *(
      scaled(linear_model.LogisticRegression(C=c, max_iter=5000))
      for c in (0.01, 0.1, 1.0, 10.0)
    ),
    *(
      ensemble.HistGradientBoostingClassifier(
        max_iter=trees, learning_rate=0.1, max_leaf_nodes=8, random_state=0
      )
      for trees in (30, 100)
    ),
    *(scaled(neighbors.KNeighborsClassifier(k)) for k in (3, 5, 10, 20)),
  ]
