"""The base class of critics."""

import functools
from typing import Any

import keras
import tensorflow as tf

from mi_tf.critics.networks import towers
from mi_tf.critics.scoring import across_replicas
from mi_tf.critics.scoring import joint_scores
from mi_tf.critics.scoring import streaming
from mi_tf.internal import structures
from mi_tf.internal import types
from mi_tf.internal.keras_layers import building
from mi_tf.internal.keras_layers import function_layers
from mi_tf.internal.keras_layers import symbolic_calls
from mi_tf.internal.keras_layers import symbolic_inputs
from mi_tf.scores.replicas import replica_scores
from mi_tf.scores.streamed import streamed_scores


class Critic(building.BuiltByLoading, keras.layers.Layer):
  """Scores pairs: `critic(x, y)[i, j] = f(x[i], y[j])`.

  A critic embeds each sample once, and then combines embeddings of x and y. A
  subclass defines `build_critic`, `embed_x`, `embed_y` and `score_pairs`. It
  may also define `score_aligned`, to score joint samples at less cost. x and y
  each pass through their encoder, if any, and are then flattened. An input
  without an encoder is a tensor of numbers, of any shape `[n, ...]`. An encoder
  may also take integers, strings, and a dict, list or tuple of tensors.

  A subclass may instead define `call(x, y)`, and optionally `build(x_shape,
  y_shape)`, like any Keras layer. Its `call` must apply the encoders. Training
  then scores all pairs, without streaming; joint samples are scored block by
  block. `negative_samples` works only if `call` has this argument.

  Attributes:
    pairs_are_cheap: `bool`; True if matrix products score all pairs.
    is_log_density: `bool`; True if scores are `log q(y | x)`. The objectives
      'club', 'leave_one_out' and 'variational' need such a critic.

  #### Examples

  >>> class Distance(mi_tf.Critic):
  ...   def build_critic(self, x_shape, y_shape):
  ...     self.net = keras.layers.Dense(8)
  ...     self.net.build(x_shape)
  ...   def embed_x(self, x):
  ...     return self.net(x)
  ...   def embed_y(self, y):
  ...     return self.net(y)
  ...   def score_pairs(self, u, v):  # [n, 8] and [m, 8] to [n, m]
  ...     return -tf.reduce_sum((u[:, tf.newaxis] - v) ** 2, axis=-1)
  ...   def score_aligned(self, u, v):  # [n, 8] and [n, 8] to [n]
  ...     return -tf.reduce_sum((u - v) ** 2, axis=-1)
  >>> Distance()(tf.ones([4, 3]), tf.ones([5, 3])).shape
  TensorShape([4, 5])

  >>> class Difference(mi_tf.Critic):
  ...   def build(self, x_shape, y_shape):
  ...     self.net = keras.layers.Dense(1)
  ...     self.net.build((None, x_shape[-1]))
  ...   def call(self, x, y):
  ...     return tf.squeeze(self.net(x[:, tf.newaxis] - y), axis=-1)
  >>> Difference()(tf.ones([4, 3]), tf.ones([5, 3])).shape
  TensorShape([4, 5])
  """

  pairs_are_cheap: bool = False
  is_log_density: bool = False

  def __init__(
    self,
    x_encoder: types.Function | None = None,
    y_encoder: types.Function | None = None,
    **kwargs: Any,
  ) -> None:
    """Makes the critic.

    Args:
      x_encoder: `keras.Layer`, model or function that is applied to `x` first.
        It maps `[n, ...]` to `[n, ...]`. If it is a function, the layers that
        it uses are trained, too. Default value: `None`, which only flattens
        `x`.
      y_encoder: encoder of `y`, like `x_encoder`.
      **kwargs: `name`, `dtype` and `trainable` of `keras.layers.Layer`.

    Raises:
      ValueError: if an encoder is not callable. When the critic is built, also
        if an encoder does not return one row for each sample, or if an input
        without an encoder is not one tensor of numbers.
    """
    super().__init__(**kwargs)
    self.x_encoder = function_layers.as_encoder(x_encoder, 'x_encoder')
    self.y_encoder = function_layers.as_encoder(y_encoder, 'y_encoder')

  def build(self, x_shape: types.Shapes, y_shape: types.Shapes) -> None:
    """Makes all weights for inputs of these shapes.

    Args:
      x_shape: shape of `x`, `(None, ...)`, or a structure of shapes.
      y_shape: shape of `y`, or a structure of shapes.
    """
    shapes = {'x_shape': x_shape, 'y_shape': y_shape}
    if not self._embeds and type(self).build_critic is Critic.build_critic:
      # `call` builds the layers that it uses.
      self.built = True
      try:
        symbolic_calls.SymbolicCall(
          self, *symbolic_inputs.of_layer(self, **shapes)
        )
      except Exception:
        self.built = False
        raise
    else:
      self.build_critic(
        *(self._encoded_shape(side, shapes[f'{side}_shape']) for side in 'xy')
      )
    self.built = True

  def call(
    self,
    x: types.Structure,
    y: types.Structure,
    negative_samples: int | None = None,
    training: bool | None = None,
  ) -> tf.Tensor:
    """Scores all pairs, or each x against a few y.

    Args:
      x: `Tensor`, shape `[n, ...]`, or a structure that `x_encoder` takes.
      y: `Tensor`, shape `[m, ...]`, or a structure that `y_encoder` takes.
      negative_samples: `int`, at least 0. Each `x[i]` is scored with its
        partner `y[i]` and with the next samples, `y[(i + s) % n]`, `s = 1 ...
        negative_samples`. A smaller batch has fewer negatives. This option
        needs `m = n`. Default value: `None`, which scores all pairs.
      training: Python `bool`, passed to the encoders.

    Returns:
      Floating `Tensor`, shape `[n, m]`. With `negative_samples`, the shape is
      `[n, min(n, 1 + negative_samples)]`, and the first column has the joint
      samples.
    """
    embedded_x, embedded_y = self._embed(x, y, training)
    if negative_samples is None:
      return self.score_pairs(embedded_x, embedded_y)
    return joint_scores.with_negatives(
      self, embedded_x, embedded_y, negative_samples
    )

  def stream(
    self,
    x: types.Structure,
    y: types.Structure,
    training: bool | None = None,
    block_rows: int | None = None,
    gradient: bool = True,
  ) -> streamed_scores.StreamedScores:
    """Returns the scores of all pairs, which a bound computes block by block.

    x and y are embedded once. A bound then scores one block of rows at a time,
    in memory that does not grow with `n * m`. The value and the gradients are
    the same as for `critic(x, y)`.

    Args:
      x: `Tensor`, shape `[n, ...]`.
      y: `Tensor`, shape `[m, ...]`.
      training: Python `bool`, passed to the encoders.
      block_rows: `int`, the number of rows to score at once. Default value:
        `None`, which derives it from the number of columns.
      gradient: Python `bool`; if False, bounds of these scores take less time
        and have no gradients.

    Returns:
      `StreamedScores`, which a bound takes in place of `logu`.

    Raises:
      ValueError: if the critic defines `call` itself.

    #### Examples

    >>> x, y = tf.ones([6, 2]), tf.ones([6, 3])
    >>> scores = mi_tf.SeparableCritic((16,)).stream(x, y)
    >>> mi_tf.lower_bound_info_nce(scores).shape
    TensorShape([])
    """
    self._check_embeds('stream')
    x, y = self._built_for(x, y)
    embedded = self._embed(x, y, training)
    return streamed_scores.StreamedScores(
      *embedded,
      block_rows=block_rows,
      gradient=gradient,
      **self._streaming_arguments(*embedded),
    )

  def across_replicas(
    self,
    x: types.Structure,
    y: types.Structure,
    negative_samples: int | None = None,
    training: bool | None = None,
    streamed: bool = False,
  ) -> replica_scores.ReplicaScores:
    """Scores this replica's x against the y of all replicas.

    Call it in `strategy.run` of a `tf.distribute.Strategy`; see `ReplicaScores`
    for a training step. Each replica embeds its samples, and the embeddings of
    y are gathered. If this replica has `n` of all `K` samples, its scores have
    shape `[n, K]`.

    Args:
      x: `Tensor`, shape `[n, ...]`, this replica's samples; `n` may be 0.
      y: `Tensor`, shape `[n, ...]`, paired with `x`.
      negative_samples: `int`. Each `x[i]` is scored with `y[i]` and with the
        next samples of all replicas, like `critic(x, y, negative_samples)` on
        one device. A bound then needs the mask `tf.equal(tf.range(1 +
        negative_samples), 0)`. Default value: `None`, which scores all pairs.
      training: Python `bool`, passed to the encoders.
      streamed: Python `bool`; if True, scores are streamed, and memory grows
        only with `n + K`. Must be False with `negative_samples`.

    Returns:
      `ReplicaScores`, which a bound takes in place of `logu`.

    Raises:
      ValueError: if both `streamed` and `negative_samples` are given, or if
        either is given and the critic defines `call`.
    """
    x, y = self._built_for(x, y)
    if streamed and negative_samples is not None:
      raise ValueError(
        '`streamed` must be False with `negative_samples`. Received: '
        f'streamed={streamed}, negative_samples={negative_samples}.'
      )
    if streamed or negative_samples is not None:
      self._check_embeds('streamed' if streamed else 'negative_samples')
    if self._embeds:
      return across_replicas.score_embeddings(
        self, x, y, negative_samples, training, streamed
      )
    score = functools.partial(self, training=training)
    return across_replicas.score_inputs(score, x, y)

  def _encoded_shape(self, side, shape):
    """Builds a side's encoder; returns the shape of its flat outputs."""
    dtypes = (self.input_dtypes or {}).get(f'{side}_shape')
    encoder = getattr(self, f'{side}_encoder')
    return towers.encoded_shape(encoder, shape, dtypes, side)

  @property
  def _embeds(self):
    """Whether the class scores embeddings, and does not define `call`."""
    return type(self).call is Critic.call

  def _check_embeds(self, name):
    """Raises a `ValueError` for a method or argument that needs embeddings."""
    if not self._embeds:
      raise ValueError(
        f'`{name}` needs a critic that embeds each side, by `build_critic`, '
        '`embed_x`, `embed_y` and `score_pairs`. Received: '
        f'{type(self).__name__}, which defines `call`.'
      )

  def _built_for(self, x, y):
    """Builds the critic if needed; returns both sides as tensors."""
    x, y = structures.to_tensors(x), structures.to_tensors(y)
    if not self.built:
      self._expect({'x_shape': x, 'y_shape': y})
      self.build(structures.shapes(x), structures.shapes(y))
    return x, y

  def _embed(self, x, y, training):
    """Returns the embeddings of both sides."""
    return (
      self.embed_x(self._encode(self.x_encoder, x, training)),
      self.embed_y(self._encode(self.y_encoder, y, training)),
    )

  def _streaming_arguments(self, embedded_x, embedded_y):
    """Returns the arguments of `StreamedScores` besides the embeddings."""
    return streaming.arguments(self, embedded_x, embedded_y)

  def numbers_per_pair(self) -> int:
    """Returns how many numbers `score_pairs` holds for each pair."""
    return 1

  def build_critic(self, x_shape: types.Shape, y_shape: types.Shape) -> None:
    """Makes the weights for flat inputs, each of shape `(None, size)`."""
    raise NotImplementedError(  # A subclass's duty, as in Keras.
      'A critic must define `build_critic`.'
    )

  def embed_x(self, x: tf.Tensor) -> tf.Tensor:
    """Returns the embeddings, shape `[n, e]`, of floats `[n, size of x]`."""
    raise NotImplementedError(  # A subclass's duty, as in Keras.
      'A critic must define `embed_x`.'
    )

  def embed_y(self, y: tf.Tensor) -> tf.Tensor:
    """Returns the embeddings, shape `[m, e]`, of floats `[m, size of y]`."""
    raise NotImplementedError(  # A subclass's duty, as in Keras.
      'A critic must define `embed_y`.'
    )

  def score_pairs(
    self, embedded_x: tf.Tensor, embedded_y: tf.Tensor
  ) -> tf.Tensor:
    """Returns the scores `[n, m]` of embeddings `[n, e]` and `[m, e]`."""
    raise NotImplementedError(  # A subclass's duty, as in Keras.
      'A critic must define `score_pairs`.'
    )

  def score_aligned(
    self, embedded_x: tf.Tensor, embedded_y: tf.Tensor
  ) -> tf.Tensor:
    """Returns the scores `[n]` of the pairs `(i, i)` of embeddings `[n, e]`.

    A subclass may define this method. The default scores blocks of pairs with
    `score_pairs`, which costs more.
    """
    return joint_scores.diagonal(self.score_pairs, embedded_x, embedded_y)

  def _encode(self, encoder, inputs, training):
    """Returns flat inputs, after `encoder` if there is one."""
    if encoder is not None:
      inputs = encoder(inputs, training=training)
    return towers.flatten(tf.cast(inputs, self.compute_dtype))

  def get_config(self) -> dict[str, Any]:
    return {
      **super().get_config(),
      'x_encoder': towers.serialize(self.x_encoder),
      'y_encoder': towers.serialize(self.y_encoder),
    }

  @classmethod
  def from_config(cls, config: dict[str, Any]) -> 'Critic':
    return cls(**towers.deserialize(config, 'x_encoder', 'y_encoder'))
