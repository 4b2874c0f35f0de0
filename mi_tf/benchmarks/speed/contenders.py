"""The calls that the speed benchmark times: mi_tf's and other packages'.

Contenders are a dict from names to functions without arguments, which do the
work once. Packages that are not installed are left out.
"""

import functools
import importlib.util

import keras
import numpy as np
import tensorflow as tf

import mi_tf

OURS, FLOOR, DENSE = 'mi_tf', 'three matrix products', 'plain dense'
TORCH_MODULE = 'torch'
TFP_GRAPH, TFP_XLA, TORCH = 'TFP, graph', 'TFP, XLA', 'PyTorch'

BOUNDS = {
  'info_nce': mi_tf.lower_bound_info_nce,
  'nwj': mi_tf.lower_bound_nguyen_wainwright_jordan,
  'dv': mi_tf.lower_bound_donsker_varadhan,
  'js': mi_tf.lower_bound_jensen_shannon,
  'smile': mi_tf.mi_smile,
}


def has_torch():
  """Returns whether PyTorch is installed."""
  return importlib.util.find_spec(TORCH_MODULE) is not None


def embeddings(size, dim):
  """Returns float32 embeddings, shape `[size, dim]`, with scores around 1."""
  rng = np.random.default_rng(0)
  scale = dim**-0.25
  return (np.float32(scale * rng.normal(size=(size, dim))) for _ in range(2))


def _compiled(fn, *args, **kwargs):
  """Traces `fn`; returns a function that calls it and gives NumPy results."""
  graph = tf.function(fn, autograph=False, **kwargs)
  tensors = [tf.constant(arg) for arg in args]

  def call():
    return [result.numpy() for result in tf.nest.flatten(graph(*tensors))]

  return call


def _value_and_gradients(fn):
  """Returns a function of embeddings: `fn`'s value, and sums of its gradients.

  Gradients are as large as the embeddings. They are summed because copying them
  is not part of the work.
  """

  def call(x, y):
    with tf.GradientTape() as tape:
      tape.watch([x, y])
      value = fn(x, y)
    gradients = tape.gradient(value, [x, y])
    return value, [tf.reduce_sum(g) for g in gradients]

  return call


def products(x, y):
  """Returns the three matrix products that no bound can do without."""
  scores = tf.matmul(x, y, transpose_b=True)
  return (
    tf.reduce_sum(tf.matmul(scores, y)),
    tf.reduce_sum(tf.matmul(scores, x, transpose_a=True)),
  )


def bound(name, size, dim, columns=None):
  """Returns contenders for value and gradients of a bound.

  Args:
    name: `str`, one of `BOUNDS`.
    size: `int`, the number of rows and of columns.
    dim: `int`, the size of the embeddings.
    columns: int array, shape `[size]`, the joint column of each row. Default
      value: `None`, column i for row i.
  """
  x, y = embeddings(size, dim)
  fn = BOUNDS[name]
  mask = None if columns is None else tf.one_hot(columns, size, True, False)

  def streamed(x, y):
    return fn(mi_tf.StreamedScores(x, y), columns)

  def dense(x, y):
    return fn(tf.matmul(x, y, transpose_b=True), mask)

  calls = {
    FLOOR: _compiled(products, x, y),
    OURS: _compiled(_value_and_gradients(streamed), x, y),
  }
  if name == 'info_nce':
    calls |= {
      TFP_GRAPH: _compiled(_value_and_gradients(_tfp(mask)), x, y),
      TFP_XLA: _compiled(
        _value_and_gradients(_tfp(mask)), x, y, jit_compile=True
      ),
    }
    if has_torch() and columns is None:
      calls[TORCH] = functools.partial(_torch_info_nce, x, y)
  else:
    calls[DENSE] = _compiled(_value_and_gradients(dense), x, y)
  return calls


def _tfp(mask):
  """Returns TensorFlow Probability's InfoNCE as a function of embeddings."""
  import tensorflow_probability as tfp

  def value(x, y):
    logu = tf.matmul(x, y, transpose_b=True)
    return tfp.vi.mutual_information.lower_bound_info_nce(
      logu, joint_sample_mask=mask
    )

  return value


def _torch_info_nce(x, y):
  torch = importlib.import_module(TORCH_MODULE)
  x, y = (torch.from_numpy(t).requires_grad_() for t in (x, y))
  loss = torch.nn.functional.cross_entropy(x @ y.T, torch.arange(len(x)))
  loss.backward()
  value = np.log(len(x)) - loss.item()
  return [value, -x.grad.sum().item(), -y.grad.sum().item()]


def concat(size, dim, hidden_units):
  """Returns contenders for the work of a step with a `ConcatCritic`.

  Args:
    size: `int`, the number of rows and of columns.
    dim: `int`, the size of x and of y.
    hidden_units: tuple of `int`s.
  """
  x, y = embeddings(size, dim)
  critic = mi_tf.ConcatCritic(hidden_units)
  critic.build((None, dim), (None, dim))
  network = keras.Sequential(
    [
      *(keras.layers.Dense(n, 'relu') for n in hidden_units),
      keras.layers.Dense(1),
    ]
  )
  network.build((None, 2 * dim))

  def naive(x, y):
    shape = [size, size, dim]
    pairs = tf.concat(
      [
        tf.broadcast_to(x[:, tf.newaxis], shape),
        tf.broadcast_to(y[tf.newaxis], shape),
      ],
      axis=-1,
    )
    scores = network(tf.reshape(pairs, [size * size, 2 * dim]))
    return tf.reshape(scores, [size, size])

  def step(scores, weights):
    def call(x, y):
      with tf.GradientTape() as tape:
        value = mi_tf.lower_bound_info_nce(scores(x, y))
      return value, [tf.reduce_sum(g) for g in tape.gradient(value, weights)]

    return call

  return {
    OURS: _compiled(step(critic, critic.trainable_variables), x, y),
    'naive': _compiled(step(naive, network.trainable_variables), x, y),
  }
