# %% [markdown]
# # InfoNCE on 400 Gaussian pairs: the trace, and what it hides
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/#upload=true)
#
# A picture that many papers and notebooks show: the InfoNCE estimate rises
# during training, and its moving average crosses 80 % of the truth. Here it is,
# with a checkpoint and TensorBoard. Then the same curve is drawn for pairs that
# share nothing, and looks the same.
#
# Runtime: about 3 minutes on a CPU with 2 cores; half a minute if `quick` is
# ticked, with fewer updates.

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

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

# %matplotlib inline
plt.style.use('tableau-colorblind10')
plt.rcParams.update({'figure.dpi': 80, 'figure.constrained_layout.use': True})
plt.rcParams['figure.figsize'] = 6.0, 3.8
keras.utils.set_random_seed(0)

# %%
# @title Settings
num_pairs = 400  # @param {type:"integer"}
batch_size = 100  # @param {type:"integer"}
updates = 2000  # @param {type:"integer"}
learning_rate = 5e-4  # @param {type:"number"}
moving_average_rate = 0.01  # @param {type:"number"}

if quick:
  updates, moving_average_rate = 60, 0.2

# %% [markdown]
# ## Two sources
#
# Both have six dimensions, each with its own pair of coordinates. In the
# *Gaussian*, these are correlated by .9. In the *mixed Gaussian* they are
# correlated by .9 or by -.9, at even odds, so that there is no correlation at
# all, and yet much to know.

# %%
sources = {
  'Gaussian': mi_tf.tasks.correlated_gaussian(6, rho=0.9),
  'mixed Gaussian': mi_tf.tasks.copies(mi_tf.tasks.letter_x(0.9), 6),
}

figure, panels = plt.subplots(1, 2, figsize=(6.5, 3.2))
for panel, (name, source) in zip(panels, sources.items(), strict=True):
  x, y = source.sample(1000, seed=0)
  panel.plot(x[:, 0], y[:, 0], '.', markersize=3)
  panel.set_title(f'{name}: {source.mutual_information:.3f} nats')
  panel.set_xlabel('x, first coordinate')
  panel.set_ylabel('y, first coordinate')
  panel.set_aspect('equal')
plt.show()

# %% [markdown]
# ## The trace
#
# A callback notes the InfoNCE of all pairs of a set after each update. Of the
# sets, the first is the one that the critic is trained on.


# %%
class Trace(keras.callbacks.Callback):
  def __init__(self, **sets):
    super().__init__()
    self.sets = sets
    self.values = {name: [] for name in sets}

  def on_train_begin(self, logs=None):
    self.value = tf.function(lambda x, y: self.model(x, y))

  def on_train_batch_end(self, batch, logs=None):
    for name, pairs in self.sets.items():
      self.values[name].append(float(self.value(*pairs)))


def new_estimator():
  estimator = mi_tf.MiEstimator('separable', objective='info_nce')
  estimator.compile(keras.optimizers.Adam(learning_rate))
  return estimator


def train(pairs, new_pairs):
  trace = Trace(training=pairs, new=new_pairs)
  estimator = new_estimator()
  estimator.fit(
    *pairs,
    batch_size=batch_size,
    epochs=updates * batch_size // num_pairs,
    callbacks=[trace],
    verbose=0,
  )
  return estimator, trace.values


# %%
pairs = {n: s.sample(num_pairs, seed=1) for n, s in sources.items()}
new_pairs = {n: s.sample(num_pairs, seed=2) for n, s in sources.items()}
estimators, traces = {}, {}
for name in sources:
  estimators[name], traces[name] = train(pairs[name], new_pairs[name])


# %%
def moving_average(values):
  averages = [values[0]]
  for value in values[1:]:
    averages.append(averages[-1] + moving_average_rate * (value - averages[-1]))
  return np.array(averages)


figure, panels = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True)
for panel, (name, source) in zip(panels, sources.items(), strict=True):
  truth = source.mutual_information
  average = moving_average(traces[name]['training'])
  panel.plot(traces[name]['training'], color='C4', label='InfoNCE')
  panel.plot(average, color='C0', label='its moving average')
  panel.axhline(truth, color='C2', linestyle=':', label='truth')
  panel.axhline(0.8 * truth, color='C1', linestyle='--', label='80 % of it')
  panel.set_title(name)
  panel.set_xlabel('updates')
  if average.max() > 0.8 * truth:
    print(f'{name}: 80 % after {np.argmax(average > 0.8 * truth) + 1} updates')
panels[0].set_ylabel('InfoNCE (nats)')
panels[0].legend(loc='lower right')
plt.show()

# %% [markdown]
# ## Stop, and go on
#
# A saved estimator has its weights, its optimizer and the optimizer's state.
# Loaded again, it goes on as the one that was not stopped: with the same order
# of batches, to the same number. (For runs that may be killed, give `fit` the
# callback `keras.callbacks.BackupAndRestore`.)

