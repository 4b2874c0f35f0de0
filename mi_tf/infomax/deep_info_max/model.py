"""Deep InfoMax: representations of single images."""

from typing import Any
from typing import Literal

import keras
import tensorflow as tf

from mi_tf.critics import concat
from mi_tf.critics import critic as critic_lib
from mi_tf.critics.networks import towers
from mi_tf.infomax.deep_info_max import adversarial_model
from mi_tf.infomax.deep_info_max import image_model
from mi_tf.infomax.deep_info_max import local_critics
from mi_tf.infomax.deep_info_max import priors
from mi_tf.infomax.deep_info_max import terms
from mi_tf.internal import checks
from mi_tf.internal import types
from mi_tf.internal.keras_layers import function_layers
from mi_tf.scores.replicas import collectives


@keras.saving.register_keras_serializable(package='mi_tf')
class DeepInfoMax(image_model.ImageModel, adversarial_model.AdversarialModel):
  """Learns a representation that is informative about an image and its parts.

  For images, the model returns the representation
  `y = summary_encoder(feature_map)`, shape `[n, d]`, where
  `feature_map = local_encoder(images)` has shape `[n, h, w, c]`. Encoders and
  critics are trained to maximize [1]

  ```none
  alpha I(feature_map; y) + beta / (h w) sum_l I(feature_map[l]; y)
    - gamma (distance of y's distribution from the prior)
  ```

  Each `I` is the value of the objective within the batch: the negatives of an
  image are other images. A discriminator learns how y differs from the prior.

  ```python
  model = mi_tf.infomax.DeepInfoMax(
    *mi_tf.encoders.conv_stages((28, 28, 1), output_size=64)
  )
  model.compile(keras.optimizers.Adam(1e-4))
  model.fit(images, batch_size=128, epochs=10)
  model(images[:10])  # the representation
  classifier = keras.Sequential([model.encoder, keras.layers.Dense(10)])
  ```

  `fit` and `evaluate` report means over batches, weighted by batch size:

  *   `loss`: the loss of encoders and critics.
  *   `global_mi`, `local_mi`: lower bounds in nats. `local_mi` is a mean over
      locations. For 'js', the bound is `lower_bound_from_jensen_shannon`.
  *   `global_jsd`, `local_jsd`, for 'js' only: twice the Jensen-Shannon
      divergence, from 0 nats at independence to `2 log 2`.
  *   `prior_loss`, `discriminator_loss`: cross-entropies in nats. If the
      discriminator can't distinguish y from the prior, they are `log 2` and
      `2 log 2`.

  A last batch of one image has no negatives, and is left out. `loss` and
  `discriminator_loss` include the regularizers of their layers. Saved files
  contain the states of random layers and optimizers: training from such a file
  equals uninterrupted training on the same batches.

  #### References

  [1]: R Devon Hjelm, Alex Fedorov, Samuel Lavoie-Marchildon, Karan Grewal, Phil
       Bachman, Adam Trischler, Yoshua Bengio. Learning deep representations by
       mutual information estimation and maximization. _International Conference
       on Learning Representations_, 2019. https://arxiv.org/abs/1808.06670
  """

  def __init__(
    self,
    local_encoder: keras.Layer | types.Function,
    summary_encoder: keras.Layer | types.Function,
    objective: Literal['js', 'dv', 'info_nce'] = 'js',
    weights: str | tuple[float, float, float] = 'classification',
    local_critic: local_critics.LocalCritic | None = None,
    global_critic: critic_lib.Critic | None = None,
    prior: Any = 'uniform',
    discriminator: keras.Layer | types.Function | None = None,
    negative_samples: int | None = None,
    seed: int = 0,
    **kwargs: Any,
  ) -> None:
    """Makes the model.

    Args:
      local_encoder: `keras.Layer`, model or function of Keras layers, from
        images `[n, ...]` to feature maps `[n, h, w, c]`. Its last activation
        should be a ReLU or similar.
      summary_encoder: `keras.Layer`, model or function of Keras layers, from
        feature maps to `[n, d]`.
      objective: 'js', 'dv' or 'info_nce'.
      weights: alpha, beta and gamma, `float`s, at least 0. 'classification' is
        (0, 1, .1), and 'reconstruction' is (.5, 1, .1).
      local_critic: `LocalCritic`. Default value: `None` (`EncodeAndDotCritic`).
      global_critic: `mi_tf.Critic` of the flat feature map and y. Default
        value: `None` (a `ConcatCritic` of 512 and 512 units).
      prior: 'uniform' (on [0, 1]^d), 'normal', or a distribution of TensorFlow
        Probability whose samples have shape `[n, d]`.
      discriminator: layer from `[n, d]` to `[n, 1]`. Default value: `None`
        (dense layers of 1000, 200 and 1 units).
      negative_samples: `int`, the number of negatives of each image, drawn anew
        for each location. Default value: `None`, which means all other images
        of the batch if the critic scores all pairs by one matrix product, and 1
        otherwise. With k negatives, InfoNCE is at most `log(1 + k)`.
      seed: `int`, seed of the negatives and of the prior's samples.
      **kwargs: `name`, `dtype` and `trainable` of `keras.Model`.

    Raises:
      ValueError: if an argument is invalid.
    """
    super().__init__(**kwargs)
    self.objective = terms.checked_objective(objective)
    self.alpha, self.beta, self.gamma = terms.weights_of(weights)
    self.negative_samples = negative_samples
    if negative_samples is not None:
      checks.integers_at_least({'negative_samples': (1, negative_samples)})
    as_encoder = function_layers.as_encoder
    self.local_encoder = as_encoder(local_encoder, 'local_encoder')
    self.summary_encoder = as_encoder(summary_encoder, 'summary_encoder')
    terms.check_critic('local_critic', local_critic, local_critics.LocalCritic)
    terms.check_critic('global_critic', global_critic, critic_lib.Critic)
    self.local_critic = self.global_critic = self.discriminator = None
    options = {'dtype': self.dtype_policy}
    if self.beta:
      self.local_critic = local_critic or local_critics.EncodeAndDotCritic(
        **options
      )
    if self.alpha:
      self.global_critic = global_critic or concat.ConcatCritic(
        (512, 512), **options
      )
    if self.gamma:
      options['name'] = 'discriminator'
      self.discriminator = as_encoder(
        discriminator, 'discriminator'
      ) or towers.tower((1000, 200), 1, 'relu', **options)
    self.prior = priors.get_prior(prior)
    self.seed = seed
    # The number of training batches so far, for seeds.
    self._draws = self.add_weight(
      shape=(),
      dtype='int32',
      initializer='zeros',
      trainable=False,
      aggregation='only_first_replica',
      name='draws',
    )
    self._image_shape: tuple[int | None, ...] | None = None
    networks = self.global_critic, self.local_critic, self.discriminator
    names = terms.names(objective, *networks)
    self._metric_means = {name: keras.metrics.Mean(name=name) for name in names}

  @property
  def metrics(self) -> list[keras.Metric]:
    """The means that `fit` and `evaluate` report."""
    return list(self._metric_means.values())

  def build(self, image_shape: tuple[int | None, ...]) -> None:
    """Makes all weights for images of a shape, `(None, ...)`."""
    image_shape = tuple(image_shape)
    map_shape = self._map_shape(image_shape)
    summary_shape = towers.build(self.summary_encoder, map_shape)
    for critic in (self.local_critic, self.global_critic):
      if critic is not None and not critic.built:
        critic.build(map_shape, summary_shape)
    if self.discriminator is not None:
      towers.build(self.discriminator, summary_shape, None, 'discriminator')
    self._image_shape = image_shape
    self.built = True
    if self.compiled:
      self._build_optimizers()

  def call(
    self, images: types.TensorLike, training: bool | None = None
  ) -> tf.Tensor:
    """Returns the representation of images.

    Args:
      images: `Tensor`, shape `[n, ...]`.
      training: Python `bool`, passed to the encoders.

    Returns:
      Floating `Tensor`, shape `[n, d]`.
    """
    return self._encoded(images, training)[1]

  def _encoded(self, images, training):
    """Returns the feature map and the representation of images."""
    feature_map = self.local_encoder(images, training=training)
    return feature_map, self.summary_encoder(feature_map, training=training)

  def scores(
    self, images: types.TensorLike, training: bool | None = None
  ) -> dict[str, tuple[Any, tf.Tensor | None]]:
    """Returns the scores and masks of a batch, for `mi_tf.bounds`.

    Args:
      images: `Tensor`, shape `[n, ...]`.
      training: Python `bool`, passed to encoders and critics.

    Returns:
      dict of pairs `(scores, joint_sample_mask)`: 'global', scores `[n, m]`, if
      alpha is positive; 'local', scores `[h w, n, m]`, if beta is positive.
    """
    feature_map, y = self._encoded(images, training)
    return self._scores(feature_map, y, training, self._seeds(training)[0])

  def _scores(self, feature_map, y, training, seed):
    found = {}
    args = feature_map, y, self.negative_samples, training
    if self.global_critic:
      found['global'] = terms.global_scores(self.global_critic, *args)
    if self.local_critic:
      found['local'] = terms.local_scores(self.local_critic, *args, seed)
    return found

  def _seeds(self, training):
    """Returns the seeds of negatives and prior, constant if not `training`."""
    draws = tf.convert_to_tensor(self._draws) if training else -1
    if training:
      self._draws.assign_add(1)
    return [tf.stack([self.seed % 2**31, 2 * draws + i]) for i in range(2)]

  def _representation_layers(self):
    layers = (getattr(self, name) for name in _LAYERS[:-1])
    return [layer for layer in layers if layer is not None]

  @tf.autograph.experimental.do_not_convert
  def predict_step(self, data: types.Structure) -> tf.Tensor:
    """Returns the representation of one batch of images."""
    return self(self._images(data), training=False)

  def _batch_losses(self, images, training):
    """Returns a dict of all metrics of a batch."""
    feature_map, y = self._encoded(images, training)
    seed, prior_seed = self._seeds(training)
    found, loss = {}, 0.0
    is_lone = collectives.total(tf.shape(images)[0]) < 2
    pairs = self._scores(feature_map, y, training, seed)
    for name, (scores, mask) in pairs.items():
      values = terms.values(self.objective, scores, mask, is_lone)
      weight = self.alpha if name == 'global' else self.beta
      loss -= weight * values.pop('value')
      found.update({f'{name}_{key}': value for key, value in values.items()})
    if self.discriminator is not None:
      samples = priors.of_all_replicas(self.prior, tf.shape(y), prior_seed)
      found['prior_loss'], found['discriminator_loss'] = (
        terms.adversarial_losses(self.discriminator, y, samples, training)
      )
      loss += self.gamma * found['prior_loss']
      for extra in self.discriminator.losses:
        found['discriminator_loss'] += tf.cast(extra, loss.dtype)
    for layer in self._representation_layers():
      for extra in layer.losses:
        loss += tf.cast(extra, loss.dtype)
    return {'loss': loss, **found}

  def get_config(self) -> dict[str, Any]:
    return {
      **super().get_config(),
      'objective': self.objective,
      'weights': (self.alpha, self.beta, self.gamma),
      'prior': self.prior.saved_name(),
      'negative_samples': self.negative_samples,
      'seed': self.seed,
      **{key: towers.serialize(getattr(self, key)) for key in _LAYERS},
    }

  @classmethod
  def from_config(cls, config: dict[str, Any]) -> 'DeepInfoMax':
    return cls(**towers.deserialize(config, *_LAYERS))

  def get_build_config(self) -> dict[str, Any]:
    return {'image_shape': self._image_shape}

  def build_from_config(self, config: dict[str, Any]) -> None:
    if config and config.get('image_shape'):
      self.build(config['image_shape'])


_LAYERS = (
  'local_encoder',
  'summary_encoder',
  'local_critic',
  'global_critic',
  'discriminator',
)
