"""Values over the updates of one training run."""

from typing import Any

import numpy as np

from mi_tf.internal import types
from mi_tf.plotting import style


def moving_average(values: types.TensorLike, rate: float = 0.01) -> np.ndarray:
  """Returns the exponential moving average after each value.

  ```none
  average[0] = values[0]
  average[t] = (1 - rate) average[t - 1] + rate values[t]
  ```

  Args:
    values: array of finite values, shape `[..., steps]`.
    rate: `float`, in (0, 1], the weight of a new value.

  Returns:
    Float64 array, shape `[..., steps]`.

  Raises:
    ValueError: if `rate` is not in (0, 1].

  #### Examples

  >>> mi_tf.plotting.moving_average([0., 1., 1.], rate=.5).tolist()
  [0.0, 0.5, 0.75]
  """
  from scipy import signal

  if not 0.0 < rate <= 1.0:
    raise ValueError(f'`rate` must be in (0, 1]. Received: rate={rate}.')
  values = np.asarray(values, np.float64)
  if not values.size:
    return values
  start = (1.0 - rate) * values[..., :1]
  return signal.lfilter([rate], [1.0, rate - 1.0], values, zi=start)[0]


def trace(
  values: types.TensorLike,
  truth: float | None = None,
  rate: float = 0.01,
  share: float | None = None,
  cap: float | None = None,
  steps: types.TensorLike | None = None,
  axes: Any = None,
) -> Any:
  """Draws values of batches during training, their average, and the truth.

  Args:
    values: array, shape `[steps]`, nats, such as the bound of each batch.
    truth: `float`, nats. It is drawn as a line. Default value: `None`, no line.
    rate: `float`, the rate of `moving_average`.
    share: `float`, such as .8. If `truth` is given, a line is drawn at
      `share * truth`. Default value: `None`, no line.
    cap: `float`, nats, the largest possible value, such as log K. It is drawn
      as a line. Default value: `None`, no line.
    steps: array, shape `[steps]`. Default value: `None`, the steps 1, 2, ...
    axes: `matplotlib.axes.Axes`. Default value: `None`, a new figure.

  Returns:
    A `matplotlib.figure.Figure`.

  #### Examples

  >>> figure = mi_tf.plotting.trace([0., 1., 1.5], truth=2., share=.8)
  >>> [line.get_label() for line in figure.axes[0].lines][1]
  'moving average (rate 0.01)'
  """
  from mi_tf.plotting import figures

  axes = figures.axes_or_new(axes)
  values = np.asarray(values, np.float64)
  steps = np.arange(1, len(values) + 1) if steps is None else steps
  blue = style.COLORS[0]
  axes.plot(
    steps, values, color=blue, alpha=0.3, linewidth=0.8, label='each batch'
  )
  axes.plot(
    steps,
    moving_average(values, rate),
    color=blue,
    linewidth=2.0,
    label=f'moving average (rate {rate:g})',
  )
  if truth is not None:
    axes.axhline(truth, color='black', linewidth=1.5, label='truth')
    if share is not None:
      axes.axhline(
        share * truth,
        color=style.COLORS[1],
        linestyle='--',
        label=f'{100 * share:.0f} % of the truth',
      )
  if cap is not None:
    figures.level(axes, cap, f'cap, {cap:.2f}')
  figures.finish(axes, 'updates', 'mutual information (nats)')
  return axes.figure
