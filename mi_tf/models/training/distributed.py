"""Keras's loop under a `tf.distribute` strategy of several replicas."""

import contextlib

import keras
import tensorflow as tf

from mi_tf.scores.replicas import collectives


class Model(keras.Model):
  """A model that is built and compiled under the strategy it was made under."""

  def compile(self, optimizer, jit_compile='auto', **kwargs):
    """Compiles the model.

    Args:
      optimizer: as for `keras.Model.compile`.
      jit_compile: as for `keras.Model.compile`; 'auto' is `False` if there are
        several replicas.
      **kwargs: others of `keras.Model.compile`.

    Raises:
      ValueError: if `jit_compile` is `True`, and there are several replicas; or
        if a loss or metrics are passed: the objective is the loss.
    """
    given = sorted(
      {'loss', 'metrics', 'weighted_metrics', 'loss_weights'}
      & {k for k, v in kwargs.items() if v is not None}
    )
    if given:
      raise ValueError(
        '`compile` must not be given a loss or metrics: the '
        f'objective is the loss. Received: {given}.'
      )
    count = self.distribute_strategy.num_replicas_in_sync
    if count > 1:
      if jit_compile is True:
        raise ValueError(
          '`jit_compile` must not be True under a strategy of several '
          'replicas: XLA does not compile what they tell each other. Received: '
          f'jit_compile=True, num_replicas_in_sync={count}.'
        )
      jit_compile = False
    with self.strategy_scope():
      super().compile(optimizer, jit_compile=jit_compile, **kwargs)

  def strategy_scope(self):
    """Returns the context in which variables are made."""
    strategy = self.distribute_strategy
    if strategy is tf.distribute.get_strategy():
      return contextlib.nullcontext()
    return strategy.scope()

  def _maybe_symbolic_build(self, *args, **kwargs):
    """Makes the optimizer's variables; all others were made by `build`.

    Keras would add up the batches of replicas to see their shape, which fails
    where they are not of one size, or on several machines.
    """
    if not self.built:  # By `train_on_batch`, say.
      super()._maybe_symbolic_build(*args, **kwargs)
    elif self.compiled and not self.optimizer.built:
      with self.strategy_scope():
        self.optimizer.build(self.trainable_variables)

  def logs(self):
    """Returns what a step reports, the same on all replicas."""
    logs = self.get_metrics_result()
    if collectives.num_replicas() > 1 and isinstance(
      self.distribute_strategy, tf.distribute.MultiWorkerMirroredStrategy
    ):
      # Keras averages over the first axis too then.
      logs = {k: tf.reshape(v, [1]) for k, v in logs.items()}
    return logs
