"""estimate_mi: two arrays in, nats and an interval out."""

import keras
import numpy as np
import tensorflow as tf

from mi_tf.critics import critic as critic_lib
from mi_tf.critics import gaussian
from mi_tf.critics import registry
from mi_tf.critics import towers
from mi_tf.estimators import estimator as estimator_lib
from mi_tf.estimators import objectives
from mi_tf.estimators import readout
from mi_tf.estimators import variables

MIN_SAMPLES = 60
_MANY_SAMPLES = 20_000
_STEPS_PER_EPOCH = 40


def estimate_mi(
  x,
  y,
  *,
  critic='auto',
  objective='js',
  folds=None,
  seed=0,
  x_kind='auto',
  y_kind='auto',
  batch_size=256,
  learning_rate=1e-3,
  max_epochs=100,
  patience=6,
):
  """Returns an estimate of the mutual information of two variables.

  Samples are split into folds. For each, a critic is trained on the others
  (a part of which is kept to stop the training at the best moment), and read
  on the fold that it has not seen; the readings are averaged. The interval
  includes the differences between the critics. It is *not* a test of
  independence, and its interval does not know what no critic has found: see
  `lower_bound` for what is certain, and `warnings`.

  Continuous columns are mapped to normal scores by their ranks in the training
  samples, which leaves mutual information as it is; classes (strings, bools,
  integers of few values) become indicators; images go through a small
  convolutional network.

  Guarantee: that of the objective for `mi` (none for 'js'); `lower_bound`
  holds for any critic, with 95 % confidence.   Units: nats.

  Args:
    x: array, `Tensor`, `DataFrame` or list, shape `[n]`, `[n, d]` or an image
      `[n, height, width, channels]`; numbers or strings; row `i` is paired
      with row `i` of `y`. Rows must be independent of each other.
    y: the same for the other variable.
    critic: 'auto' (a `GaussianCritic` for tables; a `SeparableCritic` where
      there are images), the name of a critic, or a `Critic`, copies of which
      are trained from new weights.
    objective: as for `MiEstimator`.
    folds: `int`, how many parts are held out in turn; with 1, a third of the
      samples (10,000 at most) is held out once, and the interval knows the
      sampling error alone. Default value: `None`, 3 up to 20,000 samples and
      1 from there on.
    seed: `int`; the same seed gives the same number.
    x_kind: 'continuous', 'categorical', 'image', or 'auto' to tell from the
      type and shape.
    y_kind: the same for `y`.
    batch_size: `int`, pairs in each update; each x is scored with all y.
    learning_rate: `float`, of Adam.
    max_epochs: `int`, the most epochs; one is a pass over the training
      samples, or 40 updates if that is more.
    patience: `int`, epochs without a better held-out loss that end training.

  Returns:
    `MiEstimate`, in nats.

  Raises:
    ValueError: if the variables differ in length, have fewer than 60 rows,
      missing or infinite values, or are constant; or an option is not known.
    TypeError: if a variable holds neither numbers nor strings.

  #### Examples

  >>> rng = np.random.default_rng(0)
  >>> x = rng.normal(size=2000)
  >>> y = x + rng.normal(size=2000)  # 1/2 log(2) = .347 nats
  >>> estimate = estimate_mi(x, y)
  >>> abs(estimate.mi - .347) < .1
  True
  """
  x = variables.check(x, 'x', x_kind)
  y = variables.check(y, 'y', y_kind)
  n = len(x)
  if n != len(y):
    raise ValueError(
      '`x` and `y` must have the same number of rows. '
      f'Received: {n} and {len(y)}'
    )
  if n < MIN_SAMPLES:
    raise ValueError(
      f'`x` and `y` must have at least {MIN_SAMPLES} rows. Received: {n}'
    )
  if folds is None:
    folds = 3 if n <= _MANY_SAMPLES else 1
  if not 1 <= folds <= n // readout.GROUPS:
    raise ValueError(
      f'`folds` must be from 1 to {n // readout.GROUPS} for '
      f'{n} rows. Received: folds={folds}'
    )
  keras.utils.set_random_seed(seed)
  rng = np.random.default_rng(seed)
  order = rng.permutation(n)
  size = min(n // 3, 10_000) if folds == 1 else None
  parts = [order[:size]] if folds == 1 else np.array_split(order, folds)

  readings, histories, gaps = [], [], []
  for k, held_out in enumerate(parts):
    rest = rng.permutation(np.setdiff1d(order, held_out))
    num_stop = max(len(rest) // 6, readout.GROUPS)
    stop, train = rest[:num_stop], rest[num_stop:]
    encoders = [variables.Encoder(v, train) for v in (x, y)]
    data = {
      name: tuple(e(v, rows) for e, v in zip(encoders, (x, y), strict=True))
      for name, rows in (
        ('train', train),
        ('stop', stop),
        ('held_out', held_out),
      )
    }
    model = _model(critic, objective, x, y)
    history = _train(
      model,
      data['train'],
      data['stop'],
      batch_size,
      learning_rate,
      max_epochs,
      patience,
      seed + k,
    )
    readings.append(readout.read(model, *data['held_out'], seed=seed))
    histories.append(history)
    few = slice(len(held_out))
    fitted = model.evaluate(
      *(t[few] for t in data['train']),
      verbose=0,
      batch_size=batch_size,
      return_dict=True,
    )
    fresh = model.evaluate(
      *data['held_out'], verbose=0, batch_size=batch_size, return_dict=True
    )
    gaps.append(fitted['mi'] - fresh['mi'])
  return readout.combine(
    readings,
    parts,
    model.objective,
    history=histories[0],
    diagnostics={
      'n': n,
      'folds': folds,
      'seed': seed,
      'critic': type(model.critic).__name__,
      'objective': type(model.objective).__name__,
      'x': x.describe(),
      'y': y.describe(),
      'dropped_x': list(x.dropped),
      'dropped_y': list(y.dropped),
      'batch_size': batch_size,
      'learning_rate': learning_rate,
      'epochs': [len(h['loss']) for h in histories],
      'fit_gap': float(np.mean(gaps)),
    },
    warnings=_warnings(n, gaps, readings, histories, max_epochs),
  )


def _model(critic, objective, x, y):
  """Returns a new `MiEstimator` for two `Variable`s."""
  encoders = {
    f'{v.name}_encoder': towers.conv_tower(128)
    for v in (x, y)
    if v.kind == 'image'
  }
  if isinstance(critic, str):
    if critic == 'auto':
      critic = 'separable' if encoders else 'gaussian'
    critic = registry.get_critic(critic, **encoders)
  elif isinstance(critic, critic_lib.Critic):
    critic = type(critic).from_config(critic.get_config())
  else:
    raise ValueError(
      f'`critic` must be a name or a mi_tf.Critic. Received: critic={critic!r}'
    )
  if isinstance(objective, objectives.Objective):
    objective = type(objective).from_config(objective.get_config())
  return estimator_lib.MiEstimator(critic, objective)


def _train(
  model, train, stop, batch_size, learning_rate, max_epochs, patience, seed
):
  """Trains until the loss on `stop` is best; returns the history."""
  batch_size = min(batch_size, len(train[0]))
  steps = max(len(train[0]) // batch_size, _STEPS_PER_EPOCH)
  model.compile(keras.optimizers.Adam(learning_rate), steps_per_execution=steps)
  model.build(*((None, *t.shape[1:]) for t in train))
  if isinstance(model.critic, gaussian.GaussianCritic):
    model.critic.adapt(*train)
  options = {'batch_size': min(1024, len(stop[0])), 'verbose': 0}
  start = model.evaluate(*stop, return_dict=True, **options)['loss']
  weights = model.get_weights()
  history = model.fit(
    _batches(*train, batch_size, seed),
    steps_per_epoch=steps,
    epochs=max_epochs,
    verbose=0,
    validation_data=stop,
    validation_batch_size=options['batch_size'],
    callbacks=[
      keras.callbacks.EarlyStopping(
        patience=patience, restore_best_weights=True
      )
    ],
  ).history
  if not min(history['val_loss']) < start:
    model.set_weights(weights)  # The best was before the first update.
  return {**history, 'start_val_loss': [start]}


def _batches(x, y, batch_size, seed):
  """Returns an endless `tf.data.Dataset` of batches, shuffled each epoch."""
  n = len(x)
  x, y = tf.constant(x), tf.constant(y)
  per_epoch = n // batch_size

  def pick(i):
    epoch, step = i // per_epoch, i % per_epoch
    position = step * batch_size + tf.range(batch_size, dtype=tf.int64)
    index = tf.random.experimental.index_shuffle(
      position, tf.stack([tf.constant(seed, tf.int64), epoch]), n - 1
    )
    return tf.gather(x, index), tf.gather(y, index)

  return tf.data.Dataset.counter().map(pick).prefetch(4)


def _warnings(n, gaps, readings, histories, max_epochs):
  """Returns what went wrong in training, in plain words."""
  warnings = []
  if n < 500:
    warnings.append(
      f'{n} samples are few: only strong dependence of few '
      'dimensions can be seen.'
    )
  gap, mi = np.mean(gaps), np.mean([r.value for r in readings])
  if gap > 0.1 + 0.2 * abs(mi):
    warnings.append(
      f'The critic does {gap:.2f} nats better on the samples that it was '
      'trained on than on others: it has learned noise, and more samples '
      'would raise the estimate.'
    )
  if any(len(h['loss']) == max_epochs for h in histories):
    warnings.append(
      f'Training was still improving after {max_epochs} epochs: '
      'raise max_epochs.'
    )
  return warnings
