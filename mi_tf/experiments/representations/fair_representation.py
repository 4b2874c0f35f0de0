"""Representations that keep one label and hide another: MI minimized.

An encoder learns a representation of scikit-learn's digits (8 x 8), from which
a classifier tells odd digits from even ones. A decoder restores the image from
the representation and the hidden label, which says if the digit is below 5. The
representation should not have information about the hidden label, but does in
the first half of training. Then a `MiRegularizer` adds `beta I(hidden;
representation)` to the loss. `estimate_mi`, which does not depend on the
regularizer, estimates the remaining information on test images.

Critics are Gaussian log densities of the representation given the hidden label,
or log probabilities of the hidden label given the representation.
"""

import dataclasses

import keras
import numpy as np
from sklearn import datasets
from sklearn import model_selection
from sklearn import svm
import tensorflow as tf

import mi_tf
from mi_tf.experiments import drawing
from mi_tf.internal import markdown
from mi_tf.internal import records

# (objective, critic) -> name.
_NAMES = {
  ('none', None): 'without',
  ('club', 'gaussian'): 'CLUB, Gaussian',
  ('variational', 'gaussian'): 'variational, Gaussian',
  ('club', 'classifier'): 'CLUB, classifier',
}


_CRITIC_SIZES = (64,)


@dataclasses.dataclass(frozen=True)
class Config:
  """The config of a run.

  Attributes:
    experiment: 'fair_representation'.
    objective: `str`, the regularizer's objective; or 'none' for no regularizer.
    critic: 'gaussian' or 'classifier'; or `None` for no regularizer.
    beta: `float`, the weight of the regularizer.
    reconstruction: `float`, the weight of the images' squared error.
    size: `int`, the size of the representation.
    noise: `float`, the standard deviation of noise on the representation.
    hidden_units: tuple of `int`s, hidden layers of encoder and decoder.
    steps: `int`, the number of updates without, and then with the regularizer.
    evaluations: `int`, the number of evaluations in each half.
    num_updates: `int`, the critic's updates for each update of the encoder.
    batch_size: `int`.
    learning_rate: `float`, the learning rate of Adam.
    test_images: `int`, the greatest number of test images.
    seed: `int`, also the seed of the split into training and test images.
  """

  objective: str
  critic: str | None
  beta: float = 3.0
  reconstruction: float = 0.3
  size: int = 8
  noise: float = 0.5
  hidden_units: tuple = (128,)
  steps: int = 1000
  evaluations: int = 1
  num_updates: int = 2
  batch_size: int = 128
  learning_rate: float = 1e-3
  test_images: int = 899
  seed: int = 0
  experiment: str = 'fair_representation'


def configs(options):
  """Returns the configs."""
  if options.dataset is not None:
    raise ValueError('--dataset is not for the experiment fair_representation.')
  chosen = {}
  if options.quick:
    chosen = {
      'steps': 50,
      'hidden_units': (16,),
      'size': 2,
      'test_images': 100,
    }
  if options.steps is not None:
    chosen['steps'] = options.steps
  return [
    Config(objective, critic, seed=seed, **chosen)
    for seed in range(options.seed, options.seed + options.runs)
    for objective, critic in _NAMES
  ]


def run(config, context):
  """Trains without, then with the term, and evaluates; returns the record."""
  resumption = context.resume(config)
  resumption.start_stage(0)
  train, test = _data(config.seed)
  test = [part[: config.test_images] for part in test]
  step, state, encode, classify = _training(config, *train)
  history = resumption.restore(state).get('history')
  history = history or {
    key: []
    for key in ('step', 'accuracy', 'nuisance_accuracy', 'mi', 'low', 'high')
  }
  stages = 2 * config.evaluations
  bar = context.progress(stages)
  for number in range(len(history['step']) + 1, stages + 1):
    resumption.start_stage(number)
    bar.update(number - 1, f'stages, {config.objective}')
    first, last = (
      config.steps * i // config.evaluations for i in (number - 1, number)
    )
    for _ in range(last - first):
      step()
    for key, value in {
      'step': last,
      **_evaluate(encode, classify, train, test, config.seed),
    }.items():
      history[key].append(value)
    resumption.save(state, {'history': history})
  bar.clear()
  wall, cpu = resumption.seconds()
  return {
    'history': history,
    'wall_seconds': wall,
    'cpu_seconds': cpu,
    'versions': records.versions('scikit-learn'),
  }


def _data(seed):
  """Returns (images, labels, hidden labels) for training and for testing."""
  images, digits = datasets.load_digits(return_X_y=True)
  parts = model_selection.train_test_split(
    np.float32(images / 16.0),
    digits,
    test_size=0.5,
    random_state=seed,
    stratify=digits,
  )
  return [
    (x, np.int32(d % 2), np.int32(d < 5)) for x, d in (parts[0::2], parts[1::2])
  ]


@keras.saving.register_keras_serializable(package='mi_tf_experiments')
class Classifier(mi_tf.critics.Critic):
  """Scores `log q(y | x)` of classes y, which are one-hot vectors."""

  is_log_density = True

  def build(self, x_shape, y_shape):
    self.network = mi_tf.encoders.Mlp((*_CRITIC_SIZES, y_shape[-1]))
    self.network.build(x_shape)
    self.built = True

  def call(self, x, y, training=None):
    log_q = tf.nn.log_softmax(self.network(x, training=training))
    return tf.matmul(log_q, y, transpose_b=True)


