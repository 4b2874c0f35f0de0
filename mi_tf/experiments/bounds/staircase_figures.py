"""Figures and tables of the staircase, from records."""

import numpy as np

from mi_tf import plotting
from mi_tf.experiments import drawing
from mi_tf.internal import markdown

_RATE = 0.1  # The rate of the moving average.
_NAMES = {
  'info_nce': 'InfoNCE',
  'nwj': 'NWJ',
  'mine': 'MINE',
  'interpolated': 'interpolated',
  'js': 'JS, plug-in',
  'smile': 'SMILE',
}


def draw(runs):
  """Draws the values of new batches while the truth rises, for one seed."""
  # There are too few seeds for percentiles: the first seed is drawn.
  values = {
    label: np.concatenate(group[0]['history']['trace'])
    for label, group in drawing.groups(runs, _label).items()
  }
  history = runs[0]['history']
  truth = np.repeat(history['truth'], len(history['trace'][0]))
  figure = plotting.staircase(values, truth, _RATE, runs[0]['cap'])
  for axes in figure.axes:
    if axes.get_xlabel():
      axes.set_xlabel('evaluations')
  return figure


def table(runs):
  """Returns header and rows of a table: bias, variance and error by truth."""
  truths = runs[0]['history']['truth']
  header = ['estimator', 'seeds', 'updates'] + [
    f'{truth:g} nats: bias, variance, MSE' for truth in truths
  ]
  rows = []
  for label, group in drawing.groups(runs, _label).items():
    row = [label, str(len(group)), str(group[0]['config']['steps'])]
    for i, truth in enumerate(truths):
      mean, variance, mse = (
        np.mean([r['history'][key][i] for r in group])
        for key in ('mean', 'variance', 'mse')
      )
      row.append(
        ', '.join(markdown.number(v, 2) for v in (mean - truth, variance, mse))
      )
    rows.append(row)
  return header, rows


def _label(record):
  config = record['config']
  return f'{_NAMES[config["objective"]]}, {config["critic"]}'
