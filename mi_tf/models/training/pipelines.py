"""Training on a `tf.data` pipeline: many updates for each Python step."""

import warnings

import tensorflow as tf

from mi_tf.models.training import loops

_LONGEST = 400  # Updates of an execution, where an epoch's number is known.
_OF_UNKNOWN = 50  # Where it is not.


class Loop(loops.Loop):
  """The updates of one call of `fit` on a data set.

  Attributes:
    of: `str`, that names the batches. What is traced for batches of any size
      does for one size too, but does not know it.
  """

  def __init__(self, dataset, epoch, execution, check):
    """Makes the loop.

    Args:
      dataset: `tf.data.Dataset` of batches.
      epoch: `int`, the number of updates of an epoch, which then goes on in the
        data where the last one ended; `None` for one pass.
      execution: `int`, the number of updates of an execution; `None` for many.
      check: function that is called once, when two updates have been made, or
        an epoch has ended before.
    """
    self.of = str(dataset.element_spec)
    count = int(dataset.cardinality())
    self._count = count if count >= 0 else None
    self._goes_on = epoch is not None
    epoch = epoch or self._count
    if execution is None:
      execution = loops.execution(epoch, _LONGEST) if epoch else _OF_UNKNOWN
    super().__init__(epoch, execution)
    if self._count and not self._goes_on:
      # To end an iterator may take as long as a third of an epoch.
      dataset = dataset.repeat()
    self._dataset, self._check = dataset, check
    self._iterator, self._taken = None, 0  # From the iterator.
    self._done, self._logs = 0, {}  # In this epoch.

  def start_epoch(self, epoch):
    """Goes to where an epoch starts in the data."""
    del epoch
    self._done, self.has_ended = 0, False
    if self._goes_on:
      is_used_up = self._taken == self._count
    else:
      is_used_up = not self._count or self._taken % self._count
    if is_used_up:
      self._iterator = None

  def num_updates(self, executions):
    del executions
    return self._done

  def __call__(self, executions):
    """Runs one execution; returns the logs of its last update."""
    next(executions)
    left = self.execution
    if self.epoch is not None:
      left = min(left, self.epoch - self._done)
    done = self._pull(left)
    self.has_ended = done < left
    is_done = self.has_ended or self._done == self.epoch
    if self._check and (is_done or self._done > 1):
      self._check()
      self._check = None
    if self.has_ended:
      if self._goes_on:
        warnings.warn(
          'The data set ran out of batches before `steps_per_epoch` updates: '
          'the epoch ends here. Use `repeat` where an epoch shall go on in the '
          'data.',
          stacklevel=2,
        )
    return self._logs

  def _pull(self, count):
    """Makes up to so many updates; returns how many."""
    if self._iterator is None:
      self._iterator, self._taken = iter(self._dataset), 0
    logs, done = self.update(self._iterator, tf.constant(count, tf.int64))
    done = int(done)
    if done:
      self._logs = logs
    if done < count:
      self._iterator = None
    self._taken += done
    self._done += done
    return done


def update_function(model, jit_compile, of):
  """Returns the function that `Loop` calls, for all loops of a model.

  Args:
    model: `keras.Model`.
    jit_compile: Python `bool`.
    of: `str`, see `Loop`.

  Returns:
    A function of an iterator over batches and the most updates to make. Returns
    what the last step returned, and the number of updates.
  """
  del of  # A function for each.

  @tf.function(autograph=False, reduce_retracing=True)
  def update(iterator, count):
    step = tf.function(
      model.train_step, autograph=False, jit_compile=jit_compile
    )
    # The results' form is that of one step, which is traced only once.
    traced = step.get_concrete_function(iterator.element_spec)

    def checked(batch):
      # Outside of the step: XLA leaves assertions out.
      with tf.control_dependencies(model._assertions(batch)):
        return step(batch)

    def body(done, _, logs):
      batch = iterator.get_next_as_optional()
      some = batch.has_value()
      logs = tf.cond(some, lambda: checked(batch.get_value()), lambda: logs)
      return done + tf.cast(some, done.dtype), some, logs

    done, _, logs = tf.while_loop(
      lambda done, some, _: some & (done < count),
      body,
      (
        tf.zeros_like(count),
        tf.constant(True),
        tf.nest.map_structure(
          lambda t: tf.zeros(t.shape, t.dtype), traced.structured_outputs
        ),
      ),
    )
    return logs, done

  return update
