"""Training on arrays: data on the device, many updates for each Python step."""

import functools
import inspect
import math

import keras
import numpy as np
import tensorflow as tf

_MOST_BYTES = 2**31  # Of arrays that are copied to the device.
_LONGEST = 400  # Updates of an execution, unless `compile` was told.
_LONG = 10_000  # Updates for which it pays to compile them.
_BATCH_HOOKS = (
  'on_batch_begin',
  'on_batch_end',
  'on_train_batch_begin',
  'on_train_batch_end',
)
# Of Keras's callbacks, those for which the end of an execution will do.
_PATIENT = (keras.callbacks.ProgbarLogger, keras.callbacks.TerminateOnNaN)


class Model(keras.Model):
  """A model whose `fit` on arrays makes many updates for each Python step.

  Its `train_step` takes `(x, y)`; it is otherwise called as Keras does.
  """

  _loop = _steps_per_execution = None

  def compile(self, optimizer, steps_per_execution=None, **kwargs):
    """Compiles the model.

    Args:
      optimizer: as for `keras.Model.compile`.
      steps_per_execution: as for `keras.Model.compile`, or `None` for 1, and
        for many where `fit` is given arrays.
      **kwargs: others of `keras.Model.compile`.
    """
    self._steps_per_execution = steps_per_execution
    self._jit_is_free = kwargs.get('jit_compile', 'auto') == 'auto'
    # Not a dict, which TensorFlow would track and save with the model.
    self._updates = functools.cache(functools.partial(_update_function, self))
    super().compile(
      optimizer, steps_per_execution=steps_per_execution or 1, **kwargs
    )

  def fit(self, *args, **kwargs):
    """Trains the model; see `keras.Model.fit`."""
    bound = inspect.signature(super().fit).bind(*args, **kwargs)
    bound.apply_defaults()
    options = bound.arguments
    if not (self._can_loop(**options) and _split(options)):
      return super().fit(*args, **kwargs)
    if not self.optimizer.built:
      self.optimizer.build(self.trainable_variables)
    batch_size = options.pop('batch_size') or 32
    options['validation_batch_size'] = (
      options['validation_batch_size'] or batch_size
    )
    callbacks = options.pop('callbacks')
    execution = self._steps_per_execution
    if any(map(_wants_every_batch, keras.tree.flatten(callbacks or []))):
      execution = execution or 1
    loop = Loop(
      *(options.pop(key) for key in ('x', 'y')),
      batch_size,
      options.pop('shuffle'),
      options.pop('steps_per_epoch'),
      execution,
    )
    updates = loop.epoch * (options['epochs'] - options['initial_epoch'])
    self._jit_loop = self.jit_compile or (
      self._jit_is_free and updates >= _LONG and self._gains_from_xla()
    )
    others, self.train_function = self.train_function, loop
    self._loop = loop
    self.make_train_function()
    try:
      return super().fit(
        loop.dataset(),
        shuffle=False,
        steps_per_epoch=loop.num_executions * self.steps_per_execution,
        callbacks=_Callbacks(
          callbacks, loop, self, options['epochs'], options['verbose']
        ),
        **options,
      )
    finally:
      self._loop, self.train_function = None, others

  def make_train_function(self, force=False):
    """Makes what `fit` calls for each step of Keras's loop."""
    if self._loop is None:
      return super().make_train_function(force)
    if force:
      self._updates.cache_clear()
    self._loop.update = self._updates(self._jit_loop)
    return self._loop

  def _gains_from_xla(self):
    """Returns whether XLA makes updates faster on CPUs, where Keras has it off.

    It does by up to 1.9 times where there are many small operations, and makes
    convolutions 17 times slower. Long trainings make up for the compilation.
    """
    return False

  def get_compile_config(self):
    config = super().get_compile_config()
    if config:
      config['steps_per_execution'] = self._steps_per_execution
    return config

  def _can_loop(self, x, y, batch_size, callbacks, shuffle, **options):
    """Returns whether `fit` is called in a way that `Loop` can do."""
    return (
      all(isinstance(t, (np.ndarray, tf.Tensor)) and t.shape for t in (x, y))
      and 0 < len(x) == len(y)
      and all(np.dtype(_numpy_dtype(t)).kind in 'biuf' for t in (x, y))
      and sum(_num_bytes(t) for t in (x, y)) <= _MOST_BYTES
      and (batch_size is None or batch_size > 0)
      and not isinstance(callbacks, keras.callbacks.CallbackList)
      and isinstance(shuffle, bool)
      and options['sample_weight'] is options['class_weight'] is None
      and self.compiled
      and not self.run_eagerly
      and bool(self.trainable_variables)
      # Of a model that was made under a strategy, it is that.
      and self.distribute_strategy is tf.distribute.get_strategy()
      and not tf.distribute.has_strategy()
    )


def _wants_every_batch(callback):
  """Returns whether a callback does something at each batch."""
  if isinstance(callback, _PATIENT) or 'epoch' in (
    getattr(callback, name, None) for name in ('save_freq', 'update_freq')
  ):
    return False
  return any(
    getattr(getattr(callback, hook), '__func__', None)
    is not getattr(keras.callbacks.Callback, hook)
    for hook in _BATCH_HOOKS
  )


