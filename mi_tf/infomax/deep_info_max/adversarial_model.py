"""Training of a representation and of the discriminator against it."""

from typing import Any

import keras
import tensorflow as tf

from mi_tf.infomax.deep_info_max import optimizers
from mi_tf.internal import types
from mi_tf.models import objective_model
from mi_tf.scores.replicas import collectives


class AdversarialModel(objective_model.ObjectiveModel):
  """A model with a second optimizer, for a discriminator.

  A subclass defines `discriminator`, a layer or `None`, and `_metric_means`, a
  dict of `keras.metrics.Mean`s. `_representation_layers()` returns the layers
  that the first optimizer trains. `_images(data)` returns the images of a
  batch. `_batch_losses(images, training)` returns a dict of the metrics of a
  batch, including 'loss' and 'discriminator_loss'.
  """

  def compile(
    self,
    optimizer: str | keras.optimizers.Optimizer = 'adam',
    loss: None = None,
    *,
    prior_optimizer: str | keras.optimizers.Optimizer | None = None,
    **kwargs: Any,
  ) -> None:
    """Sets the optimizers.

    Args:
      optimizer: optimizer of encoders and critics, a
        `keras.optimizers.Optimizer` or its name.
      loss: must be `None`: the objective is the loss.
      prior_optimizer: optimizer of the discriminator. Default value: `None`
        (Adam with `beta_1=.5` and the learning rate of `optimizer`). The low
        `beta_1` damps oscillations between encoder and discriminator. If gamma
        is near 1, `optimizer` may need a low `beta_1` too.
      **kwargs: `jit_compile`, `run_eagerly`, `steps_per_execution` and
        `auto_scale_loss` of `keras.Model.compile`.

    Raises:
      ValueError: if a loss or metrics are passed.
    """
    super().compile(optimizer, loss=loss, **kwargs)
    with self._scope():
      self.prior_optimizer = optimizers.adversary(
        self.optimizer, prior_optimizer
      )
    if self.built:
      self._build_optimizers()

  def _build_optimizers(self):
    with self._scope():
      self.optimizer.build(self.representation_weights)
      if self.discriminator is not None:
        self.prior_optimizer.build(self.discriminator.trainable_weights)

  @property
  def representation_weights(self) -> list[keras.Variable]:
    """The trainable weights of the encoders and critics."""
    layers = self._representation_layers()
    return [v for layer in layers for v in layer.trainable_weights]

  @tf.autograph.experimental.do_not_convert
  def train_step(self, data: types.Structure) -> dict[str, tf.Tensor]:
    """Updates all networks on one batch of images; returns the metrics."""
    images = self._images(data)
    steps = [(self.optimizer, 'loss', self.representation_weights)]
    if self.discriminator is not None:
      weights = self.discriminator.trainable_weights
      steps.append((self.prior_optimizer, 'discriminator_loss', weights))
    with tf.GradientTape(persistent=True) as tape:
      losses = self._batch_losses(images, training=True)
      steps = [
        (o, o.scale_loss(losses[name] / collectives.num_replicas()), weights)
        for o, name, weights in steps
      ]
    optimizers.apply(tape, *steps)
    return self._update_metrics(losses, images)

  @tf.autograph.experimental.do_not_convert
  def test_step(self, data: types.Structure) -> dict[str, tf.Tensor]:
    """Evaluates one batch of images; returns the metrics so far."""
    images = self._images(data)
    losses = self._batch_losses(images, training=False)
    return self._update_metrics(losses, images)

  def _update_metrics(self, losses, images):
    count = collectives.total(tf.shape(images)[0])
    weight = tf.cast(tf.where(count < 2, 0, count), tf.float32)
    weight /= collectives.num_replicas()  # Metrics sum over replicas.
    for name, metric in self._metric_means.items():
      metric.update_state(losses[name], weight)
    return self._step_logs()

  def get_compile_config(self) -> dict[str, Any]:
    config = super().get_compile_config()
    if config:
      config['prior_optimizer'] = keras.saving.serialize_keras_object(
        self.prior_optimizer
      )
    return config
