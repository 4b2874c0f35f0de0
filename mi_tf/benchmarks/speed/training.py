"""Training that the speed benchmark times, and other training loops."""

import importlib
import itertools

import keras
import numpy as np
import tensorflow as tf

import mi_tf
from mi_tf.benchmarks.speed import contenders as contenders_lib

FIT, LOOP, PIPELINE = 'fit', 'XLA loop', 'fit from tf.data'
_SAMPLES, _BATCH, _EPOCHS, _DIM = 12_800, 128, 5, 20
_STEPS = _EPOCHS * (_SAMPLES // _BATCH)
_PIPELINE_SAMPLES = 10_000
_RATE, _BETA_1, _BETA_2, _EPSILON = 1e-3, 0.9, 0.999, 1e-7

# The InfoNCE notebook: 400 pairs of 6 + 6 dimensions, and 60,000 iterations.
_PAIRS, _PAIRS_DIM, _RHO, _HIDDEN, _PAIRS_BATCH = 400, 6, 0.9, (128, 128), 64
ITERATIONS = 60_000

# The networks and batches of the GAN of 25 Gaussians.
WITH, APART = 'with regularizer', 'critic and generator apart'
_NOISE_DIM, _GENERATOR, _DISCRIMINATOR = 2, (500, 500, 2), (400, 400, 400, 1)
_GAN_BATCH, _GAN_UPDATES = 100, 20


def _gaussian(n, dim, rho):
  rng = np.random.default_rng(0)
  x, noise = rng.normal(size=(2, n, dim))
  y = rho * x + np.sqrt(1.0 - rho**2) * noise
  return np.float32(x), np.float32(y)


def fit():
  """Returns contenders for `_STEPS` updates of a separable critic, K = 128."""
  x, y = _gaussian(_SAMPLES, _DIM, 0.5)
  estimator = mi_tf.MiEstimator(mi_tf.SeparableCritic(), objective='info_nce')
  estimator.compile(keras.optimizers.Adam(_RATE))

  def by_fit():
    estimator.fit(x, y, batch_size=_BATCH, epochs=_EPOCHS, verbose=0)

  return {FIT: by_fit, LOOP: _xla_loop(x, y)}


def pipeline():
  """Returns contenders for `fit` on arrays, and on a shuffled data set."""
  x, y = _gaussian(_PIPELINE_SAMPLES, _DIM, 0.5)
  data = tf.data.Dataset.from_tensor_slices((x, y))
  data = data.shuffle(_PIPELINE_SAMPLES).batch(_BATCH)

  def fitted(*data, **kwargs):
    estimator = mi_tf.MiEstimator(mi_tf.SeparableCritic(), 'info_nce')
    estimator.compile(keras.optimizers.Adam(_RATE))
    options = {'epochs': _EPOCHS, 'verbose': 0, **kwargs}
    return lambda: estimator.fit(*data, **options)

  return {FIT: fitted(x, y, batch_size=_BATCH), PIPELINE: fitted(data)}


def _xla_loop(x, y):
  """Returns the updates of `fit` as a loop written by hand for XLA."""
  critic = mi_tf.SeparableCritic()
  critic.build((None, _DIM), (None, _DIM))
  x, y = tf.constant(x), tf.constant(y)
  weights = [v.value for v in critic.trainable_variables]
  state = [tf.Variable(v) for v in weights]
  moments = [[tf.Variable(tf.zeros_like(v)) for v in weights] for _ in range(2)]
  step = tf.Variable(0)

  def update(i, state, first, second):
    index = tf.random.stateless_uniform(
      [_BATCH], [1, i], 0, _SAMPLES, tf.int32, alg='philox'
    )
    batch = [tf.gather(t, index) for t in (x, y)]
    with tf.GradientTape() as tape:
      tape.watch(state)
      mapping = list(zip(critic.trainable_variables, state, strict=True))
      with keras.StatelessScope(state_mapping=mapping):
        loss = -mi_tf.lower_bound_info_nce(critic(*batch))
    t = tf.cast(i + 1, tf.float32)
    rate = _RATE * tf.sqrt(1.0 - _BETA_2**t) / (1.0 - _BETA_1**t)
    new = [[], [], []]
    for g, v, m, s in zip(
      tape.gradient(loss, state), state, first, second, strict=True
    ):
      m += (1.0 - _BETA_1) * (g - m)
      s += (1.0 - _BETA_2) * (tf.square(g) - s)
      for part, value in zip(
        new, (v - rate * m / (tf.sqrt(s) + _EPSILON), m, s), strict=True
      ):
        part.append(value)
    return i + 1, *new

  @tf.function(autograph=False, jit_compile=True)
  def run():
    start = step.read_value()
    kept = [[v.read_value() for v in part] for part in (state, *moments)]
    i, *kept = tf.while_loop(
      lambda i, *_: i < start + _STEPS, update, [start, *kept]
    )
    step.assign(i)
    for part, values in zip((state, *moments), kept, strict=True):
      for v, value in zip(part, values, strict=True):
        v.assign(value)
    return i

  return lambda: run().numpy()


def notebook(steps):
  """Returns contenders for training with an evaluation after each step.

  As in the InfoNCE notebook, all pairs of the training samples are scored after
  each update.

  Args:
    steps: `int`, the number of updates.
  """
  x, y = _gaussian(_PAIRS, _PAIRS_DIM, _RHO)
  rng = np.random.default_rng(0)
  batches = [rng.choice(_PAIRS, _PAIRS_BATCH, False) for _ in range(steps)]
  estimator = mi_tf.MiEstimator(mi_tf.ConcatCritic(_HIDDEN), 'info_nce')
  estimator.compile(keras.optimizers.Adam(_RATE))

  @tf.function(autograph=False)
  def evaluate():
    return mi_tf.lower_bound_info_nce(estimator.critic(x, y))

  def ours():
    for batch in batches:
      estimator.train_on_batch(x[batch], y[batch])
      evaluate().numpy()

  contenders = {contenders_lib.OURS: ours}
  if contenders_lib.has_torch():
    contenders[contenders_lib.TORCH] = _torch_notebook(x, y, batches)
  return contenders


def _torch_notebook(x, y, batches):
  torch = importlib.import_module(contenders_lib.TORCH_MODULE)
  x, y = torch.from_numpy(x), torch.from_numpy(y)
  sizes = [2 * _PAIRS_DIM, *_HIDDEN]
  layers = []
  for before, after in itertools.pairwise(sizes):
    layers += [torch.nn.Linear(before, after), torch.nn.ReLU()]
  network = torch.nn.Sequential(*layers, torch.nn.Linear(sizes[-1], 1))
  weights = list(network.parameters())
  firsts, seconds = ([torch.zeros_like(w) for w in weights] for _ in range(2))
  done = 0

  def update(gradients):
    # Adam is written by hand, because `torch.optim` imports a compiler that
    # can't share a process with TensorFlow's compiler.
    nonlocal done
    done += 1
    rate = _RATE * (1.0 - _BETA_2**done) ** 0.5 / (1.0 - _BETA_1**done)
    for w, g, m, s in zip(weights, gradients, firsts, seconds, strict=True):
      m.lerp_(g, 1.0 - _BETA_1)
      s.mul_(_BETA_2).addcmul_(g, g, value=1.0 - _BETA_2)
      w.addcdiv_(m, s.sqrt().add_(_EPSILON), value=-rate)

  def loss(x, y):
    n = len(x)
    pairs = torch.cat(
      [
        x[:, None].expand(n, n, -1),
        y[None].expand(n, n, -1),
      ],
      dim=-1,
    )
    scores = network(pairs)[..., 0]
    return torch.nn.functional.cross_entropy(scores, torch.arange(n))

  def run():
    for batch in batches:
      gradients = torch.autograd.grad(loss(x[batch], y[batch]), weights)
      with torch.no_grad():
        update(gradients)
        loss(x, y).item()

  return run


def estimate_notebook():
  """Returns the estimate of `estimate_mi` for the notebook's pairs, nats."""
  x, y = _gaussian(_PAIRS, _PAIRS_DIM, _RHO)
  return mi_tf.estimate_mi(x, y).mi


def regularizer():
  """Returns contenders for updates of a generator with an MI term.

  `WITH` updates the term's critic and a generator whose loss has the term.
  `APART` updates the critic on fixed samples, then a generator without the
  term.
  """
  rng = np.random.default_rng(0)
  noise = tf.constant(
    rng.uniform(-1.0, 1.0, (_GAN_BATCH, _NOISE_DIM)), tf.float32
  )
  generator = mi_tf.encoders.Mlp(_GENERATOR)
  discriminator = mi_tf.encoders.Mlp(_DISCRIMINATOR)
  discriminator(generator(noise))
  weights = generator.trainable_weights
  optimizer = keras.optimizers.Adam(1e-4)
  optimizer.build(weights)
  term = mi_tf.infomax.MiRegularizer()
  term.build(noise.shape, (None, _GENERATOR[-1]))

  def update(is_regularized):
    with tf.GradientTape() as tape:
      samples = generator(noise)
      loss = tf.reduce_mean(tf.nn.softplus(-discriminator(samples)))
      if is_regularized:
        with tape.stop_recording():
          term.train_step(noise, samples)
        loss += term.loss_weight * term(noise, samples)
    optimizer.apply_gradients(
      zip(tape.gradient(loss, weights), weights, strict=True)
    )
    return loss

  samples = generator(noise)
  regularized, plain, critic = (
    tf.function(fn, autograph=False)
    for fn in (
      lambda: update(True),
      lambda: update(False),
      lambda: term.train_step(noise, samples),
    )
  )

  def repeated(*steps):
    def call():
      for step in steps:
        for _ in range(_GAN_UPDATES):
          value = step()
        value.numpy()

    return call

  return {WITH: repeated(regularized), APART: repeated(critic, plain)}