def _update_function(model, jit_compile):
  """Returns the function that `Loop` calls, for all loops of a model.

  Args:
    model: `Model`.
    jit_compile: Python `bool`.

  Returns:
    A function of `x` and `y`; `order`, the integer `Tensor` of samples in the
    order in which they are taken; `first`, from where on; `count`, of batches;
    and `size`, the `int` size of a batch. Returns what the last step returned.
  """

  @tf.function(autograph=False, jit_compile=jit_compile, reduce_retracing=True)
  def update(x, y, order, first, count, size):
    @tf.function(autograph=False)
    def step(i):
      index = tf.slice(order, [first + i * size], [size])
      return model.train_step((tf.gather(x, index), tf.gather(y, index)))

    # The results' form is that of one step, which is traced only once.
    spec = tf.TensorSpec([], first.dtype)
    outputs = step.get_concrete_function(spec).structured_outputs
    _, logs = tf.while_loop(
      lambda i, _: i < count,
      lambda i, _: (i + 1, step(i)),
      (
        tf.zeros_like(first),
        tf.nest.map_structure(lambda t: tf.zeros(t.shape, t.dtype), outputs),
      ),
    )
    return logs

  return update


class Loop:
  """The updates of one call of `fit`.

  An execution, of `self.execution` updates, is one step of Keras's loop, which
  calls the loop as the model's `train_function`.
  """

  def __init__(self, x, y, batch_size, shuffle, epoch, execution):
    """Makes the loop, and copies the data.

    Args:
      x: array, shape `[N, ...]`.
      y: array, shape `[N, ...]`.
      batch_size: `int`.
      shuffle: Python `bool`; whether each pass is in a new order.
      epoch: `int`, the number of updates of an epoch; `None` for one pass.
      execution: `int`, the number of updates of an execution; `None` for many.
    """
    self.update = None
    self._data = [_to_device(t) for t in (x, y)]
    self._size = len(x)
    self._batch_size = batch_size
    self._per_pass = -(-self._size // batch_size)
    self.epoch = epoch or self._per_pass
    self.execution = execution or -(-self.epoch // -(-self.epoch // _LONGEST))
    self.num_executions = -(-self.epoch // self.execution)
    self._order = tf.range(self._size, dtype=tf.int64)
    self._shuffled = shuffle
    self._pass = None  # That of the order.
    self._seed = tf.random.uniform([], maxval=2**31 - 1, dtype=tf.int32)
    self._done = 0

  def dataset(self):
    """Returns the `tf.data.Dataset` for Keras: the numbers of executions."""
    return tf.data.Dataset.range(2**62)

  def start_epoch(self, epoch):
    """Goes to where an epoch starts in the data.

    So that a training that goes on after a kill (`BackupAndRestore`) sees the
    same batches as one that was not killed.
    """
    self._done = epoch * self.epoch

  def __call__(self, iterator):
    """Runs one execution; returns the logs of its last update."""
    number = int(next(iterator)) % self.num_executions
    left = min(self.execution, self.epoch - number * self.execution)
    while left:
      number, batch = divmod(self._done, self._per_pass)
      if self._shuffled and number != self._pass:
        self._shuffle(number)
      first, size = batch * self._batch_size, self._batch_size
      # The last batch of a pass may be smaller.
      count = min(left, self._size // size - batch)
      if count == 0:
        count, size = 1, self._size - first
      position = tf.constant([first, count], tf.int64)
      logs = self.update(
        *self._data, self._order, position[0], position[1], size
      )
      self._done += count
      left -= count
    return logs

  def _shuffle(self, number):
    """Makes the order of a pass."""
    self._pass = number
    self._order = tf.random.experimental.index_shuffle(
      tf.range(self._size, dtype=tf.int64),
      tf.stack([self._seed, number]),
      self._size - 1,
    )


class _Callbacks(keras.callbacks.CallbackList):
  """Callbacks that are told of updates, where Keras counts executions."""

  def __init__(self, callbacks, loop, model, epochs, verbose):
    """Makes the list; arguments are those of `keras.Model.fit`."""
    self._loop = loop
    self._per_execution = model.steps_per_execution  # As Keras counts them.
    super().__init__(
      callbacks,
      add_history=True,
      add_progbar=verbose != 0,
      model=model,
      verbose=verbose,
      epochs=epochs,
      steps=loop.epoch,
    )

  def on_epoch_begin(self, epoch, logs=None):
    self._loop.start_epoch(epoch)
    super().on_epoch_begin(epoch, logs)

  def on_train_batch_begin(self, batch, logs=None):
    number = batch // self._per_execution
    super().on_train_batch_begin(number * self._loop.execution, logs)

  def on_train_batch_end(self, batch, logs=None):
    number = batch // self._per_execution + 1
    end = min(number * self._loop.execution, self._loop.epoch)
    super().on_train_batch_end(end - 1, logs)


def _split(options):
  """Makes the last part of the data that to validate on, as Keras does.

  Args:
    options: dict, arguments of `keras.Model.fit`, which is changed.

  Returns:
    `bool`, whether some is left; Keras says what is wrong otherwise.
  """
  share, x, y = (options[key] for key in ('validation_split', 'x', 'y'))
  if not share or options['validation_data'] is not None:
    return True
  end = math.floor(len(x) * (1.0 - share))
  held_out = x[end:], y[end:]
  options.update(x=x[:end], y=y[:end], validation_data=held_out)
  options['validation_split'] = 0.0
  return 0 < end < len(x)


def _to_device(t):
  """Returns a `Tensor`; floats are of Keras's default type, as Keras does."""
  t = tf.convert_to_tensor(t)
  return tf.cast(t, keras.config.floatx()) if t.dtype.is_floating else t


def _numpy_dtype(t):
  return t.dtype.as_numpy_dtype if isinstance(t, tf.Tensor) else t.dtype


def _num_bytes(t):
  return math.prod(t.shape) * np.dtype(_numpy_dtype(t)).itemsize
