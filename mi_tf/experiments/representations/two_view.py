"""Runs that learn representations of the two halves of images."""

import dataclasses
import functools

import keras
import numpy as np

import mi_tf
from mi_tf.experiments import images
from mi_tf.internal import records

PERCENTILES = (0, 20, 40, 50, 60, 80, 100)


@dataclasses.dataclass(frozen=True)
class Config:
  """The config of a run.

  Attributes:
    experiment: `str`, the name of the experiment.
    encoder: `str`, the name of the class of both encoders in `mi_tf.encoders`.
    encoder_options: dict, the arguments of the class.
    critic: `str`, the name of a critic.
    critic_options: dict, the arguments of the critic.
    objective: `str`, the name of an objective.
    target: `float`, nats, or `None`; as for `TwoViewInfoMax`.
    noise: `float`, the standard deviation of noise on the pixels.
    jacobians: `int`, the number of test images whose Jacobians are evaluated.
    dataset: `str`, as for `images.load`.
    steps: `int`, the number of updates.
    evaluations: `int`, the number of evaluations after the one at the start.
    batch_size: `int`.
    learning_rate: `float`, the learning rate of Adam.
    seed: `int`.
  """

  experiment: str
  encoder: str
  encoder_options: dict
  critic: str
  critic_options: dict
  objective: str
  target: float | None = None
  noise: float = 0.0
  jacobians: int = 0
  dataset: str = 'mnist'
  steps: int = 21_000
  evaluations: int = 21
  batch_size: int = 128
  learning_rate: float = 1e-4
  seed: int = 0


def run(config, context):
  """Trains and evaluates; returns the record."""
  train, test = images.load(config.dataset, context.data_dir)
  resumption = context.resume(config)
  resumption.start_stage(0)
  views = images.halves(train.images)
  model = make_model(config)
  model.build(*((None, v.shape[1]) for v in views))
  model.compile(keras.optimizers.Adam(config.learning_rate))
  model.optimizer.build(model.trainable_variables)
  evaluate = _Evaluation(config, model, train, test)
  state = [*model.variables, *model.optimizer.variables]
  history = resumption.restore(state).get('history')
  if history is None:
    history = {key: [value] for key, value in evaluate(0).items()}
  bar = context.progress(config.steps)
  for number in range(len(history['step']), config.evaluations + 1):
    resumption.start_stage(number)
    steps = [
      config.steps * i // config.evaluations for i in (number - 1, number)
    ]
    bar.update(steps[0], f'steps, accuracy {history["accuracy"][-1]:.4f}')
    if steps[1] > steps[0]:
      model.fit(
        *views,
        batch_size=config.batch_size,
        steps_per_epoch=steps[1] - steps[0],
        verbose=0,
      )
    for key, value in evaluate(steps[1]).items():
      history[key].append(value)
    resumption.save(state, {'history': history})
  bar.clear()
  wall, cpu = resumption.seconds()
  return {
    'history': history,
    'weights': sum(int(np.prod(v.shape)) for v in model.trainable_variables),
    'wall_seconds': wall,
    'cpu_seconds': cpu,
    'versions': records.versions('scikit-learn'),
  }


def make_model(config):
  """Returns the model of a config. It is neither built nor compiled."""
  encoders = []
  for side in range(2):
    options = dict(config.encoder_options)
    if config.encoder == 'RealNvp':
      options['seed'] = 2 * config.seed + side
    encoder = getattr(mi_tf.encoders, config.encoder)(**options)
    if config.noise:
      noise = keras.layers.GaussianNoise(
        config.noise, seed=2 * config.seed + side
      )
      encoder = keras.Sequential([noise, encoder])
    encoders.append(encoder)
  return mi_tf.infomax.TwoViewInfoMax(
    *encoders,
    critic=mi_tf.get_critic(config.critic, **config.critic_options),
    objective=config.objective,
    target=config.target,
  )


class _Evaluation:
  """Evaluates a model on test images, with the noise of the experiment."""

  def __init__(self, config, model, train, test):
    """Prepares the data, which all evaluations use."""
    noisy = functools.partial(images.add_noise, stddev=config.noise)
    self._upper, self._lower = (
      noisy(half, seed=seed)
      for seed, half in enumerate(images.halves(test.images), start=1)
    )
    self._probe = mi_tf.callbacks.LinearProbe(
      model.x_encoder,
      (noisy(images.halves(train.images)[0], seed=0), train.labels),
      (self._upper, test.labels),
    )
    self._config = config
    self._model = model

  def __call__(self, step):
    """Returns a dict of the measurements after `step` updates."""
    _, mi = self._model.evaluate(
      self._upper,
      self._lower,
      batch_size=self._config.batch_size,
      verbose=0,
    )
    found = {'step': step, 'mi': mi, 'accuracy': self._probe.accuracy()}
    if self._config.jacobians:
      values = mi_tf.encoders.jacobian_singular_values(
        self._model.x_encoder, self._upper[: self._config.jacobians]
      )
      logs = mi_tf.encoders.log_condition_numbers(values)
      found['log_condition_number'] = np.percentile(logs, PERCENTILES).tolist()
    if hasattr(self._model.x_encoder, 'inverse'):
      errors = mi_tf.encoders.inversion_errors(
        self._model.x_encoder, self._upper
      )
      found['inversion_error'] = float(errors.max())
    return found
