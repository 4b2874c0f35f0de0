"""PipelineBatches: batches of a `tf.data` pipeline."""

from collections.abc import Callable
from typing import Any
import warnings

import tensorflow as tf


def suit(
  x: Any,
  y: Any = None,
  sample_weight: Any = None,
  validation_split: float = 0.0,
  **unused: Any,
) -> bool:
  """Returns whether the data of `fit` is only a `tf.data` pipeline."""
  return (
    isinstance(x, tf.data.Dataset)
    and y is sample_weight is None
    and not validation_split
  )


class PipelineBatches:
  """Batches of a data set for one call of `fit`.

  `per_epoch` is `None` if the number of updates of an epoch is not known.
  `spec`, the form of the batches, is the key of traced functions. A function
  traced for any batch size also takes batches of a fixed size, but does not
  know that size.
  """

  def __init__(
    self,
    dataset: tf.data.Dataset,
    per_epoch: int | None = None,
    check: Callable[..., Any] | None = None,
    check_counted: Callable[[], None] | None = None,
  ):
    """Makes the batches.

    With `per_epoch`, an epoch continues in the data where the last epoch ended;
    by default, an epoch is one pass. `check(batch)` returns operations that
    fail if the batch is not valid. `check_counted` is called once, after two
    updates or at the end of the first epoch.
    """
    self.spec = str(dataset.element_spec)
    count = int(dataset.cardinality())
    self._count = count if count >= 0 else None
    self._goes_on = per_epoch is not None
    self.per_epoch = per_epoch or self._count
    if self._count and not self._goes_on:
      # To end an iterator may take as long as a third of an epoch.
      dataset = dataset.repeat()
    self._dataset, self._check = dataset, check
    self._check_counted = check_counted
    self._iterator: Any = None
    self._taken = 0  # From the iterator.
    self._done = 0  # In this epoch.

  def start_epoch(self, epoch: int) -> None:
    """Goes to the position in the data where the next epoch begins."""
    del epoch
    self._done = 0
    if self._goes_on:
      is_used_up = self._taken == self._count
    else:
      is_used_up = not self._count or self._taken % self._count != 0
    if is_used_up:
      self._iterator = None

  def run(
    self, update: Callable[..., Any], count: int
  ) -> tuple[int, dict[str, tf.Tensor]]:
    """Makes updates; returns their number, and the logs of the last one.

    If the data ends, there are fewer than `count` updates.
    """
    if self._iterator is None:
      self._iterator, self._taken = iter(self._dataset), 0
    logs, done = update(self._iterator, tf.constant(count, tf.int64))
    done = int(done)
    self._taken += done
    self._done += done
    has_ended = done < count
    if has_ended:
      self._iterator = None
    if self._check_counted is not None and (
      has_ended or self._done > 1 or self._done == self.per_epoch
    ):
      self._check_counted()
      self._check_counted = None
    if has_ended and self._goes_on:
      warnings.warn(
        'The data set ran out of batches before `steps_per_epoch` updates: '
        'the epoch ends here. Use `repeat` where an epoch shall go on in the '
        'data.',
        stacklevel=2,
      )
    return done, logs

  def trace(
    self, train_step: Callable[..., Any], jit_compile: bool
  ) -> Callable[..., Any]:
    """Returns a function that makes many updates, for batches of this form.

    The function takes an iterator over batches and the maximal number of
    updates. It returns the logs of the last update, and the number of updates.
    With `jit_compile`, XLA compiles an update.
    """
    check = self._check

    @tf.function(autograph=False, reduce_retracing=True)
    def update(iterator, count):
      step = tf.function(train_step, autograph=False, jit_compile=jit_compile)
      # The logs have the form of one step's, which is traced only once.
      traced = step.get_concrete_function(iterator.element_spec)

      def checked(batch):
        # Outside of the step: XLA leaves assertions out.
        with tf.control_dependencies(check(batch) if check else []):
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
