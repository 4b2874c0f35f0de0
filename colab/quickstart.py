# %% [markdown]
# # Quickstart: from two arrays to nats
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/#upload=true)
#
# The mutual information of two variables says how much one tells about the
# other: 0 nats if nothing, and as many nats as there is entropy if everything.
# Here `mi_tf` estimates it for arrays whose truth is known, and for a real data
# set; then come five ways to get a wrong number.
#
# Runtime: two to three minutes on a CPU with 2 cores; less if `quick` is
# ticked, with fewer estimates.

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

import statistics

import keras
import matplotlib.pyplot as plt
import numpy as np
from sklearn import datasets

# %matplotlib inline
plt.style.use('tableau-colorblind10')
plt.rcParams.update({'figure.dpi': 80, 'figure.constrained_layout.use': True})
plt.rcParams['figure.figsize'] = 6.0, 3.8

# %% [markdown]
# ## Two arrays
#
# `y` is `x` plus as much noise, in three dimensions. The truth is
# 3/2 log 2 = 1.040 nats.

# %%
rng = np.random.default_rng(0)
x = rng.normal(size=(2000, 3))
y = x + rng.normal(size=x.shape)

estimate = mi_tf.estimate_mi(x, y)
print(estimate)

# %% [markdown]
# Behind the number are several *methods*: frequencies of a table, classifiers,
# Gaussian and Student distributions, nearest neighbors, residuals of a
# regression, networks. Each scores pairs: high if `x` and `y` look as if they
# were drawn together, low if not. It is fitted to some of the rows and read on
# the others. One loss on those rows decides which number is reported; `table()`
# shows them all. Where nothing is left for a network to find, none is trained.

# %%
print(estimate.table())

# %% [markdown]
# `plot` shows the estimate, the methods, and the scores: where the two
# histograms part, pairs can be told from non-pairs.

# %%
estimate.plot()

# %% [markdown]
# `normalized` is a number from 0 to 1: for numbers, the correlation of a
# Gaussian that shares as much; where one side is a class, the share of its
# entropy that the other side tells.

# %%
print(f'{estimate.normalized:.3f}')

# %% [markdown]
# ## Any structure
#
# Methods err in different ways, so they are asked together. An X has no
# correlation, a wave is fine, counts repeat, and a count with many zeros is
# both a class and a number. Nothing has to be declared.

# %%
n = 2000
lanes = rng.integers(0, 2, n) * 2 - 1
ground = rng.normal(size=n)
wave = rng.uniform(size=n)
rate = rng.gamma(2.0, size=n)
cases = {
  'an X': (ground, lanes * ground + 0.3 * rng.normal(size=n)),
  'a wave': (wave, np.sin(25 * wave) + 0.2 * rng.normal(size=n)),
  'two counts': (rng.poisson(rate), rng.poisson(3 * rate)),
  'zeros and sizes': (rate, (rng.poisson(rate) > 1) * rng.gamma(rate)),
  'unrelated': (ground, wave),
}
for name, pair in cases.items():
  estimate = mi_tf.estimate_mi(*pair)
  low, high = estimate.interval
  print(
    f'{name:16} {estimate.mi:.3f} nats in [{low:.3f}, {high:.3f}] '
    f'({estimate.method}); correlation {np.corrcoef(*pair)[0, 1]:.2f}'
  )

# %% [markdown]
# ## A real data set
#
# 569 tumours, 30 measurements of each, and the diagnosis. How much does each
# measurement tell about the diagnosis? No more than the diagnosis's own
# entropy, the dotted line, which is the estimate's `cap`: no estimate, and no
# end of an interval, is above it.

# %%
cancer = datasets.load_breast_cancer()
columns = ['mean symmetry', 'mean texture', 'mean area', 'mean concave points']
columns = columns[1:3] if quick else columns
features = {
  name: cancer.data[:, list(cancer.feature_names).index(name)]
  for name in columns
}
features['all 30 together'] = cancer.data
found = {
  name: mi_tf.estimate_mi(feature, cancer.target)
  for name, feature in features.items()
}

# %%
for row, (name, estimate) in enumerate(found.items()):
  plt.plot(estimate.interval, [row, row], color='C0', linewidth=2)
  plt.plot(estimate.mi, row, 'o', color='C0')
  plt.plot(estimate.lower_bound, row, '^', color='C1')
  print(f'{name:20} {estimate.mi:.3f} nats, {estimate.normalized:.0%} of all')
