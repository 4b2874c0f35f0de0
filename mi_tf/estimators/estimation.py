"""estimate_mi: two arrays in, nats and an interval out."""

import contextlib
import random

import keras
import numpy as np
import tensorflow as tf

from mi_tf.critics import critic as critic_lib
from mi_tf.critics import gaussian
from mi_tf.critics import registry
from mi_tf.critics import towers
from mi_tf.estimators import estimator as estimator_lib
from mi_tf.estimators import objective as objective_lib
from mi_tf.estimators import objectives
from mi_tf.estimators import readout
from mi_tf.estimators import scoring
from mi_tf.estimators import variables

MIN_SAMPLES = 60
_MANY_SAMPLES = 20_000
_STEPS_PER_EPOCH = 40, 400
_EVALUATION_BATCH, _EVALUATION_BLOCKS = 512, 10


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
  callbacks=(),
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
    seed: `int`, at least 0; the same seed gives the same number.
    x_kind: 'continuous', 'categorical', 'image', or 'auto' to tell from the
      type and shape.
    y_kind: the same for `y`.
    batch_size: `int`, at least 2, pairs in each update; each x is scored with
      all y.
    learning_rate: `float`, of Adam.
    max_epochs: `int`, the most epochs; one is a pass over the training
      samples, but at least 40 and at most 400 updates.
    patience: `int`, epochs without a better held-out loss that end training.
    callbacks: sequence of `keras.callbacks.Callback`s for each training.

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
  >>> estimate = mi_tf.estimate_mi(x, y)
  >>> abs(estimate.mi - .347) < .1
  True
  """
  x = variables.check(x, 'x', x_kind)
  y = variables.check(y, 'y', y_kind)
  n = len(x)
  if n != len(y):
    raise ValueError(
      '`x` and `y` must have the same number of rows. '
      f'Received: {n} and {len(y)}.'
    )
  if n < MIN_SAMPLES:
    raise ValueError(
      f'`x` and `y` must have at least {MIN_SAMPLES} rows. Received: {n}.'
    )
  for name, least, option in (
    ('seed', 0, seed),
    ('batch_size', 2, batch_size),
    ('max_epochs', 1, max_epochs),
    ('patience', 1, patience),
  ):
    if not isinstance(option, (int, np.integer)) or option < least:
      raise ValueError(
        f'`{name}` must be an integer, at least {least}. '
        f'Received: {name}={option!r}.'
      )
  if folds is None:
    folds = 3 if n <= _MANY_SAMPLES else 1
  if not 1 <= folds <= n // readout.GROUPS:
    raise ValueError(
      f'`folds` must be from 1 to {n // readout.GROUPS} for '
      f'{n} rows. Received: folds={folds}.'
    )
  rng = np.random.default_rng(seed)
  order = rng.permutation(n)
  size = min(n // 3, 10_000) if folds == 1 else None
  parts = [order[:size]] if folds == 1 else np.array_split(order, folds)

  trainer = _Trainer(
    critic,
    objective,
    x,
    y,
    batch_size,
    learning_rate,
    max_epochs,
    patience,
    callbacks,
  )
  readings, histories, gaps = [], [], []
  for k, held_out in enumerate(parts):
    rest = rng.permutation(np.setdiff1d(order, held_out))
    stop, train = np.split(rest, [max(len(rest) // 6, readout.GROUPS)])
    encoders = [variables.Encoder(v, train) for v in (x, y)]
    train, stop, held_out = (
      [encode(v, rows) for encode, v in zip(encoders, (x, y), strict=True)]
      for rows in (train, stop, held_out)
    )
    histories.append(trainer.train(train, stop, seed + k))
    readings.append(trainer.reader.read(*held_out, seed=seed))
    gaps.append(trainer.value(train) - trainer.value(held_out))
  model = trainer.model
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


class _Trainer:
  """Trains one model anew for each fold, so that it is traced only once."""

  def __init__(
    self,
    critic,
    objective,
    x,
    y,
    batch_size,
    learning_rate,
    max_epochs,
    patience,
    callbacks,
  ):
    self._encoders = [v.name for v in (x, y) if v.kind == 'image']
    self._critic = critic
    self._objective = objective
    self._batch_size = batch_size
    self._learning_rate = learning_rate
    self._max_epochs = max_epochs
    self._patience = patience
    self._callbacks = callbacks
    self.model = self.reader = None

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
      fresh = self._new_model()
      fresh.build(*((None, *t.shape[1:]) for t in train))
    if isinstance(fresh.critic, gaussian.GaussianCritic):
      fresh.critic.adapt(*train)
    if self.model is None:
      self.model = fresh
      self.reader = readout.Reader(fresh, *train)
      self._evaluate = _evaluation(fresh, *train)
      self.model.compile(
        keras.optimizers.Adam(self._learning_rate), steps_per_execution=steps
      )
    else:
      self.model.set_weights(fresh.get_weights())
      for v in self.model.optimizer.variables:
        if v is not self.model.optimizer.learning_rate:
          v.assign(tf.zeros_like(v))
    stopper = _StopAtBest(
      lambda: self._evaluate(*stop)[0].numpy(), self._patience
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
      'val_loss': stopper.losses,
      'best_epoch': [stopper.best_epoch + 1],
    }

  def value(self, pairs):
    """Returns the objective's mean value over blocks of pairs."""
    return float(self._evaluate(*pairs)[1])

  def _new_model(self):
    """Returns a new `MiEstimator`."""
    encoders = {
      f'{name}_encoder': towers.conv_tower(128) for name in self._encoders
    }
    critic, objective = self._critic, self._objective
    if isinstance(critic, str):
      if critic == 'auto':
        critic = 'separable' if encoders else 'gaussian'
      critic = registry.get_critic(critic, **encoders)
    elif isinstance(critic, critic_lib.Critic):
      critic = type(critic).from_config(critic.get_config())
    else:
      raise ValueError(
        '`critic` must be a name or a mi_tf.Critic. '
        f'Received: critic={critic!r}.'
      )
    if isinstance(objective, objective_lib.Objective) and not isinstance(
      objective, objectives.FunctionObjective
    ):
      objective = type(objective).from_config(objective.get_config())
    return estimator_lib.MiEstimator(critic, objective)


