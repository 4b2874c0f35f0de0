"""Parts of all figures. The module imports matplotlib: import it late."""

import io

from matplotlib import figure as figure_lib

from mi_tf.plotting import style


class Figure(figure_lib.Figure):
  """A figure that notebooks show, without the global state of pyplot."""

  def _repr_png_(self):
    content = io.BytesIO()
    self.savefig(content, format='png')
    return content.getvalue()


def panels(columns, rows=1, width=5.0, height=3.6, **options):
  """Returns a new figure and its axes (an array of axes for several panels).

  The width and height of each panel are in inches. The options are passed to
  `matplotlib.figure.Figure.subplots`.
  """
  figure = Figure(
    figsize=(width * columns, height * rows), dpi=100, layout='constrained'
  )
  return figure, figure.subplots(rows, columns, **options)


def axes_or_new(axes):
  """Returns `axes`, or the axes of a new figure if `axes` is `None`."""
  return panels(1)[1] if axes is None else axes


def finish(axes, x, y, **legend):
  """Adds labels of the axes, a grid and a legend to a panel."""
  axes.set_xlabel(x)
  axes.set_ylabel(y)
  axes.grid(alpha=0.3)
  axes.set_axisbelow(True)
  if axes.get_legend_handles_labels()[0]:
    axes.legend(**{'loc': 'best', 'fontsize': 'small', **legend})


def level(axes, value, label):
  """Draws a horizontal line for a constant, such as a cap."""
  axes.axhline(
    value, color=style.GRAY, linestyle=':', linewidth=1.2, label=label
  )
