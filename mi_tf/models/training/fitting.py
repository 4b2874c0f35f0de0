"""How pairs get into Keras's loop: `fit`, `evaluate` and `predict`."""

import inspect

import keras
import tensorflow as tf

from mi_tf.critics import critic as critic_lib
from mi_tf.models.data import checking
from mi_tf.models.data import pairs
from mi_tf.models.training import distributed
from mi_tf.models.training import large_batches
from mi_tf.models.training import resident


class Model(large_batches.Model, distributed.Model, resident.Model):
  """A model of pairs, which checks them before Keras takes them.

  It has a `critic`, and is a `built.Model`, whose `build` takes the shapes of
  batches of both sides.
  """

  _validated = None  # The `x` of validation data that has been checked.

  def fit(self, x=None, y=None, batch_size=None, *args, **kwargs):
    """Trains the critic; see `keras.Model.fit`.

    Arrays are copied to the device, and updates run there, many for each step
    of Keras's loop: up to 400, within an epoch, or as many as `compile` was
    told. A `tf.data.Dataset` is pulled from in the same way. Callbacks are told
    of the last batch of each such execution. Where one of them does something
    at each batch (other than Keras's progress bar and `TerminateOnNaN`), it is
    told of each, and training is slower.

    An epoch is one pass through the arrays, in a new order unless `shuffle` is
    `False`; the last batch may be smaller. With `steps_per_epoch`, an epoch is
    so many updates, and goes on in the data where the last one ended. `loss`
    and `mi` are means over the epoch, of a critic that changes meanwhile;
    `val_loss` and `val_mi` those of the critic at its end. `loss` has the
    losses in it that layers add, such as those of regularizers.

    The other samples of its batch are a sample's negatives: batches of one
    sample, unbatched data sets and data of one row are refused. A last batch
    of one sample is left out. Where a model has not been built, elements of a
    fixed shape whose pipeline has no `batch` may be samples as well as batches,
    and are refused too: `build` says which.

    Args:
      x: array, shape `[N, ...]`, of numbers; or of strings if an encoder takes
        them; or a dict, list or tuple of such arrays. Or a `tf.data.Dataset`,
        generator or `keras.utils.PyDataset` of batches `(x, y)` or `(x, y,
        sample_weight)`.
      y: as `x`, paired with it; `None` if `x` has both.
      batch_size: `int`, of arrays, at least 2. Default value: `None`, 32.
      *args: others of `keras.Model.fit`.
      **kwargs: those of `keras.Model.fit`. `sample_weight`, shape `[N]`, is
        nonnegative: a weight of 2 counts as the pair given twice in its batch,
        and a pair of weight 0 is no negative either. `validation_data` is
        `(x, y)`, `(x, y, sample_weight)` or what gives batches.

    Returns:
      A `keras.callbacks.History` with `loss`, `mi`, `val_loss`, `val_mi`.

    Raises:
      ValueError: if there are no negatives, shapes are not those of pairs, or
        numbers or weights not as they must be.
      TypeError: if data is no dense numbers or strings.
    """
    bound = inspect.signature(keras.Model.fit).bind(
      self, x, y, batch_size, *args, **kwargs
    )
    bound.apply_defaults()
    options = bound.arguments
    del options['self']
    checking.refuse_class_weight(options['class_weight'])
    for name in ('batch_size', 'validation_batch_size'):
      _check_batch_size(options[name], name)
    data = self._checked(x, y, options['sample_weight'], pulled=True)
    options.update(zip(_DATA, data, strict=True))
    self._check_that_something_learns()
    if data[1] is not None:
      _check_split(data[0], options['validation_split'])
    elif not self._can_pull(**options):
      options['callbacks'] = _with_counter(options['callbacks'])
      if isinstance(x, tf.data.Dataset):
        options['x'] = checking.with_assertions(x)
    if options['validation_data'] is not None:
      held_out = self._checked(options['validation_data'])
      self._validated = held_out[0]
      options['validation_data'] = (
        held_out[0] if held_out[1] is None else held_out
      )
    try:
      return super().fit(**options)
    finally:
      self._validated = None

  def evaluate(self, x=None, y=None, batch_size=None, *args, **kwargs):
    """Returns the mean loss and `mi` over batches; see `keras.Model`.

    Args:
      x: as for `fit`.
      y: as for `fit`.
      batch_size: as for `fit`.
      *args: others of `keras.Model.evaluate`.
      **kwargs: those of `keras.Model.evaluate`; `sample_weight` as for `fit`.

    Returns:
      `[loss, mi, ...]`, or a dict of them if `return_dict`; with the `metrics`
      given to `compile`.

    Raises:
      ValueError: as `fit`.
      TypeError: as `fit`.
    """
    bound = inspect.signature(keras.Model.evaluate).bind(
      self, x, y, batch_size, *args, **kwargs
    )
    bound.apply_defaults()
    options = {**bound.arguments, **bound.kwargs}
    del options['self'], options['kwargs']
    _check_batch_size(batch_size, 'batch_size')
    if x is None or x is not self._validated:
      data = self._checked(x, y, options['sample_weight'])
      options.update(zip(_DATA, data, strict=True))
    results = super().evaluate(**options)
    self._check_counted()
    return results

  def predict(self, x, y=None, *args, **kwargs):
    """Returns the score of each pair, `f(x[i], y[i])`.

    For the objective 'js' it is an estimate of the pointwise mutual
    information, in nats; for others only up to what the objective leaves free.

    Args:
      x: as for `fit`; weights are ignored.
      y: as for `fit`.
      *args: those of `keras.Model.predict`.
      **kwargs: those of `keras.Model.predict`.

    Returns:
      NumPy array, shape `[N]`.
    """
    x, y, _ = self._checked(x, y, contrasts=False)
    return super().predict(x if y is None else (x, y), *args, **kwargs)

  def train_on_batch(
    self,
    x,
    y=None,
    sample_weight=None,
    class_weight=None,
    return_dict=False,
  ):
    """Updates the critic on one batch; see `keras.Model.train_on_batch`.

    Args:
      x: array, or structure of arrays, shape `[n, ...]`.
      y: as `x`.
      sample_weight: as for `fit`, shape `[n]`.
      class_weight: must be `None`.
      return_dict: Python `bool`.

    Returns:
      What `evaluate` does, before the update.

    Raises:
      ValueError: as `fit`.
      TypeError: as `fit`.
    """
    checking.refuse_class_weight(class_weight)
    data = self._checked(x, y, sample_weight)
    return super().train_on_batch(*data, return_dict=return_dict)

  def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
    """Evaluates one batch; see `keras.Model.test_on_batch`.

    Args:
      x: as for `train_on_batch`.
      y: as for `train_on_batch`.
      sample_weight: as for `train_on_batch`.
      return_dict: Python `bool`.

    Returns:
      What `evaluate` does.

    Raises:
      ValueError: as `fit`.
      TypeError: as `fit`.
    """
    data = self._checked(x, y, sample_weight)
    return super().test_on_batch(*data, return_dict=return_dict)

  def _checked(
    self, x, y=None, sample_weight=None, contrasts=True, pulled=False
  ):
    """Builds the model from data; returns it checked and whole."""
    x, y, sample_weight = checking.checked(
      x,
      y,
      sample_weight,
      built=self._batch_shapes if self.built else None,
      strings=self._takes_strings(),
      contrasts=contrasts,
      pulled=pulled,
    )
    return self._build_from(x, y), y, sample_weight

  def _takes_strings(self):
    """Returns whether each side may hold strings: if an encoder is first."""
    if not isinstance(self.critic, critic_lib.Critic):
      return True, True
    encoders = self.critic.x_encoder, self.critic.y_encoder
    return tuple(encoder is not None for encoder in encoders)

  def _build_from(self, x, y):
    """Builds the model from data; returns `x`, whole."""
    if self.built:
      return x
    first, x = pairs.first(x, y)
    self._expect(dict(zip(('x_shape', 'y_shape'), first, strict=True)))
    with self.strategy_scope():
      self.build(*map(pairs.sample_shapes, first))
    return x

  def _assertions(self, batch):
    return checking.assertions(batch)

  def _check_counted(self):
    """Raises a `ValueError` if no batch since the last reset had negatives."""
    if not float(tf.convert_to_tensor(self.metrics[0].count.value)):
      raise ValueError(
        'Some batch must hold at least 2 samples, of positive weight: the '
        "others of its batch are a sample's negatives. Received: none."
      )


class _Counter(keras.callbacks.Callback):
  """Tells after the first epoch if no batch was trained on."""

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


_DATA = ('x', 'y', 'sample_weight')


def _with_counter(callbacks):
  """Returns callbacks of `fit` with a `_Counter`."""
  if isinstance(callbacks, keras.callbacks.CallbackList):
    callbacks.append(_Counter())
    return callbacks
  return [_Counter(), *keras.tree.flatten(callbacks or [])]


def _check_batch_size(batch_size, name):
  if batch_size == 1:
    raise ValueError(
      f"`{name}` must be at least 2: the others of its batch are a sample's "
      f'negatives. Received: {name}=1.'
    )


def _check_split(x, validation_split):
  """Raises a `ValueError` if a part of a split has no negatives."""
  count = pairs.num_rows(x)
  end = int(count * (1.0 - (validation_split or 0.0)))
  if validation_split and 1 in (end, count - end):
    raise ValueError(
      '`validation_split` must leave at least 2 samples to train on and to '
      f'validate on. Received: validation_split={validation_split}, of {count} '
      'samples.'
    )