class _StopAtBest(keras.callbacks.Callback):
  """Ends training when it no longer helps, and goes back to the best weights.

  Unlike `keras.callbacks.EarlyStopping`, knows the weights before the first
  update, which may be the best.
  """

  def __init__(self, loss, patience):
    super().__init__()
    self._loss = loss
    self._patience = patience
    self.losses = []

  def on_train_begin(self, logs=None):
    self._best, self.best_epoch = self._loss(), -1
    self._weights = self.model.get_weights()

  def on_epoch_end(self, epoch, logs=None):
    loss = self._loss()
    self.losses.append(float(loss))
    if logs is not None:
      logs['val_loss'] = float(loss)
    if loss < self._best:
      self._best, self.best_epoch = loss, epoch
      self._weights = self.model.get_weights()
    elif epoch - self.best_epoch >= self._patience:
      self.model.stop_training = True

  def on_train_end(self, logs=None):
    self.model.set_weights(self._weights)


def _evaluation(model, x, y):
  """Returns a function of `x` and `y` to the mean loss and value of blocks."""
  signature = [scoring.batch_spec(t) for t in (x, y)]

  @scoring.traced(signature)
  def evaluate(x, y):
    size = tf.minimum(tf.shape(x)[0], _EVALUATION_BATCH)
    num_blocks = tf.minimum(tf.shape(x)[0] // size, _EVALUATION_BLOCKS)

    def loss_and_value(i):
      block = [t[i * size : (i + 1) * size] for t in (x, y)]
      logu, mask = model.score(*block, training=False)
      loss = model.objective.loss(logu, mask, *block)
      value = model.objective.value(logu, mask, *block)
      return tf.cast(tf.stack([loss, value]), tf.float32)

    results = tf.map_fn(
      loss_and_value, tf.range(num_blocks), fn_output_signature=tf.float32
    )
    return tf.unstack(tf.reduce_mean(results, axis=0), 2)

  return evaluate


@contextlib.contextmanager
def _seeded_initializers(seed):
  """Makes Keras draw the seeds of initializers from `seed`, inside alone."""
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
  if any(h['best_epoch'] == [max_epochs] for h in histories):
    warnings.append(
      f'Training was still improving after {max_epochs} epochs: '
      'raise max_epochs.'
    )
  return warnings
