"""MiEstimator: a Keras model that learns mutual information."""

import keras
import numpy as np
import tensorflow as tf

from mi_tf.critics import registry
from mi_tf.critics.networks import towers
from mi_tf.critics.scoring import any_critic
from mi_tf.critics.scoring import batch_scores
from mi_tf.critics.scoring import critic_building
from mi_tf.internal.keras_layers import function_layers
from mi_tf.models import metrics as metrics_lib
from mi_tf.models import readout
from mi_tf.models.data import pairs
from mi_tf.models.saving import built
from mi_tf.models.saving import exporting
from mi_tf.models.saving import resumable
from mi_tf.models.training import fitting
from mi_tf.models.training import updates
from mi_tf.objectives import density_objectives
from mi_tf.objectives import function_objective
from mi_tf.objectives import objective as objective_lib
from mi_tf.objectives import registry as objective_registry
from mi_tf.results import combination
from mi_tf.scores import checked_scores
from mi_tf.scores.replicas import collectives


@keras.saving.register_keras_serializable(package='mi_tf')
class MiEstimator(
  built.Model,
  metrics_lib.Model,
  fitting.Model,
  exporting.PairModel,
  resumable.Model,
):
  """Learns the mutual information of two variables from samples.

  A critic scores pairs, an objective trains it:

  ```python
  estimator = mi_tf.MiEstimator('separable', objective='info_nce')
  estimator.compile(keras.optimizers.Adam(1e-3))
  estimator.fit(x, y, validation_data=(x_val, y_val), epochs=20)
  estimator.estimate(x_test, y_test)  # the number to report
  ```

  `fit` and `evaluate` report the mean over batches of the objective's value,
  `mi`, in nats, weighted by batch size. Within a batch of K samples, the other
  samples are the negatives; `val_mi` is therefore a value for batches of K
  (InfoNCE: at most log K). On the data that is trained on, `mi` is too high.

  Samples may have weights, how many times each counts (`mi_tf.bounds`): a batch
  is then `(x, y, sample_weight)`. A weight of 2 equals the sample given twice,
  0 leaves it out, as a negative too; `loss` and `mi` are means weighted by the
  sums of batches' weights. With `negative_samples`, a pair of two samples
  counts the product of their weights.

  Batches may be as large as their samples fit: from about 2,000 samples on,
  scores are streamed, and there is no K x K tensor. That is for a
  `mi_tf.Critic`, all pairs, and the objectives 'js', 'info_nce', 'nwj', 'dv',
  'mine', 'tuba' and 'smile', or a bound that takes `StreamedScores`. The size
  must be static: a `tf.data.Dataset` needs `batch(size, drop_remainder=True)`.

  Under a `tf.distribute` strategy of several replicas a batch is that of all of
  them: each replica scores its own x against the y of all, and the step is that
  of one device with the whole batch. Make the estimator under `strategy.scope`.
  In a `strategy.run` of your own, `estimator.train_step((x, y))` does the same;
  of the value of `estimator(x, y)`, add `1 / num_replicas_in_sync` to a loss.

  Called on tensors, `estimator(x, y)` is the objective's value for this batch,
  differentiable with respect to `x` and `y` while the critic's weights count
  as constants: add it to the loss of another model. The critic's own update is
  `estimator.train_step((x, y))`, with the optimizer given to `compile`.
  `mi_tf.infomax.MiRegularizer` does both inside a model's `fit`.
  """

  def __init__(
    self,
    critic='separable',
    objective='js',
    negative_samples=None,
    ema_decay=None,
    **kwargs,
  ):
    """Makes the estimator.

    Args:
      critic: name of a critic, a `mi_tf.Critic`, or any layer or function
        `critic(x, y) -> scores [n, m]`, `scores[i, j] = f(x[i], y[j])`. The
        Keras layers and variables that a function uses are found, trained and
        saved (`save_weights`; for `save` it must be registered, see
        `keras.saving.register_keras_serializable`). They stay the function's:
        loading a file sets the weights of every model that has this function.
      objective: name of an objective ('js', 'info_nce', 'nwj', 'dv', 'mine',
        'tuba', 'interpolated', 'smile', 'flo'; 'club', 'leave_one_out',
        'variational' for critics that are log densities), an `Objective`, or a
        function `fn(logu, joint_sample_mask) -> nats` that returns a scalar: a
        bound of `mi_tf`, or your own, which gets scores `[n, m]` and a bool
        mask of the same shape (and `sample_weight`, if there are weights).
      negative_samples: `int`, the number of negatives of each sample in
        training and in `evaluate`, from 1 to K - 1 for batches of K; or `None`
        for all pairs. Needs a `mi_tf.Critic`.
      ema_decay: `float`, the weight of the past in MINE's moving average; only
        for the objective 'mine'. Default value: `None`, .99.
      **kwargs: `name`, `dtype` and `trainable` of `keras.Model`. With
        `trainable=False`, nothing is trained, and weights that a function uses
        are somebody else's: none of this model's, nor constant when it is
        called.

    Raises:
      ValueError: if a name is not known, `critic` does not take pairs,
        `negative_samples` is less than 1, or the critic can't take it, or is no
        density where the objective needs it; when built, if scores have another
        shape, or a function uses weights that Keras can't train; in training,
        if there is nothing to train, and `trainable` is not False.
    """
    super().__init__(autocast=False, **kwargs)  # Critics cast what they take.
    if isinstance(critic, str):
      critic = registry.get_critic(critic, dtype=self.dtype_policy)
    critic_building.check_negative_samples(critic, negative_samples)
    self.critic = function_layers.as_critic(critic, owns_weights=self.trainable)
    options = {} if ema_decay is None else {'ema_decay': ema_decay}
    self.objective = objective_registry.get_objective(objective, **options)
    density_objectives.check_critic(critic, self.objective)
    self.negative_samples = negative_samples
    self.ema_decay = ema_decay

  def build(self, x_shape, y_shape):
    """Makes all weights for batches of these shapes."""
    shapes = {'x_shape': x_shape, 'y_shape': y_shape}
    critic_building.build(self.critic, shapes, self.input_dtypes)
    if not self.objective.built:
      self.objective.input_dtypes = self.input_dtypes
      self.objective.build(x_shape, y_shape)
    self._finish_build(**shapes)

  def call(self, x, y, training=None, sample_weight=None):
    """Returns the mutual information that the critic sees in a batch.

    Args:
      x: `Tensor`, shape `[n, ...]`, paired with `y`.
      y: `Tensor`, shape `[n, ...]`.
      training: Python `bool`, passed to the critic.
      sample_weight: nonnegative numbers, shape `[n]`, how many times each
        sample counts. Default value: `None`, once.

    Returns:
      float32 scalar, nats, with gradients to `x` and `y` alone.
    """
    x, y = map(pairs.to_tensors, (x, y))
    constant = [(v, tf.stop_gradient(v.value)) for v in self.variables]
    with keras.StatelessScope(state_mapping=constant) as scope:
      args, lone, _ = self._score(x, y, training, sample_weight)
      value = _unless(lone, objective_lib.checked_value(self.objective, *args))
    if training:  # Seeds and averages go on, although weights are constant.
      for v in self.variables:
        if not v.trainable:
          v.assign(scope.get_current_value(v))
    return value

  def score(self, x, y, training=None):
    """Returns the scores of a batch and their mask, for `mi_tf.bounds`.

    Args:
      x: `Tensor`, shape `[n, ...]`.
      y: `Tensor`, shape `[n, ...]`.
      training: Python `bool`, passed to the critic.

    Returns:
      logu: float32 (or float64) `Tensor`, shape `[n, n]` or
        `[n, 1 + negative_samples]`.
      joint_sample_mask: `None` or bool `Tensor`.
    """
    logu = any_critic.score(self.critic, x, y, training, self.negative_samples)
    return logu, batch_scores.joint_sample_mask(logu, self.negative_samples)

  # Keras's loop.

  def _score(self, x, y, training, sample_weight=None):
    """Returns what `batch_scores.score` does."""
    streams = self.objective.streams and self._metrics_stream()
    options = self.negative_samples, streams, self._most_rows
    return batch_scores.score(
      self.critic, x, y, training, *options, sample_weight
    )

  def _loss(self, x, y, sample_weight, training):
    """Returns the batch's loss and value, and its weight in means."""
    objective = self.objective
    args, lone, count = self._score(x, y, training, sample_weight)
    logu, mask, x, y, sample_weight = args
    if not training:
      logu = checked_scores.without_gradient(logu)
    state = objective.non_trainable_variables if training else []
    with batch_scores.restored_without_negatives(state, logu, lone):
      both = objective_lib.loss_and_value(
        objective, logu, mask, x, y, training, sample_weight
      )
    loss, value = (_unless(lone, v) for v in both)
    weight = _unless(lone, tf.cast(count, loss.dtype))
    self._update_score_metrics((logu, mask, x, y, sample_weight), lone, weight)
    # Regularizers and what layers add.
    loss += sum(tf.cast(extra, loss.dtype) for extra in self.losses)
    return loss, value, weight

  def _update_metrics(self, loss, value, weight):
    weight /= collectives.num_replicas()  # Metrics sum over replicas.
    self._loss_mean.update_state(loss, sample_weight=weight)
    self._mi_mean.update_state(value, sample_weight=weight)
    return self.logs()

  @tf.autograph.experimental.do_not_convert
  def train_step(self, data):
    """Updates the critic on one batch; returns the metrics so far.

    Args:
      data: `(x, y)` or `(x, y, sample_weight)`, as `update` takes them.
    """
    return self._update_metrics(*self.update(*pairs.unpack(data)))

  def update(self, x, y, sample_weight=None):
    """Updates the critic on one batch, as `train_step` does.

    Args:
      x: `Tensor`, shape `[n, ...]`.
      y: `Tensor`, shape `[n, ...]`.
      sample_weight: nonnegative numbers, shape `[n]`, how many times each
        sample counts, as a joint sample and as a negative. Default value:
        `None`, once.

    Returns:
      The loss and value before the update, and the batch's weight in means.
    """
    if getattr(self, 'optimizer', None) is None:
      raise ValueError('`compile` must be called before the critic is trained.')
    x, y = map(pairs.to_tensors, (x, y))
    self._build_from(x, y)
    with tf.GradientTape() as tape:
      loss, value, weight = self._loss(x, y, sample_weight, training=True)
      # Optimizers sum the gradients of replicas.
      scaled = self.optimizer.scale_loss(loss / collectives.num_replicas())
    weights = self.trainable_weights
    if not weights:
      self._check_that_something_learns()
    else:
      gradients = tape.gradient(scaled, weights)
      updates.apply(self.optimizer, gradients, weights, loss, value)
    return loss, value, weight

  @tf.autograph.experimental.do_not_convert
  def test_step(self, data):
    """Evaluates one batch, as `train_step` takes it; returns the metrics."""
    x, y, sample_weight = pairs.unpack(data)
    x, y = map(pairs.to_tensors, (x, y))
    self._build_from(x, y)
    return self._update_metrics(
      *self._loss(x, y, sample_weight, training=False)
    )

  @tf.autograph.experimental.do_not_convert
  def predict_step(self, data):
    """Returns the scores `f(x[i], y[i])` of one batch, shape `[n]`."""
    x, y, _ = pairs.unpack(data)
    return any_critic.joint_scores(self.critic, x, y)

  def _gains_from_xla(self):
    critic = self.critic
    return (
      type(critic) in registry.CRITICS.values()
      and critic.pairs_are_cheap
      and critic.x_encoder is critic.y_encoder is None
      and not isinstance(self.objective, function_objective.FunctionObjective)
      and len(self.metrics) == 2  # The loss and `mi`.
    )

  def estimate(self, x, y=None, seed=0, sample_weight=None, steps=None):
    """Returns the estimate on held-out samples, with its interval.

    The interval tells of the sampling error, not of what the critic failed to
    learn: `estimate_mi` with a `critic` repeats the training for that.

    Args:
      x: as for `fit`: samples that the critic was *not* trained on.
      y: as for `fit`.
      seed: `int`, for the jackknife's groups.
      sample_weight: as for `fit`; here only the ratios of weights matter. The
        standard error is that of samples with all of their weight.
      steps: `int`, how many batches to take, of a data set, generator or
        `PyDataset`. Default value: `None`, all of them.

    Returns:
      `MiEstimate`.

    Raises:
      ValueError: if there are fewer than 20 samples, or batches have no end and
        `steps` is `None`; and as `fit`.
      TypeError: as `fit`.
    """
    data = self._checked(x, y, sample_weight, contrasts=False)
    x, y, sample_weight = pairs.to_arrays(*data, steps)
    reader = readout.Reader(self, x, y, weighted=sample_weight is not None)
    reading = reader.read(x, y, seed, sample_weight)
    order = np.arange(pairs.num_rows(x))
    return combination.combine([reading], [order], self.objective)

  # Saving.

  def get_config(self):
    return {
      **super().get_config(),
      'critic': keras.saving.serialize_keras_object(self.critic),
      'objective': keras.saving.serialize_keras_object(self.objective),
      'negative_samples': self.negative_samples,
      'ema_decay': self.ema_decay,
    }

  @classmethod
  def from_config(cls, config):
    return cls(**towers.deserialize(config, 'critic', 'objective'))


def _unless(lone, value):
  """Returns `value`, or 0 if `lone`."""
  return value if lone is False else tf.where(lone, tf.zeros_like(value), value)
