"""How estimate_mi trains the critics that users ask for."""

import contextlib
import json
import random
import threading

import keras
import numpy as np
import tensorflow as tf

from mi_tf.critics import critic as critic_lib
from mi_tf.critics import elliptical
from mi_tf.critics import registry
from mi_tf.critics.networks import towers
from mi_tf.critics.scoring import calls
from mi_tf.estimation.trained_critics import model_pool
from mi_tf.estimation.trained_critics import stopping
from mi_tf.models import mi_estimator as estimator_lib
from mi_tf.models import readout
from mi_tf.objectives import objective as objective_lib
from mi_tf.objectives import score_objectives

_STEPS_PER_EPOCH = 25, 400
_MOST_STEPS = 2**62
_EVALUATION_BATCH, _EVALUATION_BLOCKS = 512, 20
_AVERAGING = 0.98
# Models that were traced, by all that a trace depends on.
_TRACED = model_pool.Kept(most=8)
_SEEDING = threading.Lock()


class Trainer:
  """Trains one model anew for each fold, so that it is traced only once."""

  def __init__(
    self,
    critic,
    objective,
    images,
    batch_size,
    learning_rate,
    max_epochs,
    patience,
    callbacks,
  ):
    """Makes a trainer; arguments are those of `estimate_mi`.

    Args:
      critic: as for `estimate_mi`.
      objective: as for `estimate_mi`.
      images: list of those of 'x' and 'y' that are images.
      batch_size: `int`.
      learning_rate: `float`.
      max_epochs: `int`.
      patience: `int`.
      callbacks: sequence of `keras.callbacks.Callback`s.
    """
    self._images = images
    self._critic = critic
    self._objective = objective
    self._batch_size = batch_size
    self._learning_rate = learning_rate
    self._max_epochs = max_epochs
    self._patience = patience
    self._callbacks = callbacks
    self.model = self.reader = self._form = self._traced = None

  def train(self, train, stop, seed):
    """Trains on `train` until the loss on `stop` is best.

    Args:
      train: list of two arrays, `x` and `y`.
      stop: list of two arrays.
      seed: `int`.

    Returns:
      dict of lists, the losses of each epoch.
    """
    batch_size = min(self._batch_size, len(train[0]))
    steps = int(np.clip(len(train[0]) // batch_size, *_STEPS_PER_EPOCH))
    with _seeded_initializers(seed):
      fresh = self.new_model()
      fresh.build(*((None, *t.shape[1:]) for t in train))
    if isinstance(fresh.critic, elliptical.EllipticalCritic):
      fresh.critic.adapt(*train)
    form = [steps, *((v.shape, v.dtype) for v in fresh.weights)]
    if form != self._form:  # The first one, or a fold of another size.
      self.close()
      key = self._key(fresh, train, steps)
      traced = _TRACED.take(key) if key else None
      if traced is None:
        traced = _Traced(fresh, train, steps)
      else:
        traced.restart(fresh)
      traced.decay.assign(self._learning_rate, steps * self._max_epochs)
      self.model, self.reader = traced.model, traced.reader
      self._form, self._traced = form, (key, traced)
    else:
      self._traced[1].restart(fresh)
    self._evaluate = self._traced[1].evaluate
    averages = self._traced[1].averages
    rows = len(stop[0])
    stopper = stopping.StopAtBest(
      lambda rows: self._evaluate(*stop, rows)[:, 0].numpy(),
      averages,
      self._patience,
      rows,
    )
    history = self.model.fit(
      _batches(*train, batch_size, seed),
      steps_per_epoch=steps,
      epochs=self._max_epochs,
      shuffle=False,
      verbose=0,
      callbacks=[stopper, *self._callbacks],
    ).history
    return {
      **history,
      'start_loss': [stopper.start_loss],
      'val_loss': stopper.losses,
      'best_epoch': [stopper.best_epoch + 1],
    }

  def value(self, pairs, rows):
    """Returns the objective's mean value over blocks of up to `rows` pairs."""
    return float(np.mean(self._evaluate(*pairs, rows)[:, 1]))

  def new_model(self):
    """Returns a new `MiEstimator`; its variables have the same names each time.

    For each name that a variable ever had, TensorFlow keeps a kernel.
    """
    encoders = {
      f'{side}_encoder': towers.conv_tower(128, name=f'{side}_tower')
      for side in self._images
    }
    critic, objective = self._critic, self._objective
    if isinstance(critic, str):
      critic = registry.get_critic(critic, name='critic', **encoders)
    elif isinstance(critic, critic_lib.Critic):
      critic = type(critic).from_config(critic.get_config())
    else:
      raise ValueError(
        '`critic` must be a name or a mi_tf.Critic. '
        f'Received: critic={critic!r}.'
      )
    if isinstance(objective, objective_lib.Objective) and not isinstance(
      objective, score_objectives.FunctionObjective
    ):
      objective = type(objective).from_config(objective.get_config())
    elif isinstance(objective, str):
      objective = score_objectives.get_objective(objective, name='objective')
    return estimator_lib.MiEstimator(critic, objective, name='mi_estimator')

  def close(self):
    """Gives the model back, for the next trainer of the like."""
    if self._traced is not None and self._traced[0]:
      _TRACED.give(*self._traced)
    self._form = self._traced = None

  def _key(self, model, train, steps):
    """Returns all that a trace depends on; `None` if that can't be told."""
    if not all(isinstance(t, str) for t in (self._critic, self._objective)):
      return None
    if tf.distribute.has_strategy() or tf.config.functions_run_eagerly():
      return None
    if self._callbacks:  # They may keep the model, or change it.
      return None
    config = model.get_config()
    return json.dumps(
      [
        [_unnamed(config[k]) for k in ('critic', 'objective')],
        [(str(v.shape), v.dtype, v.value.device) for v in model.variables],
        [(t.shape[1:], t.dtype.name) for t in train],
        steps,
        keras.config.dtype_policy().name,
      ]
    )


@keras.saving.register_keras_serializable('mi_tf')
class VariableDecay(keras.optimizers.schedules.CosineDecay):
  """A cosine decay whose numbers are variables, and so not part of a trace."""

  _NAMES = ('initial_learning_rate', 'decay_steps')

  def __init__(self, initial_learning_rate, decay_steps):
    self._variables = [
      keras.Variable(1.0, trainable=False, name=name) for name in self._NAMES
    ]
    super().__init__(*self._variables)
    self.assign(initial_learning_rate, decay_steps)

  def assign(self, initial_learning_rate, decay_steps):
    """Sets the first learning rate, and after how many steps it is 0."""
    self._numbers = initial_learning_rate, min(decay_steps, _MOST_STEPS)
    for v, number in zip(self._variables, self._numbers, strict=True):
      v.assign(number)

  def get_config(self):
    return dict(zip(self._NAMES, self._numbers, strict=True))


class _Traced:
  """A compiled model, and what is traced of it.

  Tracing takes longer than many trainings, and TensorFlow never forgets a graph
  with a custom gradient (those of `silu`, of Keras's optimizers, of streamed
  scores): each new one would cost some MiB for good.
  """

  def __init__(self, model, train, steps):
    self.model = model
    self.reader = readout.Reader(model, *train)
    self.evaluate = _evaluation(model, *train)
    self.decay = VariableDecay(1.0, 1)
    optimizer = keras.optimizers.Adam(
      self.decay, use_ema=True, ema_momentum=_AVERAGING
    )
    model.compile(optimizer, steps_per_execution=steps)
    self.averages = _Averages(model)
    # Not all zeros: the scale of losses in half precision is not.
    model.optimizer.build(model.trainable_variables)
    self._first = [v.numpy() for v in model.optimizer.variables]

  def restart(self, fresh):
    """Makes the model the same as one that has been made anew."""
    for v, new in zip(self.model.variables, fresh.variables, strict=True):
      v.assign(new)
    optimizer = self.model.optimizer
    for v, value in zip(optimizer.variables, self._first, strict=True):
      v.assign(value)


def _evaluation(model, x, y):
  """Returns a function of `x` and `y` to the losses and values of blocks."""
  pair = [calls.batch_spec(t) for t in (x, y)]

  @calls.traced([*pair, tf.TensorSpec([], tf.int32)])
  def evaluate(x, y, rows):
    size = tf.minimum(rows, _EVALUATION_BATCH)
    num_blocks = tf.minimum(tf.shape(x)[0] // size, _EVALUATION_BLOCKS)

    def loss_and_value(i):
      block = [t[i * size : (i + 1) * size] for t in (x, y)]
      logu, mask = model.score(*block, training=False)
      both = objective_lib.loss_and_value(model.objective, logu, mask, *block)
      return tf.cast(tf.stack(both), tf.float32)

    return tf.map_fn(
      loss_and_value, tf.range(num_blocks), fn_output_signature=tf.float32
    )

  return evaluate


class _Averages:
  """Puts the averages of a model's weights in their place, and takes them out.

  Unlike `keras.callbacks.SwapEMAWeights`, does it in one call.
  """

  def __init__(self, model):
    weights = model.trainable_variables
    kept = [tf.Variable(v.value) for v in weights]

    @tf.function(autograph=False)
    def put():
      for v, weight in zip(kept, weights, strict=True):
        v.assign(weight.value)
      model.optimizer.finalize_variable_values(weights)

    @tf.function(autograph=False)
    def take_out():
      for v, weight in zip(kept, weights, strict=True):
        weight.assign(v)

    self.put, self.take_out = put, take_out


def _unnamed(config):
  """Returns a config without names, but for those of dtype policies."""
  if isinstance(config, dict):
    if 'DTypePolicy' in str(config.get('class_name')):
      return config
    return {k: _unnamed(v) for k, v in config.items() if k != 'name'}
  if isinstance(config, (list, tuple)):
    return [_unnamed(v) for v in config]
  return config


@contextlib.contextmanager
def _seeded_initializers(seed):
  """Makes Keras draw the seeds of initializers from `seed`, inside alone."""
  with _SEEDING:
    state = random.getstate()  # What Keras draws default seeds from.
    random.seed(seed)
    try:
      yield
    finally:
      random.setstate(state)


def _batches(x, y, batch_size, seed):
  """Returns an endless `tf.data.Dataset` of batches, shuffled each epoch."""
  n = len(x)
  x, y = tf.constant(x), tf.constant(y)
  per_epoch = n // batch_size

  @tf.autograph.experimental.do_not_convert
  def pick(i):
    epoch, step = i // per_epoch, i % per_epoch
    position = step * batch_size + tf.range(batch_size, dtype=tf.int64)
    index = tf.random.experimental.index_shuffle(
      position, tf.stack([tf.constant(seed, tf.int64), epoch]), n - 1
    )
    # Updates are traced for batches of any size.
    index = tf.raw_ops.PlaceholderWithDefault(input=index, shape=[None])
    return tf.gather(x, index), tf.gather(y, index)

  # Unlike `counter`, has no graph of its own, which TensorFlow would not free.
  return tf.data.Dataset.range(2**62).map(pick).prefetch(4)
