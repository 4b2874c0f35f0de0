# %% [markdown]
# # Variational bounds side by side: bias, variance, cap
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/#upload=true)
#
# Every bound turns the scores of a batch of K pairs into nats, and every one
# pays for it: with a cap, with variance, or with a number that is no bound.
# First all of them with the best critic there is, so that nothing is to blame
# but the bound; then with critics that learn, on the staircase of [Poole et al.
# (2019)](https://arxiv.org/abs/1905.06922); then the correlated Gaussian up to
# 23 nats.
#
# Runtime: about 5 minutes on a CPU with 2 cores; half a minute if `quick`
# is ticked, with fewer bounds and updates.

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
dim = 20  # @param {type:"integer"}
batch_size = 64  # @param {type:"integer"}
num_batches = 100  # @param {type:"integer"}
updates_per_step = 1000  # @param {type:"integer"}

if quick:
  num_batches, updates_per_step = 10, 50

# %% [markdown]
# ## The best critic
#
# X and Y are Gaussian, in 20 dimensions. The true log density ratio of all
# pairs of a batch is known; each bound gets the critic that it wants, which is
# that ratio or a shift of it.

# %%
bounds = {
  'InfoNCE': mi_tf.lower_bound_info_nce,
  'NWJ': lambda f: mi_tf.lower_bound_nguyen_wainwright_jordan(f + 1.0),
  'Donsker-Varadhan': mi_tf.lower_bound_donsker_varadhan,
  'TUBA': lambda f: mi_tf.lower_bound_tuba(f, log_baseline=0.0),
  'interpolated, alpha = 0.1': lambda f: mi_tf.lower_bound_interpolated(
    f, log_baseline=0.0, alpha=0.1
  ),
  'Fenchel-Legendre': lambda f: mi_tf.lower_bound_fenchel_legendre(f, dual=-f),
  'from Jensen-Shannon': mi_tf.lower_bound_from_jensen_shannon,
  'leave-one-out (upper)': mi_tf.upper_bound_leave_one_out,
  'plug-in (no bound)': mi_tf.mi_plug_in,
  'SMILE (no bound)': mi_tf.mi_smile,
  'CLUB (no bound)': mi_tf.mi_club,
}
truths = [0.5, 2, 4, 6, 8, 10]


def batches(task, seed):
  """Returns x and y, of shape [num_batches, batch_size, dim]."""
  sides = task.sample(num_batches * batch_size, seed=seed)
  return [tf.reshape(s, [num_batches, batch_size, dim]) for s in sides]


values = {name: [] for name in bounds}
for truth in truths:
  task = mi_tf.tasks.correlated_gaussian(dim, mutual_information=truth)
  x, y = batches(task, seed=1)
  scores = tf.stack(
    [task.pointwise(a[:, None], b) for a, b in zip(x, y, strict=True)]
  )
  for name, bound in bounds.items():
    values[name].append(bound(scores).numpy())  # One value for each batch.

# %%
figure, panels = plt.subplots(3, 4, figsize=(11, 7.5), sharex=True, sharey=True)
for panel, (name, found) in zip(panels.flat, values.items(), strict=False):
  mean, std = np.mean(found, axis=1), np.std(found, axis=1)
  panel.plot(truths, truths, ':', color='C2', label='truth')
  panel.plot(truths, mean, 'o-', color='C0', markersize=3, label='mean')
  panel.fill_between(
    truths, mean - std, mean + std, color='C0', alpha=0.25, label='+- 1 std'
  )
  panel.axhline(
    np.log(batch_size), color='C1', linestyle='--', linewidth=1, label='log K'
  )
  panel.set_title(name, fontsize='medium')
  panel.set_ylim(-1, 16)
legend = panels[0, 0].get_legend_handles_labels()
panels[-1, -1].axis('off')
panels[-1, -1].legend(*legend, loc='center')
figure.supxlabel('truth (nats)')
figure.supylabel(f'value of a batch of K = {batch_size} pairs (nats)')
plt.show()

