"""Figure and table of GANs on halves of digits, from records."""

import numpy as np

from mi_tf.experiments import drawing
from mi_tf.experiments.gans import gan_figures
from mi_tf.internal import markdown

_COLUMNS = 6  # Of the samples of a picture.


def draw(runs):
  """Draws coverage over training, and samples of one run of each kind."""
  return gan_figures.draw(runs, _mosaic)


def table(runs):
  """Returns the header and the rows of the table."""
  header, rows = gan_figures.table(runs)
  header += [
    'high quality of data',
    "classifiers' accuracy above",
    'below',
  ]
  groups = drawing.groups(runs, gan_figures.label_of).values()
  for row, group in zip(rows, groups, strict=True):
    judge = group[0]['judge']  # The same one of all seeds.
    numbers = [judge['high_quality'], *judge['accuracy']]
    row += [markdown.number(value, 3) for value in numbers]
  return header, rows


def _mosaic(axes, record, epoch):
  """Draws the samples of an epoch beside and below each other."""
  from mi_tf.plotting import figures

  pixels = np.array(record['samples'][epoch]) / 100.0
  size = round(np.sqrt(pixels.shape[1]))
  images = pixels.reshape([-1, _COLUMNS, size, size])
  images = np.pad(images, [(0, 0), (0, 0), (1, 1), (1, 1)], constant_values=0.5)
  whole = np.concatenate(np.concatenate(images, axis=1), axis=1)
  axes.imshow(whole, cmap='gray', vmin=0.0, vmax=1.0)
  figures.finish(axes, 'x (pixels)', 'y (pixels)')
  axes.grid(False)
