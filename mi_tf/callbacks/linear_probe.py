"""The linear protocol: how well classes can be read off a representation."""

import numpy as np

from mi_tf.callbacks import encoding
from mi_tf.callbacks import measuring


def linear_probe_accuracy(
  train_features, train_labels, test_features, test_labels, seed=0
):
  """Returns the accuracy of a linear classifier of features.

  Features are scaled to [0, 1] by the least and the largest of the training
  samples; a multinomial logistic regression is fitted to those, and counted on
  the test samples. As in [1] the regression is that of scikit-learn, by the
  solver 'saga' with `C=10` and `tol=.1`, which stops after a few passes.

  Args:
    train_features: array, shape `[n, ...]`; flattened to `[n, d]`.
    train_labels: array of classes, shape `[n]`.
    test_features: array, shape `[m, ...]`.
    test_labels: array, shape `[m]`.
    seed: `int`, the order in which the solver takes samples.

  Returns:
    `float`, the share of test samples whose class is right.

  Raises:
    ValueError: if there are features that are not finite.

  #### Examples

  >>> x = np.eye(3)[[0, 1, 2, 0, 1, 2]]
  >>> mi_tf.callbacks.linear_probe_accuracy(x, [0, 1, 2] * 2, x[:2], [0, 2])
  0.5

  #### References

  [1]: Michael Tschannen, Josip Djolonga, Paul K. Rubenstein, Sylvain Gelly,
       Mario Lucic. On Mutual Information Maximization for Representation
       Learning. _International Conference on Learning Representations_, 2020.
       https://arxiv.org/abs/1907.13625
  """
  from sklearn import linear_model
  from sklearn import pipeline
  from sklearn import preprocessing

  features = []
  for name, array in (
    ('train_features', train_features),
    ('test_features', test_features),
  ):
    array = np.asarray(array)
    if not np.all(np.isfinite(array)):
      raise ValueError(f'`{name}` must be finite.')
    features.append(array.reshape([len(array), -1]))
  classifier = pipeline.make_pipeline(
    preprocessing.MinMaxScaler(),
    linear_model.LogisticRegression(
      C=10.0, tol=0.1, solver='saga', random_state=seed
    ),
  )
  classifier.fit(features[0], np.ravel(train_labels))
  return float(classifier.score(features[1], np.ravel(test_labels)))


class LinearProbe(measuring.Measuring):
  """Adds the accuracy of a linear classifier to what `fit` reports.

  ```python
  probe = mi_tf.callbacks.LinearProbe(
    model.x_encoder, (x_train, labels_train), (x_test, labels_test), every=5
  )
  model.fit(x, y, epochs=20, callbacks=[probe])
  ```

  The classifier of `linear_probe_accuracy` is fitted to the representation as
  it is at the end of an epoch; the encoder is not changed. Logs of epochs
  without an evaluation have NaN, so that `CSVLogger` has the column. Keras's
  loggers, and callbacks that monitor the accuracy, may stand anywhere in the
  list of callbacks; other callbacks that read it must stand behind this one.
  Those that monitor need a `patience`, in epochs, that reaches from one
  evaluation to the next.
  """

  def __init__(
    self, encoder, train, test, every=1, name='probe_accuracy', seed=0
  ):
    """Makes the callback.

    Args:
      encoder: layer, model or function, from `[n, ...]` to `[n, ...]`.
      train: pair of arrays, samples `[n, ...]` and classes `[n]`.
      test: pair of arrays, samples `[m, ...]` and classes `[m]`.
      every: positive `int`, how many epochs lie between evaluations (the last
        of those that `fit` was asked for has one, too); or a collection of
        numbers of epochs done. Where a callback monitors the accuracy, the
        first epoch that it looks at has an evaluation besides.
      name: `str`, the name among the logs of an epoch.
      seed: as for `linear_probe_accuracy`.

    Raises:
      ValueError: if `every` is less than 1.
    """
    super().__init__([name], every)
    self._encode = encoding.by_batches(encoder)
    self._train = train
    self._test = test
    self._name = name
    self._seed = seed

  def accuracy(self):
    """Returns the accuracy now, a `float`."""
    (x, labels), (test_x, test_labels) = self._train, self._test
    return linear_probe_accuracy(
      self._encode(x), labels, self._encode(test_x), test_labels, self._seed
    )

  def _measure(self, done):
    return {self._name: self.accuracy()}
