"""The figures of the accuracy benchmark, drawn from records alone."""

import numpy as np
from scipy import stats

from mi_tf.benchmarks.accuracy import comparisons
from mi_tf.benchmarks.accuracy import runs
from mi_tf.benchmarks.accuracy import scoring
from mi_tf.plotting import style

_LEVELS = np.arange(0.5, 0.995, 0.01)
_RIVALS = ('gcmi', 'ksg', 'sklearn_knn', 'cca')
_LEAST = 1e-4  # Nats. Smaller errors are drawn as this.
_COLUMNS = 4

# Kinds of families; others are left out.
_KINDS = {
  'Beyond Normal': ('beyond_normal',),
  'few numbers': ('two_numbers', 'mixtures', 'structure', 'low_dim'),
  'many numbers': ('linear_mix', 'gaussian_20d', 'flow', 'wide'),
  'counts and classes': ('counts', 'discrete', 'atoms', 'tables'),
  'independent': ('independent',),
}


def draw(found):
  """Returns the figures of records.

  Args:
    found: list of records.

  Returns:
    Dict, 'reliability' and 'by_n' -> `matplotlib.figure.Figure`.
  """
  found = runs.fine(runs.newest(found))
  return {'reliability': _reliability(found), 'by_n': _by_size(found)}


def _reliability(found):
  """Draws the actual over the nominal coverage of our intervals."""
  from matplotlib import figure as figure_lib

  ours = [
    r for r in runs.of(runs.OURS, found) if scoring.interval(r) is not None
  ]
  by_size = {
    f'n = {n:,}': records
    for (n,), records in sorted(runs.by(ours, runs.size).items())
  }
  by_kind = {
    kind: [r for r in ours if runs.family(r) in names]
    for kind, names in _KINDS.items()
  }
  figure = figure_lib.Figure(figsize=(9.0, 4.5), dpi=100, layout='constrained')
  left, right = figure.subplots(1, 2, sharex=True, sharey=True)
  _coverages(left, {'all runs': ours, **by_size}, 'by number of samples')
  _coverages(right, {'all runs': ours, **by_kind}, 'by kind of data')
  left.set_ylabel('share of intervals that hold the truth (%)')
  return figure


def _coverages(axes, groups, title):
  """Draws a line for the first group, and for groups of enough records."""
  levels = 100 * _LEVELS
  axes.plot(levels, levels, color=style.GRAY, linewidth=0.8, zorder=1)
  for i, (name, records) in enumerate(groups.items()):
    if len(records) >= (comparisons.LEAST_RUNS if i else 1):
      shares = [100 * coverage_at(records, level) for level in _LEVELS]
      axes.plot(
        levels, shares, **style.of(i), label=f'{name} ({len(records):,})'
      )
  axes.set_title(title, fontsize=10)
  axes.set_xlabel('nominal coverage (%)')
  axes.set_xlim(50, 100)
  if axes.get_legend_handles_labels()[0]:
    axes.legend(loc='lower right', fontsize=7, title='(runs)', title_fontsize=7)


def coverage_at(found, level):
  """Returns the share of intervals of a nominal coverage that hold the truth.

  Records have intervals of 95 %. For another coverage, the parts below and
  above the estimate are scaled by the ratio of normal quantiles.

  Args:
    found: list of records with an interval.
    level: `float`, the nominal coverage.
  """
  z = stats.norm.ppf([0.5 + level / 2, 1 - scoring.ALPHA / 2])
  return scoring.coverage(found, z[0] / z[1])


def _by_size(found):
  """Draws medians of errors and widths by the number of samples."""
  from matplotlib import figure as figure_lib

  families = {
    family: records
    for (family,), records in runs.by(found, runs.family).items()
    if len({runs.size(r) for r in runs.of(runs.OURS, records)}) > 1
  }
  rows = max(1, -(-len(families) // _COLUMNS))
  figure = figure_lib.Figure(
    figsize=(11.0, 0.6 + 2.3 * rows), dpi=72, layout='constrained'
  )
  grid = figure.subplots(rows, _COLUMNS, squeeze=False)
  for axes in grid.flat[len(families) :]:
    axes.set_visible(False)
  for axes, (family, records) in zip(grid.flat, families.items()):
    _medians(axes, family, records)
  if families:
    lines = {
      label: line
      for axes in grid.flat
      for line, label in zip(*axes.get_legend_handles_labels())
    }
    figure.legend(
      lines.values(),
      lines,
      loc='outside lower center',
      ncols=3,
      fontsize=8,
      title='nats, over the number of samples',
      title_fontsize=8,
    )
  return figure


def _medians(axes, family, records):
  """Draws the medians of a family."""
  axes.set_title(family, fontsize=9)
  axes.set_xscale('log')
  axes.set_yscale('log')
  axes.tick_params(labelsize=7)
  axes.yaxis.set_minor_formatter('')
  sizes = sorted({runs.size(r) for r in records})
  axes.set_xticks(sizes, [_short(n) for n in sizes])
  axes.set_xticks([], minor=True)
  lines = [
    (runs.OURS, 'median error', _error),
    (runs.OURS, 'median width', _width),
  ]
  lines += [(rival, 'median error', _error) for rival in _RIVALS]
  for i, (name, what, measure) in enumerate(lines):
    points = [
      (n, np.maximum(_LEAST, measure(chosen)))  # Infinite widths are gaps.
      for (n,), chosen in runs.by(runs.of(name, records), runs.size).items()
    ]
    is_ours = name == runs.OURS
    if points:
      axes.plot(
        *zip(*points),
        color=style.COLORS[0 if is_ours else i - 1],
        linestyle='--' if measure is _width else '-',
        linewidth=1.8 if is_ours else 0.9,
        marker=style.MARKERS[i],
        markersize=3.0,
        zorder=3 if is_ours else 2,
        label=f'{name}: {what}',
      )


def _short(n):
  """Returns a number of samples, such as '300' or '10k'."""
  return f'{n // 1000}k' if n >= 1000 else str(n)


def _error(found):
  return float(np.median([abs(scoring.error(r)) for r in found]))


def _width(found):
  width = scoring.median_half_width(found)
  return width if np.isfinite(width) else np.nan
