"""PairModel: a Keras model that is trained on pairs (x, y)."""

import contextlib
import inspect
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mi_tf.critics import critic as critic_lib
from mi_tf.critics.scoring import batch_scores
from mi_tf.internal.types import Rows
from mi_tf.models import critic_model
from mi_tf.models.data import data_checks
from mi_tf.models.data import pair_data
from mi_tf.models.training import array_batches
from mi_tf.models.training import device_loop
from mi_tf.models.training import pipeline_batches

_DATA = ('x', 'y', 'sample_weight')


class PairModel(critic_model.CriticModel):
  """A `CriticModel` whose `fit` and `evaluate` take pairs from any source.

  Before Keras takes pairs, they are checked, and the model is built from them.
  `fit` uses a `DeviceLoop` if possible, and otherwise Keras's loop.
  """

  _train_function_is_for_large = _test_function_is_for_large = False
  _validated = None  # The `x` of validation data that has been checked.

  def fit(
    self,
    x: Rows = None,
    y: Rows = None,
    batch_size: int | None = None,
    *args: Any,
    **kwargs: Any,
  ) -> keras.callbacks.History:
    """Trains the critic; see `keras.Model.fit`.

    Arrays are copied to the device. On arrays and a `tf.data.Dataset`, each
    Python step makes up to 400 updates, or `steps_per_execution` of `compile`.
    Callbacks see the last batch of each Python step. If a callback has a method
    for batches, it sees each batch, and training is slower. Keras's progress
    bar and `TerminateOnNaN` don't slow it.

    An epoch is one pass through the arrays, in a new order unless `shuffle` is
    `False`; the last batch may be smaller. With `steps_per_epoch`, an epoch has
    that many updates, and the next epoch continues in the data where this epoch
    ended. `loss` and `mi` are means over the epoch, during which the critic
    changes. `val_loss` and `val_mi` are values of the critic at the end of the
    epoch. `loss` includes the losses that layers add, such as regularizers.

    The negatives of a sample are the other samples of its batch. Batches of one
    sample, unbatched data sets and data of one row are therefore refused. If
    only the last batch has one sample, it is left out. If the model is not
    built, elements of a fixed shape from a pipeline without `batch` are
    refused, too, since they could be samples: call `build` first.

    Args:
      x: array, shape `[N, ...]`, of numbers, or of strings if an encoder takes
        strings; or a dict, list or tuple of arrays. It may also be a
        `tf.data.Dataset`, generator or `keras.utils.PyDataset` of batches `(x,
        y)` or `(x, y, sample_weight)`.
      y: samples paired with `x`, in the same form; `None` if `x` has pairs.
      batch_size: `int`, at least 2, for arrays only. Default value: `None`,
        which means 32.
      *args: other arguments of `keras.Model.fit`.
      **kwargs: like `*args`. `sample_weight` is nonnegative, shape `[N]`: a
        pair of weight 2 counts like two copies in the same batch, and a pair of
        weight 0 is left out, also as a negative. `validation_data` is `(x, y)`,
        `(x, y, sample_weight)` or an iterable of batches. With a generator,
        training uses Keras's loop, which is slower.

    Returns:
      A `keras.callbacks.History` with `loss`, `mi`, `val_loss`, `val_mi`.

    Raises:
      ValueError: if there are no negatives, or if shapes, numbers or weights
        are invalid.
      TypeError: if data consists of neither dense numbers nor strings.
    """
    bound = inspect.signature(keras.Model.fit).bind(
      self, x, y, batch_size, *args, **kwargs
    )
    bound.apply_defaults()
    options = bound.arguments
    del options['self']
    data_checks.refuse_class_weight(options['class_weight'])
    for name in ('batch_size', 'validation_batch_size'):
      data_checks.check_batch_size(options[name], name)
    data = self._checked(x, y, options['sample_weight'], pulled=True)
    self._check_that_something_learns()
    held_out = options['validation_data']
    if held_out is not None:
      held_out = self._checked(held_out)
    elif options['validation_split'] and data[1] is not None:
      data, held_out = pair_data.split(data, options['validation_split'])
      options['validation_split'] = 0.0
    options.update(zip(_DATA, data, strict=True))
    loop = self._device_loop
    with self._knowing_size(
      pair_data.most_rows(data[0], data[1], batch_size), 'train'
    ):
      if loop is None or not loop.takes(**options):
        return self._fit_by_keras(options, held_out)
      validate = self._validation(held_out, options)
      batches: device_loop.Batches
      if data[1] is None:
        batches = pipeline_batches.PipelineBatches(
          data[0],
          options['steps_per_epoch'],
          data_checks.assertions,
          self._check_counted,
        )
      else:
        batches = array_batches.ArrayBatches(
          data, batch_size, options['shuffle'], options['steps_per_epoch']
        )
      return loop.fit(batches, validate, **options)

  def _fit_by_keras(self, options, held_out):
    """Trains in Keras's loop, on any data and under any strategy."""
    if options['y'] is None:
      options['callbacks'] = _with_counter(options['callbacks'])
      if isinstance(options['x'], tf.data.Dataset):
        options['x'] = data_checks.with_assertions(options['x'])
    if held_out is not None:
      self._validated = held_out[0]
      options['validation_data'] = (
        held_out[0] if held_out[1] is None else held_out
      )
    try:
      return super().fit(**options)
    finally:
      self._validated = None

  def _validation(self, held_out, options):
    """Returns the function that evaluates held-out data, or `None`."""
    if held_out is None:
      return None
    batch_size = options['validation_batch_size'] or options['batch_size'] or 32
    size = pair_data.most_rows(held_out[0], held_out[1], batch_size)
    batches = held_out[0]
    if held_out[1] is not None:
      batches = array_batches.held_out(held_out, batch_size)

    def validate(callbacks):
      with self._knowing_size(size, 'test'):
        results = super(PairModel, self).evaluate(
          batches,
          steps=options['validation_steps'],
          callbacks=callbacks,
          return_dict=True,
        )
      self._check_counted()
      return results

    return validate

  def evaluate(
    self,
    x: Rows = None,
    y: Rows = None,
    batch_size: int | None = None,
    *args: Any,
    **kwargs: Any,
  ) -> Any:
    """Returns the mean loss and `mi` over batches; see `keras.Model`.

    Args:
      x: as for `fit`.
      y: as for `fit`.
      batch_size: as for `fit`.
      *args: other arguments of `keras.Model.evaluate`.
      **kwargs: like `*args`; `sample_weight` is as for `fit`.

    Returns:
      List of `loss`, `mi` and the `metrics` given to `compile`, or a dict if
      `return_dict` is True.

    Raises:
      ValueError: as for `fit`.
      TypeError: as for `fit`.
    """
    bound = inspect.signature(keras.Model.evaluate).bind(
      self, x, y, batch_size, *args, **kwargs
    )
    bound.apply_defaults()
    options = {**bound.arguments, **bound.kwargs}
    del options['self'], options['kwargs']
    data_checks.check_batch_size(batch_size, 'batch_size')
    if x is None or x is not self._validated:
      data = self._checked(x, y, options['sample_weight'])
      options.update(zip(_DATA, data, strict=True))
    size = pair_data.most_rows(options['x'], options['y'], batch_size)
    with self._knowing_size(size, 'test'):
      results = super().evaluate(**options)
    self._check_counted()
    return results

  def predict(
    self, x: Rows, y: Rows = None, *args: Any, **kwargs: Any
  ) -> np.ndarray:
    """Returns the score of each pair, `f(x[i], y[i])`.

    With the objective 'js', scores estimate pointwise mutual information, in
    nats. Scores of other objectives may differ by a constant, or by a function
    of x or of y.

    Args:
      x: as for `fit`; weights are ignored.
      y: as for `fit`.
      *args: other arguments of `keras.Model.predict`.
      **kwargs: like `*args`.

    Returns:
      NumPy array, shape `[N]`.
    """
    x, y, _ = self._checked(x, y, needs_negatives=False)
    return super().predict(x if y is None else (x, y), *args, **kwargs)

  def train_on_batch(
    self,
    x: Rows,
    y: Rows = None,
    sample_weight: Rows = None,
    class_weight: None = None,
    return_dict: bool = False,
  ) -> Any:
    """Updates the critic on one batch; see `keras.Model.train_on_batch`.

    Args:
      x: array, or structure of arrays, shape `[n, ...]`.
      y: like `x`.
      sample_weight: as for `fit`, shape `[n]`.
      class_weight: must be `None`.
      return_dict: Python `bool`.

    Returns:
      The same results as `evaluate`, for the critic before the update.

    Raises:
      ValueError: as for `fit`.
      TypeError: as for `fit`.
    """
    data_checks.refuse_class_weight(class_weight)
    data = self._checked(x, y, sample_weight)
    return super().train_on_batch(*data, return_dict=return_dict)

  def test_on_batch(
    self,
    x: Rows,
    y: Rows = None,
    sample_weight: Rows = None,
    return_dict: bool = False,
  ) -> Any:
    """Evaluates one batch; see `keras.Model.test_on_batch`.

    Args:
      x: as for `train_on_batch`.
      y: as for `train_on_batch`.
      sample_weight: as for `train_on_batch`.
      return_dict: Python `bool`.

    Returns:
      The same results as `evaluate`.

    Raises:
      ValueError: as for `fit`.
      TypeError: as for `fit`.
    """
    data = self._checked(x, y, sample_weight)
    return super().test_on_batch(*data, return_dict=return_dict)

  def _checked(
    self, x, y=None, sample_weight=None, needs_negatives=True, pulled=False
  ):
    """Builds the model from data; returns the checked data."""
    x, y, sample_weight = data_checks.checked(
      x,
      y,
      sample_weight,
      built=self._batch_shapes if self.built else None,
      strings=self._takes_strings(),
      needs_negatives=needs_negatives,
      pulled=pulled,
    )
    return self._build_from(x, y), y, sample_weight

  def _takes_strings(self):
    """Returns two bools: whether x, and whether y, may hold strings."""
    if not isinstance(self.critic, critic_lib.Critic):
      return True, True
    encoders = self.critic.x_encoder, self.critic.y_encoder
    return tuple(encoder is not None for encoder in encoders)

  @contextlib.contextmanager
  def _knowing_size(self, size, kind):
    """A context in which steps know the size of the largest batch, if possible.

    `kind` is 'train' or 'test'. Keras's traced function of this kind is dropped
    if it was traced for large batches and these batches are small, or vice
    versa.
    """
    count = self.distribute_strategy.num_replicas_in_sync
    is_large = batch_scores.is_large(size, size, count)
    if is_large != getattr(self, f'_{kind}_function_is_for_large'):
      setattr(self, f'{kind}_function', None)
      setattr(self, f'_{kind}_function_is_for_large', is_large)
    before, self._most_rows = self._most_rows, size
    try:
      yield
    finally:
      self._most_rows = before


class _Counter(keras.callbacks.Callback):
  """Calls a check once, after the first epoch."""

  def __init__(self):
    super().__init__()
    self._has_counted = False

  def on_test_begin(self, logs=None):
    self._count()

  def on_epoch_end(self, epoch, logs=None):
    self._count()

  def _count(self):
    if not self._has_counted:
      self.model._check_counted()
    self._has_counted = True


def _with_counter(callbacks):
  """Returns callbacks of `fit` with a `_Counter`."""
  if isinstance(callbacks, keras.callbacks.CallbackList):
    callbacks.append(_Counter())
    return callbacks
  return [_Counter(), *keras.tree.flatten(callbacks or [])]
