# %% [markdown]
# # Deep InfoMax: a representation from images alone
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/#upload=true)
#
# [Deep InfoMax](https://arxiv.org/abs/1808.06670) trains an encoder without
# labels: what it says of an image, y, is to share information with each *place*
# of that image's feature map, and to be distributed like a prior. Here it is
# trained on digits, and looked at: what can be read off y, which images are
# near each other, which places tell an image, and what the prior does.
#
# Runtime: 5 to 10 minutes on a CPU with 2 cores (MNIST is downloaded); half a
# minute if `quick` is ticked, with small images that come with scikit-learn.

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

# %matplotlib inline
plt.style.use('tableau-colorblind10')
plt.rcParams.update({'figure.dpi': 80, 'figure.constrained_layout.use': True})
plt.rcParams['figure.figsize'] = 6.0, 3.8
keras.utils.set_random_seed(0)

# %%
# @title Settings
num_images = 6000  # @param {type:"integer"}
epochs = 10  # @param {type:"integer"}
objective = 'js'  # @param ["js", "dv", "info_nce"]

if quick:
  num_images, epochs = 1000, 2

# %%
if quick:
  from sklearn import datasets

  digits = datasets.load_digits()
  images, labels = digits.images[..., np.newaxis] / 16.0, digits.target
  test_images, test_labels = images[num_images:], labels[num_images:]
else:
  import tensorflow_datasets as tfds

  data = {
    split: tfds.as_numpy(tfds.load('mnist', split=split, batch_size=-1))
    for split in ('train', 'test')
  }
  images, labels = data['train']['image'] / 255.0, data['train']['label']
  test_images, test_labels = (
    data['test']['image'] / 255.0,
    data['test']['label'],
  )
images, test_images = images.astype('float32'), test_images.astype('float32')
train_images, train_labels = images[:num_images], labels[:num_images]

# %% [markdown]
# ## Training
#
# The encoder has two stages: the first gives the feature map, the second y. As
# it is trained, a linear classifier reads the digit off y after each epoch.


# %%
def make_model(weights):
  sizes = {'filters': (16, 32), 'hidden_units': 256, 'output_size': 32}
  if quick:
    sizes = {'filters': (8, 16), 'hidden_units': 32, 'output_size': 8}
  stages = mi_tf.encoders.conv_stages(
    train_images.shape[1:], output_activation='sigmoid', **sizes
  )
  model = mi_tf.infomax.DeepInfoMax(
    *stages,
    objective=objective,
    weights=weights,
    local_critic=mi_tf.infomax.EncodeAndDotCritic(128),
    prior='uniform',
  )
  model.compile(keras.optimizers.Adam(1e-3))
  return model


train = train_images, train_labels
test = test_images[:2000], test_labels[:2000]


def fit(model):
  probe = mi_tf.callbacks.LinearProbe(model, train, test)
  model.build((None, *train_images.shape[1:]))
  at_start = probe.accuracy()
  history = model.fit(
    train_images,
    validation_data=(test[0],),
    batch_size=64,
    epochs=epochs,
    callbacks=[probe],
    verbose=0,
  ).history
  return [at_start, *history['probe_accuracy']], history


model = make_model(weights=(0.0, 1.0, 0.1))  # Global, local, prior.
accuracy, history = fit(model)

# %%
pixels = mi_tf.callbacks.linear_probe_accuracy(*train, *test)
figure, panels = plt.subplots(1, 2, figsize=(9, 3.4))
panels[0].plot(accuracy, 'o-', markersize=4, label='y')
panels[0].axhline(pixels, color='C2', linestyle=':', label='pixels')
panels[0].set_ylabel('accuracy of a linear classifier')
panels[0].legend(loc='lower right')
after = range(1, epochs + 1)
panels[1].plot(after, history['local_mi'], label='training images')
panels[1].plot(after, history['val_local_mi'], '--', label='new images')
panels[1].set_ylabel('local bound (nats)')
panels[1].legend(loc='lower right')
for panel in panels:
  panel.set_xlabel('epochs')
plt.show()
print(
  f'accuracy: pixels {pixels:.3f}, y before training {accuracy[0]:.3f}, '
  f'after {accuracy[-1]:.3f}'
)

# %% [markdown]
# y has 32 numbers, and the training is short: digits are still better read off
# the 784 pixels. The bound is low, since it is an average over places, many of
# which are blank.

# %% [markdown]
# ## Neighbors
#
# Left, images that are new to the encoder; then, of the training images, those
# whose y is nearest.

# %%
y_train, y_test = (model.predict(x, verbose=0) for x in (train[0], test[0]))
chosen = [int(np.argmax(test_labels == digit)) for digit in range(6)]
figure, panels = plt.subplots(6, 7, figsize=(5, 4.4))
for row, i in zip(panels, chosen, strict=True):
  distance = np.linalg.norm(y_train - y_test[i], axis=1)
  shown = [test[0][i], *train[0][np.argsort(distance)[:6]]]
  for panel, image in zip(row, shown, strict=True):
    panel.imshow(image[..., 0], cmap='gray_r')
    panel.axis('off')
panels[0, 0].set_title('new', fontsize='small')
panels[0, 1].set_title('nearest', fontsize='small')
plt.show()

# %% [markdown]
# ## Places
#
# The local critic scores each place of the feature map against y. Where the
# score is high, the place alone gives away which image it is from; blank
# corners, which all images share, give away nothing.

# %%
scores, _ = model.scores(test[0][:64])['local']  # [places, images, y]
own = np.diagonal(scores.numpy(), axis1=1, axis2=2)[:, chosen].T
side = round(np.sqrt(own.shape[1]))
figure, panels = plt.subplots(2, 6, figsize=(9, 3.2))
for (above, below), i, values in zip(panels.T, chosen, own, strict=True):
  above.imshow(test[0][i][..., 0], cmap='gray_r')
  drawn = below.imshow(
    values.reshape(side, side), cmap='cividis', vmin=own.min(), vmax=own.max()
  )
  above.axis('off')
  below.axis('off')
figure.colorbar(drawn, ax=panels[1], label='score')
plt.show()

# %% [markdown]
# ## The prior
#
# An adversary that tries to tell y from uniform numbers spreads the coordinates
# of y over [0, 1], here up to its ends. Without it, they keep away from them.

# %%
free = make_model(weights=(0.0, 1.0, 0.0))
free_accuracy, _ = fit(free)
found = {'with prior': y_test, 'without': free.predict(test[0], verbose=0)}
figure, panels = plt.subplots(1, 2, figsize=(8, 2.8), sharey=True)
for panel, (name, y) in zip(panels, found.items(), strict=True):
  panel.hist(np.ravel(y), bins=40, range=(0, 1), density=True)
  panel.axhline(1, color='C2', linestyle=':', label='uniform')
  panel.set_title(name)
  panel.set_xlabel('coordinates of y')
panels[0].set_ylabel('density')
panels[0].legend()
plt.show()
print(f'accuracy: with {accuracy[-1]:.3f}, without {free_accuracy[-1]:.3f}')

# %% [markdown]
# ## What y tells about the digit
#
# Not what a linear classifier makes of it, but what the best of several does,
# in nats: log 10 = 2.303 are all there is to know.

# %%
for name, y in found.items():
  estimate = mi_tf.estimate_mi(y, test[1], y_kind='categorical')
  print(f'{name:10} {estimate}')

# %% [markdown]
# ## Longer runs
#
# `python -m mi_tf.experiments deep_infomax` trains with each objective, local
# and global, and evaluates all layers; `report` draws what it wrote.