# %%
x, y = pairs['Gaussian']
estimator = new_estimator()
estimator.fit(x, y, batch_size=batch_size, epochs=5, verbose=0)
estimator.save('info_nce.keras')
continued = keras.models.load_model('info_nce.keras')
for model in (estimator, continued):
  keras.utils.set_random_seed(1)
  history = model.fit(x, y, batch_size=batch_size, epochs=5, verbose=0).history
  print(f'mi after 10 epochs: {history["mi"][-1]:.6f}')

# %% [markdown]
# ## TensorBoard
#
# What `fit` reports, and histograms of the critic's weights, go to TensorBoard
# with Keras's own callback.

# %%
show_tensorboard = False  # @param {type:"boolean"}

new_estimator().fit(
  x,
  y,
  batch_size=batch_size,
  validation_data=new_pairs['Gaussian'],
  epochs=3 if quick else 50,
  callbacks=[keras.callbacks.TensorBoard('logs', histogram_freq=10)],
  verbose=0,
)
if show_tensorboard:
  from tensorboard import notebook

  notebook.start('--logdir logs')

# %% [markdown]
# ## What it hides: new pairs
#
# The critic was judged on the pairs that it had learned. On 400 others from the
# same source, it does less well, and ever less as it learns the first ones by
# heart.

# %%
figure, panels = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True)
for panel, (name, source) in zip(panels, sources.items(), strict=True):
  panel.plot(traces[name]['training'], color='C4', label='training pairs')
  panel.plot(traces[name]['new'], color='C5', label='new pairs')
  truth = source.mutual_information
  panel.axhline(truth, color='C2', linestyle=':', label='truth')
  panel.axhline(np.log(num_pairs), color='C3', linestyle='-.', label='log 400')
  panel.set_title(name)
  panel.set_xlabel('updates')
  panel.set_ylim(-3, 6.5)
panels[0].set_ylabel('InfoNCE (nats)')
panels[0].legend(loc='lower right')
plt.show()

# %% [markdown]
# ## What it hides: the cap
#
# On training pairs the trace ends near log 400 = 5.99, because a critic that
# knows each pair by heart always finds the partner. That has nothing to do with
# the truth. Below are sources of 0 nats and of 10 nats, too: the left panel
# can't tell them apart. The right one, of new pairs, can, as far as log 400.

# %%
more = {
  '0 nats': mi_tf.tasks.independent(sources['Gaussian']),
  '10 nats': mi_tf.tasks.correlated_gaussian(6, mutual_information=10.0),
}
for name, source in more.items():
  _, traces[name] = train(
    source.sample(num_pairs, seed=1), source.sample(num_pairs, seed=2)
  )

figure, panels = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True)
styles = {'10 nats': '-', 'Gaussian': '--', '0 nats': ':'}
for panel, which in zip(panels, ('training', 'new'), strict=True):
  for name, style in styles.items():
    label = name.replace('Gaussian', '4.98 nats')
    panel.plot(traces[name][which], style, label=f'truth: {label}')
  panel.axhline(np.log(num_pairs), color='C3', linestyle='-.', label='log 400')
  panel.set_title(f'{which} pairs')
  panel.set_xlabel('updates')
  panel.set_ylim(-3, 6.5)
panels[0].set_ylabel('InfoNCE (nats)')
panels[0].legend(loc='lower right')
plt.show()

# %% [markdown]
# ## A number with an interval
#
# `estimate` reads a trained critic on new pairs, and says how far the number is
# to be trusted.

# %%
estimator = estimators['Gaussian']
print(estimator.estimate(*new_pairs['Gaussian']))

# %% [markdown]
# That critic was trained for a pretty curve; its InfoNCE of new pairs tells
# little by now. `lower_bound` reads the same scores with more care, and holds.
#
# `estimate_mi` takes the same 400 pairs and none else: it compares methods on
# pairs that are new to them, from independence to a network, stops training in
# time, and does not rest on InfoNCE.

# %%
for name, source in sources.items():
  print(f'{name}, truth {source.mutual_information:.3f} nats')
  print(mi_tf.estimate_mi(*pairs[name]))

# %% [markdown]
# Dependence as in a Gaussian is found in 400 pairs. Of the mixed Gaussian, they
# are too few: the interval knows how much methods and samples differ, not what
# no method has found, and misses the truth. What holds is the lower bound. With
# ten times as many pairs:

# %%
source = sources['mixed Gaussian']
print(f'truth {source.mutual_information:.3f} nats')
many = source.sample(num_pairs if quick else 10 * num_pairs, seed=3)
print(mi_tf.estimate_mi(*many))
