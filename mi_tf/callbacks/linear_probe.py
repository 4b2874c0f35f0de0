"""The linear protocol: how well classes can be read off a representation."""

import importlib.util

import keras
import numpy as np

from mi_tf.callbacks import encoding
from mi_tf.callbacks import held_out
from mi_tf.callbacks import measuring


def linear_probe_accuracy(
  train_features,
  train_labels,
  test_features,
  test_labels,
  seed=0,
  *,
  train_weights=None,
  test_weights=None,
):
  """Returns the accuracy of a linear classifier of features.

  Features are scaled to [0, 1] by the least and the largest of the training
  samples; a multinomial logistic regression is fitted to those, and counted on
  the test samples. As in [1] the regression is that of scikit-learn, by the
  solver 'saga' with `C=10` and `tol=.1`, which stops after a few passes.

  Args:
    train_features: array, shape `[n, ...]`; flattened to `[n, d]`.
    train_labels: array of classes, shape `[n]` or `[n, 1]`.
    test_features: array, shape `[m, ...]`.
    test_labels: array, shape `[m]` or `[m, 1]`.
    seed: `int`, the order in which the solver takes samples.
    train_weights: array, shape `[n]`, at least 0: how many times a sample
      counts. Default value: `None`, once.
    test_weights: the same, shape `[m]`, of the share that is returned.

  Returns:
    `float`, the share of test samples whose class is right.

  Raises:
    ValueError: if there are features that are not finite, or labels are no
      classes, one for each row, at least two in training, some of them in both.

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

  features, labels, weights = [], [], []
  for name, array, of_array, w in (
    ('train', train_features, train_labels, train_weights),
    ('test', test_features, test_labels, test_weights),
  ):
    array = np.asarray(array)
    if not np.all(np.isfinite(array)):
      raise ValueError(f'`{name}_features` must be finite.')
    of_array = _classes(of_array, len(array), f'{name}_labels')
    if w is not None:  # Rows that don't count have no place in the scale.
      counts = np.asarray(w) > 0.0
      array, of_array, w = (
        array[counts],
        of_array[counts],
        np.asarray(w)[counts],
      )
    features.append(array.reshape([len(array), -1]))
    labels.append(of_array)
    weights.append(w)
  _check_classes(*labels)
  classifier = pipeline.make_pipeline(
    preprocessing.MinMaxScaler(),
    linear_model.LogisticRegression(
      C=10.0, tol=0.1, solver='saga', random_state=seed
    ),
  )
  classifier.fit(
    features[0], labels[0], logisticregression__sample_weight=weights[0]
  )
  return float(classifier.score(features[1], labels[1], weights[1]))


def _classes(labels, n, name):
  """Returns classes, shape `[n]`, or raises a `ValueError` if they are none."""
  labels = np.asarray(labels)
  if labels.shape not in ((n,), (n, 1)):
    raise ValueError(
      f'`{name}` must be classes of {n} rows, [n] or [n, 1]; one-hot ones are '
      f'`np.argmax(y, axis=1)`. Received: {name}.shape={labels.shape}.'
    )
  labels = labels.reshape([n])
  if labels.dtype.kind == 'f' and np.any(labels != np.round(labels)):
    raise ValueError(
      f'`{name}` must be classes. Received: numbers with fractions or NaN.'
    )
  return labels


def _check_classes(train, test):
  """Raises a `ValueError` if there is nothing to tell apart."""
  classes = np.unique(train)
  if len(classes) < 2 or not len(test):
    raise ValueError(
      '`train_labels` must have two classes or more, and `test_labels` one row '
      f'or more. Received: classes {classes.tolist()}, {len(test)} test rows.'
    )
  if not np.any(np.isin(test, classes)):
    raise ValueError(
      '`test_labels` must have classes that `train_labels` has. Received: '
      f'{np.unique(test)[:5]}, and {classes[:5]} in training.'
    )


class LinearProbe(measuring.Measuring):
  """Adds the accuracy of a linear classifier to what `fit` reports.

  ```python
  probe = mi_tf.callbacks.LinearProbe(
    'code', (x_train, labels_train), (x_test, labels_test), every=5
  )
  history = model.fit(x, y, epochs=20, callbacks=[probe]).history
  history['probe_accuracy']  # NaN but in epochs 5, 10, 15 and 20
  ```

  'code' is a layer of any Keras model; `model.x_encoder` of a `TwoViewInfoMax`,
  or a function of x, may stand in its place. The classifier is scikit-learn's,
  which must be installed: for 5,000 samples of 64 numbers and 10 classes it
  takes about a second.

  The classifier of `linear_probe_accuracy` is fitted to the representation as
  it is at the end of an epoch; the encoder is not changed. Logs of epochs
  without an evaluation have NaN, so that `CSVLogger` has the column. Keras's
  loggers, and callbacks that monitor the accuracy, may stand anywhere in the
  list of callbacks; other callbacks that read it must stand behind this one.
  Those that monitor need `mode='max'`, as in `keras.callbacks.EarlyStopping(
  'probe_accuracy', mode='max', patience=10)`, and a `patience`, in epochs, that
  reaches from one evaluation to the next.
  """

  def __init__(
    self, encoder, train, test, every=1, name='probe_accuracy', seed=0
  ):
    """Makes the callback.

    Args:
      encoder: name of a layer of the model (of a nested model's: 'outer/inner',
        or 'inner' if one layer has it); or a layer, model or function, from
        `[n, ...]` to `[n, ...]`.
      train: arrays `(x, classes)` or `(x, classes, sample_weight)`, with x as
        the model or `encoder` takes it, `[n, ...]`, and classes `[n]`; or a
        `tf.data.Dataset` or `keras.utils.PyDataset` of batches of such, read
        into memory at once.
      test: the same, of other samples.
      every: positive `int`, how many epochs lie between evaluations (the last
        of those that `fit` was asked for has one, too); or a collection of
        numbers of epochs done. Where a callback monitors the accuracy, the
        first epoch that it looks at has an evaluation besides.
      name: `str`, the name among the logs of an epoch.
      seed: as for `linear_probe_accuracy`.

    Raises:
      ValueError: if `every` is less than 1, or samples are not as described;
        when training begins, if there is no such layer, the encoder doesn't
        take x, or another callback or a metric has the name.
      TypeError: if `encoder` can't be called, or `train` or `test` is no pair.
      ImportError: if scikit-learn is not installed.
    """
    super().__init__([name], every)
    encoding.check_kind(encoder, 'encoder')
    if importlib.util.find_spec('sklearn') is None:
      raise ImportError('`LinearProbe` needs scikit-learn: install it.')
    self._encoder = encoder
    self._train = held_out.read(train, 'train')
    self._test = held_out.read(test, 'test')
    labels = (
      _classes(data[1], len(keras.tree.flatten(data[0])[0]), f'{part}_labels')
      for part, data in (('train', self._train), ('test', self._test))
    )
    _check_classes(*labels)
    self._name = name
    self._seed = seed
    self._encode = None

  def accuracy(self):
    """Returns the accuracy now, a `float`."""
    if self._encode is None:
      self._prepare()
    (x, labels, w), (test_x, test_labels, test_w) = self._train, self._test
    weights = {'train_weights': w, 'test_weights': test_w}
    return linear_probe_accuracy(
      self._encode(x),
      labels,
      self._encode(test_x),
      test_labels,
      self._seed,
      **{key: value for key, value in weights.items() if value is not None},
    )

  def _prepare(self):
    self._encode = encoding.for_model(self._encoder, self.model, self._train[0])
    self._encode.check(self._test[0])

  def set_model(self, model):
    """Takes the model, as Keras gives it before the training."""
    if model is not self.model:
      self._encode = None
    super().set_model(model)

  def on_train_begin(self, logs=None):
    super().on_train_begin(logs)
    if self._encode is None:
      self._prepare()

  def _measure(self, done):
    return {self._name: self.accuracy()}
