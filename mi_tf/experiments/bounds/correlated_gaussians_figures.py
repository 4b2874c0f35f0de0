"""Figures and tables of correlated Gaussians, from records."""

import numpy as np

from mi_tf.experiments import drawing
from mi_tf.experiments.bounds import correlated_gaussians
from mi_tf.internal import markdown
from mi_tf.plotting import style

_NAMES = {
  'mine': 'MINE',
  'nwj': 'NWJ',
  'info_nce': 'InfoNCE',
  'estimate_mi': 'estimate_mi',
}
_TITLES = {'gaussian': 'Gaussian', 'cubed': 'cubed Gaussian'}
# The values of the published figure at a correlation of .95.
_PUBLISHED = {'mine': 8.5, 'nwj': 7.5, 'info_nce': 4.9}
_MOST_RELATIVE = 0.05
_LEAST = -1.0  # Panels start here, nats. MINE of cubes is thousands lower.


def draw(runs):
  """Draws the estimates over the correlation, and their relative errors."""
  figure, panels = drawing.panels(4)
  for i, (source, title) in enumerate(_TITLES.items()):
    found = [r for r in runs if r['config']['source'] == source]
    if not found:  # The records have only the other source.
      found = runs
    curves, errors = panels[i], panels[2 + i]
    rhos, truth = _curve(found, 'truth')
    curves.plot(rhos, truth, color='black', linewidth=1.2, label='truth')
    for j, (method, name) in enumerate(_NAMES.items()):
      mine = [
        r
        for r in found
        if r['config']['method'] == method and r['config']['critic'] != 'concat'
      ]
      if mine:
        _draw_method(curves, errors, mine, name, style.of(j))
    if source == 'gaussian':
      for j, (method, value) in enumerate(_PUBLISHED.items()):
        curves.plot(
          [0.95],
          [value],
          'x',
          color=style.COLORS[j],
          label=f'{_NAMES[method]}, as published',
        )
    errors.axhspan(
      -100 * _MOST_RELATIVE,
      100 * _MOST_RELATIVE,
      color=style.GRAY,
      alpha=0.2,
      label=f'within {100 * _MOST_RELATIVE:g} %',
    )
    errors.set_ylim(-100.0, 40.0)
    curves.set_ylim(_LEAST, 1.1 * truth.max())
    curves.set_title(title)
    drawing.finish(curves, 'mutual information (nats)', 'correlation')
    drawing.finish(errors, 'error (% of the truth)', 'truth (nats)')
    errors.set_xscale('log')
  return figure


def _draw_method(curves, errors, runs, name, line):
  """Draws one method in both panels of a source."""
  rhos, values = _curve(runs, 'mi')
  # The sign of the correlation does not change the information.
  both = [
    {**r, 'config': {**r['config'], 'rho': abs(r['config']['rho'])}}
    for r in runs
  ]
  truth = _curve(both, 'truth')[1]
  relative = 100 * (_curve(both, 'mi')[1] - truth) / truth
  if 'interval' not in runs[0]:
    if not values.min() >= _LEAST:
      name += ' (below the panel)'
      values = np.where(values >= _LEAST, values, np.nan)
      relative = np.where(relative >= -100.0, relative, np.nan)
    curves.plot(rhos, values, label=name, **line)
    errors.plot(truth, relative, label=name, **line)
    return
  style_of_points = {'fmt': 'o', 'markersize': 3, 'capsize': 3, 'label': name}
  curves.errorbar(
    rhos, values, _reach(runs), color=line['color'], **style_of_points
  )
  errors.errorbar(
    truth,
    relative,
    100 * _reach(both) / truth,
    color=line['color'],
    **style_of_points,
  )


def _reach(runs):
  """Returns the distances of estimates from the ends of their intervals."""
  values = _curve(runs, 'mi')[1]
  low, high = (
    _curve([{**r, 'end': r['interval'][end]} for r in runs], 'end')[1]
    for end in (0, 1)
  )
  return np.maximum([values - low, high - values], 0.0)


def _curve(runs, key):
  """Returns the correlations, and the mean over seeds at each of them."""
  rhos = sorted({r['config']['rho'] for r in runs})
  values = [
    np.mean(
      drawing.numbers([r[key] for r in runs if r['config']['rho'] == rho])
    )
    for rho in rhos
  ]
  return np.array(rhos), np.array(values)


def table(runs):
  """Returns the header and the rows of the table, one row for each method."""
  header = [
    'source and method',
    'runs',
    'truth',
    'at the greatest truth',
    'new samples',
    'as published',
    'largest error (%)',
    'truth from 1 nat',
    'largest error (nats), truth below 1',
    'truth in the interval',
    'CPU seconds',
  ]
  rows = []
  for (source, method, critic), group in _groups(runs).items():
    mi, truth = (
      drawing.numbers([r[key] for r in group]) for key in ('mi', 'truth')
    )
    # NWJ's exponentials may overflow.
    error = np.where(np.isnan(mi), np.inf, np.abs(mi - truth))
    large, top = truth >= 1.0, truth.max()
    ends = [r for r in group if r['truth'] == top]
    last = abs(ends[0]['config']['rho'])
    published = (source, critic, last) == ('gaussian', 'separable', 0.95)
    inside = [
      r['interval'][0] <= r['truth'] <= r['interval'][1]
      for r in group
      if 'interval' in r
    ]
    name = f'{_TITLES[source]}, {_NAMES[method]}'
    if critic == 'concat':
      name += ', concat critic, one negative'
    rows.append(
      [
        name,
        str(len(group)),
        markdown.number(top, 2),
        drawing.mean([r['mi'] for r in ends], 2),
        drawing.mean([r.get('new_samples', r['mi']) for r in ends], 2),
        markdown.number(_PUBLISHED[method] if published else None, 1),
        _largest(100 * error / truth, 1),
        _largest(100 * error[large] / truth[large], 1),
        _largest(error[~large], 3),
        f'{sum(inside)} of {len(inside)}' if inside else '-',
        markdown.number(np.mean([r['cpu_seconds'] for r in group]), 0),
      ]
    )
  return header, rows


def _largest(values, digits):
  return markdown.number(max(values, default=None), digits)


def _groups(runs):
  """Returns a dict, (source, method, critic) -> runs."""
  found = {}
  for source in correlated_gaussians.SOURCES:
    for method in correlated_gaussians.METHODS:
      for critic in ('separable', None, 'concat'):
        group = [
          r
          for r in runs
          if (r['config']['source'], r['config']['method']) == (source, method)
          and r['config']['critic'] == critic
        ]
        if group:
          found[source, method, critic] = group
  return found
