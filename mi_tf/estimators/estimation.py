"""estimate_mi: two arrays in, nats and an interval out."""

import math
import numbers

import keras
import numpy as np
import tensorflow as tf

from mi_tf.estimators import combination
from mi_tf.estimators import density_objectives
from mi_tf.estimators import objectives
from mi_tf.estimators import readout
from mi_tf.estimators import starts
from mi_tf.estimators import training
from mi_tf.estimators import variables
from mi_tf.internal import checks

MIN_SAMPLES = 40
_FEW_SAMPLES, _MANY_SAMPLES = 60, 20_000
_MIN_STOP = 10
# Of a table that has a closed form, which takes the third power of them.
_MOST_COLUMNS = 1000
# The elliptical critic of the default learns fast, from a good start.
_LEARNING_RATE, _FAST_LEARNING_RATE = 1e-3, 5e-3
# By how much, relatively, losses are above the first, and not by chance.
_WORSE = 0.1
# Of columns in a warning.
_MOST_NAMES = 10


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
  learning_rate=None,
  max_epochs=200,
  patience=8,
  permutations=0,
  callbacks=(),
):
  """Returns an estimate of the mutual information of two variables.

  Samples are split into folds. For each, a critic is trained on the others
  (a part of which is kept to stop the training at the best moment), and read
  on the fold that it has not seen; the readings are averaged. Critics do better
  on the samples that they were trained on, by the fit gap; with ever more
  samples they would read a value in between. For 'js', half of the gap is added
  (`diagnostics` has the `held_out` value and the `correction`). The interval
  includes the differences between the critics, and on its upper side three
  times the gap. It does not know what no critic can find: see `lower_bound` for
  what is certain, and `warnings`.

  Continuous columns are mapped to normal scores by their ranks in the training
  samples, or only scaled, which leaves mutual information as it is; classes
  (strings, bools, integers of few values) become indicators; images go through
  a small convolutional network. For tables, the critic starts at the log ratio
  of a Gaussian or Student distribution, fitted in closed form; which of these,
  and which maps of the columns, is chosen by held-out loss, as is how long to
  train; training that is not better than the start by a standard error is not
  kept. Where the start shows much information, 'js' (the name) weighs negatives
  more. The choices are in `diagnostics`.

  Guarantee: that of the objective for `mi` (none for 'js'); `lower_bound`
  holds for any critic, with 95 % confidence.   Units: nats.

  Args:
    x: array, `Tensor`, `DataFrame` or list, shape `[n]`, `[n, d]` or an image
      `[n, height, width, channels]`; numbers or strings, each column of a
      `DataFrame` and each field of a structured array its own; row `i` is
      paired with row `i` of `y`. Rows must be independent of each other.
      Columns that do not vary are left out.
    y: the same for the other variable.
    critic: 'auto' (an `EllipticalCritic` for tables; a `SeparableCritic` where
      there are images or more than 1,000 columns), the name of a critic, or a
      `Critic`, copies of which are trained from new weights.
    objective: as for `MiEstimator`.
    folds: `int`, how many parts are held out in turn; with 1, a third of the
      samples (10,000 at most) is held out once, and the interval does not know
      how much critics differ. Default value: `None`, 3 up to 20,000 samples and
      1 from there on.
    seed: `int`, at least 0; the same seed gives the same number.
    x_kind: 'continuous', 'categorical', 'image', or 'auto' to tell from the
      type and shape.
    y_kind: the same for `y`.
    batch_size: `int`, at least 2, pairs in each update; each x is scored with
      all y.
    learning_rate: `float`, of Adam, falling to 0 as a cosine. Default value:
      `None`, 5e-3 for the 'auto' critic of tables and 1e-3 for others.
    max_epochs: `int`, the most epochs; one is a pass over the training
      samples, but at least 25 and at most 400 updates.
    patience: `int`, epochs that end training if the held-out loss falls by
      less than a thousandth in them; more, half as many as have helped, if that
      is more.
    permutations: `int`, how many times to permute samples for `p_value`, the
      test of independence; 0 for none. 199 are usual. The test is exact, and
      uses the first fold alone (up to 4096 samples).
    callbacks: sequence of `keras.callbacks.Callback`s for each training. They
      must copy what they keep of their `model`: it is trained anew for each
      fold.

  Returns:
    `MiEstimate`, in nats.

  Raises:
    ValueError: if the variables differ in length, have fewer than 40 rows,
      missing or infinite values, or are constant; or an option is not known; or
      in the scope of a `tf.distribute` strategy of several replicas.
    TypeError: if a variable holds neither numbers nor strings, or a column
      holds both.

  #### Examples

  >>> rng = np.random.default_rng(0)
  >>> x = rng.normal(size=2000)
  >>> y = x + rng.normal(size=2000)  # 1/2 log(2) = .347 nats
  >>> estimate = mi_tf.estimate_mi(x, y)
  >>> abs(estimate.mi - .347) < .1
  True
  """
  replicas = tf.distribute.get_strategy().num_replicas_in_sync
  if replicas > 1:
    raise ValueError(
      '`estimate_mi` must be called outside the scope of a strategy of several '
      f'replicas. Received: {replicas} replicas.'
    )
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
  checks.integers_at_least(
    {
      'seed': (0, seed),
      'folds': (1, 3 if folds is None else folds),
      'batch_size': (2, batch_size),
      'max_epochs': (1, max_epochs),
      'patience': (1, patience),
      'permutations': (0, permutations),
    }
  )
  if learning_rate is not None and not (
    isinstance(learning_rate, numbers.Real) and 0.0 < learning_rate < math.inf
  ):
    raise ValueError(
      '`learning_rate` must be a positive number. '
      f'Received: learning_rate={learning_rate!r}.'
    )
  if not all(isinstance(c, keras.callbacks.Callback) for c in callbacks):
    raise TypeError(
      '`callbacks` must be a sequence of `keras.callbacks.Callback`s. '
      f'Received: callbacks={callbacks!r}.'
    )
  if folds is None:
    folds = 2 if n < _FEW_SAMPLES else 3 if n <= _MANY_SAMPLES else 1
  if not 1 <= folds <= n // readout.GROUPS:
    raise ValueError(
      f'`folds` must be from 1 to {n // readout.GROUPS} for '
      f'{n} rows. Received: folds={folds}.'
    )
  density_objectives.check_critic(critic, objectives.get_objective(objective))
  rng = np.random.default_rng(seed)
  order = rng.permutation(n)
  size = min(max(n // 3, readout.GROUPS), 10_000) if folds == 1 else None
  parts = [order[:size]] if folds == 1 else np.array_split(order, folds)

  images = [v.name for v in (x, y) if v.kind == 'image']
  has_start = (
    isinstance(critic, str)
    and critic == 'auto'
    and not images
    and max(len(x.columns), len(y.columns)) <= _MOST_COLUMNS
  )
  if learning_rate is None:
    learning_rate = _FAST_LEARNING_RATE if has_start else _LEARNING_RATE
  trainer = training.Trainer(
    critic,
    objective,
    images,
    batch_size,
    learning_rate,
    max_epochs,
    patience,
    callbacks,
  )
  readings, histories, gaps, choices, hidden = [], [], [], [], []
  p_value = weight = None
  for k, held_out in enumerate(parts):
    rest = rng.permutation(np.setdiff1d(order, held_out))
    stop, train = np.split(rest, [max(len(rest) // 6, _MIN_STOP)])
    fit, dtype = None, np.float32
    if has_start:
      start = starts.choose(x, y, train, stop)
      encoders, fit, dtype = start.encoders, start.fit, start.dtype
      choices.append(start.describe())
      hidden.append(fit.hidden)
      weight = weight or start.negative_weight
    else:
      encoders = [variables.Encoder(v, train) for v in (x, y)]
    train, stop, held_out = (
      [e(v, rows, dtype) for e, v in zip(encoders, (x, y), strict=True)]
      for rows in (train, stop, held_out)
    )
    histories.append(trainer.train(train, stop, seed + k, fit, weight))
    readings.append(trainer.reader.read(*held_out, seed=seed))
    rows = min(len(train[0]), len(held_out[0]))
    gaps.append(trainer.value(train, rows) - trainer.value(held_out, rows))
    if permutations and p_value is None:
      p_value = trainer.reader.p_value(*held_out, permutations, seed)
  model = trainer.model
  weight = getattr(model.objective, 'negative_weight', None)
  trainer.close()
  return combination.combine(
    readings,
    parts,
    model.objective,
    history=histories[0],
    fit_gap=float(np.mean(gaps)),
    hidden=float(np.mean(hidden)) if hidden else 0.0,
    p_value=p_value,
    diagnostics={
      'n': n,
      'folds': folds,
      'seed': seed,
      'critic': type(model.critic).__name__,
      'objective': type(model.objective).__name__,
      'negative_weight': objectives.number(weight),
      'x': x.describe(),
      'y': y.describe(),
      'dropped_x': list(x.dropped),
      'dropped_y': list(y.dropped),
      'batch_size': batch_size,
      'learning_rate': learning_rate,
      'max_epochs': max_epochs,
      'patience': patience,
      **{name: [c[name] for c in choices] for name in (choices or [{}])[0]},
      'epochs': [len(h['loss']) for h in histories],
      'best_epochs': [h['best_epoch'][0] for h in histories],
      'fit_gap': float(np.mean(gaps)),
    },
    warnings=[
      *_of_dropped(x, y),
      *_warnings(n, gaps, readings, histories, max_epochs, has_start),
    ],
  )


def _of_dropped(*sides):
  """Returns which columns were left out since they don't vary."""
  warnings = []
  for side in sides:
    names = ', '.join(side.dropped[:_MOST_NAMES])
    more = len(side.dropped) - _MOST_NAMES
    if names:
      warnings.append(
        f'Columns of {side.name} that do not vary were left out: {names}'
        f'{f" and {more} more" if more > 0 else ""}.'
      )
  return warnings


def _warnings(n, gaps, readings, histories, max_epochs, has_start):
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
  if not all(np.isfinite(h['loss']).all() for h in histories):
    warnings.append(
      'Losses were not finite in some epochs of training, whose weights were '
      'not kept: lower learning_rate.'
    )
  elif not has_start and any(_diverged(h) for h in histories):
    warnings.append(
      'Training made the critic worse than it was before, even on the samples '
      'that it was trained on, and was not kept: lower learning_rate.'
    )
  if any(h['best_epoch'] == [max_epochs] for h in histories):
    warnings.append(
      f'Training was still improving after {max_epochs} epochs: '
      'raise max_epochs.'
    )
  return warnings


def _diverged(history):
  """Returns whether all epochs were worse, in training, than no training.

  What learns noise is better in training and worse on what is held out.
  """
  start = history['start_loss'][0]
  worse = min(history['loss']) > start + _WORSE * (1.0 + abs(start))
  return worse and history['best_epoch'] == [0]
