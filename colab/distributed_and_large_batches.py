# %% [markdown]
# # Several devices, and batches of thousands
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/#upload=true)
#
# Contrastive bounds live on negatives: K pairs in a batch show log K nats at
# most. So batches should be large; they may be spread over devices, and must
# not need a K x K matrix of scores. This notebook shows what a large batch
# buys, that two devices do what one does, and what streamed scores cost.
#
# Runtime: about 3 minutes on a CPU with 2 cores; half a minute if `quick`
# is ticked, with smaller batches.

# %%
# @title Setup
quick = False  # @param {type:"boolean"}
# What pip installs where mi_tf is missing.
package = '..'  # @param {type:"string"}

try:
  import mi_tf
except ImportError:
  # %pip install --quiet "{package}[experiments]"
  import mi_tf

import time

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

# %matplotlib inline
plt.style.use('tableau-colorblind10')
plt.rcParams.update({'figure.dpi': 80, 'figure.constrained_layout.use': True})
plt.rcParams['figure.figsize'] = 6.0, 3.8

# %% [markdown]
# Where there are not two GPUs, two halves of the CPU stand in for them.

# %%
gpus = tf.config.list_physical_devices('GPU')
if len(gpus) < 2:
  tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices('CPU')[0],
    2 * [tf.config.LogicalDeviceConfiguration()],
  )
devices = ['/gpu:0', '/gpu:1'] if len(gpus) > 1 else ['/cpu:0', '/cpu:1']
strategy = tf.distribute.MirroredStrategy(devices)

# %% [markdown]
# ## Two devices, one batch
#
# Under a strategy, a batch is that of all replicas: each scores its own x
# against the y of all. Below, the same critic is trained on the same batches by
# one device and by two. Nothing else changes but the scope.

# %%
task = mi_tf.tasks.correlated_gaussian(20, mutual_information=6.0)
batch_size = 256
x, y = (side.numpy() for side in task.sample(40 * batch_size, seed=0))


def train(scope):
  keras.utils.set_random_seed(0)
  with scope:
    estimator = mi_tf.MiEstimator('separable', objective='info_nce')
    estimator.compile(keras.optimizers.Adam(1e-3))
  history = estimator.fit(
    x,
    y,
    batch_size=batch_size,
    epochs=2 if quick else 10,
    shuffle=False,
    verbose=0,
  ).history
  return estimator, history['mi']


estimator, one = train(tf.device(devices[0]))
_, two = train(strategy.scope())

# %%
epochs = range(1, len(one) + 1)
plt.plot(epochs, one, label='one device')
plt.plot(epochs, two, 'o', mfc='none', label='two devices')
plt.xlabel('epochs')
plt.ylabel('InfoNCE of training batches (nats)')
plt.legend()
plt.show()
print(f'greatest difference: {np.max(np.abs(np.subtract(one, two))):.1e} nats')

# %% [markdown]
# If each device knew its own half of the batch alone, it would have half as
# many negatives, and the same critic would show less:

# %%
new_x, new_y = task.sample(batch_size, seed=1)
halves = [
  estimator(a, b)
  for a, b in zip(tf.split(new_x, 2), tf.split(new_y, 2), strict=True)
]
print(f'a batch of {batch_size}: {float(estimator(new_x, new_y)):.3f} nats')
print(f'mean of its halves: {float(sum(halves) / 2):.3f} nats')

# %% [markdown]
# ## What large batches buy
#
# The truth is 6 nats. The same pairs, cut into batches of different sizes, and
# as many passes over them. The value is that of new batches of the same size.

