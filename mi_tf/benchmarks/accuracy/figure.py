"""The figure of the accuracy benchmark, drawn from records alone."""

import numpy as np

from mi_tf.benchmarks.accuracy import bars
from mi_tf.benchmarks.accuracy import report
from mi_tf.plotting import style

_MAX_ROWS = 60


def draw(found):
  """Returns a figure of errors by task, estimates over truths, and calibration.

  Args:
    found: list of records.

  Returns:
    A `matplotlib.figure.Figure`.
  """
  from matplotlib import figure as figure_lib

  found = [r for r in report.newest(found) if bars.error(r) is not None]
  figure = figure_lib.Figure(figsize=(11.0, 8.0), dpi=90, layout='constrained')
  grid = figure.add_gridspec(2, 2)
  _errors(figure.add_subplot(grid[:, 0]), found)
  _truths(figure.add_subplot(grid[0, 1]), found)
  _calibration(figure.add_subplot(grid[1, 1]), found)
  return figure


def _by_estimator(found):
  """Returns (name, color, records) of each estimator; mi_tf's are first."""
  groups = report.by(found, report.name)
  names = sorted(groups, key=lambda key: report.ours_first(key[0]))
  return [
    (key[0], style.COLORS[i % len(style.COLORS)], groups[key])
    for i, key in enumerate(names)
  ]


def _errors(axes, found):
  """Draws the errors of estimates, one row for each task."""
  family = 'beyond_normal'
  rows = [r for r in found if r['config']['family'] == family] or found
  labels = list(dict.fromkeys(r['config']['task'] for r in rows))[:_MAX_ROWS]
  height = {label: i for i, label in enumerate(labels)}
  for name, color, records in reversed(_by_estimator(rows)):
    records = [r for r in records if r['config']['task'] in height]
    axes.plot(
      [bars.error(r) for r in records],
      [height[r['config']['task']] for r in records],
      'o' if name == bars.ESTIMATOR else 'x',
      color=color,
      markersize=4.0,
      label=name,
    )
  for x in (0.0, -0.05, 0.05):
    axes.axvline(x, color='#999999', linewidth=0.8, linestyle=':' if x else '-')
  axes.set_yticks(range(len(labels)), labels, fontsize=6)
  axes.invert_yaxis()
  axes.set_xlabel('estimate minus truth (nats)')
  if labels:
    axes.legend(loc='upper left', fontsize=7)


def _truths(axes, found):
  """Draws estimates over truths."""
  greatest = max([1.0, *(r['truth'] for r in found)])
  axes.plot([0.0, greatest], [0.0, greatest], color='#999999', linewidth=0.8)
  for name, color, records in reversed(_by_estimator(found)):
    axes.plot(
      [r['truth'] for r in records],
      np.clip([r['estimate'] for r in records], -1.0, 1.5 * greatest),
      'o' if name == bars.ESTIMATOR else 'x',
      color=color,
      markersize=4.0,
      label=name,
    )
  axes.set_xlabel('truth (nats)')
  axes.set_ylabel('estimate (nats)')
  if found:
    axes.legend(loc='upper left', fontsize=7)


def _calibration(axes, found):
  """Draws errors over standard errors; the ratios should be standard normal."""
  grid = np.linspace(-5.0, 5.0, 101)
  axes.plot(
    grid,
    np.exp(-(grid**2) / 2) / np.sqrt(2 * np.pi),
    color='#999999',
    linewidth=0.8,
    label='standard normal',
  )
  for name, color, records in _by_estimator(found):
    scaled = [bars.error(r) / r['stderr'] for r in records if r.get('stderr')]
    if scaled:
      axes.hist(
        np.clip(scaled, -5.0, 5.0),
        np.linspace(-5.0, 5.0, 21),
        density=True,
        alpha=0.6,
        color=color,
        label=name,
      )
  axes.set_xlabel('error in standard errors (beyond 5: at the end)')
  axes.set_ylabel('density')
  axes.legend(loc='upper left', fontsize=7)
