"""Figures, animation and table of GANs, from records."""

import numpy as np

from mi_tf.experiments import drawing
from mi_tf.experiments.gans import mixtures
from mi_tf.internal import markdown

_NAMES = {
  'none': 'no MI',
  'mi': 'MI',
  'clipped': 'MI, clipped',
}
_PANELS = {
  'modes': 'modes covered, of {}',
  'high_quality': 'share of high-quality samples',
  'divergence': 'KL divergence to what modes are due (nats)',
}


def draw(runs, show=None):
  """Draws coverage over training, and the samples of one run of each kind.

  Args:
    runs: list of records.
    show: callable, (axes, record, epoch) -> None, draws samples. Default value:
      `None`, as points in the plane.
  """
  from mi_tf.plotting import figures

  shown = _first_of_each(runs)
  columns = max(len(_PANELS), len(shown))
  figure, axes = figures.panels(columns, 2, 4.6, 4.2)
  for panel, (key, name) in zip(axes[0], _PANELS.items(), strict=False):
    drawing.curves(panel, runs, key, label_of)
    drawing.finish(panel, name.format(_modes(runs)))
  for panel, (label, record) in zip(axes[1], shown.items(), strict=False):
    (show or _scatter)(panel, record, max(record['samples'], key=int))
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
    `matplotlib.animation.FuncAnimation`, for its `save` or `to_jshtml`.
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
  """Returns the header and the rows of the table."""
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
  rows = []
  for label, group in drawing.groups(runs, label_of).items():
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
  return header, rows


def _worst(values, choose):
  """Returns the text of the least or the greatest; a dash if one is missing."""
  worst = choose(drawing.numbers(values))
  return markdown.number(None if np.isnan(worst) else worst)


def _modes(runs):
  """Returns the number of modes of the data."""
  return len(runs[0]['counts'])


def _last(values):
  """Returns the last value that is not None, or None."""
  return next((v for v in reversed(values) if v is not None), None)


def _first_of_each(runs):
  """Returns the run of least seed of each kind, by label."""
  return {
    label: min(group, key=lambda r: r['config']['seed'])
    for label, group in drawing.groups(runs, label_of).items()
  }


def _scatter(axes, record, epoch):
  """Draws the samples of an epoch on the modes of the data."""
  from mi_tf.plotting import figures

  means = mixtures.MEANS[record['config']['data']]
  axes.scatter(*means.T, s=60, facecolors='none', edgecolors=drawing.COLORS[1])
  axes.scatter(*np.transpose(record['samples'][epoch]), s=3, color='black')
  axes.set_xlim(-5.5, 5.5)
  axes.set_ylim(-5.5, 5.5)
  axes.set_aspect('equal')
  figures.finish(axes, 'x', 'y')


def label_of(record):
  """Returns the name of a run's kind."""
  config = record['config']
  name = _NAMES[config['variant']]
  if not config['penalty']:
    name += ', no penalty'
  return name if config['data'] == 'grid' else f'{config["data"]}, {name}'