# %% [markdown]
# - *InfoNCE* hardly varies, and bends to its cap, log K. The *interpolated*
#   bound has its cap at log(K / alpha), for more variance.
# - *NWJ* and *TUBA* are right on average, but the average is made of rare, huge
#   values: for most batches of a source of 10 nats, and so for most pictures,
#   they are off. *Donsker-Varadhan* of one batch takes the log of such an
#   average and is too *high*: a lower bound only with many pairs.
# - *From Jensen-Shannon* never blows up, and is loose.
# - *Leave-one-out* bounds from above; it needs a known conditional density.
# - The *plug-in*, the mean score, varies least and is right. It is no bound: it
#   believes whatever a critic says. A poor critic may say anything.
# - *SMILE* clips the negatives' scores, and is too high by what it clips off;
#   *CLUB* is far above the truth.

# %% [markdown]
# ## The staircase
#
# Now critics learn. Every `updates_per_step` updates the correlation rises,
# such that the truth is 2, 4, 6, 8 and 10 nats. All batches are new to the
# critic, so that what is shown is not learned by heart.

# %%
objectives = 'info_nce nwj dv mine tuba interpolated flo js smile'.split()
if quick:
  objectives = ['info_nce', 'smile']
steps = [
  mi_tf.tasks.correlated_gaussian(dim, mutual_information=truth)
  for truth in truths[1:]
]
samples = [
  task.sample(updates_per_step * batch_size, seed=seed)
  for seed, task in enumerate(steps)
]
x, y = (tf.concat(side, axis=0) for side in zip(*samples, strict=True))
trace_every = updates_per_step // 50


class EndOfSteps(keras.callbacks.Callback):
  """Evaluates new batches of each step of the staircase at its end."""

  def __init__(self):
    super().__init__()
    self.values = []

  def on_train_begin(self, logs=None):
    self.value = tf.function(lambda x, y: self.model(x, y))

  def on_epoch_end(self, epoch, logs=None):
    step, rest = divmod(epoch + 1, 50)
    if rest == 0:
      new = zip(*batches(steps[step - 1], seed=100 + step), strict=True)
      self.values.append([float(self.value(*pairs)) for pairs in new])


traces, ends = {}, {}
for name in objectives:
  end_of_steps = EndOfSteps()
  estimator = mi_tf.MiEstimator('separable', objective=name)
  estimator.compile(keras.optimizers.Adam(1e-3))
  traces[name] = estimator.fit(
    x,
    y,
    batch_size=batch_size,
    steps_per_epoch=trace_every,
    epochs=50 * len(steps),
    shuffle=False,
    callbacks=[end_of_steps],
    verbose=0,
  ).history['mi']
  ends[name] = np.array(end_of_steps.values)

# %%
figure, panels = plt.subplots(3, 3, figsize=(10, 7.5), sharex=True, sharey=True)
stairs = np.repeat([task.mutual_information for task in steps], 50)
at = trace_every * np.arange(1, len(stairs) + 1)
for panel, name in zip(panels.flat, objectives, strict=False):
  panel.plot(at, stairs, ':', color='C2', label='truth')
  panel.axhline(
    np.log(batch_size), color='C1', linestyle='--', linewidth=1, label='log K'
  )
  panel.plot(
    at, traces[name], color='C0', label=f'mean of {trace_every} batches'
  )
  panel.set_title(name, fontsize='medium')
  panel.set_ylim(-1, 13)
panels[0, 0].legend(loc='upper left', fontsize='small')
figure.supxlabel('updates')
figure.supylabel('value (nats)')
plt.show()

# %% [markdown]
# At the end of each step, the values of new batches: how far they are off on
# average, and how much they differ from batch to batch.

# %%
figure, panels = plt.subplots(1, 2, figsize=(10, 4))
styles = 'o- s-- ^-. v: D- p-- h-. <: >-'.split()
for name, style in zip(objectives, styles, strict=False):
  bias = ends[name].mean(axis=1) - truths[1:]
  panels[0].plot(truths[1:], bias, style, label=name, markersize=5)
  panels[1].plot(truths[1:], ends[name].std(axis=1), style, markersize=5)
panels[0].axhline(0, color='black', linewidth=0.8)
panels[0].set_ylabel('bias (nats)')
panels[0].set_ylim(-8, 4)
panels[1].set_ylabel('standard deviation (nats)')
panels[1].set_yscale('log')
for panel in panels:
  panel.set_xlabel('truth (nats)')
