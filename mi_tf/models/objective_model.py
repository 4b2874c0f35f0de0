"""ObjectiveModel: a Keras model that computes its own loss."""

import contextlib
from typing import Any

import keras
import tensorflow as tf

from mi_tf.internal.keras_layers import building
from mi_tf.internal.keras_layers import random_states
from mi_tf.scores.replicas import collectives


class _SavedWithRandomStates(keras.Model):
  """A model whose files of weights hold the states of its random layers."""

  def save_own_variables(self, store: Any) -> None:
    super().save_own_variables(store)
    random_states.save(self, store)

  def load_own_variables(self, store: Any) -> None:
    super().load_own_variables(random_states.load(self, store))


# Loading builds the model first, and then restores its random layers.
class ObjectiveModel(building.BuiltByLoading, _SavedWithRandomStates):
  """A Keras model that computes its own loss: `compile` takes no loss.

  It adds to `keras.Model`:

  *   `compile` and `_scope` make variables under the `tf.distribute` strategy
      that the model was made under.
  *   Saved models and weights include the shapes of batches and the states of
      random layers. Training that resumes from a file thus ends with the same
      numbers as uninterrupted training.
  *   `export` works as soon as the model is built, before the first call.
  """

  def compile(
    self,
    optimizer: Any,
    loss: None = None,
    *,
    jit_compile: bool | str = 'auto',
    **kwargs: Any,
  ) -> None:
    """Sets the optimizer and Keras's options for `fit`.

    With several replicas, `jit_compile='auto'` means `False`, and
    `jit_compile=True` raises a `ValueError`. Passing a loss or metrics also
    raises a `ValueError`, since the objective is the loss.
    """
    options = {'loss': loss, **kwargs}
    names = ('loss', 'loss_weights', 'metrics', 'weighted_metrics')
    given = [key for key in names if options.get(key) is not None]
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
          'replicas: XLA does not compile communication between replicas. '
          f'Received: jit_compile=True, num_replicas_in_sync={count}.'
        )
      jit_compile = False
    with self._scope():
      super().compile(optimizer, jit_compile=jit_compile, **kwargs)

  def _scope(self):
    """Returns the context in which variables are made."""
    strategy = self.distribute_strategy
    if strategy is tf.distribute.get_strategy():
      return contextlib.nullcontext()
    return strategy.scope()

  def _maybe_symbolic_build(self, *args, **kwargs):
    """Does nothing for a model that is built.

    Before `fit` and `evaluate`, Keras adds up the first batches of all replicas
    to see their shape. This sum fails if replicas have batches of different
    sizes, or if they are on several machines. The test `KerasTest` fails as
    soon as Keras no longer adds up batches: then remove this override.
    """
    if not self.built:
      super()._maybe_symbolic_build(*args, **kwargs)

  def _step_logs(self):
    """Returns the logs of a step, equal on all replicas."""
    logs = self.get_metrics_result()
    if collectives.num_replicas() > 1 and isinstance(
      self.distribute_strategy, tf.distribute.MultiWorkerMirroredStrategy
    ):
      # Keras averages over the first axis too then.
      logs = {k: tf.reshape(v, [1]) for k, v in logs.items()}
    return logs

  def export(
    self,
    filepath: str,
    format: str = 'tf_saved_model',
    verbose: bool | None = None,
    input_signature: Any = None,
    **kwargs: Any,
  ) -> Any:
    """Writes a SavedModel whose `serve` is `call`; see `keras.Model.export`.

    Args:
      filepath: `str`, the folder to write.
      format: as for `keras.Model.export`.
      verbose: as for `keras.Model.export`.
      input_signature: as for `keras.Model.export`. Default value: `None`, which
        takes batches of any size, with the shapes that the model was built for
        and the dtype of its weights.
      **kwargs: other arguments of `keras.Model.export`.
    """
    if input_signature is None and self.built:
      input_signature = [
        keras.InputSpec(shape=(None, *shape[1:]), dtype=self.variable_dtype)
        for shape in (self.get_build_config() or {}).values()
      ]
    return super().export(filepath, format, verbose, input_signature, **kwargs)

  def compile_from_config(self, config: dict[str, Any]) -> None:
    self.compile(**keras.saving.deserialize_keras_object(config))