plt.plot([], [], 'o-', color='C0', label='estimate, 95 % interval')
plt.plot([], [], '^', color='C1', label='lower bound')
plt.axvline(
  estimate.cap, color='C2', linestyle=':', label='entropy of the diagnosis'
)
plt.yticks(range(len(found)), list(found))
plt.xlabel('mutual information with the diagnosis (nats)')
plt.legend(loc='lower right', fontsize='small')
plt.show()

# %% [markdown]
# `permutations` adds a test of independence. If the diagnoses are dealt out
# anew, no measurement tells anything about them, and the p-value says so.

# %%
print(
  mi_tf.estimate_mi(
    cancer.data,
    rng.permutation(cancer.target),
    permutations=199,
  )
)

# %% [markdown]
# ## What the interval and the lower bound mean
#
# The *interval* says where the truth is, for dependence of a kind that one of
# the methods can see: it should hold the truth for 19 samples out of 20. The
# *lower bound* claims less and holds for any scores, good or bad: the truth is
# above it with 95 % confidence. So let us draw new samples again and again.

# %%
task = mi_tf.tasks.correlated_gaussian(2, mutual_information=0.7)
repeats = 5 if quick else 20
repeated = [
  mi_tf.estimate_mi(*task.sample(600, seed=seed)) for seed in range(repeats)
]

# %%
plt.figure(figsize=(7, 3.2))
for column, estimate in enumerate(repeated):
  low, high = estimate.interval
  holds = low <= task.mutual_information <= high
  plt.plot([column, column], [low, high], color='C0' if holds else 'C5')
  plt.plot(column, estimate.mi, 'o', color='C0' if holds else 'C5')
  plt.plot(column, estimate.lower_bound, '^', color='C1')
plt.plot([], [], 'o-', color='C0', label='estimate, 95 % interval')
plt.plot([], [], '^', color='C1', label='lower bound')
plt.axhline(task.mutual_information, color='C2', linestyle=':', label='truth')
plt.xticks(range(0, repeats, 2), range(1, repeats + 1, 2))
plt.xlabel('sample of 600 pairs')
plt.ylabel('mutual information (nats)')
plt.ylim(0, 1.1)
plt.legend(ncols=3, fontsize='small')
plt.show()
intervals = [e.interval for e in repeated]
inside = sum(a <= task.mutual_information <= b for a, b in intervals)
print(f'The interval holds the truth for {inside} of {repeats} samples.')

# %% [markdown]
# ## Is the interval right?
#
# The interval is a sum of parts that are measured on each sample, such as the
# sampling error, the fit gap, and the doubt between methods. The constants of
# the sum were fitted once, on tasks that differ from these five. To test them,
# 40 samples of 300 pairs are drawn from each task.

# %%
tasks = {
  'Cauchy': mi_tf.tasks.student_t(1, 1, dof=1),
  'an X': mi_tf.tasks.letter_x(),
  'noisy labels': mi_tf.tasks.noisy_labels(5, 0.8),
  'classes': mi_tf.tasks.gaussian_classes(4, 2.0),
  'many zeros': mi_tf.tasks.zero_inflated_poisson(0.15),
}
repeats = 4 if quick else 40
samples = {
  name: [
    mi_tf.estimate_mi(*task.sample(300, seed=seed)) for seed in range(repeats)
  ]
  for name, task in tasks.items()
}

sizes = [100, 300, 1000, 3000][: 2 if quick else None]
by_size = [
  [
    mi_tf.estimate_mi(*tasks['an X'].sample(n, seed=seed))
    for seed in range(100, 102 if quick else 115)
  ]
  for n in sizes
]


# %%
def scale(estimate, truth):
  """Returns the factor of the interval's width that just holds the truth."""
  end = estimate.interval[int(truth > estimate.mi)]
  return abs(truth - estimate.mi) / max(abs(end - estimate.mi), 1e-12)


levels = np.linspace(0.5, 0.99, 50)
normal = statistics.NormalDist()
factors = np.array([normal.inv_cdf(0.5 + level / 2) for level in levels])
factors /= normal.inv_cdf(0.975)
scales = np.array(
  [
    [scale(estimate, tasks[name].mutual_information) for estimate in found]
    for name, found in samples.items()
  ]
)

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
colors = ['C0', 'C1', 'C5', 'C3', 'C4']
styles = ['--', '-.', ':', (0, (5, 1)), (0, (1, 1))]
for name, found, color, style in zip(
  tasks, scales, colors, styles, strict=True
):
  inside = (found[:, None] <= factors).mean(axis=0)
  left.plot(
    100 * levels, 100 * inside, color=color, linestyle=style, label=name
  )
