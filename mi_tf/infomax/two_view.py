"""TwoViewInfoMax: representations by maximizing mutual information."""

import functools

import keras
import tensorflow as tf

from mi_tf.critics import critic as critic_lib
from mi_tf.critics import registry
from mi_tf.critics.networks import towers
from mi_tf.infomax import encoders
from mi_tf.internal import checks
from mi_tf.internal.keras_layers import function_layers
from mi_tf.models import mi_estimator
from mi_tf.objectives import jensen_shannon_objectives


@keras.saving.register_keras_serializable(package='mi_tf')
class TwoViewInfoMax(mi_estimator.MiEstimator):
  """Learns what two views of the same thing have in common.

  The encoders g1 and g2 and a critic are trained together to maximize a bound
  of `I(g1(x); g2(y))`, `x` and `y` being two views: halves of an image, say, or
  an image twice augmented.

  ```python
  model = mi_tf.infomax.TwoViewInfoMax(
    mi_tf.encoders.Mlp((300, 300, 100)), mi_tf.encoders.Mlp((300, 300, 100))
  )
  model.compile(keras.optimizers.Adam(1e-4))
  model.fit(x, y, batch_size=128, epochs=20, validation_data=(x_val, y_val))
  model.x_encoder(x_test)  # the representation
  ```

  It is a `MiEstimator`: `fit` and `evaluate` report the objective's value as
  `mi`, in nats, `estimate` reads it on held-out samples, and `tf.distribute`,
  `sample_weight`, saving, backups and arrays on the device work as there. A
  view may be a dict or list of tensors, also of strings, if its encoder takes
  it. `x_encoder` and `y_encoder` are Keras models with the encoders' weights
  alone: to fine-tune, as part of other models, to `save` and to `export`.

  What is maximized is the bound, not the mutual information: `I(g1(x); g2(y))`
  never exceeds `I(x; y)`, and is that for all invertible encoders. What makes a
  representation useful is what encoders and critics can learn easily [1].

  #### References

  [1]: Michael Tschannen, Josip Djolonga, Paul K. Rubenstein, Sylvain Gelly,
       Mario Lucic. On Mutual Information Maximization for Representation
       Learning. _International Conference on Learning Representations_, 2020.
       https://arxiv.org/abs/1907.13625
  """

  def __init__(
    self,
    x_encoder,
    y_encoder=None,
    critic='bilinear',
    objective='info_nce',
    target=None,
    **kwargs,
  ):
    """Makes the model.

    Args:
      x_encoder: `keras.Layer`, model or function that uses such, g1, from
        `[n, ...]` or a structure of tensors to `[n, ...]`.
      y_encoder: the same for `y`, g2. Default value: `None`, `x_encoder` for
        both views, with the same weights.
      critic: name of a critic, or a `mi_tf.Critic` that is not built and has no
        encoders; it scores pairs of representations.
      objective: as for `MiEstimator`; a bound.
      target: `float`, nats; if given, `|value - target|` is minimized in place
        of the objective's loss, beside what regularizers add, so that encoders
        of different kinds can be compared at the same value. Where the value is
        above the target, that means to go up the objective's loss. Default
        value: `None`.
      **kwargs: `negative_samples` and `ema_decay` of `MiEstimator`; `name`,
        `dtype` and `trainable` of `keras.Model`.

    Raises:
      ValueError: if `critic` or an encoder is not as described, or if there is
        a `target` for the objective 'js' or 'smile'.
    """
    if isinstance(critic, str):
      options = {'dtype': kwargs['dtype']} if 'dtype' in kwargs else {}
      critic = registry.get_critic(critic, **options)
    if (
      not isinstance(critic, critic_lib.Critic)
      or critic.built
      or critic.x_encoder is not None
      or critic.y_encoder is not None
    ):
      raise ValueError(
        '`critic` must be the name of a critic, or a mi_tf.Critic that is not '
        f'built and has no encoders. Received: critic={critic!r}.'
      )
    self._own_encoders = y_encoder is not None
    x_encoder = function_layers.as_encoder(x_encoder, 'x_encoder')
    y_encoder = function_layers.as_encoder(y_encoder, 'y_encoder')
    critic.x_encoder = x_encoder
    critic.y_encoder = y_encoder if self._own_encoders else x_encoder
    super().__init__(critic, objective, **kwargs)
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
  def x_encoder(self):
    """The encoder of `x`, g1, a `keras.Model`.

    It shares the weights of the layer that was given, and has no others: to
    fine-tune, to save, to export and to use inside of other models.
    """
    return self._encoder('x')

  @functools.cached_property
  def y_encoder(self):
    """The encoder of `y`, g2, a `keras.Model`; `x_encoder` if it is shared."""
    return self._encoder('y') if self._own_encoders else self.x_encoder

  def _encoder(self, side):
    layer = getattr(self.critic, f'{side}_encoder')
    if isinstance(layer, keras.Model):
      return layer
    shapes = (self.get_build_config() or {}).get(f'{side}_shape')
    dtypes = (self.critic.input_dtypes or {}).get(f'{side}_shape')
    return encoders.as_model([layer], shapes, dtypes, f'{side}_encoder')

  def _loss(self, x, y, sample_weight, training):
    loss, value, weight = super()._loss(x, y, sample_weight, training)
    if self.target is not None:
      # The loss is `|value - target|`. A step towards less of the objective's
      # own loss is one towards more of its value.
      penalties = sum(tf.cast(extra, loss.dtype) for extra in self.losses)
      above = value - tf.cast(self.target, value.dtype)
      towards = -tf.sign(tf.stop_gradient(above)) * (loss - penalties)
      loss = tf.stop_gradient(tf.abs(above) - towards) + towards + penalties
    return loss, value, weight

  def get_config(self):
    config = super().get_config()
    critic = dict(config['critic'])
    critic.pop('build_config', None)  # It is built with the encoders.
    critic['config'] = {
      **critic['config'],
      'x_encoder': None,
      'y_encoder': None,
    }
    return {
      **config,
      'critic': critic,
      'x_encoder': towers.serialize(self.critic.x_encoder),
      'y_encoder': (
        towers.serialize(self.critic.y_encoder) if self._own_encoders else None
      ),
      'target': self.target,
    }

  @classmethod
  def from_config(cls, config):
    return cls(
      **towers.deserialize(
        config, 'critic', 'objective', 'x_encoder', 'y_encoder'
      )
    )
