"""Figures, animation and tables of GANs, from records."""

import numpy as np

from mi_tf.experiments import drawing
from mi_tf.experiments.gans import mixtures
from mi_tf.internal import markdown

_NAMES = {
  'none': 'no MI',
  'mi': 'MI',
  'clipped': 'MI, clipped',
}
_COLUMNS = 6  # The number of columns in a picture of digits.
_PANELS = {
  'modes': 'modes covered, of {}',
  'high_quality': 'share of high-quality samples',
  'divergence': 'KL divergence to shares of modes (nats)',
}


def draw(runs):
  """Draws coverage during training, and samples of one run of each kind.

  Args:
    runs: list of records.
  """
  from mi_tf.plotting import figures

  show = _mosaic if 'judge' in runs[0] else _scatter
  shown = _first_of_each(runs)
  columns = max(len(_PANELS), len(shown))
  figure, axes = figures.panels(columns, 2, 4.6, 4.2)
  for panel, (key, name) in zip(axes[0], _PANELS.items(), strict=False):
    drawing.curves(panel, runs, key, _label)
    drawing.finish(panel, name.format(_modes(runs)))
  for panel, (label, record) in zip(axes[1], shown.items(), strict=False):
    show(panel, record, max(record['samples'], key=int))
    panel.set_title(f'{label}, seed {record["config"]["seed"]}', fontsize=10)
  for row, count in zip(axes, (len(_PANELS), len(shown)), strict=True):
    for panel in row[count:]:
      panel.remove()
  return figure


def animate(runs):
  """Returns an animation of the samples of one run of each kind.

  Args:
    runs: list of records.

  Returns:
    `matplotlib.animation.FuncAnimation`, with methods `save` and `to_jshtml`.
  """
  from matplotlib import animation

  from mi_tf.plotting import figures

  shown = _first_of_each(runs)
  figure, axes = figures.panels(len(shown), 1, 4.2, 4.4)
  axes = list(np.ravel(axes))
  epochs = sorted(
    set.intersection(*(set(r['samples']) for r in shown.values())), key=int
  )

  def show(epoch):
    for panel, (label, record) in zip(axes, shown.items(), strict=True):
      panel.clear()
      _scatter(panel, record, epoch)
      panel.set_title(f'{label}, epoch {epoch}', fontsize=10)

  return animation.FuncAnimation(figure, show, epochs, interval=500)


def table(runs):
  """Returns the header and the rows of the table.

  Args:
    runs: list of records. If classifiers judged the samples, the table has the
      accuracies of the classifiers.
  """
  has_judge = 'judge' in runs[0]
  header = [
    'run',
    'seeds',
    'epochs',
    f'modes, of {_modes(runs)}',
    'fewest',
    'modes with 20 samples',
    'high quality',
    'lowest',
    'KL (nats)',
    'highest',
    'MI (nats)',
    'minutes',
  ]
  if has_judge:
    header += ['high quality of data', "classifiers' accuracy above", 'below']
  rows = []
  for label, group in drawing.groups(runs, _label).items():
    last = {
      key: [r['history'][key][-1] for r in group]
      for key in ('modes', 'well_covered', 'high_quality', 'divergence')
    }
    mi = [_last(r['history']['mi']) for r in group]
    rows.append(
      [
        label,
        str(len(group)),
        str(group[0]['config']['epochs']),
        drawing.mean(last['modes'], 1),
        str(min(last['modes'])),
        drawing.mean(last['well_covered'], 1),
        drawing.mean(last['high_quality']),
        _worst(last['high_quality'], np.min),
        drawing.mean(last['divergence']),
        _worst(last['divergence'], np.max),
        drawing.mean(mi, 2),
        markdown.number(np.mean([r['wall_seconds'] for r in group]) / 60, 1),
      ]
    )
    if has_judge:
      judge = group[0]['judge']  # The same for all seeds.
      numbers = [judge['high_quality'], *judge['accuracy']]
      rows[-1] += [markdown.number(value) for value in numbers]
  return header, rows


def _worst(values, choose):
  """Returns the text of `choose(values)`, or a dash if a value is missing."""
  worst = choose(drawing.numbers(values))
  return markdown.number(None if np.isnan(worst) else worst)


def _modes(runs):
  """Returns the number of modes of the data."""
  return len(runs[0]['counts'])


def _last(values):
  """Returns the last value that is not None, or None."""
  return next((v for v in reversed(values) if v is not None), None)


def _first_of_each(runs):
  """Returns a dict, label -> the kind's run with the least seed."""
  return {
    label: min(group, key=lambda r: r['config']['seed'])
    for label, group in drawing.groups(runs, _label).items()
  }


def _scatter(axes, record, epoch):
  """Draws the samples of an epoch over the modes of the data."""
  from mi_tf.plotting import figures

  axes.scatter(
    *mixtures.MEANS.T, s=60, facecolors='none', edgecolors=drawing.COLORS[1]
  )
  axes.scatter(*np.transpose(record['samples'][epoch]), s=3, color='black')
  axes.set_xlim(-5.5, 5.5)
  axes.set_ylim(-5.5, 5.5)
  axes.set_aspect('equal')
  figures.finish(axes, 'x', 'y')


def _mosaic(axes, record, epoch):
  """Draws the samples of an epoch as images, in rows and columns."""
  from mi_tf.plotting import figures

  pixels = np.array(record['samples'][epoch]) / 100.0
  size = round(np.sqrt(pixels.shape[1]))
  images = pixels.reshape([-1, _COLUMNS, size, size])
  images = np.pad(images, [(0, 0), (0, 0), (1, 1), (1, 1)], constant_values=0.5)
  whole = np.concatenate(np.concatenate(images, axis=1), axis=1)
  axes.imshow(whole, cmap='gray', vmin=0.0, vmax=1.0)
  figures.finish(axes, 'x (pixels)', 'y (pixels)')
  axes.grid(False)


def _label(record):
  """Returns the name of a kind of runs."""
  config = record['config']
  name = _NAMES[config['variant']]
  if not config['penalty']:
    name += ', no penalty'
  return name if config['data'] == 'grid' else f'{config["data"]}, {name}'
