"""Training on arrays: data on the device, many updates for each Python step."""

import functools
import inspect
import math

import keras
import numpy as np
import tensorflow as tf

from mi_tf.models.data import pairs
from mi_tf.models.training import loops
from mi_tf.models.training import pipelines

_MOST_BYTES = 2**31  # Of arrays that are copied to the device.
_LONGEST = 400  # Updates of an execution, unless `compile` was told.
_LONG = 10_000  # Updates for which it pays to compile them.


class Model(keras.Model):
  """A model whose `fit` makes many updates for each Python step.

  On arrays, which are copied to the device, and on `tf.data` pipelines. Its
  `train_step` takes `(x, y)` or `(x, y, sample_weight)`; it is otherwise called
  as Keras does.
  """

  _loop = _steps_per_execution = None

  def compile(self, optimizer, steps_per_execution=None, **kwargs):
    """Compiles the model.

    Args:
      optimizer: as for `keras.Model.compile`.
      steps_per_execution: as for `keras.Model.compile`, or `None` for 1, and
        for many where `fit` is given arrays or a `tf.data.Dataset`.
      **kwargs: others of `keras.Model.compile`.
    """
    self._steps_per_execution = steps_per_execution
    self._jit_is_free = kwargs.get('jit_compile', 'auto') == 'auto'
    # Not a dict, which TensorFlow would track and save with the model.
    self._updates, self._pulls = (
      functools.cache(functools.partial(function, self))
      for function in (_update_function, pipelines.update_function)
    )
    super().compile(
      optimizer, steps_per_execution=steps_per_execution or 1, **kwargs
    )

  def fit(self, *args, **kwargs):
    """Trains the model; see `keras.Model.fit`."""
    bound = inspect.signature(super().fit).bind(*args, **kwargs)
    bound.apply_defaults()
    options = bound.arguments
    is_resident = self._can_loop(**options) and _split(options)
    if not (is_resident or self._can_pull(**options)):
      return super().fit(*args, **kwargs)
    if not self.optimizer.built:
      self.optimizer.build(self.trainable_variables)
    callbacks = options.pop('callbacks')
    execution = self._steps_per_execution
    if loops.wants_every_batch(callbacks):
      execution = execution or 1
    if is_resident:
      loop = _array_loop(options, execution)
    else:
      loop = _pipeline_loop(options, execution, self._check_counted)
    epochs = options['epochs'] - options['initial_epoch']
    self._jit_loop = self.jit_compile or (
      is_resident
      and self._jit_is_free
      and loop.epoch * epochs >= _LONG
      and self._gains_from_xla()
    )
    others, self.train_function = self.train_function, loop
    self._loop = loop
    self.make_train_function()
    steps = loop.num_executions
    try:
      return super().fit(
        loop.executions(),
        shuffle=False,
        steps_per_epoch=steps and steps * self.steps_per_execution,
        callbacks=loops.Callbacks(
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
      self._pulls.cache_clear()
    if isinstance(self._loop, Loop):
      self._loop.update = self._updates(self._jit_loop)
    else:
      self._loop.update = self._pulls(self._jit_loop, self._loop.of)
    return self._loop

  def _gains_from_xla(self):
    """Returns whether XLA makes updates faster on CPUs, where Keras has it off.

    It does by up to 1.9 times where there are many small operations, and makes
    convolutions 17 times slower. Long trainings make up for the compilation.
    """
    return False

  def _assertions(self, batch):
    """Returns operations that fail unless a batch may be trained on."""
    del batch
    return []

  def _check_counted(self):
    """Raises an error if no batch since the last reset was trained on."""

  def get_compile_config(self):
    config = super().get_compile_config()
    if config:
      config['steps_per_execution'] = self._steps_per_execution
    return config

  def _can_loop(self, x, y, sample_weight, batch_size, shuffle, **options):
    """Returns whether `fit` is called in a way that `Loop` can do."""
    data = keras.tree.flatten((x, y))
    if sample_weight is not None:
      data.append(sample_weight)
    return (
      all(isinstance(t, (np.ndarray, tf.Tensor)) and t.shape for t in data)
      and 0 < len(data[0])
      and all(len(t) == len(data[0]) for t in data)
      and all(np.dtype(_numpy_dtype(t)).kind in 'biuf' for t in data)
      and sum(map(_num_bytes, data)) <= _MOST_BYTES
      and (batch_size is None or batch_size > 0)
      and isinstance(shuffle, bool)
      and self._can_execute_many(**options)
    )

  def _can_pull(self, x, y, sample_weight, validation_split, **options):
    """Returns whether `fit` is called in a way that `pipelines.Loop` can do."""
    return (
      isinstance(x, tf.data.Dataset)
      and y is sample_weight is None
      and not validation_split
      and self._can_execute_many(**options)
    )

  def _can_execute_many(self, callbacks, class_weight, **options):
    del options
    return (
      not isinstance(callbacks, keras.callbacks.CallbackList)
      and class_weight is None
      and self.compiled
      and not self.run_eagerly
      and bool(self.trainable_variables)
      # Of a model that was made under a strategy, it is that.
      and self.distribute_strategy is tf.distribute.get_strategy()
      and not tf.distribute.has_strategy()
    )


def _array_loop(options, execution):
  """Returns the loop of arrays, whose options it takes from those of `fit`."""
  batch_size = options.pop('batch_size') or 32
  options['validation_batch_size'] = (
    options['validation_batch_size'] or batch_size
  )
  data = [options.pop(key) for key in ('x', 'y', 'sample_weight')]
  shuffle, epoch = (options.pop(key) for key in ('shuffle', 'steps_per_epoch'))
  return Loop(data, batch_size, shuffle, epoch, execution)


def _pipeline_loop(options, execution, check):
  """Returns the loop of a data set, with options out of those of `fit`."""
  for key in ('y', 'sample_weight', 'shuffle'):
    del options[key]
  dataset, epoch = options.pop('x'), options.pop('steps_per_epoch')
  return pipelines.Loop(dataset, epoch, execution, check)


def _update_function(model, jit_compile):
  """Returns the function that `Loop` calls, for all loops of a model.

  Args:
    model: `Model`.
    jit_compile: Python `bool`.

  Returns:
    A function of `data`, a structure of arrays; `order`, the integer `Tensor`
    of samples in the order in which they are taken; `first`, from where on;
    `count`, of batches; and `size`, the `int` size of a batch. Returns what the
    last step returned.
  """

  @tf.function(autograph=False, jit_compile=jit_compile, reduce_retracing=True)
  def update(data, order, first, count, size):
    @tf.function(autograph=False)
    def step(i):
      index = tf.slice(order, [first + i * size], [size])
      batch = tf.nest.map_structure(lambda t: tf.gather(t, index), data)
      return model.train_step(batch)

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


class Loop(loops.Loop):
  """The updates of one call of `fit` on arrays."""

  def __init__(self, data, batch_size, shuffle, epoch, execution):
    """Makes the loop, and copies the data.

    Args:
      data: list `[x, y, sample_weight]`; each a structure of arrays, shape
        `[N, ...]`, or the last `None`.
      batch_size: `int`.
      shuffle: Python `bool`; whether each pass is in a new order.
      epoch: `int`, the number of updates of an epoch; `None` for one pass.
      execution: `int`, the number of updates of an execution; `None` for many.
    """
    self._size = pairs.num_rows(data)
    self._data = tuple(
      keras.tree.map_structure(_to_device, t) for t in data if t is not None
    )
    self._batch_size = batch_size
    self._per_pass = -(-self._size // batch_size)
    epoch = epoch or self._per_pass
    super().__init__(epoch, execution or loops.execution(epoch, _LONGEST))
    self._order = tf.range(self._size, dtype=tf.int64)
    self._shuffled = shuffle
    self._pass = None  # That of the order.
    self._seed = tf.random.uniform([], maxval=2**31 - 1, dtype=tf.int32)
    self._done = 0

  def start_epoch(self, epoch):
    """Goes to where an epoch starts in the data.

    So that a training that goes on after a kill (`BackupAndRestore`) sees the
    same batches as one that was not killed.
    """
    self._done = epoch * self.epoch

  def __call__(self, executions):
    """Runs one execution; returns the logs of its last update."""
    number = int(next(executions)) % self.num_executions
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
        self._data, self._order, position[0], position[1], size
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


def _split(options):
  """Makes the last part of the data that to validate on, as Keras does.

  Args:
    options: dict, arguments of `keras.Model.fit`, which is changed.

  Returns:
    `bool`, whether some is left; Keras says what is wrong otherwise.
  """
  share = options['validation_split']
  if not share or options['validation_data'] is not None:
    return True
  keys = ('x', 'y', 'sample_weight')
  data = [options[key] for key in keys]
  count = pairs.num_rows(data)
  end = math.floor(count * (1.0 - share))
  trained_on, held_out = (
    pairs.take(data, part) for part in (slice(end), slice(end, None))
  )
  options.update(zip(keys, trained_on, strict=True))
  options['validation_data'] = tuple(held_out)
  options['validation_split'] = 0.0
  return 0 < end < count


def _to_device(t):
  """Returns a `Tensor`; floats are of Keras's default type, as Keras does."""
  t = tf.convert_to_tensor(t)
  return tf.cast(t, keras.config.floatx()) if t.dtype.is_floating else t


def _numpy_dtype(t):
  return t.dtype.as_numpy_dtype if isinstance(t, tf.Tensor) else t.dtype


def _num_bytes(t):
  return math.prod(t.shape) * np.dtype(_numpy_dtype(t)).itemsize