inside = (scales.reshape(-1, 1) <= factors).mean(axis=0)
left.plot(100 * levels, 100 * inside, color='black', lw=2, label='all five')
chance = 2 * np.sqrt(levels * (1 - levels) / scales.size)
left.fill_between(
  100 * levels,
  100 * (levels - chance),
  100 * np.minimum(levels + chance, 1),
  color='gray',
  alpha=0.3,
  label='right, within chance',
)
left.set_xlabel('nominal coverage (%)')
left.set_ylabel('intervals that hold the truth (%)')
left.legend(fontsize='small')

truth = tasks['an X'].mutual_information
errors = [np.mean([abs(e.mi - truth) for e in found]) for found in by_size]
widths = [
  np.mean([np.diff(e.interval) / 2 for e in found]) for found in by_size
]
right.plot(sizes, widths, 's--', color='C1', label='half of the interval')
right.plot(sizes, errors, 'o-', color='C0', label='error')
right.set_xscale('log')
right.set_yscale('log')
right.set_xlabel('pairs from an X')
right.set_ylabel('mean (nats)')
right.legend()
plt.show()
for name, found in [*zip(tasks, scales, strict=True), ('all five', scales)]:
  at_95 = 100 * (found <= 1).mean()
  print(f'{name:12} {at_95:5.1f} % of {found.size} intervals hold the truth')

# %% [markdown]
# Left, a *reliability diagram*. For other levels than 95 %, the parts of the
# interval below and above the estimate are multiplied by the ratio of normal
# quantiles. A line above the gray band says that intervals are too wide, and a
# line below it that they are too narrow. The band is for all samples together.
# The lines of single tasks vary twice as much by chance. A line that is still
# far from the diagonal shows a task whose intervals are wrong. Right, error and
# interval by the number of pairs.
#
# Two limits remain. First, no sample of n pairs certifies more than the order
# of log n nats, which is 5.7 for 300 pairs. A higher estimate rests on an
# assumption of its method, such as a Gaussian distribution:
# `diagnostics['assumed']` is the part of the estimate that does. If a direction
# of y is one of x, or if no method applies, the upper end of the interval is
# infinite, and the estimate only says "at least". Second, the interval does not
# cover dependence that no method finds, such as fine waves in 100 pairs.

# %% [markdown]
# ## Pitfall 1: log K
#
# InfoNCE asks of each `x` which of K candidates is its `y`. The answer is worth
# log K nats at most, whatever there is to know. The pairs below share 6 nats,
# and the critic is the best there is: the true log density ratio.

# %%
task = mi_tf.tasks.correlated_gaussian(10, mutual_information=6.0)
sizes = [2, 8, 32, 128, 512, 2048][: 4 if quick else None]
values = []
for size in sizes:
  x, y = task.sample(size, seed=1)
  scores = task.pointwise(x[:, None], y)  # Of all pairs, [size, size].
  values.append(mi_tf.lower_bound_info_nce(scores))

plt.plot(sizes, values, 'o-', label='InfoNCE, best critic')
plt.plot(sizes, np.log(sizes), '--', label='log K')
plt.axhline(task.mutual_information, color='C2', linestyle=':', label='truth')
plt.xscale('log', base=2)
plt.xlabel('K, pairs in a batch')
plt.ylabel('mutual information (nats)')
plt.legend()
plt.show()

# %% [markdown]
# `estimate_mi` does not rest on InfoNCE. Its `lower_bound` has such a cap too,
# at the log of *all* the samples: no bound that holds for every distribution
# can do better.

# %% [markdown]
# ## Pitfall 2: the data that a critic was trained on
#
# Those who train a network of their own, a *critic*, meet this one. 256 pairs
# of *independent* variables: the truth is 0. `mi` is what the critic sees in
# the pairs that it learns by heart, `val_mi` what it sees in new ones.

# %%
x, y = rng.normal(size=(2, 512, 10)).astype('float32')
train, test = slice(0, 256), slice(256, None)

estimator = mi_tf.MiEstimator('separable', objective='info_nce')
estimator.compile(keras.optimizers.Adam(1e-3))
history = estimator.fit(
  x[train],
  y[train],
  validation_data=(x[test], y[test]),
  epochs=20 if quick else 100,
  batch_size=64,
  verbose=0,
).history

