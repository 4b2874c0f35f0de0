"""An invertible encoder, trained to make linear classification hard."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.experiments import images
from mi_tf.internal import records
from mi_tf.models.training import updates


@dataclasses.dataclass(frozen=True)
class Config:
  """The config of a run.

  Attributes:
    experiment: 'adversarial'.
    encoder_options: dict, the arguments of `RealNvp`.
    dataset: `str`, as for `images.load`.
    steps: `int`, the number of updates of the encoder.
    evaluations: `int`, the number of evaluations after the one at the start.
    batch_size: `int`.
    classifier_steps: `int`, the classifier's updates per update of the encoder.
    warm_up: `int`, the number of updates of the classifier at the start.
    learning_rate: `float`, the learning rate of the classifier.
    encoder_rate: `float`, the encoder's learning rate over `learning_rate`.
    seed: `int`.
  """

  encoder_options: dict
  dataset: str = 'mnist'
  steps: int = 4000
  evaluations: int = 10
  batch_size: int = 128
  classifier_steps: int = 10
  warm_up: int = 1000
  learning_rate: float = 1e-3
  encoder_rate: float = 0.01
  seed: int = 0
  experiment: str = 'adversarial'


def configs(options):
  """Returns the configs, for figure 1 (c) of Tschannen et al."""
  # With unlimited scales, the encoder is soon so badly conditioned that float32
  # can't invert it (errors of 3e-4 after 450 updates, of 1e3 after 500).
  # Without scales, accuracy falls by .04 and rises again.
  chosen = {
    'encoder_options': {
      'num_couplings': 30,
      'hidden_units': [512, 512],
      'least_scale': 0.5,
    }
  }
  if options.quick:
    chosen = {
      'encoder_options': {
        'num_couplings': 4,
        'hidden_units': [32, 32],
        'least_scale': 0.5,
      },
      'dataset': 'digits',
      'steps': 40,
      'evaluations': 2,
      'warm_up': 100,
    }
  for key in ('dataset', 'steps'):
    if getattr(options, key) is not None:
      chosen[key] = getattr(options, key)
  seeds = range(options.seed, options.seed + options.runs)
  return [Config(seed=seed, **chosen) for seed in seeds]


def run(config, context):
  """Trains and evaluates; returns the record."""
  train, test = images.load(config.dataset, context.data_dir)
  upper, _ = images.halves(train.images)
  test_upper, _ = images.halves(test.images)
  resumption = context.resume(config)
  resumption.start_stage(0)
  game = Game(config, upper, train.labels)
  probe = mi_tf.callbacks.LinearProbe(
    game.encoder, (upper, train.labels), (test_upper, test.labels)
  )
  history = resumption.restore(game.variables).get('history')
  bar = context.progress(config.steps)
  if history is None:
    bar.update(0, 'steps, the classifier is warmed up')
    game.warm_up(_seed(config, 0))
    history = {'step': [], 'accuracy': [], 'inversion_error': []}
  for number in range(len(history['step']), config.evaluations + 1):
    steps = [
      config.steps * max(i, 0) // config.evaluations
      for i in (number - 1, number)
    ]
    if number:
      bar.update(steps[0], f'steps, accuracy {history["accuracy"][-1]:.4f}')
      game.play(steps[1] - steps[0], _seed(config, number))
    errors = mi_tf.encoders.inversion_errors(game.encoder, test_upper)
    history['step'].append(steps[1])
    history['accuracy'].append(probe.accuracy())
    history['inversion_error'].append(float(errors.max()))
    resumption.save(game.variables, {'history': history})
  bar.clear()
  wall, cpu = resumption.seconds()
  return {
    'history': history,
    'weights': game.encoder.count_params(),
    'wall_seconds': wall,
    'cpu_seconds': cpu,
    'versions': records.versions('scikit-learn'),
  }


def _seed(config, number):
  return [config.seed, number]


class Game:
  """An encoder and a linear classifier with opposite aims.

  The classifier learns the classes from the representation. The encoder learns
  to make all classes equally probable: it minimizes the cross-entropy of the
  classifier's output to the uniform distribution.

  Attributes:
    encoder: the `RealNvp`.
    variables: list of all variables.
  """

  def __init__(self, config, x, labels):
    """Makes the encoder and the classifier.

    Args:
      config: `Config`.
      x: float32 array, shape `[n, d]`.
      labels: int array, shape `[n]`.
    """
    self._config = config
    self._x, self._labels = tf.constant(x), tf.constant(labels, tf.int32)
    num_classes = int(labels.max()) + 1
    self.encoder = mi_tf.encoders.RealNvp(
      **config.encoder_options, seed=config.seed
    )
    self._classifier = keras.layers.Dense(num_classes)
    self.encoder.build((None, x.shape[1]))
    self._classifier.build((None, x.shape[1]))
    self._players = []
    for layer, rate in (
      (self._classifier, 1.0),
      (self.encoder, config.encoder_rate),
    ):
      optimizer = keras.optimizers.Adam(rate * config.learning_rate)
      optimizer.build(layer.trainable_variables)
      self._players.append((optimizer, layer.trainable_variables))
    self.variables = [
      *self.encoder.variables,
      *self._classifier.variables,
      *(v for optimizer, _ in self._players for v in optimizer.variables),
    ]

  def warm_up(self, seed):
    """Trains the classifier alone."""
    count = self._config.classifier_steps
    for rows in self._batches(self._config.warm_up // count, count, seed):
      self._train_classifier(rows)

  def play(self, steps, seed):
    """Trains classifier and encoder in turn."""
    count = self._config.classifier_steps
    for rows in self._batches(steps, count + 1, seed):
      self._train_classifier(rows[:count])
      self._train_encoder(rows[count])

  def _batches(self, steps, count, seed):
    """Yields the rows of the batches of each step, `[count, batch_size]`."""
    rng = np.random.default_rng([*seed, steps])
    for _ in range(steps):
      yield tf.constant(
        rng.integers(len(self._x), size=(count, self._config.batch_size))
      )

  @tf.function
  def _train_classifier(self, rows):
    # The encoder does not change here, so all batches are encoded at once.
    flat = tf.reshape(rows, [-1])
    codes = self.encoder.forward(tf.gather(self._x, flat))
    codes = tf.reshape(codes, [*rows.shape, codes.shape[1]])
    labels = tf.gather(self._labels, rows)
    for i in tf.range(tf.shape(rows)[0]):
      self._update(
        0,
        lambda i=i: tf.nn.sparse_softmax_cross_entropy_with_logits(
          labels[i], self._classifier(codes[i])
        ),
      )

  @tf.function
  def _train_encoder(self, rows):
    x = tf.gather(self._x, rows)
    # The cross-entropy to the uniform distribution.
    self._update(
      1,
      lambda: (
        -tf.reduce_mean(
          tf.nn.log_softmax(self._classifier(self.encoder.forward(x))), axis=-1
        )
      ),
    )

  def _update(self, player, losses):
    """Updates the classifier (`player` 0) or the encoder (`player` 1)."""
    optimizer, variables = self._players[player]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
      tape.watch([v.value for v in variables])
      loss = tf.reduce_mean(losses())
    gradients = tape.gradient(loss, [v.value for v in variables])
    updates.apply(optimizer, gradients, variables, loss)
