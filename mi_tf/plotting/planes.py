"""The information plane: MI of layers with the inputs and with the targets."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from mi_tf.plotting import style


def information_plane(
  history: Mapping[str, Sequence[float]],
  layers: Sequence[str] | None = None,
  axes: Any = None,
) -> Any:
  """Draws I(layer; y) over I(x; layer) at several epochs of training.

  Each layer is a path. Its first point is hollow; later points are darker.

  Args:
    history: dict, such as `mi_tf.callbacks.MutualInformation.history`. It has
      the list 'epoch' and, for each layer, the lists 'mi_x_NAME' and
      'mi_NAME_y' in nats.
    layers: list of names. Default value: `None`, all layers with both lists.
    axes: `matplotlib.axes.Axes`. Default value: `None`, a new figure.

  Returns:
    A `matplotlib.figure.Figure`.

  Raises:
    ValueError: if no layer has both lists in `history`.

  #### Examples

  >>> history = {'epoch': [0, 1], 'mi_x_code': [1., 3.], 'mi_code_y': [.2, 2.]}
  >>> figure = mi_tf.plotting.information_plane(history)
  >>> figure.axes[0].get_xlabel()
  'I(x; layer) (nats)'
  """
  from mi_tf.plotting import figures

  if layers is None:
    layers = [
      key[len('mi_') : -len('_y')]
      for key in history
      if key.startswith('mi_')
      and key.endswith('_y')
      and f'mi_x_{key[len("mi_") : -len("_y")]}' in history
    ]
  if not layers:
    raise ValueError(
      '`history` must have mi_x_NAME and mi_NAME_y of a layer, as with '
      "MutualInformation(..., against=('x', 'y')). "
      f'Received: {sorted(history)}.'
    )
  axes = figures.axes_or_new(axes)
  epochs = np.asarray(history['epoch'], np.float64)
  shades = np.log1p(epochs - epochs.min())
  for i, name in enumerate(layers):
    x, y = history[f'mi_x_{name}'], history[f'mi_{name}_y']
    marker = style.MARKERS[i % len(style.MARKERS)]
    line = style.of(i)
    axes.plot(x, y, alpha=0.6, linewidth=1.2, zorder=2, **line)
    for k in range(1, len(epochs)):
      alpha = 0.2 + 0.8 * shades[k] / shades.max()
      axes.plot(x[k], y[k], marker, color=line['color'], alpha=alpha, zorder=3)
    axes.plot(
      x[0],
      y[0],
      marker,
      markerfacecolor='white',
      markeredgecolor=line['color'],
      zorder=4,
    )
    axes.plot([], [], marker=marker, label=name, **line)
  first, last = (int(end) for end in (epochs[0], epochs[-1]))
  axes.set_title(f'epochs {first} (hollow) to {last} (dark)', fontsize='medium')
  figures.finish(axes, 'I(x; layer) (nats)', 'I(layer; y) (nats)')
  return axes.figure
