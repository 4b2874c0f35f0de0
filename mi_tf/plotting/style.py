"""Colors and line styles of figures. Neighboring curves differ in both."""

# Okabe and Ito's colors, which most color-blind people can tell apart.
COLORS = ('#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9')
STYLES = ('-', '--', '-.', ':')
MARKERS = ('o', 's', '^', 'D', 'v', 'P')
GRAY = '#555555'


def of(i):
  """Returns the color and line style of the i-th curve, for `axes.plot`."""
  return {
    'color': COLORS[i % len(COLORS)],
    'linestyle': STYLES[i % len(STYLES)],
  }
