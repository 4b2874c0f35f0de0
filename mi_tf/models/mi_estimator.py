"""MiEstimator: a Keras model that learns mutual information."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mi_tf.critics import registry
from mi_tf.critics.networks import towers
from mi_tf.critics.scoring import critic_building
from mi_tf.internal import structures
from mi_tf.internal.keras_layers import function_layers
from mi_tf.internal.types import Rows
from mi_tf.internal.types import Structure
from mi_tf.internal.types import TensorLike
from mi_tf.models import critic_model
from mi_tf.models import pair_model
from mi_tf.models import readout
from mi_tf.models import saved_models
from mi_tf.models.data import pair_data
from mi_tf.objectives import density_objectives
from mi_tf.objectives import objective as objective_lib
from mi_tf.objectives import registry as objective_registry
from mi_tf.results import combination
from mi_tf.results import mi_estimate


@keras.saving.register_keras_serializable(package='mi_tf')
class MiEstimator(pair_model.PairModel):
  """Learns the mutual information of two variables from samples.

  A critic scores pairs, and an objective trains the critic:

  ```python
  estimator = mi_tf.MiEstimator('separable', objective='info_nce')
  estimator.compile(keras.optimizers.Adam(1e-3))
  estimator.fit(x, y, validation_data=(x_val, y_val), epochs=20)
  estimator.estimate(x_test, y_test)  # the number to report
  ```

  `fit` and `evaluate` report `mi`, in nats: the mean of the objective's value
  over batches, weighted by batch size. The negatives of a sample are the other
  samples of its batch: `val_mi` depends on the batch size K (InfoNCE is at most
  log K). On training data, `mi` is too high.

  Samples may have weights (`mi_tf.bounds`); a batch is then `(x, y,
  sample_weight)`. A sample of weight 2 counts like two copies of it. A sample
  of weight 0 is left out, also as a negative. `loss` and `mi` are means over
  batches, weighted by the sum of weights in each batch. With
  `negative_samples`, a pair has the product of its samples' weights.

  Batches of more than about 2,000 samples are streamed: memory holds their
  samples, but not all K x K scores. Streaming needs a `mi_tf.Critic`, no
  `negative_samples`, and one of the objectives 'js', 'info_nce', 'nwj', 'dv',
  'mine', 'tuba' and 'smile', or a bound that takes `StreamedScores`. The batch
  size must be static: a `tf.data.Dataset` needs `batch(size,
  drop_remainder=True)`.

  Under a `tf.distribute` strategy, make the estimator within
  `strategy.scope()`. Each replica scores its x against the y of all replicas.
  An update is the same as on one device with the whole batch. If you call
  `strategy.run` yourself, either call `estimator.train_step((x, y))` in it, or
  add `estimator(x, y) / num_replicas_in_sync` to a loss.

  `estimator(x, y)` is the objective's value for a batch of tensors. Add it to
  the loss of another model: the value has gradients to `x` and `y`, but not to
  the critic's weights. To update the critic, call `estimator.train_step((x,
  y))`, which uses the optimizer given to `compile`.
  `mi_tf.infomax.MiRegularizer` does both inside a model's `fit`.
  """

  def __init__(
    self,
    critic: Any = 'separable',
    objective: Any = 'js',
    negative_samples: int | None = None,
    ema_decay: float | None = None,
    **kwargs: Any,
  ):
    """Makes the estimator.

    Args:
      critic: name of a critic, a `mi_tf.Critic`, or any layer or function
        `critic(x, y) -> scores [n, m]`, where `scores[i, j] = f(x[i], y[j])`.
        The Keras layers and variables that a function uses are trained, and
        saved by `save_weights`. For `save`, register the function by
        `keras.saving.register_keras_serializable`. Models with the same
        function share its weights: loading a file into one of these models
        changes all of them.
      objective: name of an objective ('js', 'info_nce', 'nwj', 'dv', 'mine',
        'tuba', 'interpolated', 'smile', 'flo'; for critics that are log
        densities, 'club', 'leave_one_out', 'variational'), an `Objective`, or a
        function `fn(logu, joint_sample_mask) -> nats`, such as a bound of
        `mi_tf`. The function gets scores `[n, m]` and a bool mask of the same
        shape (and `sample_weight`, if samples have weights), and returns a
        scalar.
      negative_samples: `int`, the number of negatives of each sample in
        training and in `evaluate`, from 1 to K - 1 for batches of K samples.
        This option needs a `mi_tf.Critic`. Default value: `None`, which uses
        all pairs.
      ema_decay: `float`, the weight of the previous value in the moving average
        of the objective 'mine'. Default value: `None`, which means .99.
      **kwargs: `name`, `dtype` and `trainable` of `keras.Model`. With
        `trainable=False`, nothing is trained. The weights that a critic
        function uses are then not saved, and calls have gradients to these
        weights.

    Raises:
      ValueError: if a name is not known; if `critic` does not take pairs; if
        `negative_samples` is less than 1, or `critic` can't take it; if the
        objective needs a log density, and `critic` is not a log density. When
        the model is built, also if scores have a wrong shape, or if a function
        uses weights that Keras can't train. In training, also if there is
        nothing to train, unless `trainable` is False.
    """
    super().__init__(autocast=False, **kwargs)  # Critics cast their inputs.
    if isinstance(critic, str):
      critic = registry.get_critic(critic, dtype=self.dtype_policy)
    critic_building.check_negative_samples(critic, negative_samples)
    self.critic = function_layers.as_critic(critic, owns_weights=self.trainable)
    options = {} if ema_decay is None else {'ema_decay': ema_decay}
    self.objective = objective_registry.get_objective(objective, **options)
    density_objectives.check_critic(critic, self.objective)
    self.negative_samples = negative_samples
    self.ema_decay = ema_decay

  def build(self, x_shape: Structure, y_shape: Structure) -> None:
    """Makes all weights for batches of these shapes."""
    shapes = {'x_shape': x_shape, 'y_shape': y_shape}
    critic_building.build(self.critic, shapes, self.input_dtypes)
    if not self.objective.built:
      self.objective.input_dtypes = self.input_dtypes
      self.objective.build(x_shape, y_shape)
    self._finish_build(**shapes)

  def call(
    self,
    x: Structure,
    y: Structure,
    training: bool | None = None,
    sample_weight: TensorLike | None = None,
  ) -> tf.Tensor:
    """Returns the objective's value for a batch, an estimate of MI.

    Args:
      x: `Tensor`, shape `[n, ...]`, paired with `y`.
      y: `Tensor`, shape `[n, ...]`.
      training: Python `bool`, passed to the critic.
      sample_weight: nonnegative numbers, shape `[n]`, the weights of samples.
        Default value: `None`, which means 1.

    Returns:
      float32 scalar, nats, with gradients only to `x` and `y`.
    """
    x, y = map(structures.to_tensors, (x, y))
    with self._constant_weights(training):
      args, has_no_negatives, _ = self._score(x, y, training, sample_weight)
      value = objective_lib.checked_value(self.objective, *args)
      return critic_model.zero_if(has_no_negatives, value)

  def estimate(
    self,
    x: Rows,
    y: Rows = None,
    seed: int = 0,
    sample_weight: Rows = None,
    steps: int | None = None,
  ) -> mi_estimate.MiEstimate:
    """Returns the estimate of MI on held-out samples, with its interval.

    The interval covers the sampling error, but not the error of a critic that
    has learned too little. `estimate_mi` with a `critic` covers both.

    Args:
      x: samples that the critic was *not* trained on, as for `fit`.
      y: as for `fit`.
      seed: `int`, which determines the random groups of the jackknife.
      sample_weight: as for `fit`, but only the ratios of weights matter. The
        standard error treats each sample as drawn once, whatever its weight.
      steps: `int`, the number of batches to take from a data set, generator or
        `PyDataset`. Default value: `None`, which takes all batches.

    Returns:
      `MiEstimate`.

    Raises:
      ValueError: as for `fit`; also if there are fewer than 20 samples, or if
        batches are endless and `steps` is `None`.
      TypeError: as for `fit`.
    """
    x, y, sample_weight = self._checked(
      x, y, sample_weight, needs_negatives=False
    )
    x, y, sample_weight = pair_data.to_arrays(x, y, sample_weight, steps)
    reader = readout.Reader(self, x, y, weighted=sample_weight is not None)
    reading = reader.read(x, y, seed, sample_weight)
    order = np.arange(structures.num_rows(x))
    return combination.combine([reading], [order], self.objective)

  # Saving.

  def export(
    self,
    filepath: str,
    format: str = 'tf_saved_model',
    verbose: bool | None = None,
    input_signature: Any = None,
    **kwargs: Any,
  ) -> Any:
    """Writes a SavedModel that scores pairs.

    The loaded SavedModel has two endpoints that take `x` and `y`. `serve`
    returns the score of each pair, shape `[n]`, as `predict` does. `mi` returns
    the objective's value for the batch, a scalar, in nats.

    Args:
      filepath: `str`, the folder to write.
      format: as for `keras.Model.export`; formats other than 'tf_saved_model'
        contain only `call`.
      verbose: as for `keras.Model.export`.
      input_signature: pair of structures of `keras.InputSpec`, for `x` and for
        `y`. Default value: `None`, which takes batches of any size, with the
        shapes that the model was built for and the dtype of its weights.
      **kwargs: other arguments of `keras.Model.export`.

    Raises:
      ValueError: if the model is not built.
    """
    if not self.built:
      raise ValueError(
        'The model has not yet been built: call `fit`, or `build` with the '
        'shapes of batches, before it is exported.'
      )
    if input_signature is None:
      input_signature = saved_models.batch_signature(self)
    if format != 'tf_saved_model' or kwargs:
      return super().export(
        filepath, format, verbose, input_signature, **kwargs
      )
    saved_models.write(
      self, filepath, input_signature, verbose is None or verbose
    )
    return None

  def get_config(self) -> dict[str, Any]:
    return {
      **super().get_config(),
      'critic': keras.saving.serialize_keras_object(self.critic),
      'objective': keras.saving.serialize_keras_object(self.objective),
      'negative_samples': self.negative_samples,
      'ema_decay': self.ema_decay,
    }

  @classmethod
  def from_config(cls, config: dict[str, Any]) -> 'MiEstimator':
    return cls(**towers.deserialize(config, 'critic', 'objective'))
