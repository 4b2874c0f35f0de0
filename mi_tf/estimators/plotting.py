"""Pictures of estimates; imported only where one is drawn."""

import numpy as np


def draw(estimate):
  """Returns a figure: the interval, the losses, and histograms of scores."""
  from matplotlib import figure as figure_lib

  figure = figure_lib.Figure(figsize=(11.0, 3.4), layout='constrained')
  left, middle, right = figure.subplots(1, 3)
  blue, orange, grey = '#0072b2', '#e69f00', '#555555'

  low, high = estimate.interval
  left.errorbar(
    [0.0],
    [estimate.mi],
    [[max(estimate.mi - low, 0.0)], [max(high - estimate.mi, 0.0)]],
    fmt='o',
    color=blue,
    capsize=6.0,
    label='95 % interval',
  )
  left.plot(
    [0.0], [estimate.lower_bound], '^', color=orange, label='lower bound (95 %)'
  )
  left.axhline(0.0, color=grey, linewidth=0.8)
  left.set_xlim(-1.0, 1.0)
  left.set_xticks([])
  left.set_ylabel(f'mutual information ({estimate.units})')
  left.set_title(f'{estimate.mi:.3f} {estimate.units}')
  left.legend(loc='best')

  for key, color, label in (
    ('loss', grey, 'training'),
    ('val_loss', blue, 'held out'),
  ):
    if estimate.history.get(key):
      middle.plot(
        np.arange(1, len(estimate.history[key]) + 1),
        estimate.history[key],
        color=color,
        label=label,
      )
  middle.set_xlabel('epoch')
  middle.set_ylabel('loss')
  middle.set_title('training')
  if middle.lines:
    middle.legend()

  joint = estimate.pointwise[np.isfinite(estimate.pointwise)]
  scores = [(joint, blue, 'joint')]
  if estimate.marginal_scores is not None:
    scale = 1.0 if estimate.units == 'nats' else 1.0 / np.log(2.0)
    scores.append((estimate.marginal_scores * scale, orange, 'independent'))
  ends = np.quantile(np.concatenate([s for s, _, _ in scores]), [0.005, 0.995])
  bins = np.linspace(ends[0], max(ends[1], ends[0] + 1e-6), 60)
  for values, color, label in scores:
    right.hist(values, bins, density=True, alpha=0.6, color=color, label=label)
  right.set_xlabel(f'log density ratio ({estimate.units})')
  right.set_ylabel('density')
  right.set_title('scores of pairs')
  right.legend()
  return figure
