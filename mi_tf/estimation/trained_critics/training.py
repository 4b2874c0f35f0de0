"""train: a critic that is fitted to the rows outside of one fold."""

import contextlib
import dataclasses
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
from mi_tf.estimation.trained_critics import model_pool
from mi_tf.estimation.trained_critics import reusable_model
from mi_tf.estimation.trained_critics import training_rows
from mi_tf.estimation.variables import encoder
from mi_tf.estimation.variables import variable
from mi_tf.models import mi_estimator
from mi_tf.models import readout
from mi_tf.objectives import function_objective
from mi_tf.objectives import objective as objective_lib
from mi_tf.objectives import registry as objective_registry

_UPDATES_PER_EPOCH = 25, 400
# Counts of at most so many values become indicators.
_MOST_INDICATORS = 256
SHARED_MODELS = model_pool.ModelPool(most=8)
_SEEDING = threading.Lock()


@dataclasses.dataclass(frozen=True)
class TrainedCritic:
  """A critic trained for one fold, and its reading of the fold.

  The `gap`, in nats, is the value on training rows minus the value on the fold.
  `encoders` belong to x and y. `history` has the losses of each epoch.
  """

  encoders: list
  model: mi_estimator.MiEstimator
  history: dict
  reading: readout.Reading
  gap: float
  p_value: float | None

  def scores(self, pair, i, j):
    """Returns the scores of rows `i` of x with rows `j` of y."""
    sides = _encoded(self.encoders, pair, i, j)
    return np.asarray(self.model.critic(*sides), np.float64)


def pool_for(options):
  """Returns the pool that lends models for the options.

  If the critic and the objective are names, and there are no callbacks, this is
  the pool of the process. Otherwise the pool is new, since the user's objects
  may store or change a model.
  """
  if (
    all(isinstance(t, str) for t in (options.critic, options.objective))
    and not options.callbacks
    and not tf.distribute.has_strategy()
    and not tf.config.functions_run_eagerly()
  ):
    return SHARED_MODELS
  return model_pool.ModelPool(most=1)


def train(pair, k, options, pool, permutations=0):
  """Trains a critic on the rows outside of fold `k`, and reads it on the fold.

  The model comes from `pool_for(options)`. The p-value is only computed for the
  first fold, and only without groups.
  """
  train_rows, stop_rows = training_rows.split(pair, k)
  encoders = [_encoder(v, train_rows) for v in (pair.x, pair.y)]
  train, stop, held_out = (
    _encoded(encoders, pair, rows, rows)
    for rows in (train_rows, stop_rows, pair.folds[k])
  )
  images = [v.name for v in (pair.x, pair.y) if v.images is not None]
  model = initial_model(options, images, train, pair.seed + k)
  batch_size = min(options.batch_size, len(train[0]))
  updates = int(np.clip(len(train[0]) // batch_size, *_UPDATES_PER_EPOCH))

  def build():
    twin = initial_model(options, images, train, pair.seed + k)
    return reusable_model.ReusableModel(twin, train, updates)

  with pool.lend(trace_key(model, train, updates), build) as reusable:
    history = reusable.train(
      model, train, stop, options, batch_size, pair.seed + k
    )
    rows = min(len(train[0]), len(held_out[0]))
    p_value = None
    if permutations and k == 0 and pair.groups is None:
      p_value = reusable.reader.p_value(*held_out, permutations, pair.seed)
    reading = reusable.reader.read(*held_out, seed=pair.seed)
    gap = reusable.value(train, rows) - reusable.value(held_out, rows)
    model.set_weights(reusable.model.get_weights())
  return TrainedCritic(encoders, model, history, reading, gap, p_value)


def initial_model(options, images, example, seed):
  """Returns a built `MiEstimator` before training.

  The model's variables always have the same names, since TensorFlow stores a
  kernel for each variable name. Elliptical critics adapt to `example`, a list
  of x and y. `images` lists the sides ('x', 'y') that are images.
  """
  with _seeded_initializers(seed):
    encoders = {
      f'{side}_encoder': towers.conv_tower(128, name=f'{side}_tower')
      for side in images
    }
    model = mi_estimator.MiEstimator(
      _new_critic(options.critic, encoders),
      _new_objective(options.objective),
      name='mi_estimator',
    )
    model.build(*((None, *t.shape[1:]) for t in example))
  if isinstance(model.critic, elliptical.EllipticalCritic):
    model.critic.adapt(*example)
  return model


def trace_key(model, example, updates):
  """Returns a string of everything that a trace of the model depends on."""
  config = model.get_config()
  return json.dumps(
    [
      [_unnamed(config[k]) for k in ('critic', 'objective')],
      [
        (str(v.shape), v.dtype, getattr(v.value, 'device', ''))
        for v in model.variables
      ],
      [(t.shape[1:], t.dtype.name) for t in example],
      updates,
      keras.config.dtype_policy().name,
    ],
    default=lambda value: type(value).__name__,
  )


def _new_critic(critic, encoders):
  """Returns a critic by its name, or a copy with new weights."""
  if isinstance(critic, str):
    return registry.get_critic(critic, name='critic', **encoders)
  if isinstance(critic, critic_lib.Critic):
    return type(critic).from_config(critic.get_config())
  raise ValueError(
    f'`critic` must be a name or a mi_tf.Critic. Received: critic={critic!r}.'
  )


def _new_objective(objective):
  """Returns an objective by its name, or a copy; functions have no state."""
  if isinstance(objective, str):
    return objective_registry.get_objective(objective, name='objective')
  if isinstance(objective, objective_lib.Objective) and not isinstance(
    objective, function_objective.FunctionObjective
  ):
    return type(objective).from_config(objective.get_config())
  return objective


def _unnamed(config):
  """Returns a config without names, except the names of dtype policies."""
  if isinstance(config, dict):
    if 'DTypePolicy' in str(config.get('class_name')):
      return config
    return {k: _unnamed(v) for k, v in config.items() if k != 'name'}
  if isinstance(config, (list, tuple)):
    return [_unnamed(v) for v in config]
  return config


@contextlib.contextmanager
def _seeded_initializers(seed):
  """Makes Keras draw seeds of initializers from `seed` in a `with` block."""
  with _SEEDING:
    state = random.getstate()  # The source of Keras's default seeds.
    random.seed(seed)
    try:
      yield
    finally:
      random.setstate(state)


def _encoder(side, rows):
  """Returns the `Encoder` of a side to the inputs of critics."""
  values = sum(
    len(np.unique(c.values)) for c in side.columns if c.kind == variable.COUNT
  )
  few = values <= _MOST_INDICATORS
  counts = encoder.INDICATORS if few else encoder.NUMBERS
  return encoder.Encoder(side, rows, counts=counts)


def _encoded(encoders, pair, i, j):
  """Returns the inputs of critics for rows `i` of x and rows `j` of y."""
  sides = zip(encoders, (pair.x, pair.y), (i, j), strict=True)
  return [encode(side, rows) for encode, side, rows in sides]
