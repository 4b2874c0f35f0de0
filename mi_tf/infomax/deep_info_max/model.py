"""Deep InfoMax: representations of single images."""

import keras
import tensorflow as tf

from mi_tf.critics import concat
from mi_tf.critics import critic as critic_lib
from mi_tf.critics.networks import towers
from mi_tf.infomax import encoders
from mi_tf.infomax.deep_info_max import image_batches
from mi_tf.infomax.deep_info_max import local_critics
from mi_tf.infomax.deep_info_max import optimizers
from mi_tf.infomax.deep_info_max import priors
from mi_tf.infomax.deep_info_max import terms
from mi_tf.internal import checks
from mi_tf.internal.keras_layers import function_layers
from mi_tf.models import objective_model
from mi_tf.scores.replicas import collectives


@keras.saving.register_keras_serializable(package='mi_tf')
class DeepInfoMax(
  image_batches.Model,
  encoders.Model,
  objective_model.ObjectiveModel,
):
  """Learns a representation that tells much about an image, and its parts.

  The encoder has two stages, `feature_map = local_encoder(image)`, `[n, h, w,
  c]`, and `y = summary_encoder(feature_map)`, `[n, d]`, the representation.
  Together with critics they maximize [1]

  ```none
  alpha I(feature_map; y) + beta / (h w) sum_l I(feature_map[l]; y)
    - gamma (distance of y's distribution from the prior)
  ```

  each `I` being a measure of dependence that is estimated within the batch, the
  negatives of an image being other images; the distance is what an adversarial
  discriminator sees.

  ```python
  model = mi_tf.infomax.DeepInfoMax(
    *mi_tf.encoders.conv_stages((28, 28, 1), output_size=64)
  )
  model.compile(keras.optimizers.Adam(1e-4))
  model.fit(images, batch_size=128, epochs=10)
  model(images[:10])  # the representation
  classifier = keras.Sequential([model.encoder, keras.layers.Dense(10)])
  ```

  `encoder` is a model with the encoders' weights alone: to fine-tune, as part
  of other models, to `save` and to `export`. `DeepInfoMax` itself brings its
  critics along, which have no gradients there.

  `fit` and `evaluate` report, weighted by batch size:

  *   `loss`, of encoder and critics;
  *   `global_mi`, `local_mi`: lower bounds in nats, the local one averaged over
      locations. For 'jsd' that is what the divergence implies for mutual
      information, `lower_bound_from_jensen_shannon`;
  *   `global_jsd`, `local_jsd`, for 'jsd': twice the Jensen-Shannon divergence,
      in nats; 0 at independence, `2 log 2 = 1.386` at most;
  *   `prior_loss` and `discriminator_loss`: cross-entropies in nats; both are
      `log 2` (of two terms: `2 log 2` for the discriminator) where the
      discriminator can't tell y from the prior.

  Values are those of the batch that is trained on; those of `evaluate` are of
  critics that were trained on other images. A last batch of a single image has
  no negatives, and counts for nothing; data of such batches alone is refused.
  `loss` and `discriminator_loss` have in them what regularizers of the layers
  add. Files of models and of weights hold the states of random layers and of
  both optimizers: a training that goes on from them ends with the same numbers,
  if it gets the same batches.

  #### References

  [1]: R Devon Hjelm, Alex Fedorov, Samuel Lavoie-Marchildon, Karan Grewal, Phil
       Bachman, Adam Trischler, Yoshua Bengio. Learning deep representations by
       mutual information estimation and maximization. _International Conference
       on Learning Representations_, 2019. https://arxiv.org/abs/1808.06670
  """

  def __init__(
    self,
    local_encoder,
    summary_encoder,
    measure='jsd',
    weights='classification',
    local_critic=None,
    global_critic=None,
    prior='uniform',
    discriminator=None,
    negative_samples=None,
    seed=0,
    **kwargs,
  ):
    """Makes the model.

    Args:
      local_encoder: `keras.Layer`, model or function that uses such, from
        images `[n, ...]` to feature maps `[n, h, w, c]`; the last activation
        should be a ReLU, say.
      summary_encoder: the same, from feature maps to `[n, d]`.
      measure: 'jsd', 'dv' or 'info_nce'.
      weights: 'classification', (0, 1, .1), 'reconstruction', (.5, 1, .1), or a
        triple of `float`s that are at least 0: alpha, beta and gamma.
      local_critic: `LocalCritic`. Default value: `None`, `EncodeAndDotCritic`.
      global_critic: `mi_tf.Critic` of the flat feature map and y. Default
        value: `None`, a `ConcatCritic` of 512 and 512.
      prior: 'uniform', on [0, 1]^d; 'normal'; or a distribution of TensorFlow
        Probability whose samples have shape `[n, d]`.
      discriminator: layer from `[n, d]` to `[n, 1]`. Default value: `None`,
        dense layers of 1000, 200 and 1.
      negative_samples: `int`, the number of negatives of each image, which are
        other ones at each location; or `None` for all pairs of the batch where
        that takes one matrix product, and for 1 elsewhere. InfoNCE of k
        negatives is at most `log(1 + k)`.
      seed: `int`, of which negatives are taken, and of the prior's samples.
      **kwargs: `name`, `dtype` and `trainable` of `keras.Model`.

    Raises:
      ValueError: if an argument is not as described.
    """
    super().__init__(**kwargs)
    self.measure = terms.checked_measure(measure)
    self.alpha, self.beta, self.gamma = terms.weights_of(weights)
    if negative_samples is not None:
      checks.integers_at_least({'negative_samples': (1, negative_samples)})
    self.negative_samples = negative_samples
    self.local_encoder = function_layers.as_encoder(
      local_encoder, 'local_encoder'
    )
    self.summary_encoder = function_layers.as_encoder(
      summary_encoder, 'summary_encoder'
    )
    terms.check_critic('local_critic', local_critic, local_critics.LocalCritic)
    terms.check_critic('global_critic', global_critic, critic_lib.Critic)
    dtype = self.dtype_policy
    self.local_critic = self.global_critic = self.discriminator = None
    if self.beta:
      self.local_critic = local_critic or local_critics.EncodeAndDotCritic(
        dtype=dtype
      )
    if self.alpha:
      self.global_critic = global_critic or concat.ConcatCritic(
        (512, 512), dtype=dtype
      )
    if self.gamma:
      self.discriminator = function_layers.as_encoder(
        discriminator, 'discriminator'
      ) or towers.tower(
        (1000, 200), 1, 'relu', dtype=dtype, name='discriminator'
      )
    self.prior = priors.get_prior(prior)
    self.seed = seed
    # How often random numbers were drawn; it is saved with the weights.
    self._draws = self.add_weight(
      shape=(),
      dtype='int32',
      initializer='zeros',
      trainable=False,
      aggregation='only_first_replica',
      name='draws',
    )
    self._image_shape = None
    self._metric_means = {
      name: keras.metrics.Mean(name=name)
      for name in terms.names(
        self.measure, self.global_critic, self.local_critic, self.discriminator
      )
    }

  @property
  def metrics(self):
    return list(self._metric_means.values())

  def build(self, image_shape):
    """Makes all weights for images of this shape, `(None, ...)`."""
    image_shape = tuple(image_shape)
    map_shape = self._map_shape(image_shape)
    if len(map_shape) != 4:
      raise ValueError(
        '`local_encoder` must return shape [n, h, w, c]. '
        f'Received: shape={map_shape}.'
      )
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

  def call(self, images, training=None):
    """Returns the representation of images.

    Args:
      images: `Tensor`, shape `[n, ...]`.
      training: Python `bool`, passed to the encoders.

    Returns:
      Floating `Tensor`, shape `[n, d]`.
    """
    feature_map = self.local_encoder(images, training=training)
    return self.summary_encoder(feature_map, training=training)

  def scores(self, images, training=None):
    """Returns the scores and masks of a batch, for `mi_tf.bounds`.

    Args:
      images: `Tensor`, shape `[n, ...]`.
      training: Python `bool`, passed to the encoders.

    Returns:
      dict from 'global' and 'local' (without those of weight 0) to pairs:
      floating scores, `[n, m]` and `[h w, n, m]`, and the `joint_sample_mask`.
    """
    feature_map = self.local_encoder(images, training=training)
    y = self.summary_encoder(feature_map, training=training)
    return self._scores(feature_map, y, training, self._seeds(training)[0])

  def _scores(self, feature_map, y, training, seed):
    found = {}
    args = feature_map, y, self.negative_samples, training
    if self.global_critic is not None:
      found['global'] = terms.global_scores(self.global_critic, *args)
    if self.local_critic is not None:
      found['local'] = terms.local_scores(self.local_critic, *args, seed)
    return found

  def _seeds(self, training):
    """Returns a seed of negatives and one of the prior, shape `[2]` each.

    Those of evaluations are always the same.
    """
    draws = tf.convert_to_tensor(self._draws) if training else -1
    if training:
      self._draws.assign_add(1)
    return [tf.stack([self.seed % 2**31, 2 * draws + i]) for i in range(2)]

  # Training.

  def compile(
    self, optimizer='adam', loss=None, *, prior_optimizer=None, **kwargs
  ):
    """Sets the optimizers.

    Args:
      optimizer: `keras.optimizers.Optimizer` of encoder and critics, or its
        name.
      loss: must be `None`: the objective is the loss.
      prior_optimizer: the same for the discriminator of the prior. Default
        value: `None`, Adam with `beta_1=.5` and the learning rate of
        `optimizer`. A lower `beta_1` keeps both sides from running past each
        other; `optimizer` may need it too where gamma is near 1.
      **kwargs: `jit_compile`, `run_eagerly`, `steps_per_execution` and
        `auto_scale_loss` of `keras.Model.compile`.

    Raises:
      ValueError: if a loss or metrics are passed: the objective is the loss.
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
  def representation_weights(self):
    """The trainable weights of the encoders and critics, a list."""
    return [v for layer in self._own_layers() for v in layer.trainable_weights]

  def _own_layers(self):
    layers = (getattr(self, name) for name in _LAYERS[:-1])
    return [layer for layer in layers if layer is not None]

  @tf.autograph.experimental.do_not_convert
  def train_step(self, data):
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
  def test_step(self, data):
    """Evaluates one batch of images; returns the metrics so far."""
    images = self._images(data)
    return self._update_metrics(
      self._batch_losses(images, training=False), images
    )

  @tf.autograph.experimental.do_not_convert
  def predict_step(self, data):
    """Returns the representation of one batch of images."""
    return self(self._images(data), training=False)

  def _batch_losses(self, images, training):
    """Returns a dict of all that is reported of a batch."""
    feature_map = self.local_encoder(images, training=training)
    y = self.summary_encoder(feature_map, training=training)
    negatives_seed, prior_seed = self._seeds(training)
    found, loss = {}, 0.0
    pairs = self._scores(feature_map, y, training, negatives_seed)
    # A single image has no negatives: it tells nothing.
    lone = collectives.total(tf.shape(images)[0]) < 2
    for name, (scores, mask) in pairs.items():
      seen = terms.measured(self.measure, scores, mask, lone)
      loss -= (self.alpha if name == 'global' else self.beta) * seen.pop(
        'value'
      )
      found.update({f'{name}_{key}': value for key, value in seen.items()})
    if self.discriminator is not None:
      samples = priors.of_all_replicas(self.prior, tf.shape(y), prior_seed)
      found['prior_loss'], found['discriminator_loss'] = (
        terms.adversarial_losses(self.discriminator, y, samples, training)
      )
      loss += self.gamma * found['prior_loss']
      for extra in self.discriminator.losses:
        found['discriminator_loss'] += tf.cast(extra, loss.dtype)
    for extra in (t for layer in self._own_layers() for t in layer.losses):
      loss += tf.cast(extra, loss.dtype)
    return {'loss': loss, **found}

  def _update_metrics(self, losses, images):
    count = collectives.total(tf.shape(images)[0])
    weight = tf.cast(tf.where(count < 2, 0, count), tf.float32)
    weight /= collectives.num_replicas()  # Metrics sum over replicas.
    for name, metric in self._metric_means.items():
      metric.update_state(losses[name], weight)
    return self._step_logs()

  # Saving.

  def get_config(self):
    return {
      **super().get_config(),
      'measure': self.measure,
      'weights': (self.alpha, self.beta, self.gamma),
      'prior': self.prior.name,
      'negative_samples': self.negative_samples,
      'seed': self.seed,
      **{key: towers.serialize(getattr(self, key)) for key in _LAYERS},
    }

  @classmethod
  def from_config(cls, config):
    return cls(**towers.deserialize(config, *_LAYERS))

  def get_build_config(self):
    return {'image_shape': self._image_shape}

  def build_from_config(self, config):
    if config and config.get('image_shape'):
      self.build(config['image_shape'])

  def get_compile_config(self):
    config = super().get_compile_config()
    if config:
      config['prior_optimizer'] = keras.saving.serialize_keras_object(
        self.prior_optimizer
      )
    return config

  def compile_from_config(self, config):
    self.compile(**keras.saving.deserialize_keras_object(config))


_LAYERS = (
  'local_encoder',
  'summary_encoder',
  'local_critic',
  'global_critic',
  'discriminator',
)
