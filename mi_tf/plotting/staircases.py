"""Estimates while the true mutual information rises in steps."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from mi_tf.internal import types
from mi_tf.plotting import style
from mi_tf.plotting import traces

_MOST_COLUMNS = 4
_BAND = (10.0, 90.0)  # Percentiles.


def staircase(
  values: Mapping[str, types.TensorLike],
  truth: types.TensorLike,
  rate: float = 0.01,
  cap: float | None = None,
  axes: Sequence[Any] | None = None,
) -> Any:
  """Draws estimates of a truth that rises in steps, in a panel for each name.

  As in [1], a curve's distance from the truth shows the bias, and its width
  shows the variance. Panels end at 1.4 times the greatest truth.

  Args:
    values: dict, name -> array of nats. For shape `[steps]`, the values of
      batches are drawn faintly, and their moving average is drawn. For shape
      `[runs, steps]`, the median and the 10 % to 90 % band of runs are drawn.
    truth: array, shape `[steps]`, nats.
    rate: `float`, the rate of `moving_average`.
    cap: `float`, nats, the largest possible estimate, such as log K. It is
      drawn as a line. Default value: `None`, no line.
    axes: sequence of `matplotlib.axes.Axes`, one for each name in `values`.
      Default value: `None`, a new figure.

  Returns:
    A `matplotlib.figure.Figure`.

  Raises:
    ValueError: if an array in `values` has another shape.

  #### Examples

  >>> truth = np.repeat([1., 2.], 50)
  >>> figure = mi_tf.plotting.staircase({'InfoNCE': .8 * truth}, truth)
  >>> figure.axes[0].get_title()
  'InfoNCE'

  #### References

  [1]: Ben Poole, Sherjil Ozair, Aaron van den Oord, Alexander A. Alemi, George
       Tucker. On Variational Bounds of Mutual Information. _International
       Conference on Machine Learning_, 2019. https://arxiv.org/abs/1905.06922
  """
  from mi_tf.plotting import figures

  truth = np.asarray(truth, np.float64)
  arrays = {k: np.asarray(v, np.float64) for k, v in values.items()}
  for name, array in arrays.items():
    if array.ndim not in (1, 2) or array.shape[-1:] != truth.shape:
      raise ValueError(
        '`values` must have shape [steps] or [runs, steps], with the steps of '
        f'`truth`, {truth.shape}. Received: values[{name!r}].shape='
        f'{array.shape}.'
      )
  if axes is None:
    columns = min(len(values), _MOST_COLUMNS)
    rows = -(-len(values) // columns)
    _, grid = figures.panels(
      columns, rows, 3.0, 2.8, sharex=True, sharey=True, squeeze=False
    )
    axes = grid.ravel()[: len(values)]
    for unused in grid.ravel()[len(values) :]:
      unused.remove()
  steps = np.arange(1, len(truth) + 1)
  for i, (panel, (name, array)) in enumerate(
    zip(axes, arrays.items(), strict=True)
  ):
    _panel(panel, steps, array, rate, style.COLORS[0])
    panel.plot(steps, truth, color='black', linewidth=1.2, label='truth')
    if cap is not None:
      figures.level(panel, cap, f'cap, {cap:.2f}')
    panel.set_title(name)
    panel.set_ylim(-0.1 * truth.max(), 1.4 * truth.max())
    figures.finish(panel, 'updates', 'nats', loc='upper left')
    if i:
      panel.get_legend().remove()
    panel.label_outer()
    if i + _MOST_COLUMNS >= len(values):  # No panel is below.
      panel.tick_params(labelbottom=True)
      panel.set_xlabel('updates')
  return axes[0].figure


def _panel(axes, steps, values, rate, color):
  """Draws one estimate."""
  if values.ndim == 1:
    axes.plot(steps, values, color=color, alpha=0.3, linewidth=0.6)
    middle, label = traces.moving_average(values, rate), 'moving average'
  else:
    low, middle, high = np.percentile(
      values, [_BAND[0], 50.0, _BAND[1]], axis=0
    )
    axes.fill_between(
      steps,
      low,
      high,
      color=color,
      alpha=0.25,
      linewidth=0.0,
      label='10 to 90 % of runs',
    )
    label = 'median of runs'
  axes.plot(steps, middle, color=color, linewidth=1.8, label=label)
