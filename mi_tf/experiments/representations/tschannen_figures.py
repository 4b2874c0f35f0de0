"""Figures and tables of the experiments of Tschannen et al., from records."""

import itertools

import numpy as np

from mi_tf.experiments import drawing
from mi_tf.experiments.representations import two_view
from mi_tf.internal import markdown

_OBJECTIVES = {'info_nce': 'InfoNCE', 'nwj': 'NWJ'}
_CRITICS = {'bilinear': 'bilinear', 'separable': 'separable', 'concat': 'MLP'}
_ENCODERS = {'Mlp': 'MLP', 'ConvNet': 'ConvNet', 'RealNvp': 'RealNVP'}
_PAPER_STEPS = {'adversarial': 4000, 'non_iid': 20_000}


def invertible(runs):
  """Draws accuracy and bound of each objective."""
  figure, (left, right) = drawing.panels(2)
  drawing.curves(left, runs, 'accuracy', _objective)
  drawing.curves(right, runs, 'mi', _objective)
  drawing.finish(left, 'accuracy of a linear classifier')
  drawing.finish(right, 'bound on the test images (nats)')
  return figure


def adversarial(runs):
  """Draws the accuracy and the errors of inversion."""
  figure, (left, right) = drawing.panels(2)
  drawing.curves(left, runs, 'accuracy', lambda _: 'adversarial encoder')
  drawing.curves(
    right, runs, 'inversion_error', lambda _: 'adversarial encoder'
  )
  right.axhline(1e-3, color='#555555', linestyle=':', label='1e-3')
  right.set_yscale('log')
  drawing.finish(
    left, 'accuracy of a linear classifier', 'updates of the encoder'
  )
  drawing.finish(
    right, 'greatest error of the inverse', 'updates of the encoder'
  )
  return figure


def hard_to_invert(runs):
  """Draws accuracy, bound, and condition numbers for each objective."""
  figure, panels = drawing.panels(4)
  drawing.curves(panels[0], runs, 'accuracy', _objective)
  drawing.curves(panels[1], runs, 'mi', _objective)
  drawing.finish(panels[0], 'accuracy of a linear classifier')
  drawing.finish(panels[1], 'bound on the test images (nats)')
  for axes, (name, title) in zip(panels[2:], _OBJECTIVES.items(), strict=True):
    found = [r for r in runs if r['config']['objective'] == name]
    if found:
      _percentiles(axes, next(iter(drawing.groups(found, _objective).values())))
    drawing.finish(axes, 'log condition number of the Jacobian')
    axes.set_title(title)
  return figure


def critics(runs):
  """Draws accuracy and bound of each critic, for each objective."""
  return _by_objective(
    runs, lambda r: f'{_CRITICS[r["config"]["critic"]]} critic'
  )


def encoders(runs):
  """Draws accuracy and bound of each encoder and target."""
  return _by_objective(runs, _encoder_and_target)


def non_iid(runs):
  """Draws bounds for dependent and independent batches, and the truth."""
  figure, (axes,) = drawing.panels(1)
  drawing.curves(axes, runs, 'mi', _non_iid_label)
  axes.axhline(
    runs[0]['truth'], color='#555555', linestyle=':', label='truth of a pair'
  )
  axes.set_ylim(top=1.5 * axes.get_ylim()[1])  # Room for the legend.
  drawing.finish(axes, 'mean bound of new batches (nats)')
  return figure


def table(runs):
  """Returns the header and the rows of the table of runs on images."""
  header = [
    'run',
    'seeds',
    'steps',
    'accuracy at start',
    'accuracy at end',
    'bound at end (nats)',
    'more',
    'minutes',
  ]
  rows = []
  for label, group in drawing.groups(runs, _full_label).items():
    ends = {
      key: [r['history'][key][-1] for r in group] for key in group[0]['history']
    }
    starts = [r['history']['accuracy'][0] for r in group]
    rows.append(
      [
        label,
        str(len(group)),
        _steps(group[0]),
        drawing.mean(starts, 4),
        drawing.mean(ends['accuracy'], 4),
        drawing.mean(ends['mi']) if 'mi' in ends else '-',
        _more(group),
        markdown.number(np.mean([r['wall_seconds'] for r in group]) / 60, 1),
      ]
    )
  return header, rows


def pixels_table(runs):
  """Returns the header and the rows of the table of the pixels' accuracy."""
  header = ['pixels of the upper half', 'seeds', 'accuracy']
  groups = drawing.groups(
    runs,
    lambda r: f'{r["config"]["dataset"]}, noise {r["config"]["noise"]:g}',
  )
  rows = [
    [label, str(len(group)), drawing.mean([r['accuracy'] for r in group], 4)]
    for label, group in groups.items()
  ]
  return header, rows


