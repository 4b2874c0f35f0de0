"""Figures and tables of Deep InfoMax, from records."""

import numpy as np

from mi_tf.experiments import drawing
from mi_tf.internal import markdown

_OBJECTIVES = {'js': 'JSD', 'dv': 'DV', 'info_nce': 'InfoNCE'}


def draw(runs):
  """Draws accuracy and bounds of local and global objectives over training."""
  figure, panels = drawing.panels(4)
  for i, name in enumerate(('local', 'global')):
    key = f'{name}_mi'
    found = [r for r in runs if key in r['history']]
    above, below = panels[i], panels[i + 2]
    drawing.curves(above, found, 'accuracy', _label)
    drawing.curves(below, found, key, _label)
    above.sharex(below)
    drawing.finish(above, 'accuracy of a linear classifier of y')
    if above.get_legend():
      above.get_legend().remove()  # The panel below has the same legend.
    drawing.finish(below, f'{name} bound on the test images (nats)')
  limits = [panel.get_ylim() for panel in panels[:2]]
  for panel in panels[:2]:
    panel.set_ylim(min(limits)[0], max(high for _, high in limits))
  return figure


def table(runs):
  """Returns the header and the rows of the table."""
  header = [
    'run',
    'seeds',
    'steps',
    'random encoder, y',
    'y',
    'fc',
    'conv (of 5,000 images)',
    'pixels',
    'hidden layer on y',
    'distance to prior',
    'dependence (nats)',
    'I(x; y), MINE',
    'minutes',
  ]
  rows = []
  for label, group in drawing.groups(runs, _label).items():
    probes = [r['probes'] for r in group]
    rows.append(
      [
        label,
        str(len(group)),
        str(group[0]['config']['steps']),
        drawing.mean([r['history']['accuracy'][0] for r in group], 4),
        *(
          drawing.mean([p[layer]['linear'] for p in probes], 4)
          for layer in ('y', 'fc', 'conv', 'pixels')
        ),
        drawing.mean([p['y']['hidden_layer'] for p in probes], 4),
        drawing.mean([r['prior']['distance'] for r in group]),
        drawing.mean([r['dependence'] for r in group]),
        drawing.mean([r['information'] for r in group]),
        markdown.number(np.mean([r['wall_seconds'] for r in group]) / 60, 1),
      ]
    )
  return header, rows


def _label(record):
  config = record['config']
  terms = [
    f'{name} {config[key]:g}' + ' concat' * (config[critic] == 'concat')
    for key, name, critic in (
      ('alpha', 'global', 'global_critic'),
      ('beta', 'local', 'local'),
    )
    if config[key]
  ]
  parts = [_OBJECTIVES[config['objective']], ' + '.join(terms)]
  parts.append(f'prior {config["gamma"]:g}')
  if config['dataset'] != 'mnist':
    parts.append(config['dataset'])
  return ', '.join(parts)
