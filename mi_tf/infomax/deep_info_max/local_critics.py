"""Critics of a feature map and a summary of it, at each location."""

import keras
import tensorflow as tf

from mi_tf.internal import checks
from mi_tf.internal.keras_layers import building


class LocalCritic(building.BuiltByLoading, keras.layers.Layer):
  """Scores the features of each location of an image with summaries of images.

  A subclass defines `build_critic`, `embed_map`, `embed_summary`,
  `score_aligned` and, if all pairs are cheap, `score_pairs`.

  Attributes:
    pairs_are_cheap: `bool`, whether there is a `score_pairs`.
  """

  pairs_are_cheap = False

  def build(self, feature_map_shape, summary_shape):
    """Makes all weights.

    Args:
      feature_map_shape: tuple, `(None, h, w, c)`.
      summary_shape: tuple, `(None, d)`.
    """
    self.build_critic((None, None, feature_map_shape[-1]), tuple(summary_shape))
    self.built = True

  def call(self, feature_map, summary, training=None, shifts=None):
    """Returns the scores of each location.

    Args:
      feature_map: floating `Tensor`, shape `[n, h, w, c]`.
      summary: floating `Tensor`, shape `[m, d]`, of the same images and perhaps
        of others after them.
      training: Python `bool`, which Keras passes on to the layers inside.
      shifts: `None`, for all pairs; or int `Tensor`, shape `[L, k]`, `L = h w`:
        the negatives of image `i` at location `l` are `(i + shifts[l]) % m`.

    Returns:
      Floating `Tensor`: shape `[L, n, m]`, or `[L, n, 1 + k]`, whose first
      column holds the joint samples.
    """
    del training
    size = feature_map.shape
    feature_map = tf.reshape(feature_map, [-1, size[1] * size[2], size[3]])
    u = self.embed_map(tf.cast(feature_map, self.compute_dtype))
    v = self.embed_summary(tf.cast(summary, self.compute_dtype))
    if shifts is None:
      return self.score_pairs(u, v)
    n, m = tf.shape(u)[0], tf.shape(v)[0]
    shifts = tf.pad(shifts, [[0, 0], [1, 0]])  # The joint samples come first.
    image = (tf.range(n)[:, tf.newaxis, tf.newaxis] + shifts) % m
    scores = self.score_aligned(u[:, :, tf.newaxis], tf.gather(v, image))
    return tf.transpose(scores, [1, 0, 2])

  # What a subclass defines, as Keras's layers define `call`: no default of
  # these would make sense, and only some critics can score all pairs.

  def build_critic(self, map_shape, summary_shape):
    """Makes the weights for `[n, L, c]` and `[n, d]`."""
    raise NotImplementedError(  # A subclass's duty, as in Keras.
      'A critic must define `build_critic`.'
    )

  def embed_map(self, feature_map):
    """Returns `[n, L, e]` for `[n, L, c]`."""
    raise NotImplementedError(  # A subclass's duty, as in Keras.
      'A critic must define `embed_map`.'
    )

  def embed_summary(self, summary):
    """Returns `[m, e]` for `[m, d]`."""
    raise NotImplementedError(  # A subclass's duty, as in Keras.
      'A critic must define `embed_summary`.'
    )

  def score_pairs(self, u, v):
    """Returns the scores `[L, n, m]` of `[n, L, e]` and `[m, e]`."""
    raise NotImplementedError(  # Not a duty: all pairs may be too many.
      f'{type(self).__name__} has no scores of all pairs: set '
      '`negative_samples`.'
    )

  def score_aligned(self, u, v):
    """Returns the scores `[...]` of `[..., e]` and `[..., e]` (broadcast)."""
    raise NotImplementedError(  # A subclass's duty, as in Keras.
      'A critic must define `score_aligned`.'
    )


