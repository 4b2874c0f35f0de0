"""The HTML of an estimate for notebooks: text, a picture and a table."""

import html
import math
from typing import Any

_WIDTH, _HEIGHT, _MARGIN = 420, 58, 24
_BLUE, _ORANGE = '#0072b2', '#d55e00'
_REACH = 1.5  # Of the arrow of an infinite end, over the estimate.


def to_html(estimate: Any) -> str:
  """Returns the HTML of a `MiEstimate`, without references to other files."""
  low, high = estimate.interval
  lines = [
    f'<b>{estimate.mi:.4f} {estimate.units}</b>, 95 % interval '
    f'[{low:.4f}, {high:.4f}], lower bound {estimate.lower_bound:.4f} '
    f'({estimate.method}, {estimate.num_samples} held-out samples)'
  ]
  if estimate.p_value is not None:
    lines.append(f'p-value of independence {estimate.p_value:.3g}')
  lines.append(_picture(estimate))
  lines += [
    f'<span style="color:{_ORANGE}">&#9888;</span> {html.escape(warning)}'
    for warning in estimate.warnings
  ]
  return '<div>' + '<br>'.join(lines) + _table(estimate) + '</div>'


def candidate_rows(estimate: Any) -> list[tuple[str, ...]]:
  """Returns the table of a `MiEstimate`'s candidates, the titles first."""
  titles = ('method', estimate.units, 'loss', 'seconds')
  rows = [
    (c['method'], f'{c["mi"]:.4f}', f'{c["loss"]:.4f}', f'{c["seconds"]:.2f}')
    for c in estimate.candidates
  ]
  return [titles, *rows] if rows else []


def _table(estimate):
  """Returns the HTML of the candidates, folded; empty without candidates."""
  rows = candidate_rows(estimate)
  if not rows:
    return ''
  lines = [
    ''.join(f'<{tag}>{html.escape(cell)}</{tag}>' for cell in row)
    for tag, row in zip(['th'] + ['td'] * len(rows), rows, strict=False)
  ]
  body = ''.join(f'<tr>{line}</tr>' for line in lines)
  return (
    '<details><summary>methods that were compared</summary>'
    f'<table>{body}</table></details>'
  )


def _picture(estimate):
  """Returns the SVG of the interval, the estimate and the lower bound.

  An arrow leads to an infinite end of the interval.
  """
  low, high = estimate.interval
  is_open = high == math.inf
  if is_open:
    high = _REACH * max(estimate.mi, 0.1)
  numbers = (estimate.mi, low, high, estimate.lower_bound)
  if not all(map(math.isfinite, numbers)):
    return 'no picture: not all numbers are finite'
  start, end = min(0.0, *numbers), max(0.0, *numbers)
  scale = (_WIDTH - 2 * _MARGIN) / (end - start or 1.0)

  def at(value):
    return f'{_MARGIN + (value - start) * scale:.1f}'

  bound = float(at(estimate.lower_bound))
  shown = [start, end]
  if min(-start, end) * scale > _MARGIN:  # Else texts would overlap.
    shown.append(0.0)
  texts = [
    f'<text x="{at(value)}" y="54" text-anchor="middle">{value:.3g}</text>'
    for value in shown
  ]
  return (
    f'<svg width="{_WIDTH}" height="{_HEIGHT}" role="img" '
    'fill="currentColor" font-size="11" font-family="sans-serif">'
    '<title>interval (line), estimate (dot), lower bound (triangle)</title>'
    f'<path d="M{at(start)} 40H{at(end)}M{at(0.0)} 35v10" '
    'stroke="currentColor" fill="none"/>'
    f'<path d="M{at(low)} 20H{at(high)}M{at(low)} 14v12M{at(high)} '
    f'{"20l-8 -6m8 6l-8 6" if is_open else "14v12"}" '
    f'stroke="{_BLUE}" stroke-width="2" fill="none"/>'
    f'<circle cx="{at(estimate.mi)}" cy="20" r="5" fill="{_BLUE}"/>'
    f'<path d="M{bound:.1f} 27l5 10h-10z" fill="{_ORANGE}"/>'
    f'{"".join(texts)}</svg>'
  )