# %%
plt.plot(history['mi'], label='pairs that it is trained on')
plt.plot(history['val_mi'], '--', label='new pairs')
plt.axhline(0, color='C2', linestyle=':', label='truth')
plt.ylim(-10, 5)
plt.xlabel('epoch')
plt.ylabel('InfoNCE (nats)')
plt.legend()
plt.show()
print(f'estimate_mi: {mi_tf.estimate_mi(x, y)}')

# %% [markdown]
# Read on new pairs, a critic that has learned the wrong thing goes below 0: it
# is sure, and mistaken. That number says how bad the critic is, and nothing of
# the variables: mutual information is never negative. `estimate_mi` compares
# all that it fits with 'independence', which scores 0, and where that tests
# best, it is what is reported.

# %% [markdown]
# ## Pitfall 3: units and scales
#
# Mutual information is the same in metres and in millimetres, and after any
# invertible map of each column. A network does not know that. Here are the
# same pairs three times.

# %%
task = mi_tf.tasks.correlated_gaussian(2, mutual_information=1.0)
x, y = (side.numpy() for side in task.sample(1000 if quick else 3000, seed=2))
versions = {'as they are': (x, y), 'x 1000': (1000 * x, 1000 * y)}
if not quick:
  versions['cubed'] = (x**3, y**3)

half = len(x) // 2
by_hand, by_mi_tf = [], []
for a, b in versions.values():
  estimator = mi_tf.MiEstimator('separable', objective='js')
  estimator.compile(keras.optimizers.Adam(1e-3))
  estimator.fit(a[:half], b[:half], epochs=10, batch_size=128, verbose=0)
  by_hand.append(float(estimator.estimate(a[half:], b[half:])))
  by_mi_tf.append(mi_tf.estimate_mi(a, b).mi)

# %%
print(f'truth {task.mutual_information:.3f} nats')
for name, *pair in zip(versions, by_hand, by_mi_tf, strict=True):
  print(f'{name:12} own critic {pair[0]:10.3f}   estimate_mi {pair[1]:.3f}')

# %% [markdown]
# `estimate_mi` maps each column by its ranks, or by what else fits its values
# best, before a method sees it. With a `MiEstimator` of your own, standardize.

# %% [markdown]
# ## Pitfall 4: rows that depend on each other
#
# All of the above is for rows that are independent draws. Two random walks that
# know nothing of each other:

# %%
steps = np.random.default_rng(1).normal(size=(2, 300 if quick else 1000))
walks = np.cumsum(steps, axis=1)
estimate = mi_tf.estimate_mi(*walks, permutations=199)

plt.figure(figsize=(8, 2.6))
plt.plot(walks[0], label='x')
plt.plot(walks[1], '--', label='y')
plt.xlabel('time')
plt.legend()
plt.show()
print(estimate)

# %% [markdown]
# More than nothing, "with certainty", and all of it from rows that resemble the
# rows before them. The warning says so; heed it. Take rows that lie far apart,
# or differences in time:

# %%
print(mi_tf.estimate_mi(*np.diff(walks), permutations=199))

# %% [markdown]
# ## Pitfall 5: rows that belong together, and relations without noise
#
# 200 people, five rows of each, in any order. Nothing about them is related,
# but a method that has seen four rows of a person knows the fifth. The warning
# names the remedy: with `groups`, a person's rows are held out together.

# %%
person = rng.permutation(np.arange(1000) % 200)
x, y = (
  rng.normal(size=(200, 3))[person] + 0.001 * rng.normal(size=(1000, 3))
  for _ in range(2)
)
print('rows of their own:', mi_tf.estimate_mi(x, y))
print()
print('groups=person:', mi_tf.estimate_mi(x, y, groups=person))

# %% [markdown]
# If `y` can be computed from `x`, two numbers share infinitely many nats, and
# an estimate only grows with the rows. It is the noise that makes a number of
# it, and if there is none, there is a warning:

# %%
x = rng.normal(size=1000)
print(mi_tf.estimate_mi(x, np.sin(x)))

# %% [markdown]
# ## Where to go from here
#
# - `info_nce_gaussian`: what a trace of InfoNCE shows, and what it hides;
# - `variational_bounds`: all bounds side by side, and how far each reaches;
# - `mi_maximization_for_representation_learning` and `deep_info_max`: learning
#   representations;
# - `distributed_and_large_batches`: several devices, and batches of thousands.
