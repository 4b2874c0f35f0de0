"""Estimates against the truth."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from mi_tf.internal import types
from mi_tf.plotting import style


def accuracy(
  truth: types.TensorLike,
  estimates: Mapping[str, Sequence[Any]],
  cap: float | None = None,
  axes: Any = None,
) -> Any:
  """Draws estimates over the truth, with their intervals.

  Args:
    truth: array, shape `[k]`, nats.
    estimates: dict, name -> sequence of `k` `MiEstimate`s in nats, or of `k`
      numbers, which are drawn without intervals. Infinite ends are drawn up to
      the greatest finite number.
    cap: `float`, nats, the largest possible estimate, such as log K. It is
      drawn as a line. Default value: `None`, no line.
    axes: `matplotlib.axes.Axes`. Default value: `None`, a new figure.

  Returns:
    A `matplotlib.figure.Figure`.

  Raises:
    ValueError: if an estimate is not in nats.

  #### Examples

  >>> figure = mi_tf.plotting.accuracy([1., 2.], {'InfoNCE': [.9, 1.8]})
  >>> figure.axes[0].get_ylabel()
  'estimate (nats)'
  """
  from mi_tf.plotting import figures

  axes = figures.axes_or_new(axes)
  truth = np.asarray(truth, np.float64)
  ends = [min(truth.min(), 0.0), truth.max()]
  axes.plot(ends, ends, color='black', linewidth=1.2, label='truth')
  for i, (name, found) in enumerate(estimates.items()):
    if any(getattr(e, 'units', 'nats') != 'nats' for e in found):
      raise ValueError(f'`estimates[{name!r}]` must be in nats.')
    values = np.array([float(e) for e in found])
    intervals = np.array(
      [getattr(e, 'interval', [float(e)] * 2) for e in found]
    )
    finite = np.concatenate([truth, values, *intervals])
    intervals = np.minimum(intervals, finite[np.isfinite(finite)].max())
    axes.errorbar(
      truth,
      values,
      np.maximum([values - intervals[:, 0], intervals[:, 1] - values], 0.0),
      marker=style.MARKERS[i % len(style.MARKERS)],
      markersize=5.0,
      capsize=3.0,
      label=name,
      **style.of(i),
    )
  if cap is not None:
    figures.level(axes, cap, f'cap, {cap:.2f}')
  figures.finish(axes, 'truth (nats)', 'estimate (nats)')
  return axes.figure