figure.legend(loc='outside right center')
plt.show()

# %% [markdown]
# The critic is now to blame, too. What an objective teaches and what is read
# off are two things: `js` trains with a loss that never blows up, and reads the
# plug-in.

# %% [markdown]
# ## To 23 nats
#
# At a correlation of .95, 20 coordinates share 23.3 nats. Of 10,000 pairs,
# 6,667 train a critic with each objective, and it is read on the others, all
# pairs of them at once. `estimate_mi` gets the same 10,000.

# %%
rhos = [0.5, 0.7, 0.8, 0.9, 0.95]
contenders = ['info_nce', 'nwj', 'mine', 'smile']
n, epochs = 10_000, 25
if quick:
  rhos, contenders, n, epochs = [0.5, 0.95], ['info_nce'], 1000, 2
tasks = [mi_tf.tasks.correlated_gaussian(dim, rho=rho) for rho in rhos]
found = {name: [] for name in [*contenders, 'estimate_mi']}
intervals, lower_bounds, assumed = [], [], []
for task in tasks:
  x, y = task.sample(n, seed=3)
  train, test = slice(0, 2 * n // 3), slice(2 * n // 3, n)
  for name in contenders:
    estimator = mi_tf.MiEstimator('separable', objective=name)
    estimator.compile(keras.optimizers.Adam(5e-4))
    estimator.fit(x[train], y[train], epochs=epochs, batch_size=128, verbose=0)
    found[name].append(estimator.estimate(x[test], y[test]).mi)
  estimate = mi_tf.estimate_mi(x, y)
  found['estimate_mi'].append(estimate.mi)
  intervals.append(estimate.interval)
  lower_bounds.append(estimate.lower_bound)
  assumed.append(estimate.diagnostics['assumed'])

# %%
plt.figure(figsize=(7.5, 4.5))
exact = np.linspace(0.4, 0.955, 200)
plt.plot(
  exact, -dim / 2 * np.log(1 - exact**2), ':', color='black', label='truth'
)
for name, style in zip(contenders, styles, strict=False):
  plt.plot(rhos, found[name], style, label=name, markersize=5)
low, high = np.transpose(intervals)
mid = np.array(found['estimate_mi'])
plt.errorbar(
  rhos,
  mid,
  [np.maximum(mid - low, 0), np.maximum(high - mid, 0)],
  fmt='o',
  color='black',
  capsize=4,
  label='estimate_mi, 95 % interval',
)
plt.plot(
  rhos,
  lower_bounds,
  'v',
  color='black',
  fillstyle='none',
  label='lower bound of estimate_mi',
)
plt.axhline(np.log(n), color='gray', linestyle='--', linewidth=1, label='log n')
plt.ylim(-1, 26)
plt.xlabel('correlation of each pair of coordinates')
plt.ylabel('mutual information (nats)')
plt.legend()
plt.show()

# %%
print('truth       ', *(f'{t.mutual_information:7.2f}' for t in tasks))
found |= {'lower bound': lower_bounds, 'assumed': assumed}
for name, row in found.items():
  print(f'{name:12}', *(f'{value:7.2f}' for value in row))

# %% [markdown]
# `estimate_mi` is close because a Gaussian is one of its methods, fitted in
# closed form. On pairs that it was not fitted to, it leaves nothing for a
# network to find.
#
# ## What a sample can certify
#
# No sample of n pairs certifies more than the order of log(n) nats, here 9.2.
# This holds for every lower bound that is right with high confidence for all
# distributions ([McAllester and Stratos,
# 2020](https://arxiv.org/abs/1811.04251)). The reason: of n draws from 10 n^2
# equally likely pairs, hardly any repeats. So the n pairs may come from so few
# values, with a mutual information of at most their entropy, log(10 n^2). Or
# they come from a density, with any mutual information. The sample does not
# tell which.
#
# So the sample alone certifies `lower_bound`, and no more. The rest of the
# estimate rests on the assumption of its method: that the columns are jointly
# Gaussian or Student, after a map of each column. In so many dimensions,
# `diagnostics['assumed']` is the part of the estimate beyond log(n). The
# interval contains a share of it. It does not cover distributions that differ
# from a Gaussian in a way that no sample of this size shows.
