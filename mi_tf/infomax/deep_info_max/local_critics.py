"""Critics of the features at each location and a summary of the image."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from mi_tf.internal import checks
from mi_tf.internal.keras_layers import building


class LocalCritic(building.BuiltByLoading, keras.layers.Layer):
  """Scores pairs of an image's summary and the features at a location.

  A subclass defines `build_critic`, `embed_map`, `embed_summary` and
  `score_aligned`. If scoring all pairs is cheap, the subclass also defines
  `score_pairs` and sets `pairs_are_cheap`.

  Attributes:
    pairs_are_cheap: `bool`, True if the class defines `score_pairs`.
  """

  pairs_are_cheap = False

  def build(self, feature_map_shape: tuple, summary_shape: tuple) -> None:
    """Makes all weights.

    Args:
      feature_map_shape: tuple, `(None, h, w, c)`.
      summary_shape: tuple, `(None, d)`.
    """
    self.build_critic((None, None, feature_map_shape[-1]), tuple(summary_shape))
    self.built = True

  def call(
    self,
    feature_map: tf.Tensor,
    summary: tf.Tensor,
    training: bool | None = None,
    shifts: tf.Tensor | None = None,
  ) -> tf.Tensor:
    """Returns the scores of each location.

    Args:
      feature_map: floating `Tensor`, shape `[n, h, w, c]`.
      summary: floating `Tensor`, shape `[m, d]`: the summaries of the same `n`
        images, followed by those of any other images.
      training: Python `bool`, which Keras passes to the inner layers.
      shifts: int `Tensor`, shape `[L, k]`, `L = h w`: the negatives of image
        `i` at location `l` are the images `(i + shifts[l]) % m`. Default value:
        `None`, which means that all pairs are scored.

    Returns:
      Floating `Tensor`, shape `[L, n, m]`. With `shifts`, the shape is
      `[L, n, 1 + k]`, and the first column has the joint samples.
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

  # A subclass defines these.

  def build_critic(self, map_shape: tuple, summary_shape: tuple) -> None:
    """Makes the weights for `[n, L, c]` and `[n, d]`."""
    raise NotImplementedError(  # A subclass's duty, as in Keras.
      'A critic must define `build_critic`.'
    )

  def embed_map(self, feature_map: tf.Tensor) -> tf.Tensor:
    """Returns `[n, L, e]` for `[n, L, c]`."""
    raise NotImplementedError(  # A subclass's duty, as in Keras.
      'A critic must define `embed_map`.'
    )

  def embed_summary(self, summary: tf.Tensor) -> tf.Tensor:
    """Returns `[m, e]` for `[m, d]`."""
    raise NotImplementedError(  # A subclass's duty, as in Keras.
      'A critic must define `embed_summary`.'
    )

  def score_pairs(self, u: tf.Tensor, v: tf.Tensor) -> tf.Tensor:
    """Returns the scores `[L, n, m]` of `[n, L, e]` and `[m, e]`."""
    raise NotImplementedError(  # Not a duty: all pairs may be too many.
      f'{type(self).__name__} has no scores of all pairs: set '
      '`negative_samples`.'
    )

  def score_aligned(self, u: tf.Tensor, v: tf.Tensor) -> tf.Tensor:
    """Returns the scores `[...]` of `[..., e]` and `[..., e]` (broadcast)."""
    raise NotImplementedError(  # A subclass's duty, as in Keras.
      'A critic must define `score_aligned`.'
    )


@keras.saving.register_keras_serializable(package='mi_tf')
class EncodeAndDotCritic(LocalCritic):
  """Scores by the dot product of two networks' outputs, as in `DeepInfoMax`.

  Each network has two dense layers, and a linear shortcut around both layers.
  The network of the features ends in a layer normalization. One matrix product
  scores all locations of all images with all summaries.
  """

  pairs_are_cheap = True

  def __init__(self, units: int = 512, **kwargs: Any) -> None:
    """Makes the critic.

    Args:
      units: the size of hidden layers and outputs; 2048 in the paper.
      **kwargs: arguments of `keras.layers.Layer`.

    Raises:
      ValueError: if `units` is less than 1.
    """
    super().__init__(**kwargs)
    checks.integers_at_least({'units': (1, units)})
    self.units = units

  def build_critic(self, map_shape: tuple, summary_shape: tuple) -> None:
    self.map_network = _Block(self.units, dtype=self.dtype_policy)
    self.summary_network = _Block(self.units, dtype=self.dtype_policy)
    self.normalization = keras.layers.LayerNormalization(
      dtype=self.dtype_policy
    )
    self.map_network.build(map_shape)
    self.summary_network.build(summary_shape)
    self.normalization.build((*map_shape[:-1], self.units))

  def embed_map(self, feature_map: tf.Tensor) -> tf.Tensor:
    return self.normalization(self.map_network(feature_map))

  def embed_summary(self, summary: tf.Tensor) -> tf.Tensor:
    return self.summary_network(summary)

  def score_pairs(self, u: tf.Tensor, v: tf.Tensor) -> tf.Tensor:
    # One product of two matrices is faster than one for each location.
    n, locations = tf.shape(u)[0], u.shape[1]
    rows = tf.reshape(u, [-1, self.units])
    scores = tf.matmul(rows, v, transpose_b=True)
    scores = tf.reshape(scores, [n, locations, -1])
    return tf.transpose(scores, [1, 0, 2])

  def score_aligned(self, u: tf.Tensor, v: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(u * v, axis=-1)

  def get_config(self) -> dict[str, Any]:
    return {**super().get_config(), 'units': self.units}


@keras.saving.register_keras_serializable(package='mi_tf')
class ConcatAndConvolveCritic(LocalCritic):
  """Scores by a network of features and summary, as in `DeepInfoMax`.

  Features and summary are concatenated, and passed to dense layers of
  `hidden_units` with ReLU, and a linear layer of one unit. To save time, the
  first layer is computed for features and summaries separately, and the results
  are added.
  """

  def __init__(
    self, hidden_units: Sequence[int] = (512, 512), **kwargs: Any
  ) -> None:
    """Makes the critic.

    Args:
      hidden_units: sizes of the hidden layers, at least one.
      **kwargs: arguments of `keras.layers.Layer`.

    Raises:
      ValueError: if `hidden_units` is empty, or a size is less than 1.
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

  def build_critic(self, map_shape: tuple, summary_shape: tuple) -> None:
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

  def embed_map(self, feature_map: tf.Tensor) -> tf.Tensor:
    return self.map_layer(feature_map)

  def embed_summary(self, summary: tf.Tensor) -> tf.Tensor:
    return self.summary_layer(summary)

  def score_aligned(self, u: tf.Tensor, v: tf.Tensor) -> tf.Tensor:
    hidden = tf.nn.relu(u + v)
    for layer in self.score_layers:
      hidden = layer(hidden)
    return tf.squeeze(hidden, axis=-1)

  def get_config(self) -> dict[str, Any]:
    return {**super().get_config(), 'hidden_units': self.hidden_units}


class _Block(keras.layers.Layer):
  """Two dense layers with a linear shortcut."""

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