# %%
sizes = [64, 256] if quick else [32, 128, 512, 2048]
n = 2048 if quick else 32_768
train_pairs, new_pairs = task.sample(n, seed=2), task.sample(n // 4, seed=3)
values = []
for size in sizes:
  keras.utils.set_random_seed(0)
  estimator = mi_tf.MiEstimator('separable', objective='info_nce')
  rate = 5e-4 * (size / 32) ** 0.5
  estimator.compile(keras.optimizers.Adam(rate))
  estimator.fit(
    *train_pairs, batch_size=size, epochs=1 if quick else 10, verbose=0
  )
  values.append(estimator.evaluate(*new_pairs, batch_size=size, verbose=0)[1])

# %%
plt.plot(sizes, values, 'o-', label='InfoNCE of new batches')
plt.plot(sizes, np.log(sizes), '--', label='log K')
plt.axhline(task.mutual_information, color='C2', linestyle=':', label='truth')
plt.xscale('log', base=2)
plt.xlabel('K, pairs in a batch')
plt.ylabel('mutual information (nats)')
plt.legend()
plt.show()

# %% [markdown]
# ## What they cost
#
# From about 2,000 pairs on, `fit` makes no matrix of scores. The same is had in
# a graph of your own by `mi_tf.StreamedScores`, which a bound takes in place of
# `logu`: the same value and gradient, by blocks of rows.

# %%
sizes = [256, 512] if quick else [1024, 2048, 4096, 8192]


@tf.function
def dense(u, v):
  bound = mi_tf.lower_bound_info_nce(tf.matmul(u, v, transpose_b=True))
  return bound, tf.gradients(bound, [u, v])


@tf.function
def streamed(u, v):
  bound = mi_tf.lower_bound_info_nce(mi_tf.StreamedScores(u, v))
  return bound, tf.gradients(bound, [u, v])


def seconds(function, *args):
  """Returns the least time of five calls, after one that traces."""
  times = []
  for _ in range(6):
    start = time.perf_counter()
    function(*args)[0].numpy()
    times.append(time.perf_counter() - start)
  return min(times[1:])


timed = {'dense': [], 'streamed': []}
for size in sizes:
  u, v = tf.random.stateless_normal([2, size, 128], seed=[0, size]) / 8
  timed['dense'].append(seconds(dense, u, v))
  timed['streamed'].append(seconds(streamed, u, v))
  difference = abs(float(dense(u, v)[0] - streamed(u, v)[0]))
  print(
    f'K = {size:5}: matrix {4 * size**2 / 2**20:6.1f} MiB, '
    f'difference of the values {difference:.0e} nats'
  )

# %%
for (name, found), style in zip(timed.items(), ['s--', 'o-'], strict=True):
  plt.plot(sizes, found, style, label=name)
plt.xscale('log', base=2)
plt.yscale('log')
plt.xlabel('K, pairs in a batch')
plt.ylabel('value and gradient (s)')
plt.legend()
plt.show()

# %% [markdown]
# Dense scores need several such matrices at once; streamed ones need none. The
# peak of memory and the times of other bounds and critics are in the records of
# `python -m mi_tf.benchmarks.speed --report=-`, in a checkout.

# %% [markdown]
# ## Several machines
#
# With a process on each machine and `TF_CONFIG` set as TensorFlow wants it,
# take `MultiWorkerMirroredStrategy`, and give `fit` the same `tf.data.Dataset`
# of global batches on each worker:
#
# ```python
# strategy = tf.distribute.MultiWorkerMirroredStrategy()
# options = tf.data.Options()
# options.experimental_distribute.auto_shard_policy = (
#   tf.data.experimental.AutoShardPolicy.DATA
# )
# data = tf.data.Dataset.from_tensor_slices((x, y))
# data = data.batch(32_768, drop_remainder=True).with_options(options)
# with strategy.scope():
#   estimator = mi_tf.MiEstimator('separable', objective='info_nce')
#   estimator.compile('adam')
# estimator.fit(
#   data, epochs=10, callbacks=[keras.callbacks.BackupAndRestore('backup')]
# )
# ```
#
# After a worker was lost, start all of them again: `BackupAndRestore` goes on
# where they were.
