"""The linear probe: the accuracy of a linear classifier of a representation."""

from collections.abc import Collection
import importlib.util
from typing import Any

import keras
import numpy as np

from mi_tf.callbacks import held_out_samples
from mi_tf.callbacks import layer_outputs
from mi_tf.callbacks import measurement_callback
from mi_tf.internal import types


def linear_probe_accuracy(
  train_features: types.Rows,
  train_labels: types.Rows,
  test_features: types.Rows,
  test_labels: types.Rows,
  seed: int = 0,
  *,
  train_weights: types.Rows | None = None,
  test_weights: types.Rows | None = None,
) -> float:
  """Returns the accuracy of a linear classifier of features.

  A multinomial logistic regression is fitted to the training samples. Features
  are scaled so that training features range from 0 to 1. As in [1], the
  regression is scikit-learn's, with the solver 'saga', `C=10` and `tol=.1`. The
  solver then stops after a few passes.

  Args:
    train_features: array, shape `[n, ...]`; flattened to `[n, d]`.
    train_labels: array of classes, shape `[n]` or `[n, 1]`.
    test_features: array, shape `[m, ...]`.
    test_labels: array, shape `[m]` or `[m, 1]`.
    seed: `int`, seed of the solver's order of samples.
    train_weights: array, shape `[n]`, at least 0: how many times each sample
      counts. Default value: `None` (once).
    test_weights: like `train_weights`, for the test samples, shape `[m]`.

  Returns:
    `float`, the fraction of test samples that are classified correctly.

  Raises:
    ValueError: if features are not finite, if labels don't give one class for
      each row, if there are fewer than two training classes, or if no test
      sample has a training class.

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
  for part, x, y, w in (
    ('train', train_features, train_labels, train_weights),
    ('test', test_features, test_labels, test_weights),
  ):
    x = np.asarray(x)
    if not np.all(np.isfinite(x)):
      raise ValueError(f'`{part}_features` must be finite.')
    y = _classes(y, len(x), f'{part}_labels')
    if w is not None:  # Rows of weight 0 must not change the range.
      w = np.asarray(w)
      x, y, w = (t[w > 0.0] for t in (x, y, w))
    features.append(x.reshape([len(x), -1]))
    labels.append(y)
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
  """Returns labels as `[n]`; raises a `ValueError` unless they are classes."""
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
  """Raises a `ValueError` unless there are two classes, at least one tested."""
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


class LinearProbe(measurement_callback.MeasurementCallback):
  """Adds the accuracy of a linear classifier to the logs of `fit`.

  ```python
  probe = mi_tf.callbacks.LinearProbe(
    'code', (x_train, labels_train), (x_test, labels_test), every=5
  )
  history = model.fit(x, y, epochs=20, callbacks=[probe]).history
  history['probe_accuracy']  # NaN but in epochs 5, 10, 15 and 20
  ```

  'code' is the name of a layer of any Keras model. You can also pass a layer, a
  model or a function of x, such as `model.x_encoder` of a `TwoViewInfoMax`.

  At the end of an epoch, `linear_probe_accuracy` is computed from the current
  representation. The probe needs scikit-learn, and takes about a second for
  5,000 samples of 64 numbers and 10 classes. Logs of epochs without an
  evaluation contain NaN, so that `CSVLogger` has the column.

  `MutualInformation` describes the order and the arguments of callbacks that
  read the logs. To stop early, pass
  `keras.callbacks.EarlyStopping('probe_accuracy', mode='max', patience=10)`.
  """

  def __init__(
    self,
    encoder: str | types.Function,
    train: Any,
    test: Any,
    every: int | Collection[int] = 1,
    name: str = 'probe_accuracy',
    seed: int = 0,
  ) -> None:
    """Makes the callback.

    Args:
      encoder: layer, model or function, from `[n, ...]` to `[n, ...]`; or the
        name of a layer of the model. A layer of a nested model has the name
        'outer/inner', or 'inner' if this name is unique.
      train: arrays `(x, classes)` or `(x, classes, sample_weight)`. x,
        `[n, ...]`, is an input of `encoder` or the model; classes are `[n]`. A
        `tf.data.Dataset` or `keras.utils.PyDataset` of batches of these arrays
        is read into memory at once.
      test: other samples, given like `train`.
      every: the number of epochs from one evaluation to the next, at least 1;
        the last epoch is always evaluated. Or a collection of the epochs to
        evaluate, counted from 1. If a callback monitors the accuracy, the first
        epoch that the callback reads is also evaluated.
      name: the key of the accuracy in the logs.
      seed: as for `linear_probe_accuracy`.

    Raises:
      ValueError: if `every` or samples are invalid; when training begins, if
        the model has no layer of the name `encoder`, if the encoder does not
        accept x, or if another callback or a metric has the name `name`.
      TypeError: if `encoder` is neither a name nor callable, or if `train` or
        `test` has another type.
      ImportError: if scikit-learn is not installed.
    """
    super().__init__([name], every)
    layer_outputs.check_kind(encoder, 'encoder')
    if importlib.util.find_spec('sklearn') is None:
      raise ImportError('`LinearProbe` needs scikit-learn: install it.')
    self._encoder = encoder
    self._train = held_out_samples.read(train, 'train')
    self._test = held_out_samples.read(test, 'test')
    labels = (
      _classes(data[1], len(keras.tree.flatten(data[0])[0]), f'{part}_labels')
      for part, data in (('train', self._train), ('test', self._test))
    )
    _check_classes(*labels)
    self._name = name
    self._seed = seed
    self._encode: Any = None  # A `BatchedEncoder`, once there is a model.

  def accuracy(self) -> float:
    """Returns the accuracy of the current representation."""
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
    self._encode = layer_outputs.for_model(
      self._encoder, self.model, self._train[0]
    )
    self._encode.check(self._test[0])

  def set_model(self, model: keras.Model) -> None:
    """Sets the model, as Keras does before the training."""
    if model is not self.model:
      self._encode = None
    super().set_model(model)

  def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
    super().on_train_begin(logs)
    if self._encode is None:
      self._prepare()

  def _measure(self, done):
    return {self._name: self.accuracy()}