def non_iid_table(runs):
  """Returns the header and the rows of the table of `non_iid`."""
  header = ['run', 'seeds', 'steps', 'bound at end (nats)', 'truth', 'above it']
  rows = []
  for label, group in drawing.groups(runs, _non_iid_label).items():
    ends, errors = (
      drawing.numbers([r['history'][key][-1] for r in group])
      for key in ('mi', 'stderr')
    )
    truth = group[0]['truth']
    above = sum(
      end - 2 * error > truth for end, error in zip(ends, errors, strict=True)
    )
    rows.append(
      [
        label,
        str(len(group)),
        _steps(group[0]),
        drawing.mean(ends, 4),
        markdown.number(truth, 4),
        f'{above} of {len(group)}',
      ]
    )
  return header, rows


def _more(group):
  """Returns a text of measurements that only some experiments have."""
  histories = [r['history'] for r in group]
  parts = []
  if 'log_condition_number' in histories[0]:
    median = two_view.PERCENTILES.index(50)
    ends = [
      drawing.numbers(
        [h['log_condition_number'][i][median] for h in histories]
      ).mean()
      for i in (0, -1)
    ]
    parts.append(f'median log condition number {ends[0]:.2f} to {ends[1]:.2f}')
  if 'inversion_error' in histories[0]:
    errors = [drawing.numbers(h['inversion_error']) for h in histories]
    worst = max(e.max() for e in errors)
    parts.append(f'greatest inversion error {worst:.1e}')
  if group[0]['config'].get('target') is not None:
    # A single evaluation may be off by tenths of a nat.
    late = [np.median(drawing.numbers(h['mi'][-5:])) for h in histories]
    parts.append(f'median of the last five bounds {np.mean(late):.2f}')
  return '; '.join(parts) or '-'


def _steps(record):
  """Returns a text of the number of updates, and the paper's if different."""
  config = record['config']
  paper = _PAPER_STEPS.get(config['experiment'], 21_000)
  steps = config['steps']
  return f'{steps}' if steps == paper else f'{steps} (paper: {paper})'


def _full_label(record):
  config = record['config']
  if config['experiment'] == 'adversarial':
    return f'{_encoder(config)} against a linear classifier'
  parts = [
    _encoder(config),
    f'{_CRITICS[config["critic"]]} critic',
    _objective(record),
  ]
  if config['target'] is not None:
    parts.append(f't = {config["target"]:g}')
  if config['dataset'] != 'mnist':
    parts.append(config['dataset'])
  return ', '.join(parts)


def _encoder(config):
  name = _ENCODERS[config.get('encoder', 'RealNvp')]
  if config['encoder_options'].get('shift_only'):
    return f'{name}, shifts alone'
  if least := config['encoder_options'].get('least_scale'):
    return f'{name}, scales above {least:g}'
  return name


def _objective(record):
  return _OBJECTIVES[record['config']['objective']]


def _encoder_and_target(record):
  config = record['config']
  return f'{_ENCODERS[config["encoder"]]}, t = {config["target"]:g}'


def _non_iid_label(record):
  kind = 'dependent' if record['config']['dependent'] else 'independent'
  return f'{_objective(record)}, {kind} batches'


def _by_objective(runs, label):
  """Draws accuracy (above) and bound (below), one column for each objective."""
  figure, panels = drawing.panels(4)
  labels = sorted({label(r) for r in runs})
  for column, (name, title) in enumerate(_OBJECTIVES.items()):
    found = [r for r in runs if r['config']['objective'] == name]
    above, below = panels[column], panels[column + 2]
    for axes, key in ((above, 'accuracy'), (below, 'mi')):
      if found:
        drawing.curves(axes, found, key, label, labels)
    above.set_title(title)
    drawing.finish(above, 'accuracy of a linear classifier')
    drawing.finish(below, 'bound on the test images (nats)')
  for row in (panels[:2], panels[2:]):
    low = min(axes.get_ylim()[0] for axes in row)
    high = max(axes.get_ylim()[1] for axes in row)
    for axes in row:
      axes.set_ylim(low, high)
  return figure


def _percentiles(axes, runs):
  """Draws percentiles of log condition numbers, averaged over seeds."""
  values = drawing.numbers(
    [r['history']['log_condition_number'] for r in runs]
  ).mean(axis=0)
  step = runs[0]['history']['step']
  names = {0: 'least', 50: 'median', 100: 'greatest'}
  shown = [p for p in two_view.PERCENTILES if p != 50]
  index = two_view.PERCENTILES.index
  for low, high in itertools.pairwise(shown):
    axes.fill_between(
      step,
      values[:, index(low)],
      values[:, index(high)],
      color=drawing.COLORS[0],
      alpha=0.15 + 0.3 * (1 - abs(low + high - 100) / 100),
      linewidth=0.0,
    )
  for p, name in names.items():
    axes.plot(
      step,
      values[:, index(p)],
      color=drawing.COLORS[0],
      linestyle='-' if p == 50 else ':',
      label=name,
    )
