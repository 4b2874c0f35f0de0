"""TwoViewInfoMax: representations by maximizing mutual information."""

import functools
from typing import Any

import keras
import tensorflow as tf

from mi_tf.critics import critic as critic_lib
from mi_tf.critics import encoded
from mi_tf.critics import registry
from mi_tf.critics.networks import towers
from mi_tf.infomax import encoder_models
from mi_tf.internal import checks
from mi_tf.internal import types
from mi_tf.internal.keras_layers import function_layers
from mi_tf.models import mi_estimator
from mi_tf.objectives import jensen_shannon_objectives
from mi_tf.objectives import objective as objective_lib


@keras.saving.register_keras_serializable(package='mi_tf')
class TwoViewInfoMax(mi_estimator.MiEstimator):
  """Learns representations of two views of the same thing.

  `x` and `y` are the views, such as two halves or two augmentations of an
  image. Encoders g1 and g2 and a critic are trained together to maximize a
  bound of `I(g1(x); g2(y))`.

  ```python
  model = mi_tf.infomax.TwoViewInfoMax(
    mi_tf.encoders.Mlp((300, 300, 100)), mi_tf.encoders.Mlp((300, 300, 100))
  )
  model.compile(keras.optimizers.Adam(1e-4))
  model.fit(x, y, batch_size=128, epochs=20, validation_data=(x_val, y_val))
  model.x_encoder(x_test)  # the representation
  ```

  The model is a `MiEstimator`. `fit` and `evaluate` report the objective's
  value as `mi`, in nats; `estimate` measures it on held-out samples. A view may
  be a dict or list of tensors, including strings, if its encoder accepts that.
  `x_encoder` and `y_encoder` are Keras models that have only the encoders'
  weights. They can be fine-tuned, saved, exported and reused.

  A larger bound need not mean a more useful representation [1]. `I(g1(x);
  g2(y))` is at most `I(x; y)`. The two are equal for all invertible encoders,
  so the architectures of encoders and critic decide which representation is
  learned.

  Attributes:
    critic: the `Critic` of pairs of views. `critic.scorer`, the argument
      `critic`, scores pairs of representations.

  #### References

  [1]: Michael Tschannen, Josip Djolonga, Paul K. Rubenstein, Sylvain Gelly,
       Mario Lucic. On Mutual Information Maximization for Representation
       Learning. _International Conference on Learning Representations_, 2020.
       https://arxiv.org/abs/1907.13625
  """

  critic: encoded.EncodedCritic

  def __init__(
    self,
    x_encoder: keras.Layer | types.Function,
    y_encoder: keras.Layer | types.Function | None = None,
    critic: str | critic_lib.Critic = 'bilinear',
    objective: str | objective_lib.Objective | types.Function = 'info_nce',
    target: float | None = None,
    **kwargs: Any,
  ) -> None:
    """Makes the model.

    Args:
      x_encoder: g1, a `keras.Layer`, model or function of Keras layers, from
        `[n, ...]` or a structure of tensors to `[n, ...]`.
      y_encoder: g2, the encoder of `y`, given like `x_encoder`. Default value:
        `None`, which means that `x_encoder` encodes both views.
      critic: critic of pairs of representations, trained with the encoders: the
        name of a critic, or a `mi_tf.Critic` that is not built and has no
        encoders.
      objective: a bound, given as for `MiEstimator`.
      target: value of the objective in nats. If given, `|value - target|`
        replaces the objective's loss, so that different encoders can be
        compared at the same value. Default value: `None`.
      **kwargs: `negative_samples` and `ema_decay` of `MiEstimator`; `name`,
        `dtype` and `trainable` of `keras.Model`.

    Raises:
      ValueError: if `critic` or an encoder is none of the above, or if `target`
        is given for the objective 'js' or 'smile'.
    """
    options = {'dtype': kwargs['dtype']} if 'dtype' in kwargs else {}
    scorer: Any = critic
    if isinstance(critic, str):
      scorer = registry.get_critic(critic, **options)
    if (
      not isinstance(scorer, critic_lib.Critic)
      or scorer.built
      or scorer.x_encoder is not None
      or scorer.y_encoder is not None
    ):
      raise ValueError(
        '`critic` must be the name of a critic, or a mi_tf.Critic that is not '
        f'built and has no encoders. Received: critic={critic!r}.'
      )
    self._has_two_encoders = y_encoder is not None
    x_encoder = function_layers.as_encoder(x_encoder, 'x_encoder')
    y_encoder = function_layers.as_encoder(y_encoder, 'y_encoder') or x_encoder
    super().__init__(
      encoded.with_encoders(scorer, x_encoder, y_encoder), objective, **kwargs
    )
    if target is not None:
      target = checks.number(target, 'target', 'a finite number of nats')
    if target is not None and isinstance(
      self.objective, jensen_shannon_objectives.JensenShannon
    ):
      raise ValueError(
        "`target` must be None for 'js' and 'smile', whose values can't be "
        f'trained on. Received: target={target}, objective={objective!r}.'
      )
    self.target = target

  @functools.cached_property  # Keras does not track it: it owns no weights.
  def x_encoder(self) -> keras.Model:
    """The encoder of `x`, g1, a `keras.Model` without other weights."""
    return self._encoder('x')

  @functools.cached_property
  def y_encoder(self) -> keras.Model:
    """The encoder of `y`, g2, a `keras.Model`; `x_encoder` if it is shared."""
    return self._encoder('y') if self._has_two_encoders else self.x_encoder

  def _encoder(self, side):
    layer = getattr(self.critic, f'{side}_encoder')
    if isinstance(layer, keras.Model):
      return layer
    shapes = (self.get_build_config() or {}).get(f'{side}_shape')
    dtypes = (self.critic.input_dtypes or {}).get(f'{side}_shape')
    return encoder_models.as_model([layer], shapes, dtypes, f'{side}_encoder')

  def _loss(self, x, y, sample_weight, training):
    loss, value, weight = super()._loss(x, y, sample_weight, training)
    if self.target is not None:
      # The value is `|value - target|`. The gradient is the objective's, with
      # the sign that moves the value to the target.
      penalties = sum(tf.cast(extra, loss.dtype) for extra in self.losses)
      excess = value - tf.cast(self.target, value.dtype)
      signed = -tf.sign(tf.stop_gradient(excess)) * (loss - penalties)
      loss = tf.stop_gradient(tf.abs(excess) - signed) + signed + penalties
    return loss, value, weight

  def get_config(self) -> dict[str, Any]:
    scorer = keras.saving.serialize_keras_object(self.critic.scorer)
    scorer.pop('build_config', None)  # It is built with the encoders.
    y_encoder = self.critic.y_encoder if self._has_two_encoders else None
    return {
      **super().get_config(),
      'critic': scorer,
      'x_encoder': towers.serialize(self.critic.x_encoder),
      'y_encoder': towers.serialize(y_encoder),
      'target': self.target,
    }

  @classmethod
  def from_config(cls, config: dict[str, Any]) -> 'TwoViewInfoMax':
    return cls(
      **towers.deserialize(
        config, 'critic', 'objective', 'x_encoder', 'y_encoder'
      )
    )
