"""The figure of one estimate: interval, methods or training, and scores."""

from typing import Any

import numpy as np

from mi_tf.plotting import style

_NATS_PER_BIT = np.log(2.0)
_REACH = 1.5  # Of the arrow of an infinite end, over the estimate.


def estimate(estimate: Any) -> Any:
  """Draws an estimate: its interval, its losses, and histograms of scores.

  `MiEstimate.plot` draws the same figure. If `estimate.candidates` has methods,
  their estimates are drawn instead of the losses.

  Args:
    estimate: `MiEstimate`.

  Returns:
    A `matplotlib.figure.Figure`.
  """
  from mi_tf.plotting import figures

  figure, (left, middle, right) = figures.panels(
    3, width=3.7, height=3.4, width_ratios=[0.7, 1.0, 1.2]
  )
  _interval(left, estimate)
  left.set_title(f'{estimate.mi:.3f} {estimate.units}')
  figures.finish(left, '', f'mutual information ({estimate.units})')
  left.grid(visible=False, axis='x')

  if estimate.candidates:
    _candidates(middle, estimate)
    middle.set_title('methods (filled: read)')
    figures.finish(middle, f'their own number ({estimate.units})', '')
  else:
    _losses(middle, estimate.history)
    middle.set_title('training')
    figures.finish(middle, 'epoch', 'loss')

  _scores(right, estimate)
  right.set_title('scores of pairs')
  figures.finish(right, f'log density ratio ({estimate.units})', 'density')
  return figure


def _interval(axes, estimate):
  low, high = estimate.interval
  is_open = np.isposinf(high)
  above = 0.0 if is_open else max(high - estimate.mi, 0.0)
  axes.errorbar(
    [0.0],
    [estimate.mi],
    [[max(estimate.mi - low, 0.0)], [above]],
    fmt='o',
    color=style.COLORS[0],
    capsize=6.0,
    label='95 % interval, open above' if is_open else '95 % interval',
  )
  if is_open:
    axes.annotate(
      '',
      (0.0, _REACH * max(estimate.mi, 0.1)),
      (0.0, estimate.mi),
      arrowprops={'arrowstyle': '->', 'color': style.COLORS[0]},
      annotation_clip=False,
    )
    axes.update_datalim([(0.0, _REACH * max(estimate.mi, 0.1))])
  axes.plot(
    [0.0],
    [estimate.lower_bound],
    '^',
    color=style.COLORS[1],
    label='lower bound (95 %)',
  )
  axes.axhline(0.0, color=style.GRAY, linewidth=0.8)
  axes.set_xlim(-1.0, 1.0)
  axes.set_xticks([])
  axes.margins(y=0.25)  # Room for the legend.


def _losses(axes, history):
  for key, label, options in (
    ('loss', 'training', {'color': style.GRAY, 'linestyle': '--'}),
    ('val_loss', 'held out', {'color': style.COLORS[0]}),
  ):
    losses = history.get(key)
    if losses:
      axes.plot(
        np.arange(1, len(losses) + 1),
        losses,
        label=label,
        marker='o' if len(losses) == 1 else None,
        **options,
      )


def _candidates(axes, estimate):
  chosen = estimate.method.split(' + ')
  for row, candidate in enumerate(estimate.candidates):
    is_read = candidate['method'] in chosen
    axes.plot(
      candidate['mi'],
      row,
      'o',
      color=style.COLORS[0],
      fillstyle='full' if is_read else 'none',
    )
  axes.set_yticks(
    range(len(estimate.candidates)), [c['method'] for c in estimate.candidates]
  )
  axes.margins(0.15)


def _scores(axes, estimate):
  joint = estimate.pointwise[np.isfinite(estimate.pointwise)]
  scores = {'joint': joint}
  if estimate.marginal_scores is not None:
    scale = 1.0 if estimate.units == 'nats' else 1.0 / _NATS_PER_BIT
    scores['independent'] = estimate.marginal_scores * scale
  ends = np.quantile(np.concatenate([*scores.values()]), [0.005, 0.995])
  bins = np.linspace(ends[0], max(ends[1], ends[0] + 1e-6), 60)
  for (label, values), color, hatch in zip(
    scores.items(), style.COLORS, ('', '//')
  ):
    axes.hist(
      values,
      bins,
      density=True,
      alpha=0.5,
      color=color,
      hatch=hatch,
      label=label,
    )
