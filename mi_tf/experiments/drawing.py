"""Parts of all figures and tables of experiments."""

import math

import numpy as np

from mi_tf.internal import markdown
from mi_tf.internal import records
from mi_tf.plotting import style

COLORS, STYLES = style.COLORS, style.STYLES


def groups(runs, label):
  """Returns a dict from labels to runs that differ only in their seeds.

  If configs with one label differ in other fields, the label names them, too.

  Args:
    runs: list of records.
    label: callable, record -> `str`.
  """
  found = {}
  for record in runs:
    config = {k: v for k, v in record['config'].items() if k != 'seed'}
    same = found.setdefault(label(record), {})
    same.setdefault(records.key(config), []).append(record)
  named = {}
  for name, same in found.items():
    configs = [group[0]['config'] for group in same.values()]
    different = sorted(
      key
      for key in {key for config in configs for key in config} - {'seed'}
      if any(c.get(key) != configs[0].get(key) for c in configs)
    )
    for config, group in zip(configs, same.values(), strict=True):
      named[', '.join([name, *(f'{k} {config.get(k)}' for k in different)])] = (
        group
      )
  return named


def numbers(values):
  """Returns a float64 array, with NaN for each None."""
  return np.array(values, np.float64)


def mean(values, digits=3):
  """Returns the text of a mean and, for several values, standard deviation."""
  values = numbers(values)
  if np.isnan(values).any():
    return markdown.number(None)
  text = markdown.number(np.mean(values), digits)
  if len(values) == 1:
    return text
  return f'{text} +- {markdown.number(np.std(values, ddof=1), digits)}'


def panels(count):
  """Returns a figure and a list of its panels."""
  from mi_tf.plotting import figures

  columns = min(count, 2)
  rows = math.ceil(count / columns)
  figure, axes = figures.panels(columns, rows, 5.0, 3.8)
  return figure, list(np.ravel(axes))


def curves(axes, runs, key, label, labels=None):
  """Draws the mean of each group during training, and the range of its seeds.

  Args:
    axes: `matplotlib.axes.Axes`.
    runs: list of records.
    key: `str`, the key in the histories of the runs.
    label: callable, record -> name of the record's group.
    labels: list of all groups' names, in the order of colors. Default value:
      `None`, the names of groups in `runs`.
  """
  found = groups(runs, label)
  labels = labels or []
  labels = [*labels, *(name for name in found if name not in labels)]
  for i, name in enumerate(labels):
    if name not in found:
      continue
    histories = [r['history'] for r in found[name]]
    least = min(len(h['step']) for h in histories)
    values = numbers([h[key][:least] for h in histories])
    step = histories[0]['step'][:least]
    line = style.of(i)
    axes.plot(step, values.mean(axis=0), label=name, **line)
    if len(histories) > 1:
      axes.fill_between(
        step,
        values.min(axis=0),
        values.max(axis=0),
        color=line['color'],
        alpha=0.2,
        linewidth=0.0,
      )


def finish(axes, y, x='updates'):
  """Adds labels of the axes, a grid and a legend to a panel."""
  from mi_tf.plotting import figures

  figures.finish(axes, x, y)