def _training(config, images, labels, hidden):
  """Returns a function that trains, its variables, encoder and classifier."""
  pixels = images.shape[1]
  encoder = mi_tf.encoders.Mlp((*config.hidden_units, config.size))
  decoder = mi_tf.encoders.Mlp((*config.hidden_units, pixels))
  head = keras.layers.Dense(2)
  encoder.build((None, pixels))
  decoder.build((None, config.size + 2))
  head.build((None, config.size))
  networks = (encoder, decoder, head)
  optimizer = keras.optimizers.Adam(config.learning_rate)
  weights = [v for part in networks for v in part.trainable_weights]
  optimizer.build(weights)
  state = [v for part in networks for v in part.variables]
  # The generator's state is saved, so that a resumed run draws equal numbers.
  random = tf.random.Generator.from_seed(config.seed, alg='philox')
  state += [*optimizer.variables, random.state]
  regularizer, is_classifier = None, config.critic == 'classifier'
  if config.objective != 'none':
    regularizer = mi_tf.infomax.MiRegularizer(
      Classifier() if is_classifier else mi_tf.GaussianCritic(_CRITIC_SIZES),
      config.objective,
      optimizer=keras.optimizers.Adam(config.learning_rate),
      beta=config.beta,
      minimize=True,
      num_updates=config.num_updates,
      start=config.steps,
    )
    shapes = (None, 2), (None, config.size)
    regularizer.build(*(shapes[::-1] if is_classifier else shapes))
    state += [
      *regularizer.variables,
      *regularizer.estimator.variables,
      *regularizer.optimizer.variables,
    ]
  images, labels = tf.constant(images), tf.constant(labels)
  hidden = tf.one_hot(hidden, 2)

  def encode(x):
    z = encoder(x)
    return z + config.noise * random.normal(tf.shape(z))

  def pair(s, z):
    return (z, s) if is_classifier else (s, z)

  @tf.function
  def step():
    rows = random.uniform(
      [config.batch_size], maxval=images.shape[0], dtype=tf.int32
    )
    x, y, s = (tf.gather(t, rows) for t in (images, labels, hidden))
    if regularizer is not None:
      regularizer.train_step(*pair(s, encode(x)))
    with tf.GradientTape() as tape:
      z = encode(x)
      error = tf.square(decoder(tf.concat([z, s], axis=1)) - x)
      loss = tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(y, head(z))
        + config.reconstruction * tf.reduce_sum(error, axis=1)
      )
      if regularizer is not None:
        loss += regularizer.loss_weight * regularizer(*pair(s, z))
    optimizer.apply_gradients(
      zip(tape.gradient(loss, weights), weights, strict=True)
    )

  return step, state, encode, head


def _evaluate(encode, classify, train, test, seed):
  """Returns accuracies of both labels, and the MI of the hidden label."""
  (x, _, s), (new_x, new_y, new_s) = train, test
  z, new_z = (encode(t).numpy() for t in (x, new_x))
  logits = classify(tf.constant(new_z)).numpy()
  estimate = mi_tf.estimate_mi(new_z, new_s, y_kind='categorical', seed=seed)
  probe = svm.SVC().fit(z, s)
  return {
    'accuracy': float(np.mean(logits.argmax(axis=1) == new_y)),
    'nuisance_accuracy': float(probe.score(new_z, new_s)),
    'mi': estimate.mi,
    'low': estimate.interval[0],
    'high': estimate.interval[1],
  }


def draw(runs):
  """Draws measures of the hidden label over accuracy, before and after."""
  figure, panels = drawing.panels(2)
  for i, (name, group) in enumerate(drawing.groups(runs, _label).items()):
    for axes, key in zip(panels, ('mi', 'nuisance_accuracy'), strict=True):
      for j, record in enumerate(group):
        history = record['history']
        color = drawing.COLORS[i % len(drawing.COLORS)]
        axes.annotate(
          '',
          (history['accuracy'][-1], history[key][-1]),
          (history['accuracy'][0], history[key][0]),
          arrowprops={'arrowstyle': '->', 'color': color, 'alpha': 0.5},
        )
        axes.plot(
          history['accuracy'][-1:],
          history[key][-1:],
          'o',
          color=color,
          label=None if j else name,
        )
  panels[0].axhline(0.0, color='black', linewidth=0.8)
  panels[1].axhline(0.5, color='black', linewidth=0.8)
  x = 'accuracy of what is to be told (odd or even)'
  drawing.finish(panels[0], 'I(representation; hidden), nats', x)
  drawing.finish(panels[1], 'accuracy of a classifier of the hidden', x)
  return figure


def table(runs):
  """Returns the header and the rows of the table."""
  header = ['regularizer', 'seeds']
  for key in ('accuracy', 'accuracy of the hidden', 'I(z; hidden), nats'):
    header += [f'{key}, before', 'after']
  header += ['minutes']
  rows = []
  for name, group in drawing.groups(runs, _label).items():
    row = [name, str(len(group))]
    for key in ('accuracy', 'nuisance_accuracy', 'mi'):
      for end in (0, -1):
        row.append(drawing.mean([r['history'][key][end] for r in group]))
    row.append(
      markdown.number(np.mean([r['wall_seconds'] for r in group]) / 60, 1)
    )
    rows.append(row)
  return header, rows


def _label(record):
  config = record['config']
  name = _NAMES[config['objective'], config['critic']]
  return name if name == 'without' else f'{name}, beta {config["beta"]:g}'
