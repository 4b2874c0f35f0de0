"""The base class of critics."""

import functools
import inspect

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
from mi_tf.scores.streamed import streamed_scores


class Critic(building.BuiltByLoading, keras.layers.Layer):
  """Scores pairs: `critic(x, y)[i, j] = f(x[i], y[j])`.

  A critic embeds each side by itself and then combines embeddings: work on one
  side is done once for each sample, not once for each pair. A subclass defines
  `build_critic`, `embed_x`, `embed_y`, `score_pairs` and `score_aligned` (which
  is the diagonal of `score_pairs` otherwise, at its cost), and can then do all
  that follows. Each side is passed to its encoder, if there is one, and then
  flattened. With an encoder that takes it, a side may be a dict, list or tuple
  of tensors, also of integers and strings; else it is a tensor of numbers, of
  any shape `[n, ...]`.

  A subclass may also define `call(x, y)` alone, and perhaps `build(x_shape,
  y_shape)`, as any layer does; encoders are then its own business. It scores
  all pairs, in training and in read-outs, of joint samples by blocks; it can't
  stream them, and takes no `negative_samples`, unless its `call` does.

  Attributes:
    pairs_are_cheap: `bool`, whether all pairs of many samples take no more than
      one matrix product.
    is_log_density: `bool`, whether scores are `log q(y | x)`, as the objectives
      'club', 'leave_one_out' and 'variational' need it.

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

  pairs_are_cheap = False
  is_log_density = False

  def __init__(self, x_encoder=None, y_encoder=None, **kwargs):
    """Makes the critic.

    Args:
      x_encoder: `keras.Layer`, model or function that is applied to `x` first,
        from `[n, ...]` to `[n, ...]`. The layers that a function uses are found
        and trained, as for `MiEstimator`. Default value: `None`, i.e. only
        flattening.
      y_encoder: the same for `y`.
      **kwargs: `name`, `dtype` and `trainable` of `keras.layers.Layer`.

    Raises:
      ValueError: if an encoder is nothing of that; when built, if it does not
        return a row for each sample, or if there is none, and a side is not one
        tensor of numbers.
    """
    super().__init__(**kwargs)
    self.x_encoder = function_layers.as_encoder(x_encoder, 'x_encoder')
    self.y_encoder = function_layers.as_encoder(y_encoder, 'y_encoder')

  def build(self, x_shape, y_shape):
    """Makes all weights for inputs of these shapes.

    Args:
      x_shape: tuple, `(None, ...)`, or a structure of shapes.
      y_shape: the same for `y`.
    """
    shapes = {'x_shape': x_shape, 'y_shape': y_shape}
    if not self._embeds and type(self).build_critic is Critic.build_critic:
      # Its layers are built by what calls them.
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

  def _encoded_shape(self, side, shape):
    """Builds a side's encoder; returns the shape of flat embeddings."""
    dtypes = (self.input_dtypes or {}).get(f'{side}_shape')
    encoder = getattr(self, f'{side}_encoder')
    return towers.encoded_shape(encoder, shape, dtypes, side)

  def call(self, x, y, negative_samples=None, training=None):
    """Scores all pairs, or each x against a few y.

    Args:
      x: `Tensor`, shape `[n, ...]`, or what its encoder takes.
      y: `Tensor`, shape `[m, ...]`, or what its encoder takes.
      negative_samples: `None` for all pairs; or an `int` from 0 to `n - 1`, to
        score each `x[i]` with its own `y[i]` and with those of the next
        samples, `y[(i + s) % n]`, `s = 1 ... negative_samples`; with fewer than
        `negative_samples + 1` samples, with all others. Needs `m = n`.
      training: Python `bool`, passed to the encoders.

    Returns:
      Floating `Tensor`: shape `[n, m]`, or `[n, min(n, 1 + negative_samples)]`,
      whose first column holds the joint samples.
    """
    embedded_x, embedded_y = self._embed(x, y, training)
    if negative_samples is None:
      return self.score_pairs(embedded_x, embedded_y)
    return joint_scores.with_negatives(
      self, embedded_x, embedded_y, negative_samples
    )

  def stream(self, x, y, training=None, block_rows=None, gradient=True):
    """Returns the scores of all pairs for the bounds, without computing them.

    A bound of `critic.stream(x, y)` is that of `critic(x, y)`, with the same
    gradients of inputs and weights, in memory that does not grow with `n * m`.
    Each side is embedded once; then pairs are scored by blocks of rows.

    Args:
      x: `Tensor`, shape `[n, ...]`.
      y: `Tensor`, shape `[m, ...]`.
      training: Python `bool`, passed to the encoders.
      block_rows: `int`, the number of rows that are scored at once. Default
        value: `None`, chosen from the number of columns.
      gradient: Python `bool`; if False, bounds have values only, which takes
        less time.

    Returns:
      `StreamedScores`, which a bound takes in place of `logu`.

    Raises:
      ValueError: if the critic defines `call` itself.

    #### Examples

    >>> critic = mi_tf.SeparableCritic((16,))
    >>> x, y = tf.ones([6, 2]), tf.ones([6, 3])
    >>> bound = mi_tf.lower_bound_info_nce(critic.stream(x, y))
    >>> abs(float(bound - mi_tf.lower_bound_info_nce(critic(x, y)))) < 1e-5
    True
    """
    if not self._embeds:
      raise ValueError(
        '`stream` needs a critic that embeds each side, by `build_critic`, '
        '`embed_x`, `embed_y`, `score_pairs` and `score_aligned`. Received: '
        f'{type(self).__name__}, which defines `call`.'
      )
    x, y = self._built_for(x, y)
    embedded = self._embed(x, y, training)
    return streamed_scores.StreamedScores(
      *embedded,
      block_rows=block_rows,
      gradient=gradient,
      **self._streaming_arguments(*embedded),
    )

  def across_replicas(
    self, x, y, negative_samples=None, training=None, streamed=False
  ):
    """Returns this replica's scores, of its x and of the y of all replicas.

    To be called inside of `strategy.run` of a `tf.distribute.Strategy`. Each y
    is embedded by its own replica, and embeddings are gathered; no replica has
    more than `[n, K]` scores, of its `n` samples and all `K`. See
    `ReplicaScores` for a training step.

    Args:
      x: `Tensor`, shape `[n, ...]`, this replica's samples; it may have none.
      y: `Tensor`, shape `[n, ...]`, paired with `x`.
      negative_samples: `None` for all pairs; or an `int`, to score each `x[i]`
        with its own y and with those of the next samples of all replicas, as
        `critic(x, y, negative_samples)` does on one device. A bound then needs
        the mask `tf.equal(tf.range(1 + negative_samples), 0)`.
      training: Python `bool`, passed to the encoders.
      streamed: Python `bool`, whether scores are those of `stream`, in memory
        that grows with `n + K` alone. Not with `negative_samples`.

    Returns:
      `ReplicaScores`, which a bound takes in place of `logu`.

    Raises:
      ValueError: if `streamed`, and there are `negative_samples`; or if either
        is asked of a critic that defines `call`.
    """
    x, y = self._built_for(x, y)
    if streamed and negative_samples is not None:
      raise ValueError(
        '`streamed` must be False with `negative_samples`. Received: '
        f'streamed={streamed}, negative_samples={negative_samples}.'
      )
    if self._embeds:
      return across_replicas.score_embeddings(
        self, x, y, negative_samples, training, streamed
      )
    if streamed or negative_samples is not None:
      raise ValueError(
        '`negative_samples` and `streamed` need a critic that embeds each '
        f'side. Received: {type(self).__name__}, which defines `call`.'
      )
    score = functools.partial(self, training=training)
    return across_replicas.score_inputs(score, x, y)

  def with_encoders(
    self,
    x_encoder: types.Function | None = None,
    y_encoder: types.Function | None = None,
  ) -> 'Critic':
    """Returns a new critic, not built, of the same config but for the encoders.

    Args:
      x_encoder: as for `Critic`, in place of this critic's.
      y_encoder: the same for `y`.

    Raises:
      ValueError: if `get_config` leaves out arguments of the class, which the
        new critic would lose.
    """
    cls = type(self)
    config = {**self.get_config(), 'x_encoder': None, 'y_encoder': None}
    signature = inspect.signature(cls)
    missing = [
      name
      for name, parameter in signature.parameters.items()
      if name not in config and parameter.kind is not parameter.VAR_KEYWORD
    ]
    if missing:
      raise ValueError(
        f'`{cls.__name__}.get_config` must return all arguments of the class. '
        f'Received: {cls.__name__}{signature}, without {missing}.'
      )
    critic = cls.from_config(config)
    critic.x_encoder = function_layers.as_encoder(x_encoder, 'x_encoder')
    critic.y_encoder = function_layers.as_encoder(y_encoder, 'y_encoder')
    return critic

  @property
  def _embeds(self):
    """Whether scores are those of embeddings, and not of another `call`."""
    return type(self).call is Critic.call

  def _built_for(self, x, y):
    """Builds the critic, if it is not; returns both sides as tensors."""
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
    """Returns the arguments of `StreamedScores` that tell how to score."""
    return streaming.arguments(self, embedded_x, embedded_y)

  def numbers_per_pair(self):
    """Returns how many numbers `score_pairs` holds for each pair, an `int`."""
    return 1

  # What a subclass defines, as Keras's layers define `call`: no default of
  # these would make sense.

  def build_critic(self, x_shape, y_shape):
    """Makes the weights for flat inputs.

    Args:
      x_shape: tuple, `(None, size of x)`.
      y_shape: tuple, `(None, size of y)`.
    """
    raise NotImplementedError(  # A subclass's duty, as in Keras.
      'A critic must define `build_critic`.'
    )

  def embed_x(self, x):
    """Returns one row for each sample of x, for `score_pairs`.

    Args:
      x: floating `Tensor`, shape `[n, size of x]`.

    Returns:
      Floating `Tensor`, shape `[n, e]`.
    """
    raise NotImplementedError(  # A subclass's duty, as in Keras.
      'A critic must define `embed_x`.'
    )

  def embed_y(self, y):
    """Returns one row for each sample of y, for `score_pairs`.

    Args:
      y: floating `Tensor`, shape `[m, size of y]`.

    Returns:
      Floating `Tensor`, shape `[m, e]`.
    """
    raise NotImplementedError(  # A subclass's duty, as in Keras.
      'A critic must define `embed_y`.'
    )

  def score_pairs(self, embedded_x, embedded_y):
    """Returns the scores of all pairs.

    Args:
      embedded_x: floating `Tensor`, shape `[n, e]`.
      embedded_y: floating `Tensor`, shape `[m, e]`.

    Returns:
      Floating `Tensor`, shape `[n, m]`.
    """
    raise NotImplementedError(  # A subclass's duty, as in Keras.
      'A critic must define `score_pairs`.'
    )

  def score_aligned(self, embedded_x, embedded_y):
    """Returns the scores of the pairs `(i, i)`.

    Args:
      embedded_x: floating `Tensor`, shape `[n, e]`.
      embedded_y: floating `Tensor`, shape `[n, e]`.

    Returns:
      Floating `Tensor`, shape `[n]`. Default: the diagonal of `score_pairs`, by
      blocks, which takes more time than it must.
    """
    return joint_scores.diagonal(self.score_pairs, embedded_x, embedded_y)

  def _encode(self, encoder, inputs, training):
    """Applies `encoder` and flattens."""
    if encoder is not None:
      inputs = encoder(inputs, training=training)
    return towers.flatten(tf.cast(inputs, self.compute_dtype))

  def get_config(self):
    return {
      **super().get_config(),
      'x_encoder': towers.serialize(self.x_encoder),
      'y_encoder': towers.serialize(self.y_encoder),
    }

  @classmethod
  def from_config(cls, config):
    return cls(**towers.deserialize(config, 'x_encoder', 'y_encoder'))


def takes_negative_samples(critic):
  """Returns whether a critic scores each x with some of the y."""
  return isinstance(critic, Critic) and (
    'negative_samples' in inspect.signature(critic.call).parameters
  )


class DotProductCritic(Critic):
  """A critic whose score is the dot product of the two embeddings."""

  pairs_are_cheap = True

  def _streaming_arguments(self, embedded_x, embedded_y):
    return {}  # Dot products are what `StreamedScores` knows best.

  def score_pairs(self, embedded_x, embedded_y):
    return tf.matmul(embedded_x, embedded_y, transpose_b=True)

  def score_aligned(self, embedded_x, embedded_y):
    return tf.reduce_sum(embedded_x * embedded_y, axis=-1)