@keras.saving.register_keras_serializable(package='mi_tf')
class EncodeAndDotCritic(LocalCritic):
  """Scores by the dot product of two networks' outputs.

  The features of a location go through two 1 x 1 convolutions, the summary
  through two dense layers, each with a linear shortcut around both; then the
  features' are normalized (layer norm) [1]. One matrix product scores the
  locations of all images with the summaries of all.

  #### References

  [1]: R Devon Hjelm, Alex Fedorov, Samuel Lavoie-Marchildon, Karan Grewal, Phil
       Bachman, Adam Trischler, Yoshua Bengio. Learning deep representations by
       mutual information estimation and maximization. _International Conference
       on Learning Representations_, 2019. https://arxiv.org/abs/1808.06670
  """

  pairs_are_cheap = True

  def __init__(self, units=512, **kwargs):
    """Makes the critic.

    Args:
      units: `int`, the size of hidden layers and outputs; in [1] it is 2048.
      **kwargs: arguments of `keras.layers.Layer`.

    Raises:
      ValueError: if `units` is not at least 1.
    """
    super().__init__(**kwargs)
    checks.integers_at_least({'units': (1, units)})
    self.units = units

  def build_critic(self, map_shape, summary_shape):
    self.map_network = _Block(self.units, dtype=self.dtype_policy)
    self.summary_network = _Block(self.units, dtype=self.dtype_policy)
    self.normalization = keras.layers.LayerNormalization(
      dtype=self.dtype_policy
    )
    self.map_network.build(map_shape)
    self.summary_network.build(summary_shape)
    self.normalization.build((*map_shape[:-1], self.units))

  def embed_map(self, feature_map):
    return self.normalization(self.map_network(feature_map))

  def embed_summary(self, summary):
    return self.summary_network(summary)

  def score_pairs(self, u, v):
    # As one product of two matrices, which is faster than one a location.
    n, locations = tf.shape(u)[0], u.shape[1]
    rows = tf.reshape(u, [-1, self.units])
    scores = tf.matmul(rows, v, transpose_b=True)
    scores = tf.reshape(scores, [n, locations, -1])
    return tf.transpose(scores, [1, 0, 2])

  def score_aligned(self, u, v):
    return tf.reduce_sum(u * v, axis=-1)

  def get_config(self):
    return {**super().get_config(), 'units': self.units}


@keras.saving.register_keras_serializable(package='mi_tf')
class ConcatAndConvolveCritic(LocalCritic):
  """Scores by a network of the features of a location and the summary.

  The summary is concatenated with the features of each location; 1 x 1
  convolutions follow, `hidden_units` with ReLU and one without an activation
  [1]. The first of them is computed on each side alone and added up.

  #### References

  [1]: R Devon Hjelm, Alex Fedorov, Samuel Lavoie-Marchildon, Karan Grewal, Phil
       Bachman, Adam Trischler, Yoshua Bengio. Learning deep representations by
       mutual information estimation and maximization. _International Conference
       on Learning Representations_, 2019. https://arxiv.org/abs/1808.06670
  """

  def __init__(self, hidden_units=(512, 512), **kwargs):
    """Makes the critic.

    Args:
      hidden_units: sequence of at least one `int`, the hidden layers' sizes.
      **kwargs: arguments of `keras.layers.Layer`.

    Raises:
      ValueError: if `hidden_units` is empty, or one is not at least 1.
    """
    super().__init__(**kwargs)
    if not hidden_units:
      raise ValueError(
        '`hidden_units` must not be empty. '
        f'Received: hidden_units={hidden_units}.'
      )
    checks.integers_at_least(
      {f'hidden_units[{i}]': (1, s) for i, s in enumerate(hidden_units)}
    )
    self.hidden_units = tuple(hidden_units)

  def build_critic(self, map_shape, summary_shape):
    dtype = self.dtype_policy
    first, *rest = self.hidden_units
    self.map_layer = keras.layers.Dense(first, use_bias=False, dtype=dtype)
    self.summary_layer = keras.layers.Dense(first, dtype=dtype)
    self.score_layers = [
      *(keras.layers.Dense(size, 'relu', dtype=dtype) for size in rest),
      keras.layers.Dense(1, dtype=dtype),
    ]
    self.map_layer.build(map_shape)
    self.summary_layer.build(summary_shape)
    for layer, size in zip(self.score_layers, self.hidden_units, strict=True):
      layer.build((None, size))

  def embed_map(self, feature_map):
    return self.map_layer(feature_map)

  def embed_summary(self, summary):
    return self.summary_layer(summary)

  def score_aligned(self, u, v):
    hidden = tf.nn.relu(u + v)
    for layer in self.score_layers:
      hidden = layer(hidden)
    return tf.squeeze(hidden, axis=-1)

  def get_config(self):
    return {**super().get_config(), 'hidden_units': self.hidden_units}


class _Block(keras.layers.Layer):
  """Two dense layers, and a linear one around them."""

  def __init__(self, units, **kwargs):
    super().__init__(**kwargs)
    dtype = self.dtype_policy
    self.hidden = keras.layers.Dense(units, 'relu', dtype=dtype)
    self.output_layer = keras.layers.Dense(units, dtype=dtype)
    self.shortcut = keras.layers.Dense(units, use_bias=False, dtype=dtype)

  def build(self, shape):
    self.hidden.build(shape)
    self.output_layer.build((*shape[:-1], self.hidden.units))
    self.shortcut.build(shape)
    self.built = True

  def call(self, x):
    return self.output_layer(self.hidden(x)) + self.shortcut(x)
